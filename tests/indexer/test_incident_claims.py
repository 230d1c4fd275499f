"""Claims about real incidents, written before the judges were asked: verdicts and reasons that an engineer accepts."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops.bench.quality_verdicts import CLAIMS, judged

INCIDENTS = Path(__file__).parents[3] / "shared" / "data" / "incidents"


@pytest.mark.shared
@pytest.mark.skipif(not INCIDENTS.is_dir(), reason="../shared/data/incidents is not there")
def test_every_claim_gets_its_verdict_with_its_reason() -> None:
    found = list(judged(INCIDENTS))
    assert len(found) == len(CLAIMS.read_text().splitlines()) >= 60
    wrong = [f"{one.row['id']}: {one.faults}: {one.verdict.reasons}" for one in found if one.faults]
    assert not wrong, "\n".join(wrong)
