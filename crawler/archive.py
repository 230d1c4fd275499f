"""Captures in and out of WARC 1.1 files, a gzip member a record.

What a record holds: the status line, the headers and the body as Scrapy hands them over. Content-Encoding is kept, with
the bytes that were encoded. The transfer is not: Twisted has joined the chunks and taken the headers that belong to the
connection alone (Transfer-Encoding, Connection, Keep-Alive, TE, Upgrade), so none of them is recorded and
Content-Length is that of the stored body. Header names are in Scrapy's title case; the reason phrase is the standard's.
The request is what was handed to Scrapy, in origin form also where a gateway was asked.

An exchange is three records, written at once in this order: request, metadata, response (or revisit). So a whole
response never lacks the metadata that says what it was fetched for, and a file that was cut ends with a whole exchange
after `crawler.salvage` has cut what follows it.
"""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import os
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit
from uuid import uuid4

import brotli  # type: ignore[import-untyped]
from warcio.archiveiterator import ArchiveIterator  # type: ignore[import-untyped]
from warcio.bufferedreaders import ChunkedDataReader  # type: ignore[import-untyped]
from warcio.recordloader import ArcWarcRecord  # type: ignore[import-untyped]
from warcio.statusandheaders import StatusAndHeaders  # type: ignore[import-untyped]
from warcio.utils import Digester  # type: ignore[import-untyped]
from warcio.warcwriter import WARCWriter  # type: ignore[import-untyped]

from crawler.errors import Permanent, Transient
from crawler.model import Capture, FetchJob, WarcRef

Headers = tuple[tuple[str, str], ...]

MAX_BODY_BYTES = 20_000_000
MAX_FILE_BYTES = 1_000_000_000
OPEN_SUFFIX = ".open"

_REVISIT = "http://netpreserve.org/warc/1.1/revisit/"
_serials = itertools.count()


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


def header(headers: Headers, name: str) -> str | None:
    """The first value of a header, whatever the case of its name."""
    return next((value for key, value in headers if key.lower() == name.lower()), None)


def decode_body(headers: Headers, body: bytes, *, subject: str, limit: int = MAX_BODY_BYTES) -> bytes:
    """The body without its Content-Encoding (gzip, deflate, br).

    Raises Permanent for an encoding that is unknown, data that does not decode, or more than `limit` bytes.
    """
    encodings = [part.strip().lower() for part in (header(headers, "content-encoding") or "").split(",")]
    for encoding in reversed([name for name in encodings if name not in ("", "identity")]):
        body = _decoded(encoding, body, subject, limit)
    if len(body) > limit:
        raise _too_large(subject, limit)
    return body


def _too_large(subject: str, limit: int) -> Permanent:
    return Permanent(f"the body is larger than {limit} bytes", subject=subject, remedy="raise the limit of body sizes")


def _decoded(encoding: str, body: bytes, subject: str, limit: int) -> bytes:
    try:
        if encoding in ("gzip", "x-gzip"):
            return _gunzip(body, subject, limit)
        if encoding == "deflate":
            return _inflate(body, zlib.MAX_WBITS if body[:1] == b"\x78" else -zlib.MAX_WBITS, subject, limit)[0]
        if encoding == "br":
            return _unbrotli(body, subject, limit)
    except (zlib.error, brotli.error) as error:
        raise Permanent(f"the body is not {encoding}", subject=subject, remedy="it is fetched again later") from error
    raise Permanent(f"content-encoding {encoding!r} is not known", subject=subject, remedy="the source must send gzip")


def _gunzip(body: bytes, subject: str, limit: int) -> bytes:
    out = b""
    while body:
        member, body = _inflate(body, zlib.MAX_WBITS | 16, subject, limit - len(out))
        out += member
        body = body.lstrip(b"\0")
    return out


def _inflate(body: bytes, window: int, subject: str, limit: int) -> tuple[bytes, bytes]:
    decoder = zlib.decompressobj(window)
    out = decoder.decompress(body, limit + 1)
    if len(out) > limit:
        raise _too_large(subject, limit)
    if not decoder.eof:
        raise zlib.error("the data ends too early")
    return out, decoder.unused_data


def _unbrotli(body: bytes, subject: str, limit: int) -> bytes:
    decoder = brotli.Decompressor()
    out: bytes = decoder.process(body, output_buffer_limit=limit + 1)
    if len(out) > limit:
        raise _too_large(subject, limit)
    if not decoder.is_finished():
        raise brotli.error("the data ends too early")
    return out


