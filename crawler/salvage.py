"""What can be saved: the answers of a crawl that was killed, and the pages in other people's WARC files.

`recover` cuts the unfinished exchange off a file whose writer died (the cut bytes stay beside it, in a `.torn` file)
and gives the answers that were not recorded. `ingest` copies pages into the archive, which owns all bytes that a
document rests on.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
from base64 import b32encode
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import IO

from crawler.answers import REDIRECTS, judge
from crawler.archive import OPEN_SUFFIX, ArchiveWriter, entity_body, read_record
from crawler.encoding import MAX_BODY_BYTES, header
from crawler.errors import Permanent
from crawler.model import FetchJob, FetchResult, ResourceKind, Source, WarcRef
from crawler.warcfile import Record, Tell, members, read_exchange, record_uuid, whole_records

log = logging.getLogger(__name__)

_HTML = ("text/html", "application/xhtml+xml")


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
    for member in members(file):
        if member.fault is not None:
            log.warning("%s: the gzip member at %d %s", path.name, member.offset, member.fault)
            continue
        for record in whole_records(member, path.name, lambda fault: log.warning("%s", fault)):
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
    exchange = read_exchange(record, body, job, via=facts.get("via"))
    same_bytes = record.rec_type == "revisit" and exchange.status != HTTPStatus.NOT_MODIFIED
    hop = exchange.status in REDIRECTS and header(exchange.headers, "location") is not None
    if same_bytes or hop:
        return None
    result, listing = judge(exchange, record_uuid(record), ref, source, limit=limit)
    return None if listing.parts else result


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
        for member in members(file):
            for record in whole_records(member, str(path), tell):
                subject = f"{path} at {member.offset}"
                try:
                    result = _ingested(record, source, writer, known, limit, subject)
                except Permanent as fault:
                    tell(fault)
                else:
                    if result is not None:
                        yield result


def _ingested(
    record: Record, source: Source, writer: ArchiveWriter, known: Callable[[str], bool], limit: int, subject: str
) -> FetchResult | None:
    if record.parsed.rec_type != "response" or not _is_intact(record):
        if record.parsed.rec_type == "response":
            raise Permanent("the block digest differs", subject=subject, remedy="fetch the file again")
        return None
    parsed = record.http()
    if parsed.http_headers is None or parsed.http_headers.get_statuscode() != "200":
        return None
    content_type = parsed.http_headers.get_header("Content-Type") or ""
    if not content_type.lower().startswith(_HTML) or known(record_uuid(parsed)):
        return None
    url = record.name("WARC-Target-URI") or ""
    if not url.startswith(("http://", "https://")):
        raise Permanent("the record names no address of the web", subject=subject, remedy="the others were taken")
    job = FetchJob(url=url, source_id=source.id, kind=ResourceKind.PAGE)
    start = parsed.raw_stream.tell()
    try:
        exchange = read_exchange(parsed, entity_body(parsed), job)
    except ValueError as error:
        raise Permanent("the record has no valid date", subject=subject, remedy="the others were taken") from error
    ref = writer.copy(record.parsed, record.block, start, exchange, record_uuid(parsed))
    return judge(exchange, record_uuid(parsed), ref, source, limit=limit)[0]


def _is_intact(record: Record) -> bool:
    """Whether the block has the digest that its record states, in base 32 or base 16; true where it states none."""
    algorithm, _, stated = (record.name("WARC-Block-Digest") or "").partition(":")
    if algorithm not in hashlib.algorithms_guaranteed or algorithm.startswith("shake"):
        return True
    digest = hashlib.new(algorithm, record.block).digest()
    return stated.upper() in {b32encode(digest).decode(), digest.hex().upper()}
