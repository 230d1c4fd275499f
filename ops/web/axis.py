"""A time axis: which window to show first, and where its ticks stand. Pure; all times are aware UTC."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

CORE = 0.75
"""The share of all moments that the first window is built around."""

LONG_TAIL = 6
"""A span is shown whole unless it is so many times as long as the shortest one that holds `CORE` of the moments."""

REACH = 0.5
"""The window grows to the next moment while that lies no further than this share of the window."""

AFTER = timedelta(days=3)
"""What happens is told soon after: how far the window may reach on for it."""

_MARGIN = 0.04
_EDGE = 0.06
_LEAST = timedelta(minutes=1)

_FIXED = [timedelta(seconds=s) for s in (1, 5, 15, 30, 60, 300, 900, 1800, 3600, 7200, 10800, 21600, 43200)]
_FIXED += [timedelta(days=d) for d in (1, 2, 7, 14)]
_MONTHS = (1, 3, 6, 12, 24, 60, 120, 240, 600)


@dataclass(frozen=True, slots=True)
class Window:
    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        return self.end - self.start

    def part(self, time: datetime) -> float:
        """Where `time` lies, 0 at the start and 1 at the end; beyond them outside the window."""
        return (time - self.start) / self.length

    def moved(self, share: float) -> Window:
        """The window shifted by a share of its length (negative: earlier)."""
        return _window(self.start, self.end, share, share)

    def scaled(self, factor: float) -> Window:
        """The window with the same middle and `factor` times the length, a minute at least."""
        grow = (max(factor, _LEAST / self.length) - 1) / 2
        return _window(self.start, self.end, -grow, grow)


@dataclass(frozen=True, slots=True)
class Tick:
    """`part` is 0 to 1 along the axis; `date` is set where the day is new, or the year on a coarse axis."""

    part: float
    label: str
    date: str

    @property
    def x(self) -> float:
        """Percent of the width."""
        return round(self.part * 100, 3)

    @property
    def anchor(self) -> str:
        """How its label stands to it, so that none runs over the edge (an SVG `text-anchor`)."""
        return "start" if self.part < _EDGE else "end" if self.part > 1 - _EDGE else "middle"


def whole(moments: Sequence[datetime]) -> Window:
    """All of the moments with a margin on either side. At least one must be given."""
    return _padded(min(moments), max(moments))


def focus(moments: Sequence[datetime]) -> Window:
    """Where most of the moments lie: all of them, or the dense part where a few lie far away."""
    times = sorted(moments)
    count = max(1, round(CORE * len(times)))
    first = min(range(len(times) - count + 1), key=lambda i: times[i + count - 1] - times[i])
    last = first + count - 1
    core = max(times[last] - times[first], _LEAST)
    if times[-1] - times[0] <= LONG_TAIL * core:
        return _padded(times[0], times[-1])
    while True:
        reach = REACH * max(times[last] - times[first], _LEAST)
        if first > 0 and times[first] - times[first - 1] <= reach:
            first -= 1
        elif last + 1 < len(times) and times[last + 1] - times[last] <= reach:
            last += 1
        else:
            return _padded(times[first], times[last])


def reaching(window: Window, moments: Sequence[datetime]) -> Window:
    """The window, and on to the moments soon after it: at most `AFTER`, or twice its own length."""
    last = window.end + min(AFTER, 2 * window.length)
    soon = [m for m in moments if window.end < m <= last]
    return _padded(window.start + window.length * _MARGIN, max(soon)) if soon else window


def ticks(window: Window, most: int) -> tuple[Tick, ...]:
    """At most `most` ticks at round times, and at least one where the window is longer than a second."""
    for step in _FIXED:
        if window.length / step <= most:
            return _labelled(
                _every(window, step), window, clock=step < timedelta(days=1), seconds=step.seconds % 60 > 0
            )
    months = next((m for m in _MONTHS if window.length / timedelta(days=30.4 * m) <= most), 1200)
    return _coarse(_months(window, months), window, months)


def _window(start: datetime, end: datetime, first: float, last: float) -> Window:
    length = end - start
    try:
        return Window(start + length * first, end + length * last)
    except OverflowError:
        return Window(start, end)


def _padded(start: datetime, end: datetime) -> Window:
    margin = max((end - start) * _MARGIN, _LEAST / 2)
    try:
        return Window(start - margin, end + margin)
    except OverflowError:
        return Window(start, max(end, start + _LEAST))


def _every(window: Window, step: timedelta) -> list[datetime]:
    zero = datetime(1970, 1, 5, tzinfo=UTC)  # a Monday, so that weeks begin on one
    at = zero + -(-(window.start - zero) // step) * step
    found = []
    while at <= window.end:
        found.append(at)
        at += step
    return found


def _months(window: Window, step: int) -> list[datetime]:
    index = -(-(window.start.year * 12 + window.start.month - 1) // step) * step
    found = []
    while index // 12 <= window.end.year:
        at = datetime(max(1, index // 12), index % 12 + 1, 1, tzinfo=UTC)
        if window.start <= at <= window.end:
            found.append(at)
        index += step
    return found


def _labelled(times: Sequence[datetime], window: Window, *, clock: bool, seconds: bool) -> tuple[Tick, ...]:
    found, day = [], ""
    for at in times:
        date = f"{at.day} {at:%b %Y}"
        label = f"{at:%H:%M:%S}" if seconds else f"{at:%H:%M}" if clock else f"{at.day} {at:%b}"
        shown = date if clock else str(at.year)
        found.append(Tick(window.part(at), label, shown if shown != day else ""))
        day = shown
    return tuple(found)


def _coarse(times: Sequence[datetime], window: Window, months: int) -> tuple[Tick, ...]:
    found, year = [], ""
    for at in times:
        if months >= 12:
            found.append(Tick(window.part(at), f"{at:%Y}", ""))
            continue
        shown = str(at.year)
        found.append(Tick(window.part(at), f"{at:%b}", shown if shown != year else ""))
        year = shown
    return tuple(found)
