"""What is whole in WARC files that nobody closed, or that others wrote.

`recover` looks at files whose writer died: it cuts an unfinished exchange off (the cut bytes stay beside, in a `.torn`
file) and gives the answers that never reached the record. `ingest` copies pages out of any WARC file, whole or cut, a
gzip member a record or not, into the archive.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import zlib
from base64 import b32encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO
from uuid import NAMESPACE_URL, UUID, uuid5

from warcio.archiveiterator import ArchiveIterator  # type: ignore[import-untyped]
from warcio.exceptions import ArchiveLoadFailed  # type: ignore[import-untyped]
from warcio.recordloader import ArcWarcRecord, ArcWarcRecordLoader  # type: ignore[import-untyped]

from crawler.answers import REDIRECTS, judge
from crawler.archive import MAX_BODY_BYTES, OPEN_SUFFIX, ArchiveWriter, Exchange, entity_body, header, read_record
from crawler.errors import Permanent, RoutewireError
from crawler.model import FetchJob, FetchResult, ResourceKind, Source, WarcRef

log = logging.getLogger(__name__)

Tell = Callable[[RoutewireError], None]

MAX_RECORD_BYTES = 64_000_000
MAX_MEMBER_BYTES = 4_000_000_000
_FIRST_CHUNK, _CHUNK = 2_048, 65_536
_IN_MEMORY = 8_000_000
_MAGIC = b"\x1f\x8b\x08"
_HTML = ("text/html", "application/xhtml+xml")


@dataclass(frozen=True, slots=True)
class _Member:
    """One gzip member of a file (or a whole file that is not compressed): its place, what came out, what was wrong."""

    offset: int
    length: int
    data: IO[bytes]
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class _Record:
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


def _members(file: IO[bytes]) -> Iterator[_Member]:
    """The gzip members of a file, past damaged ones to the next that holds a record."""
    if file.read(2) != _MAGIC[:2]:
        file.seek(0)
        yield _Member(0, os.fstat(file.fileno()).st_size, file)
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


def _member(file: IO[bytes], offset: int) -> _Member | None:
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
    return _Member(offset, consumed - len(decoder.unused_data), data, fault)


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


def _records(member: _Member, subject: str, tell: Tell) -> Iterator[_Record]:
    """The whole records of a member. What is cut, damaged or too large is told and left out."""
    where = f"{subject} at {member.offset}"
    if member.fault is not None:
        remedy = "fetch the file again; the whole records before and after were taken"
        tell(Permanent(f"the gzip member {member.fault}", subject=where, remedy=remedy))
    try:
        for parsed in ArchiveIterator(member.data, no_record_parse=True):
            if parsed.length is not None and parsed.length > MAX_RECORD_BYTES:
                continue
            block = parsed.raw_stream.read()
            if len(block) == parsed.length:
                yield _Record(parsed, block)
            elif member.fault is None:
                message = f"the record ends {(parsed.length or 0) - len(block)} bytes too early"
                tell(Permanent(message, subject=where, remedy="fetch the file again; the records before were taken"))
    except ArchiveLoadFailed as error:
        if member.fault is None:
            fault = Permanent("what follows is not a WARC record", subject=where, remedy="give a WARC file")
            fault.__cause__ = error
            tell(fault)


def recover(
    folder: Path, sources: Mapping[str, Source], known: Callable[[str], bool], *, limit: int = MAX_BODY_BYTES
) -> Iterator[FetchResult]:
    """The answers in files whose writer died that `known` (by capture id) says were not recorded.

    Cuts such files to their last whole exchange; a file is done with when the caller has taken all its results. Answers
    to redirects, to robots.txt and of sitemap indexes are left: those jobs did not end. A file that is being written is
    not touched.
    """
    for marker in sorted(folder.glob(f"*{OPEN_SUFFIX}")):
        path = marker.with_name(marker.name.removesuffix(OPEN_SUFFIX))
        if not path.exists():
            marker.unlink(missing_ok=True)
            continue
        with path.open("r+b") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            for ref, facts in _mend(path, file):
                result = _recovered(folder, ref, facts, sources, limit)
                if result is not None and not known(result.capture.id):
                    yield result
            marker.unlink(missing_ok=True)


def _mend(path: Path, file: IO[bytes]) -> list[tuple[WarcRef, dict[str, str]]]:
    """Cuts a file to its last whole exchange; gives the place and the metadata of each answer in it."""
    answers: list[tuple[WarcRef, dict[str, str]]] = []
    facts: dict[str, str] = {}
    end = 0
    for member in _members(file):
        if member.fault is not None:
            log.warning("%s: the gzip member at %d %s", path.name, member.offset, member.fault)
            continue
        for record in _records(member, path.name, lambda fault: log.warning("%s", fault)):
            if record.parsed.rec_type == "metadata":
                facts = _facts(record.block)
            elif record.parsed.rec_type in {"response", "revisit", "warcinfo"}:
                end = member.offset + member.length
                if facts:
                    answers.append((WarcRef(path.name, member.offset, member.length), facts))
                facts = {}
    _cut(path, file, end)
    return answers


def _cut(path: Path, file: IO[bytes], end: int) -> None:
    file.seek(end)
    tail = file.read()
    if not tail:
        return
    torn = path.with_name(f"{path.name}.{end}.torn")
    with torn.open("wb") as out:
        out.write(tail)
        out.flush()
        os.fsync(out.fileno())
    file.truncate(end)
    os.fsync(file.fileno())
    log.warning("%s: %d bytes of an unfinished exchange cut at %d and kept in %s", path.name, len(tail), end, torn.name)


def _facts(block: bytes) -> dict[str, str]:
    lines = (line.partition(":") for line in block.decode("utf-8", "replace").splitlines())
    return {name.strip(): value.strip() for name, separator, value in lines if separator}


def _recovered(
    folder: Path, ref: WarcRef, facts: dict[str, str], sources: Mapping[str, Source], limit: int
) -> FetchResult | None:
    kind, source = facts.get("routewire-kind"), sources.get(facts.get("routewire-source", ""))
    if kind is None or facts.get("routewire-purpose") != kind or source is None:
        return None
    record, body = read_record(folder, ref)
    job = FetchJob(
        url=facts["routewire-job"],
        source_id=source.id,
        kind=ResourceKind(kind),
        etag=facts.get("routewire-etag"),
        last_modified=facts.get("routewire-last-modified"),
        known_digest=facts.get("routewire-known-digest"),
    )
    exchange = _exchange(record, body, job, via=facts.get("via"))
    same_bytes = record.rec_type == "revisit" and exchange.status != HTTPStatus.NOT_MODIFIED
    hop = exchange.status in REDIRECTS and header(exchange.headers, "location") is not None
    if same_bytes or hop:
        return None
    result, listing = judge(exchange, _uuid(record), ref, source, limit=limit)
    return None if listing.parts else result


def _exchange(record: ArcWarcRecord, body: bytes, job: FetchJob, via: str | None = None) -> Exchange:
    names = record.rec_headers
    return Exchange(
        job=job,
        purpose=job.kind.value,
        url=names.get_header("WARC-Target-URI"),
        fetched_at=_time(names.get_header("WARC-Date")),
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
    return time.astimezone(UTC) if time.tzinfo is not None else time.replace(tzinfo=UTC)


def _uuid(record: ArcWarcRecord) -> str:
    """The UUID of a record; one made of its id, address and date where the writer used another kind of id."""
    names = record.rec_headers
    given = str(names.get_header("WARC-Record-ID") or "").strip("<>")
    try:
        return str(UUID(given.removeprefix("urn:uuid:")))
    except ValueError:
        place = f"{given} {names.get_header('WARC-Target-URI')} {names.get_header('WARC-Date')}"
        return str(uuid5(NAMESPACE_URL, place))


def ingest(
    path: Path,
    source: Source,
    writer: ArchiveWriter,
    known: Callable[[str], bool],
    tell: Tell,
    *,
    limit: int = MAX_BODY_BYTES,
) -> Iterator[FetchResult]:
    """Copies the HTML pages (status 200) of a WARC file into the archive and gives them as fetched for `source`.

    A page whose capture id is known is left. A copy keeps id, date, address and block; its digests are made anew, for
    others count them in other ways. `tell` gets an error for each part that cannot be used; the rest is done. Raises
    Permanent where the file cannot be read.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise Permanent("cannot be read", subject=str(path), remedy="give the path of a WARC file") from error
    with file:
        for member in _members(file):
            for record in _records(member, str(path), tell):
                subject = f"{path} at {member.offset}"
                try:
                    result = _ingested(record, source, writer, known, limit, subject)
                except Permanent as fault:
                    tell(fault)
                else:
                    if result is not None:
                        yield result


