"""A live stream's archive: a mirror of RIS in files of five minutes, which all that reads archives can read.

A file grows as `live-….part` (MRT, plain, in the order of arrival) and becomes `updates.….gz`, in the order of time,
when its five minutes and a grace for late messages are over. A crash leaves parts; `salvage` makes files of them.
"""

from __future__ import annotations

import fcntl
import gzip
import io
import logging
import os
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from crawler.errors import Permanent
from crawler.routing.live.frames import LiveMessage, Subscription
from crawler.routing.live.gaps import MARK, STEP, file_name, is_foreign, slot_start, write_gap
from crawler.routing.live.messages import split_records, time_of

_log = logging.getLogger(__name__)
STEP_S = STEP.total_seconds()
_AHEAD_S = 60.0  # a message may come from a clock that is so far ahead of ours


class LiveArchive:
    """Files of one stream. One process at a time writes into a folder. Not for several threads at once.

    Raises `Permanent` where another process writes there. `grace` is seconds of our clock.
    """

    def __init__(self, folder: Path, subscription: Subscription, grace: float) -> None:
        self.files = 0
        self._folder = folder
        self._subscription = subscription
        self._grace = grace
        self._parts: dict[tuple[str, float], BinaryIO] = {}
        self._closed_to = 0.0
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = (folder / ".live.lock").open("wb")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.close()
            remedy = "end it, or name another folder"
            raise Permanent("another live stream is written here", subject=str(folder), remedy=remedy) from None

    def salvage(self) -> int:
        """Makes files of the parts that a crash left, and gaps of what follows their last records; how many."""
        parts = sorted(self._folder.glob("rrc*/????.??/live-*.part"))
        left = {path: slot for path in parts if (slot := _slot_of(path)) is not None}
        for path, slot in left.items():
            collector = path.parts[-3]
            last = max(map(time_of, split_records(path.read_bytes())), default=slot)
            reason = "the writer of the live stream was cut off"
            write_gap(self._folder, collector, min(max(last, slot), slot + STEP_S), slot + STEP_S, reason)
            self._finish(collector, slot)
        return len(left)

    def write(self, message: LiveMessage, now: float) -> str | None:
        """None, or why the message has no place: it is told then as a gap. `now` is our clock's seconds."""
        if message.at > now + _AHEAD_S:
            return f"messages more than {_AHEAD_S:.0f} s ahead of this machine's clock"
        slot = message.at // STEP_S * STEP_S
        if slot < max(self._closed_to, self._due(now)):
            return "messages that came after their file was closed"
        part = self._parts.get((message.collector, slot))
        if part is None and message.records:
            path = self._part(message.collector, slot)
            path.parent.mkdir(parents=True, exist_ok=True)
            part = self._parts[message.collector, slot] = path.open("ab")
        if part is not None:
            part.write(b"".join(message.records))
        return None

    def flush(self) -> None:
        """Hands all that was written to the system, so that the end of this process does not lose it."""
        for part in self._parts.values():
            part.flush()

    def name_of(self, message: LiveMessage) -> str:
        """The path in the archive of the file that a message will be in."""
        return file_name(message.collector, slot_start(datetime.fromtimestamp(message.at, UTC)))

    def close_due(self, now: float) -> float | None:
        """Closes the files whose time is over; the time up to which all are closed, None where none was."""
        due = self._due(now)
        if due <= self._closed_to:
            return None
        self._closed_to = due
        self._close([key for key in self._parts if key[1] < due])
        return due

    def _due(self, now: float) -> float:
        return (now - self._grace) // STEP_S * STEP_S

    def close(self) -> None:
        """Closes all files and lets another process write here."""
        self._close(list(self._parts))
        self._lock.close()

    def _close(self, keys: list[tuple[str, float]]) -> None:
        for key in sorted(keys):
            self._parts.pop(key).close()
            self._finish(*key)

    def _part(self, collector: str, slot: float) -> Path:
        at = datetime.fromtimestamp(slot, UTC)
        return self._folder / collector / f"{at:%Y.%m}" / f"live-{at:%Y%m%d.%H%M}.part"

    def _finish(self, collector: str, slot: float) -> None:
        """Twice is the same as once: records that a file holds already are not added again."""
        part = self._part(collector, slot)
        path = self._folder / file_name(collector, datetime.fromtimestamp(slot, UTC))
        records = list(split_records(part.read_bytes()))
        if is_foreign(path):
            _log.info("%s is the collector's own file: the live stream's is not needed", path)
        elif records:
            if path.exists():  # of a stream that ended in these five minutes, too
                records = list(dict.fromkeys([*_read_whole(path), *records]))
            records.sort(key=time_of)
            _write_whole(path, b"".join(records))
            self.files += 1
            if not self._subscription.everything:
                reason = "the live stream was of a narrow subscription"
                write_gap(self._folder, collector, slot, slot + STEP_S, reason, self._subscription.prefixes)
        part.unlink()


def _slot_of(part: Path) -> float | None:
    """When the five minutes of a part began; None where the name is not of our making."""
    try:
        return datetime.strptime(part.stem, "live-%Y%m%d.%H%M").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


def _read_whole(path: Path) -> list[bytes]:
    try:
        return list(split_records(gzip.decompress(path.read_bytes())))
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise Permanent("cannot be read", subject=str(path), remedy="take it away") from error


def _write_whole(path: Path, data: bytes) -> None:
    """A reader sees the whole file or none, whenever this process ends."""
    packed = io.BytesIO()
    with gzip.GzipFile(MARK, "wb", 6, packed, mtime=0) as file:
        file.write(data)
    partial = path.with_name(f"live-{path.name}.tmp")
    with partial.open("wb") as target:
        target.write(packed.getbuffer())
        target.flush()
        os.fsync(target.fileno())
    partial.replace(path)
