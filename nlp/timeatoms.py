"""The smallest pieces of time in a text: a clock, a date, a weekday, a part of day, a set phrase.

Every pattern is bounded in length, so that a hostile text costs no more than one of its size.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from nlp.timewords import Words


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Atom:
    """A piece `text[start:end]`; fields that it does not say are None. `weak` stands only at the end of a range.

    `days` counts days from the anchor, `shift` is -1, 0 or 1 for last, none, next; `offset` is a printed zone, as text.
    `swap` says that day and month of a numeric date may be the other way round. `lead` is the preposition before it.
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
    offset: str | None = None


Builder = Callable[[re.Match[str]], Atom | None]
Rule = tuple[re.Pattern[str], Builder]

_YEAR = r"(?:19|20)\d\d"
_EDGE = r"(?<![\w/:])(?<!\d[.,\-])"  # not inside a word, an address, a path or a number
_TAIL = r"(?![\w/]|[:.,]\d)"


def _number(found: re.Match[str], name: str) -> int | None:
    value = found.groupdict().get(name)
    return int(value) if value else None


def _spell(forms: Iterable[str], capital: bool) -> str:
    """An alternation of the forms: as written, and in capitals; in any case where the language writes them small."""
    cased = {v for f in forms for v in ((f, f.upper()) if capital else (f, f.upper(), f.capitalize()))}
    return "|".join(re.escape(f) for f in sorted(cased, key=lambda f: (-len(f), f))) or r"(?!)"


def _phrases(forms: Iterable[str]) -> str:
    return (
        "|".join(re.escape(f).replace(r"\ ", r"\s{1,2}") for f in sorted(forms, key=lambda f: (-len(f), f))) or r"(?!)"
    )


def _folded(text: str) -> str:
    return " ".join(text.lower().split())


def _iso(found: re.Match[str]) -> Atom:
    groups, hour = found.groupdict(), _number(found, "h")
    return Atom(
        kind=Kind.DATE if hour is None else Kind.CLOCK, start=found.start(), end=found.end(), year=int(found["y"]),
        month=int(found["mo"]), day=_number(found, "d"), hour=hour, minute=_number(found, "m"),
        second=_number(found, "s"), offset=groups.get("z"),
    )  # fmt: skip


def _numeric(found: re.Match[str]) -> Atom | None:
    first, second = int(found["a"]), int(found["b"])
    if max(first, second) > 31 or min(first, second) > 12 or not min(first, second):
        return None
    day, month = (second, first) if second > 12 else (first, second)
    return Atom(
        kind=Kind.DATE, start=found.start(), end=found.end(), year=int(found["y"]), month=month, day=day,
        swap=max(first, second) <= 12 and first != second and found["sep"] != ".",
    )  # fmt: skip


def _clock(found: re.Match[str]) -> Atom | None:
    half = found.groupdict().get("ap")
    hour, minute = int(found["h"]), _number(found, "m")
    if hour > 24 or (hour == 24 and minute) or (half and not 1 <= hour <= 12):
        return None
    return Atom(
        kind=Kind.CLOCK, start=found.start(), end=found.end(), hour=hour, minute=minute, second=_number(found, "s"),
        half=half[0].lower() if half else None, offset=found.groupdict().get("z"),
        lead=_folded(found.groupdict().get("lead") or ""),
    )  # fmt: skip


