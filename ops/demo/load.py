"""Loads the demo archive: the stages that any source and any routing archive go through, with the demo's own site.

Each stage does what the record says is due, so that a load that was killed goes on where it was.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crawler.frontier import RecheckPolicy
from crawler.model import Capture, Outcome, Source
from indexer.model import ArchiveRecord, Subscription, Work
from ops.crawling import crawl_pass, is_due
from ops.demo.routes import END, START, write_archive
from ops.demo.site import demo_sources, serve
from ops.leases import free_dead, owner_name
from ops.scheduler import utc_now, work_off
from ops.stages import STAGES, Stages
from ops.wiring import System, every_source, follow

ARCHIVE_ID = "demo"

LOOK_TWICE = RecheckPolicy(delays_s=(0.0,))
"""Each page is looked at again at once: the site plays its later edit and removal to whoever comes back."""

SUBSCRIPTION = Subscription(
    id="demo", query="country:KP", recipient="analyst@example.org", every_days=7, title="North Korea's links"
)


@dataclass(frozen=True, slots=True)
class Stage:
    """What one stage did."""

    stage: str
    done: int
    failed: int
    seconds: float

    def row(self) -> dict[str, Any]:
        return {"stage": self.stage, "done": self.done, "failed": self.failed, "seconds": round(self.seconds, 3)}


def is_loaded(system: System) -> bool:
    """True if nothing of the demo is left to do."""
    if not any(archive.id == ARCHIVE_ID for archive in system.record.archives()):
        return False
    if any(system.record.due(work, utc_now(), 1) for work in STAGES):
        return False
    sources = {source.id: source for source in demo_sources("http://127.0.0.1:1")}
    return not _left(system, sources) and system.index.seq() == system.record.last_change()


def load(system: System, on_piece: Callable[[str], None] = lambda what: None) -> Iterator[Stage]:
    """Yields each stage as it ends."""
    free_dead(system.record)
    yield _timed("routes", lambda: _routes(system))
    yield _timed("crawl", lambda: _crawl(system, on_piece))
    stages = Stages(system.record, system.settings, every_source(system.settings))
    for work in STAGES:
        yield _timed(work.value, lambda work=work: _work(system, stages, work, on_piece))  # type: ignore[misc]
    yield _timed("index", lambda: (follow(system), 0))


def _timed(name: str, do: Callable[[], tuple[int, int]]) -> Stage:
    start = time.perf_counter()
    done, failed = do()
    return Stage(name, done, failed, time.perf_counter() - start)


def _routes(system: System) -> tuple[int, int]:
    """Writes the routing archive beside the captures, and has the record watch it."""
    system.record.put_subscription(SUBSCRIPTION)
    if any(archive.id == ARCHIVE_ID for archive in system.record.archives()):
        return 0, 0
    folder: Path = system.settings.data_dir / "demo" / "routes"
    write_archive(folder)
    system.record.put_archive(ArchiveRecord(id=ARCHIVE_ID, path=str(folder), start=START, end=END))
    return sum(1 for path in folder.rglob("*") if path.is_file()), 0


def _left(system: System, sources: dict[str, Source]) -> int:
    """How many listings were never read and how many pages were not looked at twice."""
    known = system.record.sources()
    unread = [s for s in sources if s not in known or known[s].last_ok_at is None]
    ever = system.record.pages(system.record.due(Work.FETCH, datetime.max.replace(tzinfo=UTC))).values()
    pages = [page for page in ever if page.source_id in sources and page.last_outcome is not Outcome.REFUSED]
    return len(unread) + len(pages)


def _crawl(system: System, on_piece: Callable[[str], None]) -> tuple[int, int]:
    done = 0

    def count(capture: Capture) -> None:
        nonlocal done
        done += capture.outcome not in {Outcome.FAILED, Outcome.UNREACHABLE}
        on_piece(capture.url)

    with serve() as gateway:
        sources = {source.id: source for source in demo_sources(gateway)}
        while is_due(system.record, sources) and _left(system, sources):
            crawl_pass(system.settings, sources, policy=LOOK_TWICE, delay_s=0.0, emit=count)
    return done, _left(system, sources)


def _work(system: System, stages: Stages, work: Work, on_piece: Callable[[str], None]) -> tuple[int, int]:
    tally = work_off(system.record, stages, owner_name(), works=[work], on_piece=lambda _work, key: on_piece(key))
    return tally.done[work], tally.failed[work]
