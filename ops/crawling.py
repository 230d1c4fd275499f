"""One pass of the crawler: what is due is leased, fetched, archived, and saved in the record, answer by answer.

A pass runs in a process of its own, because a reactor cannot be started twice.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path

import structlog

from crawler.errors import Permanent, RoutewireError
from crawler.frontier import RecheckPolicy, after_fetch, after_poll, first_state, new_page, page_job, poll_job
from crawler.model import Capture, FetchJob, FetchResult, Outcome, ResourceKind, Source, SourceKind
from indexer.model import Work
from indexer.record.protocol import Record
from ops import logs
from ops.leases import owner_name
from ops.processes import IDLE_S, die_with_parent
from ops.scheduler import LEASE_S, utc_now
from ops.settings import Settings

log = structlog.get_logger("crawl")

Emit = Callable[[Capture], None]


class Ledger:
    """What a pass knows of the record: hands out the jobs that are due, and saves each result."""

    def __init__(
        self, record: Record, sources: Mapping[str, Source], policy: RecheckPolicy, owner: str, emit: Emit
    ) -> None:
        self.record = record
        self.sources = sources
        self.policy = policy
        self.owner = owner
        self.emit = emit

    def due(self, now: datetime) -> list[FetchJob]:
        """The jobs that are due, leased. A source seen for the first time is due at once."""
        known = self.record.sources()
        for source in self.sources.values():
            if source.id not in known:
                self.record.put_source(first_state(source, now))
        known = self.record.sources()
        polls = [key for key in self.record.due(Work.POLL, now) if key in self.sources]
        jobs = [poll_job(self.sources[key], known[key]) for key in polls if self._lease(Work.POLL, key, now)]
        return jobs + self._page_jobs(self.record.due(Work.FETCH, now), now)

    def _page_jobs(self, urls: Iterable[str], now: datetime) -> list[FetchJob]:
        states = self.record.pages(urls)
        return [
            page_job(state)
            for url, state in states.items()
            if state.source_id in self.sources and self._lease(Work.FETCH, url, now)
        ]

    def _lease(self, work: Work, key: str, now: datetime) -> bool:
        return self.record.lease(work, key, self.owner, now, LEASE_S)

    def known(self, job: FetchJob) -> Capture | None:
        """The last capture with a body of the job's address, so that an unchanged answer is stored as a revisit."""
        return self.record.last_body(job.url)

    def keep(self, result: FetchResult) -> list[FetchJob]:
        """Saves a result; returns the jobs for pages that a listing named for the first time."""
        now = utc_now()
        job, capture = result.job, result.capture
        log.info("fetch", url=job.url, outcome=capture.outcome.value, status=capture.status, error=capture.error)
        if job.kind is ResourceKind.LISTING:
            found = self._keep_poll(result, now)
        else:
            self._keep_page(result, now)
            found = []
        self.emit(capture)
        return found

    def _keep_page(self, result: FetchResult, now: datetime) -> None:
        url = result.job.url
        state = after_fetch(self.record.pages([url])[url], result, now, self.policy)
        capture = result.capture
        if state.last_outcome is Outcome.GONE:  # the last of as many 404s as make a page gone
            capture = replace(capture, outcome=Outcome.GONE)
        self.record.save_fetch(state, capture)
        self.record.release(Work.FETCH, url, self.owner)

    def _keep_poll(self, result: FetchResult, now: datetime) -> list[FetchJob]:
        source = self.sources[result.job.source_id]
        known = self.record.pages([entry.url for entry in result.entries])
        new = [new_page(entry, now) for entry in result.entries if entry.url not in known]
        state = after_poll(source, self.record.sources()[source.id], result, now, new_pages=len(new))
        pages = self.record.save_poll(state, result.capture, new)
        self.record.release(Work.POLL, source.id, self.owner)
        return self._page_jobs([page.url for page in pages], now)


