"""Patterns of what counts from what was told before or lacks its year: "that Saturday", "the 12th", "last spring"."""

from __future__ import annotations

import re

from nlp.timeatoms import YEAR, Atom, Kind, Rule, folded, number, phrases, spell
from nlp.timewords import Words

_ALONE = (
    r"(?=\s*(?:[,.;:)!?]|$)|\s(?:[A-Z]|(?:and|or|but|at|in|around|about|it|he|she|they|the|an?|its|their|this|when|after|"
    r"before|while|that|to|until|by|with|for|from|most|all|some|more|only|no|there|nearly|almost|is|was|were|had|has)\b))"
)


def told_rules(words: Words) -> list[Rule]:
    """None for a language that has no words for "that"."""
    if not words.that:
        return []
    which = rf"(?:(?:{words.that})|(?P<next>{words.the_next})|(?P<last>{words.the_last}))"
    return [_weekday(words, which), *_months(words, which), _period(words, which), _ordinal(words), _week(words)]


def _shift(found: re.Match[str]) -> int:
    groups = found.groupdict()
    return (1 if groups.get("next") else 0) - (1 if groups.get("last") else 0)


def _weekday(words: Words, which: str) -> Rule:
    days = {form.lower(): n for form, n in words.weekdays.items()}

    def build(found: re.Match[str]) -> Atom:
        return Atom(
            kind=Kind.WEEKDAY, start=found.start(), end=found.end(), weekday=days[found["wd"].lower()],
            shift=_shift(found), told=True,
        )  # fmt: skip

    return re.compile(rf"(?<!\w)(?i:{which})\s(?P<wd>{spell(words.weekdays, words.capital)})(?!\w)"), build


def _months(words: Words, which: str) -> list[Rule]:
    """ "that November", "the following March", "June of that year", "on 1 March of the same year"."""
    months = {form.lower(): n for form, n in words.months.items()}
    month = rf"(?P<mo>{spell(words.months, words.capital)})"
    day = rf"(?P<d>\d{{1,2}})(?:{words.ordinal})?"
    of_year = rf"\s(?:{words.of})\s(?i:{words.that})\s(?:{phrases(_units(words, 'year'))})(?!\w)"

    def build(found: re.Match[str]) -> Atom | None:
        said = number(found, "d")
        if said is not None and not 1 <= said <= 31:
            return None
        return Atom(
            kind=Kind.DATE, start=found.start(), end=found.end(), month=months[found["mo"].lower()], day=said,
            shift=_shift(found), told=True,
        )  # fmt: skip

    patterns = (
        rf"(?<!\w)(?i:{which})\s{month}(?!\w|\s\d)",
        rf"(?<!\w){day}\s(?:(?:{words.of})\s)?{month}{of_year}",
        rf"(?<!\w){month}(?:\s{day})?{of_year}",
    )
    return [(re.compile(pattern), build) for pattern in patterns]


def _units(words: Words, *wanted: str) -> list[str]:
    return [form for form, unit in words.units.items() if unit in wanted]


def _period(words: Words, which: str) -> Rule:
    """ "that week", "the following month"; "the end of the year", "the beginning of next month"."""
    units = {form.lower(): unit for form, unit in words.units.items()}
    unit = rf"(?P<unit>{phrases(_units(words, 'week', 'month', 'year'))})"
    ends = rf"(?:{phrases(words.mods)})"
    now = rf"(?:{words.the}|{words.this}|(?P<last2>{words.before})|(?P<next2>{words.after}))"

    def build(found: re.Match[str]) -> Atom:
        shift = 1 if found["next2"] else -1 if found["last2"] else _shift(found)
        return Atom(
            kind=Kind.PERIOD, start=found.start(), end=found.end(), unit=units[found["unit"].lower()],
            shift=shift, told=found["now"] is None,
        )  # fmt: skip

    return re.compile(
        rf"(?<!\w)(?:(?P<now>{ends}\s{now})|(?:{ends}\s)?{which})\s{unit}(?![\w’'])", re.IGNORECASE
    ), build


def _ordinal(words: Words) -> Rule:
    """ "on the 12th": a day of the month that is spoken of."""

    def build(found: re.Match[str]) -> Atom | None:
        day = int(found["d"])
        return (
            Atom(kind=Kind.DATE, start=found.start(), end=found.end(), day=day, told=True) if 1 <= day <= 31 else None
        )

    lead = rf"(?<!\w)(?i:on|{words.lead})\s(?:{words.the})\s"
    return re.compile(rf"{lead}(?P<d>\d{{1,2}})(?:{words.ordinal}){_ALONE}"), build


def _week(words: Words) -> Rule:
    """ "the second week of January"."""
    months = {form.lower(): n for form, n in words.months.items()}
    month = rf"(?P<mo>{spell(words.months, words.capital)})(?!\w)"

    def build(found: re.Match[str]) -> Atom:
        return Atom(
            kind=Kind.DATE, start=found.start(), end=found.end(), month=months[found["mo"].lower()],
            year=number(found, "y"), amount=words.nth[folded(found["nth"])], unit="week",
        )  # fmt: skip

    week = rf"(?i:(?P<nth>{phrases(words.nth)})\s(?:full\s)?(?:{phrases(_units(words, 'week'))}))"
    return re.compile(rf"(?<!\w){week}\s(?:{words.of})\s{month}(?:,?\s(?P<y>{YEAR})(?!\w))?"), build


def term_rules(words: Words, of: str) -> list[Rule]:
    """A quarter, a half or a season: with its year; behind a preposition or "this" without."""

    def build(found: re.Match[str]) -> Atom:
        groups = found.groupdict()
        first, last = words.terms[" ".join(found["term"].split())]
        return Atom(
            kind=Kind.DATE, start=found.start(), end=found.end(), year=number(found, "y"), month=first, month_to=last,
            shift=_shift(found), told=bool(groups.get("that")),
        )  # fmt: skip

    term = rf"(?P<term>{phrases(words.terms)})"
    patterns = [rf"(?<!\w){term}\s{of}(?P<y>{YEAR})(?![\w/])"]
    if words.that:
        behind = rf"(?!\w|\s(?:{words.of})\s|\s[a-z]+s\b)"
        now = rf"{words.this}|(?P<that>{words.that})|(?P<last>{words.before})|(?P<next>{words.after})"
        mods = rf"(?:(?:{phrases(words.mods)})[\s-])"
        patterns += [
            rf"(?<!\w){mods}?(?i:{now})\s{term}{behind}",
            rf"\b(?i:{words.lead})\s(?:{mods}(?:{words.the}\s)?|{words.the}\s{mods}?){term}{behind}",
        ]
    return [(re.compile(pattern), build) for pattern in patterns]


def feast_rules(words: Words) -> list[Rule]:
    """Days with a name and a fixed date."""

    def build(found: re.Match[str]) -> Atom:
        month, day = words.feasts[" ".join(found["feast"].replace("’", "'").split())]
        return Atom(kind=Kind.DATE, start=found.start(), end=found.end(), year=number(found, "y"), month=month, day=day)

    names = phrases(words.feasts).replace("'", "['’]")
    return [(re.compile(rf"(?<!\w)(?P<feast>{names})(?:,?\s(?P<y>{YEAR}))?(?!\w)"), build)] if words.feasts else []
