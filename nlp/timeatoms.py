"""The smallest piece of time in a text: a clock, a date, a weekday, a part of day, a set phrase.

Every pattern is bounded in length, so that a hostile text costs no more than one of its size.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    CLOCK = "clock"
    DATE = "date"  # a day, a month or a year, as far as it is said
    WEEKDAY = "weekday"
    PART = "part"
    DAY = "day"  # yesterday, this morning
    TOLD = "told"  # the next day
    PERIOD = "period"  # last week
    AGO = "ago"
    LATER = "later"
    PAST = "past"  # in the past six weeks
    SINCE = "since"  # since then


@dataclass(frozen=True, slots=True, kw_only=True)
class Atom:
    """A piece `text[start:end]`; fields that it does not say are None. `weak` stands only at the end of a range.

    `days` counts days from the anchor, `shift` is -1, 0 or 1 for last, none, next; `offset` is a printed zone, as text.
    `swap` says that day and month of a numeric date may be the other way round. `lead` is the preposition before it.
    `told` counts from what was told before, not from publication: "that Saturday", "in June of that year".
    """

    kind: Kind
    start: int
    end: int
    year: int | None = None
    month: int | None = None
    day: int | None = None
    day_to: int | None = None
    month_to: int | None = None
    hour: int | None = None
    minute: int | None = None
    second: int | None = None
    half: str | None = None
    weekday: int | None = None
    part: str | None = None
    days: int | None = None
    shift: int = 0
    amount: int = 0
    unit: str = ""
    mod: str | None = None
    lead: str = ""
    weak: bool = False
    swap: bool = False
    told: bool = False
    offset: str | None = None


Builder = Callable[[re.Match[str]], Atom | None]
Rule = tuple[re.Pattern[str], Builder]

EVENING, DAWN = 18, 6  # a clock before dawn, told after one of the evening, is of the next day

YEAR = r"(?:19|20)\d\d"
EDGE = r"(?<![\w/:])(?<!\d[.,\-])"  # not inside a word, an address, a path or a number
TAIL = r"(?![\w/]|[:.,]\d)"


def number(found: re.Match[str], name: str) -> int | None:
    value = found.groupdict().get(name)
    return int(value) if value else None


def spell(forms: Iterable[str], capital: bool) -> str:
    """An alternation of the forms: as written, and in capitals; in any case where the language writes them small."""
    cased = {v for f in forms for v in ((f, f.upper()) if capital else (f, f.upper(), f.capitalize()))}
    return "|".join(re.escape(f) for f in sorted(cased, key=lambda f: (-len(f), f))) or r"(?!)"


def phrases(forms: Iterable[str]) -> str:
    return (
        "|".join(re.escape(f).replace(r"\ ", r"\s{1,2}") for f in sorted(forms, key=lambda f: (-len(f), f))) or r"(?!)"
    )


def folded(text: str) -> str:
    return " ".join(text.lower().split())


def clock_hour(clock: Atom, part: Atom | None) -> tuple[int, int]:
    """Hour 0 to 24 and minute by "p.m." or the part of day."""
    hour, minute = clock.hour or 0, clock.minute or 0
    if clock.half:
        return hour % 12 + (12 if clock.half == "p" else 0), minute
    if part and 1 <= hour < 12:
        late = part.part in ("afternoon", "evening") or (part.part == "night" and hour >= DAWN)
        return hour + (12 if late else 0), minute
    return hour, minute
