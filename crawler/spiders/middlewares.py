"""Between the spider and the network: the guard, robots.txt, and the archive that comes before everything else."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast
from urllib.parse import urlsplit

from protego import Protego
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import StopDownload
from scrapy.http import Headers, Request, Response
from scrapy.http.request import NO_CALLBACK

from crawler.answers import exchange_error, retry_after
from crawler.encoding import decode_body
from crawler.errors import Permanent, RoutewireError
from crawler.guard import refusal
from crawler.model import FetchJob, Outcome
from crawler.records import Exchange
from crawler.spiders.context import RECEIVED, STORED, TASK, CrawlContext, Stored, Task, Unsent, explain

_BUSY = frozenset({429, 503})
_DEFAULT_PAUSE_S = 60.0


def context_of(crawler: Crawler) -> CrawlContext:
    """The crawl that the running spider was started for."""
    return cast("CrawlContext", crawler.spider.context)  # type: ignore[union-attr]


class GuardMiddleware:
    """Refuses what must not be fetched (each redirect passes here too), and names gateway and slot of the rest."""

    def __init__(self, crawler: Crawler) -> None:
        self._context = context_of(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> GuardMiddleware:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        reason = refusal(request.url)
        if reason is not None:
            led = " (a redirect led there)" if request.meta.get("redirect_times") else ""
            raise Unsent(Outcome.REFUSED, f"{request.url}: {reason}{led}")
        task: Task = request.meta[TASK]
        request.meta["proxy"] = self._context.sources[task.job.source_id].gateway
        # A redirect carries the slot of the host that it came from.
        request.meta["download_slot"] = urlsplit(request.url).hostname


@dataclass(frozen=True, slots=True)
class _Rules:
    """A host's robots.txt: what it says, None where it has none; `error` where it cannot be known what it says.

    `delay_s` is its Crawl-delay, None where it names none.
    """

    parsed: Protego | None = None
    delay_s: float | None = None
    error: str | None = None
    outcome: Outcome = Outcome.UNREACHABLE


class RobotsMiddleware:
    """Asks each host for robots.txt once a crawl and obeys it (RFC 9309).

    No file (4xx) allows everything. A host that does not answer or is in trouble (5xx, 429) is not crawled: nobody
    knows what it allows. Scrapy's own middleware crawls then, and it knows neither gateways nor the archive.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._context = context_of(crawler)
        self._rules: dict[tuple[str | None, str], asyncio.Future[_Rules]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RobotsMiddleware:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        task: Task = request.meta[TASK]
        if task.purpose == "robots":
            return
        parts = urlsplit(request.url)
        origin = f"{parts.scheme}://{parts.netloc}"
        key = (request.meta["proxy"], origin)
        if key not in self._rules:
            self._rules[key] = asyncio.ensure_future(self._load(origin, task.job))
        rules = await self._rules[key]
        if rules.error is not None:
            raise Unsent(rules.outcome, f"robots.txt: {rules.error}")
        if rules.parsed is not None and not rules.parsed.can_fetch(request.url, self._context.settings.user_agent):
            raise Unsent(Outcome.REFUSED, f"robots.txt of {parts.netloc} forbids it")
        # AutoThrottle would bring a Crawl-delay down to the latency of the host.
        request.meta["autothrottle_dont_adjust_delay"] = rules.delay_s is not None

    async def _load(self, origin: str, job: FetchJob) -> _Rules:
        meta = {TASK: Task(job, "robots")}
        request = Request(f"{origin}/robots.txt", meta=meta, callback=NO_CALLBACK, dont_filter=True)
        try:
            response = await self._crawler.engine.download_async(request)
        except Exception as error:
            outcome, reason = explain(error, request, self._context.settings)
            refused = outcome is Outcome.REFUSED
            return _Rules(error=reason, outcome=outcome if refused else Outcome.UNREACHABLE)
        rules = self._read(response.meta[STORED].exchange)
        self._slow_down(request, rules)
        return rules

    def _read(self, exchange: Exchange) -> _Rules:
        if exchange.status >= 500 or exchange.status in _BUSY:
            return _Rules(error=exchange_error(exchange))
        if exchange.status != 200:
            return _Rules()
        limit = self._context.settings.max_body_bytes
        try:
            body = decode_body(exchange.headers, exchange.body, subject=exchange.url, limit=limit)
        except Permanent as error:
            return _Rules(error=error.message)
        parsed = Protego.parse(body.decode("utf-8", "replace"))
        return _Rules(parsed=parsed, delay_s=parsed.crawl_delay(self._context.settings.user_agent))

    def _slow_down(self, request: Request, rules: _Rules) -> None:
        if rules.delay_s is None:
            return
        settings = self._context.settings
        delay = max(settings.delay_s, min(rules.delay_s, settings.max_crawl_delay_s))
        downloader = self._crawler.engine.downloader
        host = str(request.meta["download_slot"])
        # For the slot that is made when this one has been idle for long.
        downloader.per_slot_settings[host] = {"delay": delay, "jitter": 0.0}
        if host in downloader.slots:
            downloader.slots[host].delay = delay
            downloader.slots[host].jitter = 0.0


class ArchiveMiddleware:
    """Nearest to the network: writes each answer to the archive before anything else sees it, and bounds its size."""

    def __init__(self, crawler: Crawler) -> None:
        self._context = context_of(crawler)
        crawler.signals.connect(self._headers_received, signals.headers_received)
        crawler.signals.connect(self._bytes_received, signals.bytes_received)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ArchiveMiddleware:
        return cls(crawler)

    def _headers_received(self, body_length: object, request: Request) -> None:
        request.meta[RECEIVED] = 0
        if isinstance(body_length, int) and body_length > self._context.settings.max_body_bytes:
            raise StopDownload(fail=False)

    def _bytes_received(self, data: bytes, request: Request) -> None:
        request.meta[RECEIVED] += len(data)
        if request.meta[RECEIVED] > self._context.settings.max_body_bytes:
            raise StopDownload(fail=False)

    def process_response(self, request: Request, response: Response) -> Response:
        task: Task = request.meta[TASK]
        exchange = _exchange(task, request, response)
        same_as = self._context.known(task.job) if task.purpose == task.job.kind else None
        try:
            capture_id, warc = self._context.writer.append(exchange, same_as)
        except RoutewireError as error:
            self._context.failure = error
            raise
        request.meta[STORED] = Stored(exchange, capture_id, warc)
        if response.status in _BUSY:
            pause = retry_after(exchange)
            self._context.pauses[str(request.meta["download_slot"])] = _DEFAULT_PAUSE_S if pause is None else pause
        return response


def _exchange(task: Task, request: Request, response: Response) -> Exchange:
    truncated = None
    if "download_stopped" in response.flags:
        truncated = "length"
    elif "dataloss" in response.flags:
        truncated = "disconnect"
    earlier = request.meta.get("redirect_urls")
    return Exchange(
        job=task.job,
        purpose=task.purpose,
        url=response.url,
        fetched_at=datetime.now(UTC),
        request_headers=(("Host", urlsplit(response.url).netloc), *_pairs(request.headers)),
        protocol=response.protocol or "HTTP/1.1",
        status=response.status,
        headers=_pairs(response.headers),
        body=response.body,
        via=earlier[-1] if earlier else (task.job.url if task.purpose != task.job.kind else None),
        truncated=truncated,
    )


def _pairs(headers: Headers) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name.decode("latin-1"), value.decode("latin-1")) for name, values in headers.items() for value in values
    )