def run_pass(
    settings: Settings, sources: Mapping[str, Source], policy: RecheckPolicy, delay_s: float, emit: Emit
) -> None:
    """Recovers what a crash left in the archive, then fetches what is due. Call it once a process."""
    from crawler.config import CrawlSettings
    from crawler.fetch import crawl
    from crawler.salvage import recover
    from ops.wiring import open_record

    record = open_record(settings)
    try:
        ledger = Ledger(record, sources, policy, owner_name(), emit)
        for result in recover(settings.archive_dir, sources, lambda capture_id: record.capture(capture_id) is not None):
            if result.job.source_id in sources:
                ledger.keep(result)
        jobs = ledger.due(utc_now())
        if jobs:
            polite = CrawlSettings(user_agent=settings.user_agent, delay_s=delay_s, throttle=delay_s > 0)
            crawl(jobs, sources, settings.archive_dir, ledger.keep, polite, known=ledger.known)
    finally:
        record.close()


def _child(
    settings: Settings, sources: Mapping[str, Source], policy: RecheckPolicy, delay_s: float, pipe: Connection
) -> None:
    die_with_parent()
    logs.configure(settings.log_level)
    with pipe:
        run_pass(settings, sources, policy, delay_s, pipe.send)


def crawl_pass(
    settings: Settings,
    sources: Mapping[str, Source],
    *,
    policy: RecheckPolicy | None = None,
    delay_s: float = 1.0,
    emit: Emit = lambda capture: None,
    stop: Callable[[], bool] = lambda: False,
) -> int:
    """Runs one pass in a fresh process; `emit` sees each capture as it is saved. Returns how many there were.

    When `stop` says so, the process is told to end what it is at; what it did not do is still due. Raises `Permanent`
    if it ended badly; what it had saved stays saved, the rest is still due.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(settings, sources, policy or RecheckPolicy(), delay_s, theirs))
    process.start()
    theirs.close()
    count, told = 0, False
    try:
        while True:
            if ours.poll(IDLE_S):
                emit(ours.recv())
                count += 1
            elif stop() and not told:
                process.terminate()
                told = True
    except EOFError:
        process.join()
    except BaseException:
        process.terminate()
        process.join()
        raise
    if process.exitcode and not told:
        raise Permanent(
            f"the crawler's process ended with {process.exitcode}",
            subject=f"{len(sources)} sources",
            remedy="its log says why; what is left is still due",
        )
    return count


def is_due(record: Record, sources: Mapping[str, Source]) -> bool:
    """True if a source of the catalogue was never polled, or a poll or a fetch for one is due."""
    now = utc_now()
    if any(source_id not in record.sources() for source_id in sources):
        return True
    if any(key in sources for key in record.due(Work.POLL, now)):
        return True
    return any(page.source_id in sources for page in record.pages(record.due(Work.FETCH, now)).values())


def crawl_until_stopped(
    settings: Settings, record: Record, sources: Mapping[str, Source], *, once: bool
) -> Iterator[list[Capture]]:
    """Yields the captures of each pass: one pass if `once`, else pass after pass, waiting for what comes due next."""
    while True:
        if is_due(record, sources):
            captures: list[Capture] = []
            crawl_pass(settings, sources, emit=captures.append)
            yield captures
        if once:
            return
        time.sleep(IDLE_S)


def chosen(sources: Sequence[Source], names: Sequence[str]) -> dict[str, Source]:
    """The named sources by id, all of them when none is named. Raises `Permanent` for a name that is not there."""
    by_id = {s.id: s for s in sources}
    strange = [n for n in names if n not in by_id]
    if strange:
        raise Permanent("no such source", subject=", ".join(strange), remedy="`routewire check` lists the catalogue")
    return {n: by_id[n] for n in names} if names else by_id


INGESTED = Source(
    id="ingested", name="Ingested WARC files", kind=SourceKind.LISTING, url="", role="archive", licence="unknown"
)
"""Whose pages the files of others hold: nothing is known of them but what they say themselves."""


def ingest(settings: Settings, record: Record, path: Path, emit: Emit, tell: Callable[[RoutewireError], None]) -> None:
    """Takes the pages of somebody's WARC into our archive and the record; `tell` gets what could not be used."""
    from crawler.archive import ArchiveWriter
    from crawler.salvage import ingest as copy

    with ArchiveWriter(settings.archive_dir, software=settings.user_agent) as writer:
        for result in copy(path, INGESTED, writer, lambda capture_id: record.capture(capture_id) is not None, tell):
            record.save_capture(result.capture)
            emit(result.capture)
