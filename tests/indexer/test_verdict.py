"""The verdicts on a table of claims, written before the judges were tuned, and what holds for any claim and view."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from indexer.verdict import judge
from indexer.verdict_codec import claim_from_json
from tests.indexer.views import VIEWS

TABLE = Path(__file__).with_name("verdict_claims.jsonl")
ROWS = [json.loads(line) for line in TABLE.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("row", ROWS, ids=[row["claim"]["id"] for row in ROWS])
def test_table(row: dict[str, Any]) -> None:
    verdict = judge(*claim_from_json(row["claim"]), VIEWS[row["view"]]())
    assert verdict.verdict == row["expect"]["verdict"], verdict.reasons
    correction = verdict.correction
    wanted = row["expect"].get("correction")
    assert (correction and [correction.field, correction.stated, correction.actual]) == wanted, verdict.reasons
    assert verdict.reasons
    assert verdict.coverage is not None