def _numbers_rules() -> list[Rule]:
    """What needs no words."""
    half = r"(?:\s?(?P<ap>[aApP]\.?\s?[mM]\b\.?))"
    seconds = r"(?::(?P<s>[0-5]\d)(?:[.,]\d{1,9})?)?"
    hours = r"(?:\s?(?:hrs|hours)(?!\w))"
    clock = rf"(?<![\w/:])(?<!\d[.,])(?P<h>[01]?\d|2[0-4])[:h](?P<m>[0-5]\d){seconds}(?P<z>Z)?{half}?{hours}?{_TAIL}"
    seconds_of_stamp = r"(?::(?P<s>[0-5]\d)(?:\.\d{1,9})?)?"
    stamp = rf"[T ](?P<h>[01]\d|2[0-3]):(?P<m>[0-5]\d){seconds_of_stamp}\s?(?P<z>Z|[+-]\d\d:?\d\d)?"
    iso = rf"{_EDGE}(?P<y>{_YEAR})-(?P<mo>0[1-9]|1[0-2])(?:-(?P<d>[0-3]\d)(?:{stamp})?)?(?![\w/-])"
    year_first = rf"{_EDGE}(?P<y>{_YEAR})(?:[/年])(?P<mo>0?[1-9]|1[0-2])[/月](?P<d>\d{{1,2}})日?(?![/\d])"
    year_last = rf"(?<![\w./:-])(?P<a>\d{{1,2}})(?P<sep>[./-])(?P<b>\d{{1,2}})(?P=sep)(?P<y>{_YEAR})(?![\w/:-]|\.\d)"
    zoned = rf"(?:{hours}|(?=\s?(?:UTC|GMT|MSK|BST|CES?T|E[SD]T|P[SD]T|local time)\b))"
    to_hour = r"(?:\s?(?:[-–]|\b(?:and|to|et|à|und|bis|и|до|y|a)\b)\s?\d{1,2})?"
    lone = rf"{_EDGE}(?P<h>[01]?\d|2[0-3])(?={to_hour}\s(?:UTC|GMT)(?![\w+-]))"
    four_digits = rf"{_EDGE}(?P<h>[01]\d|2[0-3])(?P<m>[0-5]\d)(?:(?P<z>Z)\b|{zoned})"
    dotted = rf"{_EDGE}(?P<h>[01]?\d|2[0-3])\.(?P<m>[0-5]\d){zoned}"
    halved = rf"{_EDGE}(?P<h>\d{{1,2}})(?:\.(?P<m>[0-5]\d))?{half}{_TAIL}"
    rules: list[tuple[str, Builder]] = [(iso, _iso), (year_first, _iso), (year_last, _numeric), (clock, _clock)]
    rules += [(halved, _clock), (four_digits, _clock), (dotted, _clock), (lone, _clock)]
    return [(re.compile(pattern), build) for pattern, build in rules]


def _term_rule(words: Words, of: str) -> Rule:
    """A quarter, a half or a season with its year."""

    def build(found: re.Match[str]) -> Atom:
        first, last = words.terms[" ".join(found["term"].split())]
        return Atom(
            kind=Kind.DATE, start=found.start(), end=found.end(), year=int(found["y"]), month=first, month_to=last
        )  # fmt: skip

    return re.compile(rf"(?<!\w)(?P<term>{_phrases(words.terms)})\s{of}(?P<y>{_YEAR})(?![\w/])"), build


def _date_rules(words: Words) -> list[Rule]:
    month = {f.lower(): n for f, n in (*words.short_months.items(), *words.months.items())}
    full = _spell(words.months, words.capital)
    every = rf"(?:(?:{full})(?!\w)|(?:{_spell(words.short_months, words.capital)})(?!\w)\.?)"
    of = rf"(?:(?:{words.of})\s)?" if words.of else ""
    year = rf"(?:,?\s{{1,2}}{of}(?P<y>{_YEAR})(?!\w|[.,]\d)(?:\s{words.year or '(?!)'})?)"
    day = rf"(?P<d>\d{{1,2}})(?:{words.ordinal or '(?!)'})?"
    to = rf"(?:\s?(?:[-–—]|\b(?:{words.until}|{words.pair})\b)\s?(?P<d2>\d{{1,2}})(?:{words.ordinal or '(?!)'})?)?"
    mod = rf"(?:(?P<mod>{_phrases(words.mods)})[\s-]{{1,2}}{of})?"

    def build(found: re.Match[str]) -> Atom | None:
        groups = found.groupdict()
        number, last = _number(found, "d"), _number(found, "d2")
        if number is not None and not 1 <= number <= 31:
            return None
        return Atom(
            kind=Kind.DATE, start=found.start(), end=found.end(), year=_number(found, "y"),
            month=month[groups["mo"].lower().rstrip(".")] if groups.get("mo") else None, day=number,
            day_to=last if last and number and number < last <= 31 else None,
            mod=words.mods.get(_folded(groups.get("mod") or "")), lead=_folded(groups.get("lead") or ""),
            weak=bool(groups.get("weak")),
        )  # fmt: skip

    lead = (
        rf"\b(?:(?P<lead>(?i:{words.lead}))|(?P<weak>(?i:{words.weak})))[\s-]{{1,2}}(?:(?i:the|at least|le|la|el)\s)?"
    )
    count = rf"(?!\s(?:{words.counted}))" if words.counted else ""
    rules: list[Rule] = [
        (re.compile(rf"{_EDGE}{day}{to}\s{{1,2}}{of}(?P<mo>{every}){year}?"), build),
        (re.compile(rf"(?<!\w)(?i:{mod})(?P<mo>{every}){year}"), build),
        (re.compile(rf"{lead}(?i:{mod})(?P<mo>{full})(?!\w){year}?(?!\s\d)"), build),
        (re.compile(rf"(?<!\w)(?i:(?P<mod>{_phrases(words.mods)}))[\s-]{of}(?P<mo>{full})(?!\w)"), build),
        (re.compile(rf"{lead}(?i:{mod})(?P<y>{_YEAR})(?![\w/]|[.,:]\d|\s?%){count}"), build),
    ]
    if words.capital:
        rules.append((re.compile(rf"(?<!\w)(?P<mo>{every})\s{{1,2}}{day}{to}(?![\w/:]|[.,]\d){year}?"), build))
    rules.append(_term_rule(words, of))
    if words.year:
        rules.append((re.compile(rf"{_EDGE}(?P<y>{_YEAR})\s{words.year}(?!\w)"), build))
    return rules


