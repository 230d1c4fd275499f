"""The time of a claim, cut to what its text supports, and how an observed moment stands to it.

A claim says "on 1 October" or "around 09:08"; a collector says 09:07:51. Both are compared at the claim's own
precision: the span that the words cover, and a slack on either side, by precision, with its reason beside it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import IntEnum


class Grain(IntEnum):
    """What the words of a time can tell apart, finest first."""

    SECOND = 0
    MINUTE = 1
    HOUR = 2
    PART_OF_DAY = 3
    DAY = 4
    WEEK = 5
    MONTH = 6
    YEAR = 7


# How far outside the words' span a moment still counts as the claimed one.
SLACK = {
    # One change reaches the peers of a collector over up to a minute: path exploration and 30 s advertisement timers
    # (Labovitz et al., "Delayed Internet routing convergence", 2000; RFC 4271, 9.2.1.1).
    Grain.SECOND: timedelta(seconds=60),
    # The same, and a writer's clock or rounding that is a minute off.
    Grain.MINUTE: timedelta(seconds=120),
    Grain.HOUR: timedelta(minutes=10),
    # "morning" has no edges that two people agree on.
    Grain.PART_OF_DAY: timedelta(hours=2),
    # What happens around midnight is told under either day; times are UTC already, so no more than that.
    Grain.DAY: timedelta(hours=1),
    Grain.WEEK: timedelta(days=1),
    Grain.MONTH: timedelta(days=1),
    Grain.YEAR: timedelta(days=1),
}
# "around", "about", "just after": people round to five or ten minutes, and to one of the larger units.
APPROX = {
    Grain.SECOND: timedelta(minutes=2),
    Grain.MINUTE: timedelta(minutes=10),
    Grain.HOUR: timedelta(hours=1),
    Grain.PART_OF_DAY: timedelta(hours=4),
    Grain.DAY: timedelta(days=1),
    Grain.WEEK: timedelta(days=7),
    Grain.MONTH: timedelta(days=31),
    Grain.YEAR: timedelta(days=366),
}
PART_LENGTH = timedelta(hours=6)
# An end is told more loosely than a start ("about two hours later"): this much must lie between to call it wrong.
END_SLACK = timedelta(minutes=15)

EARLIEST = datetime.min.replace(tzinfo=UTC)

WORD = {Grain.PART_OF_DAY: "part of the day"}
PARTS_OF_DAY = frozenset({"part-of-day", "morning", "noon", "afternoon", "evening", "night", "midday"})
CUT = re.compile(
    r"(?P<year>(?:19|20|21)\d\d)(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)(?:[T ](?P<hour>\d\d)"
    r"(?::(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.\d+)?)?)?(?:Z|\+00:?00)?)?)?)?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A claimed time: the words cover `start` to `end` (exclusive); `slack` is added on either side.

    `open_start` is set for "by Tuesday": any moment before `end` fits. `loose` is set for "around": the slack is then
    part of what is claimed.
    """

    text: str
    grain: Grain
    start: datetime
    end: datetime
    slack: timedelta
    open_start: bool = False
    loose: bool = False

    @property
    def low(self) -> datetime:
        return EARLIEST if self.open_start else self.start - self.slack

    @property
    def high(self) -> datetime:
        return self.end + self.slack

    @property
    def watched(self) -> tuple[datetime, datetime]:
        """What must have been watched for absence to speak against the claim, at its own precision."""
        return (self.low, self.high) if self.loose or self.open_start else (self.start, self.end)

    def holds(self, moment: datetime) -> bool:
        return self.low <= moment < self.high

    def delta(self, moment: datetime) -> int:
        """Observed minus claimed in seconds: from the claimed start up to an hour's grain; for coarser words 0 inside
        what they cover, else the distance to the nearer edge."""
        if self.grain <= Grain.HOUR:
            return round((moment - self.start).total_seconds())
        if moment >= self.end:
            return round((moment - self.end).total_seconds())
        return 0 if moment >= self.start or self.open_start else round((moment - self.start).total_seconds())

    def tell(self, moment: datetime) -> str:
        """How the moment stands to the claim, for people: `9 s before the claimed minute`."""
        word = f"the claimed {WORD.get(self.grain, self.grain.name.lower())}"
        if moment < self.start and not self.open_start:
            return f"{length(self.start - moment)} before {word}"
        if moment >= self.end:
            return f"{length(moment - self.end)} after {word}"
        return f"at {word}" if self.grain is Grain.SECOND else f"within {word}"


