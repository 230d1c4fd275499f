"""When the next request may start: the pace that a service asks for, and the pauses after its refusals."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# Longer than this nobody waits in a command; the error says when to come again.
LONGEST_PAUSE_S = 120.0
_FIRST_PAUSE_S = 1.0
_YEAR_S = 366 * 86_400.0


class Turns:
    """Lets threads ask in turn: at most `at_once` together, each start at least `interval_s` after the one before."""

    def __init__(self, *, interval_s: float, at_once: int, pause: Callable[[float], None]) -> None:
        self._interval_s = interval_s
        self._slots = threading.BoundedSemaphore(at_once)
        self._pause = pause
        self._lock = threading.Lock()
        self._next_start = 0.0
        self._held_until = 0.0

    @contextmanager
    def slot(self) -> Iterator[None]:
        with self._slots:
            yield

    def take(self) -> None:
        """Waits until a request may start."""
        with self._lock:
            now = time.monotonic()
            start = max(now, self._next_start, self._held_until)
            self._next_start = start + self._interval_s
        if start > now:
            self._pause(start - now)

    def rest(self, seconds: float, *, for_all: bool) -> None:
        """A pause before another try; it may hold for every thread, so that none slips past it."""
        if not for_all:
            self._pause(seconds)
            return
        with self._lock:
            until = self._held_until = max(self._held_until, time.monotonic() + seconds)
        self._pause(seconds)
        with self._lock:
            if self._held_until == until:
                self._held_until = 0.0


def growing_pause(tries: int) -> float:
    """Seconds after so many tries: doubles from one on, with up to a half more so that clients do not come together."""
    pause_s: float = min(_FIRST_PAUSE_S * 2.0 ** min(tries - 1, 30), LONGEST_PAUSE_S)
    return pause_s * (1 + random.random() / 2)  # noqa: S311  (no secret hangs on it)


def retry_after(text: str, now: datetime) -> float | None:
    """Seconds to wait by RFC 9110, 10.2.3 (a number, or a date), a year at most; None where it cannot be read."""
    text = text.strip()
    if text.isascii() and text.isdecimal():
        return min(float(text), _YEAR_S)
    try:
        when = parsedate_to_datetime(text)
        seconds = (when.replace(tzinfo=when.tzinfo or UTC) - now).total_seconds()
        return min(max(0.0, seconds), _YEAR_S)
    except (ValueError, OverflowError):
        return None