def read_capture(folder: Path, ref: WarcRef, *, limit: int = MAX_BODY_BYTES) -> tuple[Headers, bytes]:
    """The HTTP headers and the decoded body of one response record.

    Raises Permanent where the record is missing, damaged, or a revisit (which has no body of its own).
    """
    record, body = read_record(folder, ref)
    subject = f"{ref.file} at {ref.offset}"
    if record.rec_type != "response" or record.http_headers is None:
        message = f"a record of type {record.rec_type} has no body"
        raise Permanent(message, subject=subject, remedy="read the capture that it refers to")
    headers = tuple(record.http_headers.headers)
    if record.rec_headers.get_header("WARC-Truncated"):
        return headers, body
    return headers, decode_body(headers, body, subject=subject, limit=limit)


def read_record(folder: Path, ref: WarcRef) -> tuple[ArcWarcRecord, bytes]:
    """The WARC record at `ref` and its block after the HTTP headers, transfer coding removed. Raises Permanent."""
    subject = f"{ref.file} at {ref.offset}"
    try:
        with (folder / ref.file).open("rb") as file:
            file.seek(ref.offset)
            member = file.read(ref.length)
    except OSError as error:
        raise Permanent("the archive cannot be read", subject=subject, remedy="restore the file") from error
    try:
        record = next(iter(ArchiveIterator(BytesIO(zlib.decompress(member, zlib.MAX_WBITS | 16)))))
        return record, entity_body(record)
    except (zlib.error, StopIteration) as error:
        raise Permanent("the record is damaged", subject=subject, remedy="restore the file from a copy") from error


def entity_body(record: ArcWarcRecord) -> bytes:
    """The body of a record without its transfer coding (which other writers keep) and with its content coding."""
    coding = record.http_headers.get_header("Transfer-Encoding") if record.http_headers else None
    stream = ChunkedDataReader(record.raw_stream) if (coding or "").lower() == "chunked" else record.raw_stream
    return bytes(stream.read())


class _Sha256Writer(WARCWriter):  # type: ignore[misc]
    @staticmethod
    def _create_digester() -> Digester:
        return Digester("sha256")


class _HttpHeaders(StatusAndHeaders):  # type: ignore[misc]
    """Writes header bytes as they came; warcio would fail on a name and rewrite a value that is not ASCII."""

    def to_ascii_bytes(self, header_filter: Callable[[tuple[str, str]], tuple[str, str]] | None = None) -> bytes:
        return bytes(self.to_str(header_filter).encode("latin-1")) + b"\r\n"


class ArchiveWriter:
    """Appends exchanges to WARC files of its own in `folder`; a context manager.

    A file begins with the first record, is named by prefix, time, process and serial, is locked while it is written,
    and is followed by the next one at `max_bytes`. While it is open an empty file of the same name with `.open` stands
    beside it; where that is found without a lock, the writer died and `crawler.salvage.recover` looks at the file.
    """

    def __init__(
        self, folder: Path, *, software: str, prefix: str = "routewire", max_bytes: int = MAX_FILE_BYTES
    ) -> None:
        self._folder = folder
        self._software = software
        self._prefix = prefix
        self._max_bytes = max_bytes
        self._file: IO[bytes] | None = None
        self._path = folder

    def __enter__(self) -> ArchiveWriter:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def append(self, exchange: Exchange, same_as: Capture | None = None) -> tuple[str, WarcRef]:
        """Writes an exchange and returns the id and place of its response record, once they are on disk.

        `same_as` is the capture that holds the body that is known: a 304, or the same bytes once more, become a revisit
        of it. Raises Transient where the disk refuses; the file then ends where it ended before.
        """
        record_id = str(uuid4())
        original = same_as if same_as is not None and self._is_same(exchange, same_as) else None
        records = [_request(exchange, record_id), _metadata(exchange, record_id)]
        if exchange.status == HTTPStatus.NOT_MODIFIED or original is not None:
            records.append(_revisit(exchange, record_id, same_as))
        else:
            records.append(_response(exchange, record_id))
        return record_id, self._write(records)

    def copy(self, record: ArcWarcRecord, block: bytes, body_at: int, exchange: Exchange, record_id: str) -> WarcRef:
        """Writes a response record of another archive: its headers, its block as it is, its digests anew.

        The body begins at `body_at` in the block. `exchange` is the same answer as read, for the metadata record.
        """
        names = record.rec_headers
        names.protocol = "WARC/1.1"
        names.replace_header("WARC-Record-ID", f"<urn:uuid:{record_id}>")
        names.remove_header("WARC-Block-Digest")
        names.replace_header("WARC-Payload-Digest", _digest(block[body_at:]))
        copied = ArcWarcRecord(
            "warc", "response", names, BytesIO(block), None, names.get_header("Content-Type"), len(block)
        )
        return self._write([_metadata(exchange, record_id), copied])

    def close(self) -> None:
        """Closes the file that is being written, if any; the next record begins another."""
        if self._file is None:
            return
        self._file.close()
        self._file = None
        self._path.with_name(self._path.name + OPEN_SUFFIX).unlink(missing_ok=True)

    def _is_same(self, exchange: Exchange, known: Capture) -> bool:
        if known.warc is None or exchange.truncated is not None or not exchange.body:
            return False
        try:
            record, _ = read_record(self._folder, known.warc)
        except Permanent:
            return False
        return bool(record.rec_headers.get_header("WARC-Payload-Digest") == _digest(exchange.body))

    def _write(self, records: list[ArcWarcRecord]) -> WarcRef:
        """Appends the records at once; the place is that of the last."""
        buffer = BytesIO()
        writer = _writer(buffer)
        start = 0
        for record in records:
            start = buffer.tell()
            writer.write_record(record)
        file = self._open()
        before = file.tell()
        try:
            file.write(buffer.getbuffer())
            file.flush()
            os.fsync(file.fileno())
        except OSError as error:
            with contextlib.suppress(OSError):
                file.truncate(before)
                file.seek(before)
            raise Transient("the archive cannot be written", subject=str(self._path), remedy="make room") from error
        return WarcRef(str(self._path.relative_to(self._folder)), before + start, buffer.tell() - start)

    def _open(self) -> IO[bytes]:
        if self._file is not None and self._file.tell() >= self._max_bytes:
            self.close()
        if self._file is None:
            self._path, self._file = self._create()
        return self._file

    def _create(self) -> tuple[Path, IO[bytes]]:
        stamp = datetime.now(UTC).strftime("%Y%m%d%H%M%S")
        name = f"{self._prefix}-{stamp}-{os.getpid()}-{next(_serials):05}.warc.gz"
        path = self._folder / name
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            file = path.open("xb", buffering=0)
            fcntl.flock(file, fcntl.LOCK_EX)
            path.with_name(name + OPEN_SUFFIX).touch()
            file.write(_warcinfo(name, self._software))
            _sync_folder(self._folder)
        except OSError as error:
            raise Transient(
                "the archive cannot be written", subject=str(path), remedy="make the folder writable"
            ) from error
        return path, file