def claimed(text: str | None, precision: str | None) -> Span | None:
    """The span of a cut UTC time (`2006-05`, `2017-10-01T09:08:00Z`); None where there is none or it cannot be read.

    The coarser of the text's own form and `precision` counts: neither can say more than the other supports.
    """
    found = CUT.fullmatch(text.strip()) if text else None
    if not text or not found:
        return None
    words = (precision or "").lower()
    fields = found.groupdict()
    grain = max(_form(fields, words), _named(words))
    try:
        start = _floor(datetime.combine(_day(fields), _clock(fields)), grain)
        end = _after(start, grain)
    except ValueError:
        return None
    loose = "approx" in words or words.endswith("-mid")
    slack = (APPROX if loose else SLACK)[grain]
    return Span(
        text=text, grain=grain, start=start, end=end, slack=slack, open_start=words.endswith("-latest"), loose=loose
    )


def _day(fields: dict[str, str | None]) -> date:
    return date(int(fields["year"] or 1), int(fields["month"] or 1), int(fields["day"] or 1))


def _clock(fields: dict[str, str | None]) -> time:
    return time(int(fields["hour"] or 0), int(fields["minute"] or 0), int(fields["second"] or 0), tzinfo=UTC)


def _form(fields: dict[str, str | None], words: str) -> Grain:
    """What the text's own form supports. A full minute without a named precision is a minute: that is how it is cut."""
    if fields["second"] is not None:
        return Grain.MINUTE if fields["second"] == "00" and not words else Grain.SECOND
    forms = (("minute", Grain.MINUTE), ("hour", Grain.HOUR), ("day", Grain.DAY), ("month", Grain.MONTH))
    return next((grain for key, grain in forms if fields[key] is not None), Grain.YEAR)


def _named(words: str) -> Grain:
    """The grain that a precision names; the finest where it names none, so that the text's form decides."""
    if words in PARTS_OF_DAY:
        return Grain.PART_OF_DAY
    parts = set(words.split("-"))
    named = [g for g in Grain if g.name.lower() in parts]
    return max(named, default=Grain.SECOND)


def _floor(moment: datetime, grain: Grain) -> datetime:
    floors = {
        Grain.MINUTE: {"second": 0},
        Grain.HOUR: {"second": 0, "minute": 0},
        Grain.DAY: {"second": 0, "minute": 0, "hour": 0},
        Grain.WEEK: {"second": 0, "minute": 0, "hour": 0},
        Grain.MONTH: {"second": 0, "minute": 0, "hour": 0, "day": 1},
        Grain.YEAR: {"second": 0, "minute": 0, "hour": 0, "day": 1, "month": 1},
    }
    return moment.replace(**floors.get(grain, {}))  # type: ignore[arg-type]


def _after(start: datetime, grain: Grain) -> datetime:
    if grain is Grain.YEAR:
        return start.replace(year=start.year + 1)
    if grain is Grain.MONTH:
        return (start + timedelta(days=32)).replace(day=1)
    return (
        start
        + {
            Grain.SECOND: timedelta(seconds=1),
            Grain.MINUTE: timedelta(minutes=1),
            Grain.HOUR: timedelta(hours=1),
            Grain.PART_OF_DAY: PART_LENGTH,
            Grain.DAY: timedelta(days=1),
            Grain.WEEK: timedelta(days=7),
        }[grain]
    )


def stamp(moment: datetime) -> str:
    """UTC to the second: `2017-10-01T09:07:51Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def length(span: timedelta) -> str:
    """A duration in its two largest units: `9 s`, `2 min 5 s`, `1 h 30 min`, `3 d 4 h`."""
    left = round(span.total_seconds())
    parts: list[str] = []
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        if left >= size or (unit == "s" and not parts):
            parts.append(f"{left // size} {unit}")
            left %= size
    return " ".join(parts[:2])