def _day_rules(words: Words) -> list[Rule]:
    days = {f.lower(): n for f, n in (*words.short_weekdays.items(), *words.weekdays.items())}
    names = _spell(words.weekdays, words.capital)
    short = _spell(words.short_weekdays, words.capital)

    def weekday(found: re.Match[str]) -> Atom:
        shift = (1 if found["next"] or found["next2"] else 0) - (1 if found["last"] or found["last2"] else 0)
        return Atom(
            kind=Kind.WEEKDAY, start=found.start(), end=found.end(), weekday=days[found["wd"].lower()], shift=shift
        )

    def short_weekday(found: re.Match[str]) -> Atom:
        return Atom(
            kind=Kind.WEEKDAY,
            start=found.start(),
            end=found.end(),
            weekday=days[found["wd"].lower().rstrip(".")],
            weak=True,
        )

    around = rf"(?:(?:(?P<last>(?i:{words.before}))|(?P<next>(?i:{words.after})))\s)?"
    behind = (
        rf"(?:\s(?:(?P<last2>{words.before})|(?P<next2>{words.after}))\b)?"
        if not words.capital
        else r"(?P<last2>(?!))?(?P<next2>(?!))?"
    )
    return [
        (re.compile(rf"(?<!\w){around}(?P<wd>{names})(?P<part>{_phrases(words.parts)})?(?!\w){behind}"), weekday),
        (re.compile(rf"(?<!\w)(?P<wd>{short})(?!\w)\.?"), short_weekday),
    ]


def _table(kind: Kind, table: Mapping[str, object], make: Callable[[str], dict[str, object]]) -> Rule:
    def build(found: re.Match[str]) -> Atom:
        return Atom(kind=kind, start=found.start(), end=found.end(), **make(_folded(found[0])))  # type: ignore[arg-type]

    return re.compile(rf"(?<!\w)(?:{_phrases(table)})(?!\w)", re.IGNORECASE), build


def _phrase_rules(words: Words) -> list[Rule]:
    return [
        _table(Kind.PART, words.parts, lambda f: {"part": words.parts[f]}),
        _table(Kind.DAY, words.days, lambda f: {"days": words.days[f]}),
        _table(Kind.DAY, words.nights, lambda f: {"days": words.nights[f][0], "part": words.nights[f][1]}),
        _table(Kind.TOLD, words.told, lambda f: {"days": words.told[f]}),
        _table(Kind.TOLD, words.told_parts, lambda f: {"days": words.told_parts[f][0], "part": words.told_parts[f][1]}),
        _table(Kind.PERIOD, words.periods, lambda f: {"unit": words.periods[f][0], "shift": words.periods[f][1]}),
        _table(Kind.CLOCK, words.clocks, lambda f: {"hour": words.clocks[f], "minute": 0}),
    ]


def _span_rules(words: Words) -> list[Rule]:
    """Amounts: "two days ago", "an hour later", "in the past six weeks"."""
    units = {form.lower(): unit for form, unit in words.units.items()}
    amounts = rf"(?P<n>\d{{1,3}}|{_phrases(words.numbers)})"
    unit = rf"(?P<unit>{_phrases(words.units)})"
    amount_of = rf"(?:{amounts}\s{unit}|(?P<portion>{_phrases(words.portions)}))"

    def rule(kind: Kind, phrase: str, shift: int = 0) -> Rule:
        pattern = rf"(?<!\w)(?<!half )(?:{phrase.replace('{n} {unit}', amount_of, 1)})(?!\w)"

        def build(found: re.Match[str]) -> Atom | None:
            if found["portion"]:
                amount, unit_said = words.portions[_folded(found["portion"])], "minute"
            else:
                said = _folded(found["n"])
                amount = int(said) if said.isdecimal() else words.numbers[said]
                unit_said = units[_folded(found["unit"])]
            if kind is Kind.LATER and _is_distance(found, unit_said):
                return None
            return Atom(kind=kind, start=found.start(), end=found.end(), amount=amount, unit=unit_said, shift=shift)

        return re.compile(pattern, re.IGNORECASE), build

    later = [words.later] if words.later.count("{n}") == 1 else words.later.strip("(?:)").split("|")
    return [
        rule(Kind.AGO, words.ago),
        rule(Kind.PAST, words.past),
        *(rule(Kind.LATER, p, 1) for p in later),
        rule(Kind.LATER, words.earlier, -1),
    ]