def _ingested(
    record: _Record, source: Source, writer: ArchiveWriter, known: Callable[[str], bool], limit: int, subject: str
) -> FetchResult | None:
    if record.parsed.rec_type != "response" or not _is_intact(record):
        if record.parsed.rec_type == "response":
            raise Permanent("the block digest differs", subject=subject, remedy="fetch the file again")
        return None
    parsed = record.http()
    if parsed.http_headers is None or parsed.http_headers.get_statuscode() != "200":
        return None
    content_type = parsed.http_headers.get_header("Content-Type") or ""
    if not content_type.lower().startswith(_HTML) or known(_uuid(parsed)):
        return None
    job = FetchJob(url=record.name("WARC-Target-URI") or "", source_id=source.id, kind=ResourceKind.PAGE)
    start = parsed.raw_stream.tell()
    try:
        exchange = _exchange(parsed, entity_body(parsed), job)
    except ValueError as error:
        raise Permanent("the record has no valid date", subject=subject, remedy="the others were taken") from error
    ref = writer.copy(record.parsed, record.block, start, exchange, _uuid(parsed))
    return judge(exchange, _uuid(parsed), ref, source, limit=limit)[0]


def _is_intact(record: _Record) -> bool:
    """Whether the block has the digest that its record states, in base 32 or base 16; true where it states none."""
    algorithm, _, stated = (record.name("WARC-Block-Digest") or "").partition(":")
    if algorithm not in hashlib.algorithms_guaranteed or algorithm.startswith("shake"):
        return True
    digest = hashlib.new(algorithm, record.block).digest()
    return stated.upper() in {b32encode(digest).decode(), digest.hex().upper()}
