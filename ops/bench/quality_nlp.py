"""How well texts are read: the evaluation's own scorer over its development set and over texts of our own.

The floors lie slightly under what was measured on the day in `MEASURED`; a change that falls below one reads worse than
before. `SEALED` tables are only counted: no rule was made from them, so they say what to expect of any text.

`python -m ops.bench.quality_nlp TABLE [LOT]` lists what is missed and what is extra in a table that is not sealed.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from nlp.codec import annotation_to_json, text_from_json
from nlp.pipeline import Pipeline
from ops.bench import gold

MEASURED = "2026-12-01"
FLOORS: dict[str, dict[str, float]] = {
    "dev": {
        "entity_exact_f1": 0.96,
        "org_to_asn": 0.96,
        "times_f1": 0.98,
        "clock_times": 0.98,
        "claim_strict_f1": 0.65,
        "claim_lenient_f1": 0.82,
        "claim_start_right": 0.84,
        "claim_polarity_modality_right": 0.96,
    },
}
"""By set: `dev` is the evaluation's, any other a table of `gold.TABLES`."""
SEALED = frozenset({"documents_b", "sentences", "languages_b"})
_FIELDS = ("id", "url", "title", "published", "lang", "country", "text")
Texts = Sequence[tuple[dict[str, Any], dict[str, Any]]]


def figures(shared: Path) -> Iterator[tuple[str, float, float]]:
    """Name, value and floor of each figure; nothing where `shared` has no scorer."""
    if not (shared / "eval" / "score.py").exists():
        return
    pipeline = Pipeline()
    for name, floors in FLOORS.items():
        texts = development(shared) if name == "dev" else own(name)
        values = measured(scored(shared, texts, pipeline))
        yield from ((f"{name}.{figure}", values[figure], floor) for figure, floor in floors.items())


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
    result = scored(shared, texts, Pipeline(), show=table not in SEALED)
    print(table, len(texts), json.dumps(measured(result)))


if __name__ == "__main__":
    main(Path(__file__).parents[3] / "shared")