def _is_distance(found: re.Match[str], unit: str) -> bool:
    """True for ", two years after it was built": how far the time told lies from another, not a time of its own."""
    after = found.string.startswith(" after ", found.end())
    return after and (unit in {"week", "month", "year"} or found.string[: found.start()].rstrip()[-1:] == ",")


def _hour_rules(words: Words) -> list[Rule]:
    """Clocks that need a word: "à 17h", "17.38 Uhr", "в 17 часов"."""
    parts = _phrases(words.parts)
    before_part = rf"(?<!\w)(?P<lead>(?i:{words.at}))\s(?P<h>1[0-2]|0?[1-9])(?=\s(?:in the\s)?(?:{parts})(?!\w))"
    if not words.hour:
        return [(re.compile(before_part), _clock), *_worded_clocks(words)]
    mark = rf"\s?(?:[hH]\s?|[.:](?=\d\d\s?(?i:{words.hour})))"
    word = rf"(?:\s?(?i:{words.hour})(?!\w|\s(?:de|d|local)))?"
    with_minutes = rf"{_EDGE}(?P<h>[01]?\d|2[0-4]){mark}(?P<m>[0-5]\d){_TAIL}{word}"
    lone = rf"(?<!\w)(?P<lead>(?i:{words.at}))\s(?P<h>[01]?\d|2[0-4])\s?(?i:{words.hour})(?!\w)"
    return [(re.compile(pattern), _clock) for pattern in (with_minutes, lone, before_part)]


def _worded_clocks(words: Words) -> list[Rule]:
    """Clocks in words behind a preposition: "at half past six", "around nine in the evening"."""
    hours = {form: n for form, n in words.numbers.items() if n > 1 or form == "one"}
    lead = rf"(?<!\w)(?P<lead>(?i:{words.at}|{words.approx}|{words.lead}))\s"
    hour = rf"(?P<h>(?i:{_phrases(hours)})|1[0-2]|[1-9])(?!\w|:)"
    part = rf"(?=\s(?:o[’']clock\b|(?i:in the\s)(?:{_phrases(words.parts)})(?!\w)))"

    def build(found: re.Match[str]) -> Atom:
        said, step = _folded(found["h"]), _folded(found.groupdict().get("step") or "")
        minutes = (int(said) if said.isdecimal() else hours[said]) * 60 + words.steps.get(step, 0)
        return Atom(
            kind=Kind.CLOCK, start=found.start(), end=found.end(), hour=minutes // 60 or 12,
            minute=minutes % 60 if step else None, lead=_folded(found["lead"]),
        )  # fmt: skip

    stepped = rf"{lead}(?P<step>(?i:{_phrases(words.steps)}))\s{hour}"
    return [(re.compile(pattern), build) for pattern in (stepped, lead + hour + part)]


@lru_cache(maxsize=16)
def _rules(words: Words) -> tuple[Rule, ...]:
    rules = _numbers_rules()
    if words.months:
        rules += _date_rules(words) + _day_rules(words) + _phrase_rules(words) + _span_rules(words) + _hour_rules(words)
    return tuple(rules)


def _found(text: str, words: Words) -> Iterator[Atom]:
    for pattern, build in _rules(words):
        for match in pattern.finditer(text):
            if atom := build(match):
                yield atom


def read_atoms(text: str, words: Words) -> list[Atom]:
    """The pieces in order of position; where two overlap, the longer one."""
    kept: list[Atom] = []
    for atom in sorted(_found(text, words), key=lambda a: (a.start, a.start - a.end, a.kind)):
        if kept and atom.start < kept[-1].end:
            if atom.end - atom.start <= kept[-1].end - kept[-1].start:
                continue
            kept.pop()
        kept.append(atom)
    return kept
