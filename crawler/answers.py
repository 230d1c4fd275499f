"""What an answer means: from an exchange that is in the archive to the one outcome of its job. Pure."""

from __future__ import annotations

import hashlib
import logging
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from crawler.encoding import decode_body, header
from crawler.errors import Permanent
from crawler.feeds import Listing, read_listing
from crawler.model import Capture, FetchJob, FetchResult, Outcome, ResourceKind, Source, WarcRef
from crawler.records import Exchange

log = logging.getLogger(__name__)

PERMANENT_REDIRECTS = frozenset({301, 308})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PAGE_TYPES = frozenset({"text/html", "application/xhtml+xml", "text/plain"})
_UNTYPED = frozenset({"", "application/octet-stream", "unknown/unknown"})


def judge(
    exchange: Exchange, capture_id: str, warc: WarcRef, source: Source, *, limit: int, permanent: bool = False
) -> tuple[FetchResult, Listing]:
    """The result of a job by its last exchange, and what the answer listed where the job was for a listing.

    `permanent` says that every redirect on the way was permanent. `limit` bounds the decoded body, in bytes.
    """
    job = exchange.job
    digest, listing, error = None, Listing(), exchange_error(exchange)
    if error is None and exchange.status != HTTPStatus.NOT_MODIFIED:
        try:
            body = decode_body(exchange.headers, exchange.body, subject=exchange.url, limit=limit)
            digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
            if job.kind is ResourceKind.LISTING:
                listing = read_listing(source, exchange.url, body, header(exchange.headers, "content-type"))
            else:
                _check_page(exchange, body)
        except Permanent as fault:
            error = fault.message
        except Exception as fault:
            # A parser that fails on a stranger's bytes must not take the other jobs with it.
            log.exception("cannot read the answer of %s", exchange.url)
            error = f"the answer cannot be read ({type(fault).__name__}: {fault})"
    redirected = exchange.via is not None
    capture = Capture(
        id=capture_id,
        url=job.url,
        source_id=job.source_id,
        kind=job.kind,
        outcome=_outcome(exchange, error, digest),
        fetched_at=exchange.fetched_at,
        status=exchange.status,
        content_type=header(exchange.headers, "content-type"),
        payload_digest=digest or (job.known_digest if exchange.status == HTTPStatus.NOT_MODIFIED else None),
        etag=header(exchange.headers, "etag"),
        last_modified=header(exchange.headers, "last-modified"),
        location=exchange.url if redirected else None,
        warc=warc,
        error=error,
    )
    result = FetchResult(
        job=job,
        capture=capture,
        entries=listing.entries,
        retry_after_s=retry_after(exchange),
        moved=redirected and permanent and error is None,
    )
    return result, listing


def _outcome(exchange: Exchange, error: str | None, digest: str | None) -> Outcome:
    if exchange.status == HTTPStatus.GONE:
        return Outcome.GONE
    if error is not None:
        return Outcome.FAILED
    known = exchange.status == HTTPStatus.NOT_MODIFIED or digest == exchange.job.known_digest
    return Outcome.UNCHANGED if known else Outcome.FETCHED


def exchange_error(exchange: Exchange) -> str | None:
    """Why an answer gives no body to read, in words; None where it does or where it says that nothing changed."""
    if exchange.truncated == "length":
        return "the body is larger than the limit"
    if exchange.truncated is not None:
        return "the connection ended before the body did"
    job = exchange.job
    if exchange.status == HTTPStatus.NOT_MODIFIED and job.etag is None and job.last_modified is None:
        return "HTTP 304 to a request that asked for the whole"
    if exchange.status in {HTTPStatus.OK, HTTPStatus.NON_AUTHORITATIVE_INFORMATION, HTTPStatus.NOT_MODIFIED}:
        return None
    if exchange.status in REDIRECTS:
        return f"HTTP {exchange.status} without a usable Location"
    try:
        return f"HTTP {exchange.status} {HTTPStatus(exchange.status).phrase}"
    except ValueError:
        return f"HTTP {exchange.status}"


def _check_page(exchange: Exchange, body: bytes) -> None:
    content_type = (header(exchange.headers, "content-type") or "").partition(";")[0].strip().lower()
    looks_like_markup = content_type in _UNTYPED and body.lstrip()[:1] == b"<"
    if content_type not in _PAGE_TYPES and not looks_like_markup:
        message = f"content type {content_type or 'missing'} is not a page"
        raise Permanent(message, subject=exchange.url, remedy="nothing; pages are HTML or plain text")
    if not body.strip():
        raise Permanent("the body is empty", subject=exchange.url, remedy="it is fetched again later")


def retry_after(exchange: Exchange) -> float | None:
    """The pause in seconds that Retry-After asks for, as seconds or as a date (RFC 9110, 10.2.3)."""
    value = header(exchange.headers, "retry-after")
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (_aware(at) - exchange.fetched_at).total_seconds())


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def unanswered(job: FetchJob, capture_id: str, outcome: Outcome, error: str, at: datetime) -> FetchResult:
    """The result of a job that got no answer."""
    capture = Capture(
        id=capture_id,
        url=job.url,
        source_id=job.source_id,
        kind=job.kind,
        outcome=outcome,
        fetched_at=at,
        error=error,
    )
    return FetchResult(job=job, capture=capture)
