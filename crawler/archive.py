"""Captures in and out of WARC 1.1 files, a gzip member a record.

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
from datetime import UTC, datetime
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from typing import IO
from uuid import uuid4

from warcio.archiveiterator import ArchiveIterator
from warcio.bufferedreaders import ChunkedDataReader
from warcio.recordloader import ArcWarcRecord

from crawler.encoding import MAX_BODY_BYTES, Headers, decode_body
from crawler.errors import Permanent, Transient
from crawler.model import Capture, WarcRef
from crawler.records import (
    Exchange,
    metadata_record,
    payload_digest,
    record_writer,
    request_record,
    response_record,
    revisit_record,
    warcinfo,
)

MAX_FILE_BYTES = 1_000_000_000
OPEN_SUFFIX = ".open"

_serials = itertools.count()


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
        records = [request_record(exchange, record_id), metadata_record(exchange, record_id)]
        if exchange.status == HTTPStatus.NOT_MODIFIED or original is not None:
            records.append(revisit_record(exchange, record_id, same_as))
        else:
            records.append(response_record(exchange, record_id))
        return record_id, self._write(records)

    def copy(self, record: ArcWarcRecord, block: bytes, body_at: int, exchange: Exchange, record_id: str) -> WarcRef:
        """Writes a response record of another archive: its headers, its block as it is, its digests anew.

        The body begins at `body_at` in the block. `exchange` is the same answer as read, for the metadata record.
        """
        names = record.rec_headers
        names.protocol = "WARC/1.1"
        names.replace_header("WARC-Record-ID", f"<urn:uuid:{record_id}>")
        names.remove_header("WARC-Block-Digest")
        names.replace_header("WARC-Payload-Digest", payload_digest(block[body_at:]))
        copied = ArcWarcRecord(
            "warc", "response", names, BytesIO(block), None, names.get_header("Content-Type"), len(block)
        )
        return self._write([metadata_record(exchange, record_id), copied])

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
        return bool(record.rec_headers.get_header("WARC-Payload-Digest") == payload_digest(exchange.body))

    def _write(self, records: list[ArcWarcRecord]) -> WarcRef:
        """Appends the records at once; the place is that of the last."""
        buffer = BytesIO()
        writer = record_writer(buffer)
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
            file.write(warcinfo(name, self._software))
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
