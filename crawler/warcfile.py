"""The whole records of any WARC file: cut, damaged, a gzip member a record or one for all, or not compressed."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import IO
from uuid import NAMESPACE_URL, UUID, uuid5

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord, ArcWarcRecordLoader

from crawler.errors import Permanent, RoutewireError
from crawler.model import FetchJob
from crawler.records import Exchange

Tell = Callable[[RoutewireError], None]

MAX_RECORD_BYTES = 64_000_000
MAX_MEMBER_BYTES = 4_000_000_000
_FIRST_CHUNK, _CHUNK = 2_048, 65_536
_IN_MEMORY = 8_000_000
_MAGIC = b"\x1f\x8b\x08"


@dataclass(frozen=True, slots=True)
class Member:
    """One gzip member of a file (or a whole file that is not compressed): its place, what came out, what was wrong."""

    offset: int
    length: int
    data: IO[bytes]
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A whole WARC record: its parsed headers and its block as stored."""

    parsed: ArcWarcRecord
    block: bytes

    def name(self, field_name: str) -> str | None:
        value: str | None = self.parsed.rec_headers.get_header(field_name)
        return value

    def http(self) -> ArcWarcRecord:
        """The record with its HTTP headers read and its stream at the body."""
        kind, stream, length = self.parsed.rec_type, BytesIO(self.block), len(self.block)
        loader = ArcWarcRecordLoader(verify_http=False)
        headers = loader.load_http_headers(kind, self.name("WARC-Target-URI") or "", stream, length)
        return ArcWarcRecord("warc", kind, self.parsed.rec_headers, stream, headers, None, length)


def members(file: IO[bytes]) -> Iterator[Member]:
    """The gzip members of a file, past damaged ones to the next that holds a record."""
    if file.read(2) != _MAGIC[:2]:
        file.seek(0)
        yield Member(0, os.fstat(file.fileno()).st_size, file)
        return
    offset: int | None = 0
    while offset is not None:
        file.seek(offset)
        member = _member(file, offset)
        if member is None:
            return
        with member.data:
            yield member
        offset = _next_member(file, offset + 1) if member.fault == "is damaged" else offset + member.length


def _member(file: IO[bytes], offset: int) -> Member | None:
    """The member at the file's position, None at the end of the file."""
    chunk = file.read(_FIRST_CHUNK)
    if not chunk:
        return None
    decoder = zlib.decompressobj(zlib.MAX_WBITS | 16)
    data: IO[bytes] = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  (whoever takes the member closes it)
    consumed, fault = len(chunk), None
    try:
        data.write(decoder.decompress(chunk))
        while not decoder.eof and fault is None:
            chunk = file.read(_CHUNK)
            consumed += len(chunk)
            data.write(decoder.decompress(chunk))
            if not chunk:
                fault = "is cut"
            elif data.tell() > MAX_MEMBER_BYTES:
                fault = f"holds more than {MAX_MEMBER_BYTES} bytes"
    except zlib.error:
        fault = "is damaged"
    data.seek(0)
    return Member(offset, consumed - len(decoder.unused_data), data, fault)


def _next_member(file: IO[bytes], start: int) -> int | None:
    """Where the next gzip member that begins with a WARC record starts, None where there is none."""
    file.seek(start)
    window = b""
    while chunk := file.read(_CHUNK):
        window += chunk
        base = file.tell() - len(window)
        found = window.find(_MAGIC)
        while found >= 0:
            if _begins_record(window[found : found + 512]):
                return base + found
            found = window.find(_MAGIC, found + 1)
        window = window[-512:]
    return None


def _begins_record(data: bytes) -> bool:
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(data).startswith(b"WARC/")
    except zlib.error:
        return False


def whole_records(member: Member, subject: str, tell: Tell) -> Iterator[Record]:
    """The whole records of a member. What is cut, damaged or too large is told and left out."""
    where = f"{subject} at {member.offset}"
    if member.fault is not None:
        remedy = "fetch the file again; the whole records before and after were taken"
        tell(Permanent(f"the gzip member {member.fault}", subject=where, remedy=remedy))
    try:
        for parsed in ArchiveIterator(member.data, no_record_parse=True):
            length = parsed.length or 0
            if length > MAX_RECORD_BYTES:
                message = f"the record holds {length} bytes, more than {MAX_RECORD_BYTES}"
                tell(Permanent(message, subject=where, remedy="nothing; no page is so large"))
                continue
            block = parsed.raw_stream.read(MAX_RECORD_BYTES)
            if len(block) == length:
                yield Record(parsed, block)
            elif member.fault is None:
                message = f"the record states {length} bytes and holds {len(block)}"
                tell(Permanent(message, subject=where, remedy="fetch the file again; the records before were taken"))
    except ArchiveLoadFailed as error:
        if member.fault is None:
            fault = Permanent("what follows is not a WARC record", subject=where, remedy="give a WARC file")
            fault.__cause__ = error
            tell(fault)


def read_exchange(record: ArcWarcRecord, body: bytes, job: FetchJob, via: str | None = None) -> Exchange:
    names = record.rec_headers
    return Exchange(
        job=job,
        purpose=job.kind.value,
        url=names.get_header("WARC-Target-URI"),
        fetched_at=_time(names.get_header("WARC-Date") or ""),
        request_headers=(),
        protocol=record.http_headers.protocol,
        status=int(record.http_headers.get_statuscode()),
        headers=tuple(record.http_headers.headers),
        body=body,
        via=via,
        truncated=names.get_header("WARC-Truncated"),
    )


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    try:
        return time.astimezone(UTC) if time.tzinfo is not None else time.replace(tzinfo=UTC)
    except OverflowError as error:
        raise ValueError(text) from error  # a zone that takes the year 1 or 9999 out of the calendar


def record_uuid(record: ArcWarcRecord) -> str:
    """The UUID of a record; one made of its id, address and date where the writer used another kind of id."""
    names = record.rec_headers
    given = str(names.get_header("WARC-Record-ID") or "").strip("<>")
    try:
        return str(UUID(given.removeprefix("urn:uuid:")))
    except ValueError:
        place = f"{given} {names.get_header('WARC-Target-URI')} {names.get_header('WARC-Date')}"
        return str(uuid5(NAMESPACE_URL, place))
