"""What is due is done once, a failing piece stops no other, and what a dead process held is free at once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.errors import Permanent, Transient
from crawler.model import Capture, Outcome, ResourceKind
from indexer.model import Versions, Work
from indexer.record.sql import SqlRecord
from ops.leases import free_dead, is_dead, owner_name
from ops.scheduler import FIRST_RETRY_S, RETRIES, work_off

NOW = datetime(2024, 5, 1, tzinfo=UTC)
EXTRACT = (Work.EXTRACT,)


class Pieces:
    """Stands for the stages: fails where it is told to, and settles what it does."""

    def __init__(self, record: SqlRecord, faults: dict[str, Exception]) -> None:
        self.record = record
        self.faults = faults
        self.done: list[str] = []

    def do(self, work: Work, key: str, now: datetime) -> None:
        if key in self.faults:
            raise self.faults[key]
        self.done.append(key)
        self.record.save_document(key, "1", None, None, "nothing to read")


@pytest.fixture
def record(tmp_path: Path) -> Iterator[SqlRecord]:
    opened = SqlRecord.open(
        f"sqlite:///{tmp_path / 'r.sqlite'}", Versions(extractor="1", pipeline="1", detector="1", judge="1")
    )
    for name in ("a", "b", "c"):
        opened.save_capture(
            Capture(
                id=name,
                url=f"https://news.example/{name}",
                source_id="s",
                kind=ResourceKind.PAGE,
                outcome=Outcome.FETCHED,
                fetched_at=NOW,
                status=200,
            )
        )
    yield opened
    opened.close()


def run(record: SqlRecord, pieces: Pieces, now: datetime = NOW) -> dict[str, int]:
    tally = work_off(record, pieces, "me", works=EXTRACT, clock=lambda: now)  # type: ignore[arg-type]
    return {"done": tally.done.total(), "failed": tally.failed.total()}


def test_all_that_is_due_is_done_once(record: SqlRecord) -> None:
    pieces = Pieces(record, {})
    assert run(record, pieces) == {"done": 3, "failed": 0}
    assert run(record, pieces) == {"done": 0, "failed": 0}
    assert sorted(pieces.done) == ["a", "b", "c"]


@pytest.mark.parametrize("fault", [Permanent("no article", subject="a"), ValueError("a defect of ours")])
def test_a_failing_piece_stops_no_other_and_stays_visible(record: SqlRecord, fault: Exception) -> None:
    assert run(record, Pieces(record, {"a": fault})) == {"done": 2, "failed": 1}
    (failure,) = record.failures()
    assert (failure.key, failure.retry_at) == ("a", None)
    assert str(fault) in failure.error
    assert run(record, Pieces(record, {}), NOW + timedelta(days=30)) == {"done": 0, "failed": 0}
    record.retry(Work.EXTRACT, "a")
    assert run(record, Pieces(record, {})) == {"done": 1, "failed": 0}
    assert record.failures() == []


def test_a_passing_failure_is_tried_again_later_each_time_and_then_kept_for_a_person(record: SqlRecord) -> None:
    faulty = Pieces(record, {"a": Transient("the disk is busy")})
    now = NOW
    for attempt in range(RETRIES):
        assert run(record, faulty, now)["failed"] == 1
        assert run(record, faulty, now)["failed"] == 0
        now += timedelta(seconds=FIRST_RETRY_S * 2**attempt)
    (failure,) = record.failures()
    assert (failure.attempts, failure.retry_at) == (RETRIES, None)


def test_what_another_holds_is_left_until_its_lease_runs_out(record: SqlRecord) -> None:
    assert record.lease(Work.EXTRACT, "a", "other", NOW, 60)
    pieces = Pieces(record, {})
    run(record, pieces)
    assert sorted(pieces.done) == ["b", "c"]
    run(record, pieces, NOW + timedelta(seconds=61))
    assert sorted(pieces.done) == ["a", "b", "c"]


def test_what_a_dead_process_held_is_free_at_once(record: SqlRecord) -> None:
    ask = "from ops.leases import owner_name; print(owner_name())"
    dead = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True).stdout.strip()
    assert is_dead(dead)
    assert not is_dead(owner_name())
    assert not is_dead("elsewhere:1:1.00")
    assert record.lease(Work.EXTRACT, "a", dead, NOW, 3600)
    assert record.lease(Work.EXTRACT, "b", owner_name(), NOW, 3600)
    assert free_dead(record) == 1
    assert set(record.due(Work.EXTRACT, NOW)) == {"a", "c"}
