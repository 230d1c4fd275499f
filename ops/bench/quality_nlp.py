"""How well texts are read: the evaluation's own scorer over its development set and over texts of our own.

The floors lie slightly under what was measured on 2026-12-01; a change that falls below one reads worse than before.

`python -m ops.bench.quality_nlp SET [LOT]` lists what is missed and what is extra in a set that rules are made from.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from nlp.codec import annotation_to_json, text_from_json
from nlp.pipeline import Pipeline
from ops.bench import gold

NAMES = (
    "entity_exact_f1", "org_to_asn", "times_f1", "clock_times", "claim_strict_f1", "claim_lenient_f1",
    "claim_start_right", "claim_polarity_modality_right",
)  # fmt: skip
FLOORS = {
    "dev": (0.97, 0.97, 0.98, 0.98, 0.7, 0.85, 0.85, 0.96),
    "documents_a": (0.975, 0.95, 0.94, 0.96, 0.59, 0.77, 0.88, 0.9),
    "documents_c": (0.87, 0.81, 0.93, 0.92, 0.29, 0.53, 0.85, 0.85),
    "languages_a": (0.85, 0.8, 0.84, 0.87, 0.43, 0.6, 0.81, 0.9),
    "documents_b": (0.92, 0.89, 0.91, 0.8, 0.54, 0.71, 0.8, 0.83),
    "sentences": (0.92, 0.82, 0.92, 0.83, 0.46, 0.64, 0.96, 0.87),
    "languages_b": (0.83, 0.72, 0.76, 0.61, 0.28, 0.48, 0.8, 0.83),
}
"""By set, in the order of `NAMES`: `dev` is the evaluation's, any other a table of `gold.TABLES`."""
BUILT_WITH = frozenset({"dev", "documents_a", "documents_c", "languages_a"})
"""Sets that rules were made from. Of the others the figures alone were looked at: what to expect of any text."""
_FIELDS = ("id", "url", "title", "published", "lang", "country", "text")
Texts = Sequence[tuple[dict[str, Any], dict[str, Any]]]


def figures(shared: Path, sets: Iterable[str] = tuple(FLOORS)) -> Iterator[tuple[str, float, float]]:
    """Name, value and floor of each figure; nothing where `shared` has no scorer."""
    if not (shared / "eval" / "score.py").exists():
        return
    pipeline = Pipeline()
    for name in sets:
        texts = development(shared) if name == "dev" else own(name)
        values = measured(scored(shared, texts, pipeline))
        yield from ((f"{name}.{f}", values[f], floor) for f, floor in zip(NAMES, FLOORS[name], strict=True))


def development(shared: Path) -> Texts:
    """The evaluation's documents, each as it is given and as it should be annotated."""
    documents = (json.loads(path.read_text()) for path in sorted((shared / "eval" / "dev").glob("*.json")))
    return [(row, row) for row in documents]


def own(table: str, lot: str = "") -> Texts:
    """The texts of a table of ours, of those lots that begin with `lot`."""
    return [(row.text, row.gold) for row in gold.rows(gold.TABLES / f"{table}.tsv") if row.lot.startswith(lot)]


def measured(result: dict[str, Any]) -> dict[str, float]:
    """The scorer's result in one number a figure."""
    values = {f"{name}_f1": result[name]["f1"] for name in ("entity_exact", "times", "claim_strict", "claim_lenient")}
    values["org_to_asn"] = result["org_to_asn"]["accuracy"]
    values["clock_times"] = result["clock_times"]["recall"]
    for name in ("claim_start_right", "claim_polarity_modality_right"):
        values[name] = round(result[name]["right"] / max(1, result[name]["of"]), 3)
    return values


def scored(shared: Path, texts: Texts, pipeline: Pipeline, *, show: bool = False) -> dict[str, Any]:
    """The scorer's whole result for today's pipeline."""
    got: dict[str, dict[str, Any]] = {}
    for given, _ in texts:
        annotation = pipeline.annotate(text_from_json({name: given.get(name) for name in _FIELDS}))
        got[annotation.id] = annotation_to_json(annotation)
    truth = {row["id"]: row for _, row in texts}
    if not any("id" in claim for row in truth.values() for claim in row["claims"]):
        got = {name: _typed(annotation) for name, annotation in got.items()}
    result: dict[str, Any] = _scorer(shared / "eval" / "score.py").score(truth, got, show)
    return result


def _typed(annotation: dict[str, Any]) -> dict[str, Any]:
    """With the type of the claim that a cause explains in the place of its id, as in our tables, which have no ids."""
    types = {claim["id"]: claim["type"] for claim in annotation["claims"]}
    claims = [
        {**claim, "target": types.get(claim["target"], claim["target"])} if claim["type"] == "cause" else claim
        for claim in annotation["claims"]
    ]
    return {**annotation, "claims": claims}


def _scorer(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location("routewire_eval_score", path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main(shared: Path) -> None:
    """Lists what is missed and extra in a table, then its figures."""
    table, lot = sys.argv[1], "".join(sys.argv[2:3])
    texts = development(shared) if table == "dev" else own(table, lot)
    result = scored(shared, texts, Pipeline(), show=table in BUILT_WITH)
    print(table, len(texts), json.dumps(measured(result)))


if __name__ == "__main__":
    main(Path(__file__).parents[3] / "shared")
