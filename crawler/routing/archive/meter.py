"""Counts what comes, for all threads of a fetch: tells it, and stops them where it is too much."""

from __future__ import annotations

import threading
from collections.abc import Callable

from crawler.errors import Permanent

# (bytes so far, bytes in all as far as the indexes tell, files done, files in all)
Progress = Callable[[int, int, int, int], None]
GIGABYTE = 10**9


class OverLimit(Permanent):
    """More came than the whole may have."""


class Stopped(Exception):
    """The run ends; what came so far is gone on with next time."""


class Meter:
    """`stopped` ends every thread at its next bytes, and every pause at once."""

    def __init__(self, limit_bytes: int, progress: Progress | None) -> None:
        self.stopped = threading.Event()
        self._limit_bytes = limit_bytes
        self._progress = progress
        self._lock = threading.Lock()
        self._sizes: dict[str, int] = {}
        self._so_far = 0
        self._files_done = 0
        self._bytes_all = 0
        self._files_all = 0

    def expect(self, files: int, size: int) -> None:
        with self._lock:
            self._files_all += files
            self._bytes_all += size

    def came(self, path: str, size: int) -> None:
        """`size` is what there is of the file by now. Raises `OverLimit`, `Stopped`."""
        if self.stopped.is_set():
            raise Stopped
        with self._lock:
            self._so_far += size - self._sizes.get(path, 0)
            self._sizes[path] = size
        if self._so_far > self._limit_bytes:
            remedy = "raise --limit, or ask for a shorter window"
            raise OverLimit(f"more than {told(self._limit_bytes)} came", remedy=remedy)
        self._tell()

    def done(self) -> None:
        with self._lock:
            self._files_done += 1
        self._tell()

    def _tell(self) -> None:
        if self._progress is not None:
            self._progress(self._so_far, max(self._bytes_all, self._so_far), self._files_done, self._files_all)

    def pause(self, seconds: float) -> None:
        if self.stopped.wait(seconds):
            raise Stopped


def told(size: int) -> str:
    """A size for people."""
    return f"{size / GIGABYTE:.1f} GB" if size >= GIGABYTE else f"{size / 10**6:.1f} MB"
