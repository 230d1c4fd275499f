"""How well texts are read: the evaluation's own scorer over the development set, with a floor under each figure.

The floors lie slightly under what was measured on 2026-11-22; a change that falls below one reads worse than before.
"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

from nlp.codec import annotation_to_json, text_from_json
from nlp.pipeline import Pipeline

FLOORS = {
    "entity_exact_f1": 0.96,
    "org_to_asn": 0.96,
    "times_f1": 0.98,
    "clock_times": 0.98,
    "claim_strict_f1": 0.65,
    "claim_lenient_f1": 0.82,
    "claim_start_right": 0.84,
    "claim_polarity_modality_right": 0.96,
}
_FIELDS = ("id", "url", "title", "published", "lang", "text")


def figures(shared: Path) -> list[tuple[str, float, float]]:
    """Name, value and floor of each figure over `shared`/eval/dev; raises FileNotFoundError where it is not there."""
    result = scored(shared)
    values = {f"{name}_f1": result[name]["f1"] for name in ("entity_exact", "times", "claim_strict", "claim_lenient")}
    values["org_to_asn"] = result["org_to_asn"]["accuracy"]
    values["clock_times"] = result["clock_times"]["recall"]
    for name in ("claim_start_right", "claim_polarity_modality_right"):
        values[name] = round(result[name]["right"] / max(1, result[name]["of"]), 3)
    return [(name, values[name], floor) for name, floor in FLOORS.items()]


def scored(shared: Path) -> dict[str, Any]:
    """The scorer's whole result for today's pipeline."""
    folder = shared / "eval"
    gold = {
        row["id"]: row for row in (json.loads(path.read_text()) for path in sorted((folder / "dev").glob("*.json")))
    }
    if not gold:
        raise FileNotFoundError(folder / "dev")
    pipeline = Pipeline()
    texts = [text_from_json({name: row.get(name) for name in _FIELDS}) for row in gold.values()]
    got = {a.id: annotation_to_json(a) for a in map(pipeline.annotate, texts)}
    result: dict[str, Any] = _scorer(folder / "score.py").score(gold, got)
    return result


def _scorer(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location("routewire_eval_score", path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
