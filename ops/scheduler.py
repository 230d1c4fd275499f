"""Takes what is due under a lease, does it, and says in one line how it ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog

from crawler.errors import RoutewireError, Transient
from indexer.model import Work
from indexer.record.protocol import Record
from ops.stages import STAGES, Stages

LEASE_S = 600.0
"""Longer than any one piece takes; a dead worker's piece is taken by another after this."""

RETRIES = 5
"""Tries of a transient failure before it is put into quarantine."""

FIRST_RETRY_S = 30.0

log = structlog.get_logger("work")


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Tally:
    """How many pieces of one kind were done and how many failed."""

    done: Counter[Work] = field(default_factory=Counter)
    failed: Counter[Work] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        return self.done.total() + self.failed.total()


def work_off(
    record: Record,
    stages: Stages,
    owner: str,
    *,
    works: Sequence[Work] = STAGES,
    clock: Callable[[], datetime] = utc_now,
    on_piece: Callable[[Work, str], None] = lambda work, key: None,
    stop: Callable[[], bool] = lambda: False,
) -> Tally:
    """Does all that is due, stage by stage, until nothing is or `stop` says so. A failing piece stops no other."""
    tally = Tally()
    while not stop():
        before = tally.total
        for work in works:
            for key in record.due(work, clock()):
                if stop():
                    return tally
                if record.lease(work, key, owner, clock(), LEASE_S):
                    _piece(record, stages, owner, work, key, clock, tally)
                    on_piece(work, key)
        if tally.total == before:
            break
    return tally


def _piece(
    record: Record, stages: Stages, owner: str, work: Work, key: str, clock: Callable[[], datetime], tally: Tally
) -> None:
    try:
        stages.do(work, key, clock())
    except RoutewireError as error:
        _failed(record, work, key, error, clock())
        tally.failed[work] += 1
    except Exception as error:  # a defect of ours in one piece must not stop the others, nor go unseen
        log.exception("defect", work=work.value, key=key)
        record.fail(work, key, f"{type(error).__name__}: {error}", clock(), None)
        tally.failed[work] += 1
    else:
        log.info("done", work=work.value, key=key)
        tally.done[work] += 1
    finally:
        record.release(work, key, owner)


def _failed(record: Record, work: Work, key: str, error: RoutewireError, now: datetime) -> None:
    """Puts a transient failure off, twice as long each time; anything else goes where a person can see it."""
    attempts = next((f.attempts for f in record.failures() if f.work is work and f.key == key), 0)
    again = isinstance(error, Transient) and attempts + 1 < RETRIES
    retry_at = now + timedelta(seconds=FIRST_RETRY_S * 2**attempts) if again else None
    log.warning(
        "failed", work=work.value, key=key, error=str(error), retry_at=retry_at.isoformat() if retry_at else None
    )
    record.fail(work, key, str(error), now, retry_at)
