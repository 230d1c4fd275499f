"""Pieces that stand together become one expression: "Saturday, April 30, just after 16:00 UTC"; ranges get two ends."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from functools import lru_cache

from nlp.timeatoms import Atom, Kind
from nlp.timepieces import read_atoms
from nlp.timewords import Words
from nlp.timezones import Places, Zone, printed, stamped, worded, zone_before

GLUE_MAX = 30  # characters between two pieces of one expression: "Monday, at about 10:00" needs 11
TOLD_MAX = 160  # characters of the sentence before a time that tell whether it is ahead
_STOP = re.compile(r"[.!?。]['\"”’)]?\s{1,3}(?=[^\W\d_a-zа-я])|\n|。")


@dataclass(slots=True)
class Expression:
    """One time as it is told. `other` is a phrase that stands for itself: a period, an amount, yesterday, the next day.

    `zone` is the zone that is printed beside the clock, `local` that "local time" is; `second_clock` is the same moment
    in another zone, in brackets, and `first_rules` the zone of the first where that is not `zone`. `until` is the other
    end of a range. `said`: the day of a statement, not of a fact; `bound`: an end of a stretch ("by Friday").
    """

    start: int
    end: int
    clock: Atom | None = None
    zone: Zone | None = None
    local: bool = False
    second_clock: Atom | None = None
    second_zone: Zone | None = None
    first_rules: tzinfo | None = None
    date: Atom | None = None
    weekday: Atom | None = None
    part: Atom | None = None
    other: Atom | None = None
    until: Expression | None = None
    approx: bool = False
    said: bool = False
    bound: bool = False
    future: bool = False

    @property
    def day_part(self) -> str | None:
        """The part of day that is said, alone or inside "Dienstagabend" and "tonight"."""
        return next((a.part for a in (self.part, self.weekday, self.other) if a and a.part), None)

    @property
    def backward(self) -> bool:
        """True for a look back from the story: "the previous evening", "three hours earlier"."""
        return self.other is not None and (
            (self.other.kind is Kind.TOLD and (self.other.days or 0) < 0)
            or (self.other.kind is Kind.LATER and self.other.shift < 0)
        )

    @property
    def has_day(self) -> bool:
        """True where the expression itself says which day."""
        day = self.date is not None and self.date.day is not None
        return day or self.weekday is not None or (self.other is not None and self.other.kind in (Kind.DAY, Kind.TOLD))


class Layout:
    """Where sentences and paragraphs begin and end."""

    def __init__(self, text: str) -> None:
        self._sentences = [0, *(m.end() for m in _STOP.finditer(text)), len(text) + 1]
        self._paragraphs = [0, *(m.end() for m in re.finditer(r"\n", text)), len(text) + 1]

    def sentence(self, position: int) -> tuple[int, int]:
        at = min(bisect_right(self._sentences, position), len(self._sentences) - 1)
        return self._sentences[at - 1], self._sentences[at]

    def paragraph(self, position: int) -> tuple[int, int]:
        at = min(bisect_right(self._paragraphs, position), len(self._paragraphs) - 1)
        return self._paragraphs[at - 1], self._paragraphs[at]


@dataclass(frozen=True, slots=True)
class _Patterns:
    glue: re.Pattern[str]
    until: re.Pattern[str]
    end: re.Pattern[str]
    pair: re.Pattern[str]
    before: re.Pattern[str]
    approx: re.Pattern[str]
    between: re.Pattern[str]
    say: re.Pattern[str]
    future: re.Pattern[str]
    bound: re.Pattern[str]
    aside: re.Pattern[str]
    apart: re.Pattern[str]


@lru_cache(maxsize=16)
def _patterns(words: Words) -> _Patterns:
    edge, blank = ("", r"\s{0,2}") if words.unspaced else (r"\b", r"\s{1,2}")
    joint = rf"(?:{words.glue}|{words.approx})"
    fill = rf"(?:{edge}(?:{joint}|{words.lead}){blank})?(?:{edge}{joint}{blank})?"
    lead = rf"(?:(?!(?:{words.pair})\s)(?:{words.lead}|{words.glue}){blank})?"
    near = ("", "") if words.unspaced else (r"(?<!\w)", r"(?!\w)")
    return _Patterns(
        re.compile(rf"\)?\s{{0,2}}[,(/]?\s{{0,2}}(?:{joint}(?:{blank}|$|(?<=['’]))){{0,3}}[(]?", re.IGNORECASE),
        re.compile(
            rf"\s{{0,2}}[,)]?\s{{0,2}}(?:[-–—]|(?:and\s)?{edge}(?:{words.until}){edge})\s{{0,2}}{fill}", re.IGNORECASE
        ),
        re.compile(words.until, re.IGNORECASE),
        re.compile(rf"{blank}(?:{words.pair}){blank}{fill}", re.IGNORECASE),
        re.compile(rf"{near[0]}{lead}(?:(?:{words.approx}){blank}|~)?$", re.IGNORECASE),
        re.compile(rf"{near[0]}(?:{words.approx}){near[1]}|~", re.IGNORECASE),
        re.compile(rf"{near[0]}(?:{words.between}|from){near[1]}", re.IGNORECASE),
        re.compile(rf"{near[0]}(?:{words.say or '(?!)'}){near[1]}[^.,;]{{0,25}}$", re.IGNORECASE),
        re.compile(rf"{near[0]}(?:{words.future or '(?!)'}){near[1]}", re.IGNORECASE),
        re.compile(rf"{near[0]}(?:{words.bound or '(?!)'}){near[1]}", re.IGNORECASE),
        re.compile(rf"{near[0]}(?:{words.aside or '(?!)'}){near[1]}", re.IGNORECASE),
        re.compile(rf"{near[0]}(?:{words.bound}|{words.pair}){near[1]}" if words.bound else "(?!)", re.IGNORECASE),
    )


def _start(atom: Atom, text: str, words: Words, places: Places) -> Expression:
    found = Expression(atom.start, atom.end)
    _add(found, atom, text, words, places)
    return found


def _zone(atom: Atom, text: str, words: Words, places: Places) -> tuple[Zone | None, int, bool]:
    if atom.offset:
        return stamped(atom.offset), atom.end, False
    zone, end = printed(text, atom.end, places)
    return (zone, end, False) if zone else worded(text, atom.end, words, places)


def _add(to: Expression, atom: Atom, text: str, words: Words, places: Places) -> None:
    """Puts the piece in its place; the caller has made sure that the place is free."""
    end = atom.end
    if atom.kind is Kind.CLOCK:
        zone, end, local = _zone(atom, text, words, places)
        if zone is None and not local and to.clock is None:
            zone, start, local = zone_before(text, atom.start, words, places)
            to.start = min(to.start, start)
        if to.clock is None:
            to.clock, to.zone, to.local = atom, zone, local
            to.date = atom if atom.day is not None else to.date
        else:
            to.second_clock, to.second_zone = atom, zone
    elif atom.kind is Kind.DATE:
        to.date = to.date or atom
    elif atom.kind is Kind.WEEKDAY:
        to.weekday = to.weekday or atom
    elif atom.kind is Kind.PART:
        to.part = atom
    else:
        to.other = to.other or atom
        to.part = atom if atom.part and to.clock else to.part
    to.end = max(to.end, end)
    _late_zone(to, text, words, places)


def _fits(to: Expression, atom: Atom, gap: str, apart: re.Pattern[str]) -> bool:
    """True where the expression can still take the piece."""
    if to.clock and atom.kind in (Kind.DATE, Kind.WEEKDAY, Kind.DAY) and apart.search(gap):
        return False  # "at 10:20 and by Friday"
    whole = to.date is None or to.date.day is not None
    phrase = to.other.kind if to.other else None
    if phrase in (Kind.PERIOD, Kind.AGO, Kind.PAST) or (atom.weak and atom.kind is Kind.DATE):
        return False
    if atom.kind is Kind.CLOCK:
        if to.clock is not None:
            return to.second_clock is None and ("(" in gap or "/" in gap)
        return whole and atom.day is None
    if (
        to.second_clock
        and gap == " "
        and (to.weekday if atom.kind is Kind.WEEKDAY else to.date if atom.day else to.has_day and atom.kind is Kind.DAY)
    ):
        return True  # "01:00 local time on Monday (18:30 UTC Sunday)": the day of the first clock stands
    if atom.kind is Kind.DATE:
        return to.date is None and atom.day is not None and phrase is None
    if atom.kind is Kind.WEEKDAY:
        return to.weekday is None and whole and phrase is None
    if atom.kind is Kind.PART:
        return to.part is None and whole and phrase is not Kind.LATER
    return atom.kind in (Kind.DAY, Kind.TOLD) and phrase is None and not to.has_day and to.date is None


def _group(text: str, words: Words, places: Places) -> list[Expression]:
    patterns = _patterns(words)
    found: list[Expression] = []
    for atom in read_atoms(text, words):
        last = found[-1] if found else None
        if last and atom.start < last.end:
            continue
        start = zone_before(text, atom.start, words, places)[1] if atom.kind is Kind.CLOCK else atom.start
        gap = text[last.end : max(start, last.end)] if last and start - last.end <= GLUE_MAX else "\n"
        if last and "\n" not in gap and patterns.glue.fullmatch(gap) and _fits(last, atom, gap, patterns.apart):
            last.approx = last.approx or bool(patterns.approx.search(gap))
            _add(last, atom, text, words, places)
            if last.second_clock is atom and text[last.end : last.end + 1] == ")":
                last.end += 1
        else:
            found.append(_start(atom, text, words, places))
    return found


def _late_zone(one: Expression, text: str, words: Words, places: Places) -> None:
    """A zone behind the whole expression: "5 in the morning Moscow time", "Monday morning UTC"."""
    last = one.clock or one.part
    if last and one.zone is None and not one.local and (one.end > last.end or not one.clock):
        zone, end = printed(text, one.end, places)
        local = False
        if zone is None:
            zone, end, local = worded(text, one.end, words, places)
        one.zone, one.end, one.local = zone, end, local


def _finest(one: Expression) -> Expression | Atom:
    return one.clock or one.date or one


def _is_phrase(one: Expression) -> bool:
    return one.other is not None and one.other.kind not in (Kind.DAY, Kind.TOLD)


def _pairs(a: Expression, b: Expression, text: str, patterns: _Patterns) -> bool:
    """True where `b` is the other end of the range that `a` begins."""
    gap = text[a.end : b.start]
    if (
        a.until
        or len(gap) > GLUE_MAX
        or "\n" in gap
        or bool(a.clock) != bool(b.clock)
        or _is_phrase(a)
        or _is_phrase(b)
    ):
        return False
    opened = patterns.between.search(text[max(0, a.start - 12) : _finest(a).start + 12])
    if b.date and (b.date.weak or patterns.end.fullmatch(b.date.lead)):
        return bool(a.date) and not gap.strip() and bool(opened or "-" in gap)
    if patterns.until.fullmatch(gap):
        return bool(a.clock or a.has_day == b.has_day)
    return bool(opened and patterns.pair.fullmatch(gap))


def _share_year(a: Expression, b: Expression, text: str, patterns: _Patterns) -> None:
    """In "September and October 2021" and "31 May to 2 June 2015" the year is of both."""
    if not a.date or not b.date or a.date.year or not b.date.year or (a.date.day is None) != (b.date.day is None):
        return
    gap = text[a.end : b.start]
    if len(gap) <= GLUE_MAX and (b.date.weak or patterns.until.fullmatch(gap) or patterns.pair.fullmatch(gap)):
        a.date = replace(a.date, year=b.date.year)


def _ranges(found: Sequence[Expression], text: str, patterns: _Patterns) -> list[Expression]:
    out: list[Expression] = []
    for one in found:
        if out:
            _share_year(out[-1], one, text, patterns)
        if out and _pairs(out[-1], one, text, patterns):
            first = out[-1]
            first.until, first.end = one, one.end
            first.local = first.local or (first.zone is None and one.local)
            if not first.local:
                first.zone = first.zone or one.zone
            one.zone, one.local = one.zone or first.zone, one.local or first.local
            if first.clock and not first.has_day and one.has_day:
                first.date, first.weekday, first.other = one.date, one.weekday, one.other
                one.date = one.weekday = one.other = None
        else:
            if out and one.date and one.date.weak and out[-1].date and not text[out[-1].end : one.start].strip():
                one.date = replace(one.date, weak=False)  # "in 2012 and 2013": each stands
            out.append(one)
    return out


def _stands(one: Expression) -> bool:
    """False for a piece that means nothing alone: a short weekday, a part of no day, the loose end of a range."""
    if one.clock or one.other:
        return True
    if one.date:
        return not one.date.weak
    return one.weekday is not None and not one.weekday.weak


def read_expressions(text: str, words: Words, places: Places, layout: Layout) -> list[Expression]:
    """The times of a text in order, not yet placed on the calendar."""
    patterns = _patterns(words)
    kept = [
        one for one in _ranges(_group(text, words, places), text, patterns) if _stands(one) and not _ratio(one, text)
    ]
    floor = 0
    for one in kept:
        sentence = layout.sentence(one.start)[0]
        if (one.clock or one.part) and one.zone is None and not one.local:
            one.zone, one.start, one.local = zone_before(text, one.start, words, places)
        before = patterns.before.search(text, max(floor, one.start - GLUE_MAX), one.start)
        told = text[max(sentence, one.start - TOLD_MAX) : one.start]
        one.said, one.future = _told_as(told, patterns)
        _set_midnight(one, text)
        if before:
            one.approx = one.approx or bool(patterns.approx.search(before[0]))
            one.start -= len(before[0])
            one.bound = bool(patterns.bound.match(before[0]))
        one.bound = one.bound or bool(one.date and patterns.bound.match(text, one.date.start))
        if one.clock and one.clock.lead:
            one.approx = one.approx or bool(patterns.approx.search(one.clock.lead))
        floor = one.end
    return kept


def _told_as(told: str, patterns: _Patterns) -> tuple[bool, bool]:
    """Whether the words before a time make it the day of a statement, and whether they put it ahead."""
    say = patterns.say.search(told)
    future = [found.start() for found in patterns.future.finditer(told)]
    ahead = bool(future) and not (patterns.aside.search(told, future[-1]) or (say and say.start() > future[-1]))
    return say is not None and not (future and future[-1] > say.start()), ahead


def _set_midnight(one: Expression, text: str) -> None:
    """Midnight on a weekday is the end of it, other midnights are the beginning of the day that is said."""
    clock = one.clock
    if clock and clock.hour == 24 and text[clock.end - 1].isalpha():
        opens = re.search(r"\b(?:after|from|since|past|between)\s$", text[max(0, clock.start - 10) : clock.start])
        ends = one.weekday is not None and one.date is None and one.until is None and not opens
        one.clock = clock if ends else replace(clock, hour=0)


def _ratio(one: Expression, text: str) -> bool:
    """A lone `4:30` with nothing about it that says clock is a ratio as well as a time: only `at 4:30` is taken."""
    clock = one.clock
    if clock is None or one.has_day or one.zone or one.local or one.part or one.until or clock.half or clock.second:
        return False
    near = text[max(0, one.start - 20) : one.end + 8].lower()
    if re.search(r"\b(?:ratio|scores?|odds|port)\b", near):
        return True
    bare = clock.hour is not None and re.match(r"\d:\d\d$", text[clock.start : clock.end])
    return bool(bare) and not re.search(
        r"(?:at|around|about|by|from|since|until|before|after|till|à|в|um|las|vers|около|с|до)\s$",
        near[: one.start - max(0, one.start - 20)],
    )
