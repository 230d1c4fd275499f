"""The spider: one job a host at a time, one outcome a job, and the parts of a sitemap index before its own end."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from scrapy import Request, Spider
from scrapy.exceptions import CloseSpider
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.answers import PERMANENT_REDIRECTS, judge, unanswered
from crawler.feeds import Listing
from crawler.guard import refusal
from crawler.model import Entry, FetchJob, FetchResult, Outcome
from crawler.spiders.context import STORED, TASK, CrawlContext, Stored, Task, explain


class JobSpider(Spider):
    """Does the jobs of a crawl and those that its sink returns."""

    name = "routewire"

    def __init__(self, context: CrawlContext) -> None:
        super().__init__()
        self.context = context
        self._waiting: dict[str, deque[FetchJob]] = {}
        self._busy: set[str] = set()

    async def start(self) -> AsyncIterator[Any]:
        for request in self._accept(self.context.jobs):
            yield request

    def _accept(self, jobs: Iterable[FetchJob]) -> Iterator[Request]:
        """Queues jobs by host; gives the first request of each host that has none under way."""
        hosts: dict[str, None] = {}
        for job in jobs:
            host = _host(job.url)
            self._waiting.setdefault(host, deque()).append(job)
            hosts[host] = None
        for host in hosts:
            if host not in self._busy:
                yield from self._next(host)

    def _next(self, host: str) -> Iterator[Request]:
        """The next request to a host. Jobs of a host that asked for a pause end unsent."""
        self._busy.add(host)
        queue = self._waiting[host]
        while queue:
            job = queue.popleft()
            unsent = self._unsent(job, host)
            if unsent is None:
                yield self._request(job)
                return
            yield from self._accept(self._sink(unsent))
        self._busy.discard(host)

    def _unsent(self, job: FetchJob, host: str) -> FetchResult | None:
        pause = self.context.pauses.get(host)
        reason = refusal(job.url)
        if reason is not None:
            return _unanswered(job, Outcome.REFUSED, f"{job.url}: {reason}")
        if job.source_id not in self.context.sources:
            return _unanswered(job, Outcome.REFUSED, f"the source {job.source_id!r} is not in the catalogue")
        if pause is not None:
            words = f"the host {host} asked for a pause of {pause:g} s and was not asked again"
            return replace(_unanswered(job, Outcome.UNREACHABLE, words), retry_after_s=pause)
        return None

    def _request(self, job: FetchJob) -> Request:
        validators = {"If-None-Match": job.etag, "If-Modified-Since": job.last_modified}
        return Request(
            job.url,
            headers={name: value for name, value in validators.items() if value is not None},
            meta={TASK: Task(job, job.kind.value)},
            callback=self._answered,
            errback=self._failed,
        )

    def _answered(self, response: Response) -> Iterator[Request]:
        permanent = all(reason in PERMANENT_REDIRECTS for reason in response.meta.get("redirect_reasons", ()))
        result, listing = self._judge(response.meta[STORED], permanent=permanent)
        if listing.parts:
            wanted = listing.parts[: self.context.settings.max_parts]
            yield from self._follow(_Index(result, wanted))
        else:
            yield from self._finish(result)

    def _failed(self, failure: Failure) -> Iterator[Request]:
        self._stop_if_failed()
        request, outcome, reason = self._explained(failure)
        job = request.meta[TASK].job
        pause = self.context.pauses.get(_host(job.url))
        yield from self._finish(replace(_unanswered(job, outcome, reason), retry_after_s=pause))

    def _follow(self, index: _Index) -> Iterator[Request]:
        """Asks for the next sitemap of an index; ends the job after the last."""
        if not index.waiting:
            yield from self._finish(index.finished())
            return
        url, rest = index.waiting[0], replace(index, waiting=index.waiting[1:])
        reason = refusal(url)
        if reason is not None:
            yield from self._follow(rest.without(url, reason))
            return
        yield Request(
            url,
            meta={TASK: Task(index.result.job, "part")},
            callback=self._part,
            errback=self._part_failed,
            cb_kwargs={"index": rest},
        )

    def _part(self, response: Response, index: _Index) -> Iterator[Request]:
        result, listing = self._judge(response.meta[STORED])
        if result.capture.error is not None:
            yield from self._follow(index.without(response.url, result.capture.error))
        else:
            yield from self._follow(replace(index, entries=(*index.entries, *listing.entries)))

    def _part_failed(self, failure: Failure) -> Iterator[Request]:
        self._stop_if_failed()
        request, _, reason = self._explained(failure)
        yield from self._follow(request.cb_kwargs["index"].without(request.url, reason))

    def _explained(self, failure: Failure) -> tuple[Request, Outcome, str]:
        request: Request = failure.request  # type: ignore[attr-defined]
        error = failure.value or Exception("no reason given")
        return request, *explain(error, request, self.context.settings)

    def _judge(self, stored: Stored, *, permanent: bool = False) -> tuple[FetchResult, Listing]:
        exchange = stored.exchange
        source = self.context.sources[exchange.job.source_id]
        limit = self.context.settings.max_body_bytes
        return judge(exchange, stored.capture_id, stored.warc, source, limit=limit, permanent=permanent)

    def _finish(self, result: FetchResult) -> Iterator[Request]:
        yield from self._accept(self._sink(result))
        yield from self._next(_host(result.job.url))

    def _sink(self, result: FetchResult) -> list[FetchJob]:
        try:
            return list(self.context.sink(result))
        except Exception as error:
            self.context.failure = self.context.failure or error
            raise CloseSpider("the sink failed") from error

    def _stop_if_failed(self) -> None:
        if self.context.failure is not None:
            raise CloseSpider("the archive or the sink failed")


@dataclass(frozen=True, slots=True)
class _Index:
    """A sitemap index whose sitemaps are being read: its own result, those to come, and what the others gave."""

    result: FetchResult
    waiting: tuple[str, ...]
    entries: tuple[Entry, ...] = ()
    faults: tuple[str, ...] = ()

    def without(self, url: str, reason: str) -> _Index:
        return replace(self, faults=(*self.faults, f"{url}: {reason}"))

    def finished(self) -> FetchResult:
        entries = tuple({entry.url: entry for entry in self.entries}.values())
        if not self.faults:
            return replace(self.result, entries=entries)
        # What is missing is told also where other sitemaps gave pages.
        outcome = self.result.capture.outcome if entries else Outcome.FAILED
        capture = replace(self.result.capture, outcome=outcome, error="; ".join(self.faults))
        return replace(self.result, capture=capture, entries=entries)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _unanswered(job: FetchJob, outcome: Outcome, reason: str) -> FetchResult:
    return unanswered(job, str(uuid4()), outcome, reason, datetime.now(UTC))
