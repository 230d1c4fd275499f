"""What the spider and its middlewares share in one crawl, and what they hang on a request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
)
from scrapy.http import Request

from crawler.archive import ArchiveWriter
from crawler.config import CrawlSettings
from crawler.model import Capture, FetchJob, FetchResult, Outcome, Source, WarcRef
from crawler.records import Exchange
from crawler.spiders.resolver import GuardedResolver

Sink = Callable[[FetchResult], Iterable[FetchJob]]
Known = Callable[[FetchJob], Capture | None]

TASK = "routewire_task"
STORED = "routewire_stored"
RECEIVED = "routewire_received"


@dataclass(kw_only=True)
class CrawlContext:
    """One crawl: what to do, with what, and the hosts that asked for a pause (seconds, by host)."""

    jobs: Sequence[FetchJob]
    sources: Mapping[str, Source]
    settings: CrawlSettings
    writer: ArchiveWriter
    sink: Sink
    known: Known
    pauses: dict[str, float] = field(default_factory=dict)
    failure: Exception | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """What a request is for; `purpose` as in `Exchange`."""

    job: FetchJob
    purpose: str


@dataclass(frozen=True, slots=True)
class Stored:
    """An answer that is in the archive."""

    exchange: Exchange
    capture_id: str
    warc: WarcRef


class Unsent(IgnoreRequest):
    """A request that was not sent, with the outcome of its job."""

    def __init__(self, outcome: Outcome, reason: str) -> None:
        super().__init__(reason)
        self.outcome = outcome
        self.reason = reason


def explain(error: BaseException, request: Request, settings: CrawlSettings) -> tuple[Outcome, str]:
    """The outcome of a request that ended without a response, and why, in words."""
    host = str(request.meta.get("download_slot"))
    gateway = request.meta.get("proxy")
    place = f"the gateway {gateway}" if gateway else f"the host {host}"
    match error:
        case Unsent():
            return error.outcome, error.reason
        case IgnoreRequest():
            return Outcome.FAILED, f"more than {settings.max_redirects} redirects"
        case DownloadTimeoutError() if request.meta.get(RECEIVED) is not None:
            return Outcome.FAILED, f"the body did not end within {settings.timeout_s:g} s"
        case DownloadTimeoutError():
            return Outcome.UNREACHABLE, f"no answer from {place} within {settings.timeout_s:g} s"
        case CannotResolveHostError() if host in GuardedResolver.refused:
            return Outcome.REFUSED, f"the name {host} leads to {GuardedResolver.refused[host]}"
        case CannotResolveHostError():
            return Outcome.UNREACHABLE, f"the name of {place} cannot be resolved"
        case DownloadConnectionRefusedError():
            return Outcome.UNREACHABLE, f"{place} refused the connection"
        case DownloadFailedError():
            return Outcome.UNREACHABLE, f"{place} broke off before an answer: {_cause(error)}"
    return Outcome.UNREACHABLE, f"no answer from {place}: {_cause(error)}"


def _cause(error: BaseException) -> str:
    """The innermost reason in a nest of Twisted's failures."""
    reasons: Any = getattr(error, "reasons", None)
    if reasons:
        return _cause(reasons[0].value)
    if isinstance(error, DownloadFailedError) and error.__cause__ is not None:
        return _cause(error.__cause__)
    return str(error) or type(error).__name__
