"""An exchange as WARC 1.1 records: request, metadata, response or revisit.

What a record holds: the status line, the headers and the body as Scrapy hands them over. Content-Encoding is kept, with
the bytes that were encoded. The transfer is not: Twisted has joined the chunks and taken the headers that belong to the
connection alone (Transfer-Encoding, Connection, Keep-Alive, TE, Upgrade), so none of them is recorded and
Content-Length is that of the stored body. Header names are in Scrapy's title case; the reason phrase is the standard's.
The request is what was handed to Scrapy, in origin form also where a gateway was asked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from io import BytesIO
from typing import IO
from urllib.parse import urlsplit

from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.utils import Digester
from warcio.warcwriter import WARCWriter

from crawler.encoding import Headers
from crawler.model import Capture, FetchJob

_REVISIT = "http://netpreserve.org/warc/1.1/revisit/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its answer.

    `url` is the address that was asked, `via` the one that led there (a redirect, or the listing that named a part).
    `purpose` is `page`, `listing`, `part` (of a listing) or `robots`. `truncated` is the WARC-Truncated reason
    (`length`, `disconnect`) where the body is not whole. Header bytes are read as Latin-1, so none is lost.
    """

    job: FetchJob
    purpose: str
    url: str
    fetched_at: datetime
    request_headers: Headers
    protocol: str
    status: int
    headers: Headers
    body: bytes
    via: str | None = None
    truncated: str | None = None


class _Sha256Writer(WARCWriter):  # type: ignore[misc]
    @staticmethod
    def _create_digester() -> Digester:
        return Digester("sha256")


class _HttpHeaders(StatusAndHeaders):  # type: ignore[misc]
    """Writes header bytes as they came; warcio would fail on a name and rewrite a value that is not ASCII."""

    def to_ascii_bytes(self, header_filter: Callable[[tuple[str, str]], tuple[str, str]] | None = None) -> bytes:
        return bytes(self.to_str(header_filter).encode("latin-1")) + b"\r\n"


def record_writer(buffer: IO[bytes]) -> WARCWriter:
    return _Sha256Writer(buffer, gzip=True, warc_version="1.1")


def warcinfo(name: str, software: str) -> bytes:
    buffer = BytesIO()
    writer = record_writer(buffer)
    specification = "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"
    facts = {"software": software, "format": "WARC File Format 1.1", "conformsTo": specification, "robots": "obey"}
    writer.write_record(writer.create_warcinfo_record(name, facts))
    return buffer.getvalue()


def payload_digest(data: bytes) -> str:
    digest = Digester("sha256")
    digest.update(data)
    return str(digest)


def _warc_date(time: datetime) -> str:
    """A time in the form of WARC-Date, to the microsecond."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _names(exchange: Exchange, record_id: str | None = None, concurrent_to: str | None = None) -> dict[str, str]:
    names = {"WARC-Date": _warc_date(exchange.fetched_at)}
    if record_id is not None:
        names["WARC-Record-ID"] = f"<urn:uuid:{record_id}>"
    if concurrent_to is not None:
        names["WARC-Concurrent-To"] = f"<urn:uuid:{concurrent_to}>"
    if exchange.truncated is not None and record_id is not None:
        names["WARC-Truncated"] = exchange.truncated
    return names


def request_record(exchange: Exchange, record_id: str) -> ArcWarcRecord:
    parts = urlsplit(exchange.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = _HttpHeaders(f"GET {target} HTTP/1.1", list(exchange.request_headers), is_http_request=True)
    names = _names(exchange, concurrent_to=record_id)
    return record_writer(BytesIO()).create_warc_record(
        exchange.url, "request", http_headers=headers, warc_headers_dict=names
    )


def metadata_record(exchange: Exchange, record_id: str) -> ArcWarcRecord:
    """What the exchange was for; a fact that is None has no line."""
    job = exchange.job
    fields = {
        "via": exchange.via,
        "routewire-source": job.source_id,
        "routewire-kind": job.kind.value,
        "routewire-purpose": exchange.purpose,
        "routewire-job": job.url,
        "routewire-etag": job.etag,
        "routewire-last-modified": job.last_modified,
        "routewire-known-digest": job.known_digest,
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value is not None).encode()
    return record_writer(BytesIO()).create_warc_record(
        exchange.url,
        "metadata",
        payload=BytesIO(lines),
        length=len(lines),
        warc_headers_dict=_names(exchange, concurrent_to=record_id),
    )


def _http_headers(exchange: Exchange, length: int) -> StatusAndHeaders:
    try:
        reason = HTTPStatus(exchange.status).phrase
    except ValueError:
        reason = ""
    kept = [(name, value) for name, value in exchange.headers if name.lower() != "content-length"]
    kept.append(("Content-Length", str(length)))
    return _HttpHeaders(f"{exchange.status} {reason}".rstrip(), kept, exchange.protocol)


def response_record(exchange: Exchange, record_id: str) -> ArcWarcRecord:
    return record_writer(BytesIO()).create_warc_record(
        exchange.url,
        "response",
        payload=BytesIO(exchange.body),
        length=len(exchange.body),
        http_headers=_http_headers(exchange, len(exchange.body)),
        warc_headers_dict=_names(exchange, record_id),
    )


def revisit_record(exchange: Exchange, record_id: str, same_as: Capture | None) -> ArcWarcRecord:
    not_modified = exchange.status == HTTPStatus.NOT_MODIFIED
    names = _names(exchange, record_id)
    names["WARC-Profile"] = _REVISIT + ("server-not-modified" if not_modified else "identical-payload-digest")
    if same_as is not None:
        names["WARC-Refers-To"] = f"<urn:uuid:{same_as.id}>"
        names["WARC-Refers-To-Target-URI"] = same_as.location or same_as.url
        names["WARC-Refers-To-Date"] = _warc_date(same_as.fetched_at)
    if not not_modified:
        names["WARC-Payload-Digest"] = payload_digest(exchange.body)
    headers = _http_headers(exchange, len(exchange.body))
    return record_writer(BytesIO()).create_warc_record(
        exchange.url, "revisit", http_headers=headers, warc_headers_dict=names
    )