def _sync_folder(folder: Path) -> None:
    """Makes the names of a folder's new files durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _writer(buffer: IO[bytes]) -> WARCWriter:
    return _Sha256Writer(buffer, gzip=True, warc_version="1.1")


def _warcinfo(name: str, software: str) -> bytes:
    buffer = BytesIO()
    writer = _writer(buffer)
    specification = "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"
    facts = {"software": software, "format": "WARC File Format 1.1", "conformsTo": specification, "robots": "obey"}
    writer.write_record(writer.create_warcinfo_record(name, facts))
    return buffer.getvalue()


def _digest(data: bytes) -> str:
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


def _request(exchange: Exchange, record_id: str) -> ArcWarcRecord:
    parts = urlsplit(exchange.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = _HttpHeaders(f"GET {target} HTTP/1.1", list(exchange.request_headers), is_http_request=True)
    names = _names(exchange, concurrent_to=record_id)
    return _writer(BytesIO()).create_warc_record(exchange.url, "request", http_headers=headers, warc_headers_dict=names)


def _metadata(exchange: Exchange, record_id: str) -> ArcWarcRecord:
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
    return _writer(BytesIO()).create_warc_record(
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


def _response(exchange: Exchange, record_id: str) -> ArcWarcRecord:
    return _writer(BytesIO()).create_warc_record(
        exchange.url,
        "response",
        payload=BytesIO(exchange.body),
        length=len(exchange.body),
        http_headers=_http_headers(exchange, len(exchange.body)),
        warc_headers_dict=_names(exchange, record_id),
    )


def _revisit(exchange: Exchange, record_id: str, same_as: Capture | None) -> ArcWarcRecord:
    not_modified = exchange.status == HTTPStatus.NOT_MODIFIED
    names = _names(exchange, record_id)
    names["WARC-Profile"] = _REVISIT + ("server-not-modified" if not_modified else "identical-payload-digest")
    if same_as is not None:
        names["WARC-Refers-To"] = f"<urn:uuid:{same_as.id}>"
        names["WARC-Refers-To-Target-URI"] = same_as.location or same_as.url
        names["WARC-Refers-To-Date"] = _warc_date(same_as.fetched_at)
    if not not_modified:
        names["WARC-Payload-Digest"] = _digest(exchange.body)
    headers = _http_headers(exchange, len(exchange.body))
    return _writer(BytesIO()).create_warc_record(exchange.url, "revisit", http_headers=headers, warc_headers_dict=names)
