"""`make quality`: what is made is held against truth, with pinned floors. Ends with 1 below one of them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from ops.bench import quality_extract, quality_gate, quality_nlp, quality_routing, quality_verdicts

SHARED = Path(__file__).parents[3] / "shared"
"""The evaluation data, beside the checkout."""

Figure = tuple[str, float, float]
SUITES: dict[str, Callable[[Path], Iterable[Figure]]] = {
    "extraction": quality_extract.figures,
    "relevance": quality_gate.figures,
    "annotation": quality_nlp.figures,
    "routing": quality_routing.figures,
    "verdicts": quality_verdicts.figures,
}


def main(shared: Path = SHARED) -> int:
    """Prints one JSON object a figure; a suite whose data are not there is named on standard error."""
    below = 0
    for suite, figures in SUITES.items():
        measured = list(figures(shared))
        if not measured:
            print(f"quality: {suite} not measured, its data are not in {shared}", file=sys.stderr)
        for name, value, floor in measured:
            kept = value >= floor
            below += not kept
            print(json.dumps({"name": name, "value": round(value, 4), "floor": floor, "kept": kept}), flush=True)
    return 1 if below else 0


if __name__ == "__main__":
    sys.exit(main())
