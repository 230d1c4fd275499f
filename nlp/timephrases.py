"""Patterns of set phrases: parts of a day, periods, amounts, clocks in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from nlp.timeatoms import EDGE, TAIL, Atom, Kind, Rule, folded, phrases, spell
from nlp.timedates import clock
from nlp.timewords import Words


def _table(kind: Kind, table: Mapping[str, object], make: Callable[[str], dict[str, object]]) -> Rule:
    def build(found: re.Match[str]) -> Atom:
        return Atom(kind=kind, start=found.start(), end=found.end(), **make(folded(found[0])))  # type: ignore[arg-type]

    return re.compile(rf"(?<!\w)(?:{phrases(table)})(?!\w)", re.IGNORECASE), build


def phrase_rules(words: Words) -> list[Rule]:
    return [
        _table(Kind.PART, words.parts, lambda f: {"part": words.parts[f]}),
        _table(Kind.DAY, words.days, lambda f: {"days": words.days[f]}),
        _table(Kind.DAY, words.nights, lambda f: {"days": words.nights[f][0], "part": words.nights[f][1]}),
        _table(Kind.TOLD, words.told, lambda f: {"days": words.told[f]}),
        _table(Kind.TOLD, words.told_parts, lambda f: {"days": words.told_parts[f][0], "part": words.told_parts[f][1]}),
        _table(Kind.PERIOD, words.periods, lambda f: {"unit": words.periods[f][0], "shift": words.periods[f][1]}),
        _table(Kind.CLOCK, words.clocks, lambda f: {"hour": words.clocks[f], "minute": 0}),
    ]


FEW = 4  # "the past few days" reach so far back, about


def span_rules(words: Words) -> list[Rule]:
    """Amounts: "two days ago", "an hour later", "in the past six weeks"."""
    units = {form.lower(): unit for form, unit in words.units.items()}
    amounts = rf"(?P<n>\d{{1,3}}|{phrases(words.numbers)})"
    unit = rf"(?P<unit>{phrases(words.units)})"
    amount_of = rf"(?:{amounts}\s{unit}|(?P<portion>{phrases(words.portions)}))"

    def rule(kind: Kind, phrase: str, shift: int = 0) -> Rule:
        phrase = phrase.replace("{n} {unit}", amount_of, 1).replace("{unit}", rf"{unit}(?P<portion>)?")
        pattern = rf"(?<!\w)(?<!half )(?:{phrase})(?!\w)"

        def build(found: re.Match[str]) -> Atom | None:
            if found.groupdict().get("few"):
                amount, unit_said = FEW, units[folded(found["unit"])]
            elif found["portion"]:
                amount, unit_said = words.portions[folded(found["portion"])], "minute"
            else:
                said = folded(found["n"])
                amount = int(said) if said.isdecimal() else words.numbers[said]
                unit_said = units[folded(found["unit"])]
            if kind is Kind.LATER and _is_distance(found, unit_said):
                return None
            return Atom(kind=kind, start=found.start(), end=found.end(), amount=amount, unit=unit_said, shift=shift)

        return re.compile(pattern, re.IGNORECASE), build

    since = [_since_rule(words)] if words.since else []
    later = [words.later] if words.later.count("{n}") == 1 else words.later.strip("(?:)").split("|")
    return [
        *since,
        rule(Kind.AGO, words.ago),
        rule(Kind.PAST, words.past),
        *([rule(Kind.PAST, words.past.replace("{n}", f"(?P<few>{words.few})"))] if words.few else []),
        *(rule(Kind.LATER, p, 1) for p in later),
        rule(Kind.LATER, words.earlier, -1),
    ]


def _since_rule(words: Words) -> Rule:
    def build(found: re.Match[str]) -> Atom:
        return Atom(kind=Kind.SINCE, start=found.start(), end=found.end())

    return re.compile(rf"(?<!\w)(?:{words.since})(?!\w)", re.IGNORECASE), build


def _is_distance(found: re.Match[str], unit: str) -> bool:
    """True for ", two years after it was built": how far the time told lies from another, not a time of its own."""
    after = found.string.startswith(" after ", found.end())
    return after and (unit in {"week", "month", "year"} or found.string[: found.start()].rstrip()[-1:] == ",")


def hour_rules(words: Words) -> list[Rule]:
    """Clocks that need a word: "à 17h", "17.38 Uhr", "в 17 часов"."""
    parts = phrases(words.parts)
    before_part = rf"(?<!\w)(?P<lead>(?i:{words.at}))\s(?P<h>1[0-2]|0?[1-9])(?=\s(?:in the\s)?(?:{parts})(?!\w))"
    zoned = "".join(rf"|(?<={re.escape(said)}\s)" for said in words.before_clock.split("|") if said)
    leads = rf"(?:(?<!\w)(?P<lead>(?i:{words.dotted or '(?!)'}))\s{zoned})"
    dotted = rf"{leads}(?P<h>[01]?\d|2[0-4])\.(?P<m>[0-5]\d){TAIL}"
    if not words.hour:
        return [
            (re.compile(before_part), clock),
            (re.compile(dotted), clock),
            *_dotted_clocks(words),
            *_worded_clocks(words),
        ]
    mark = rf"\s?(?:[hH]\s?|[.:](?=\d\d\s?(?i:{words.hour})))"
    word = rf"(?:\s?(?i:{words.hour})(?!\w|\s(?:de|d|local)))?"
    with_minutes = rf"{EDGE}(?P<h>[01]?\d|2[0-4]){mark}(?P<m>[0-5]\d){TAIL}{word}"
    leads = rf"(?<!\w)(?P<lead>(?i:{words.at}|{words.approx}))"
    lone = rf"{leads}\s(?P<h>[01]?\d|2[0-4])\s?(?i:{words.hour})(?!\w|\s?[0-5]\d(?!\w))"
    patterns = (with_minutes, lone, before_part, dotted + word)
    return [(re.compile(pattern), clock) for pattern in patterns]


def _dotted_clocks(words: Words) -> list[Rule]:
    """ "at 3.30 this morning", "at about 9.30 on Tuesday": a point makes no clock without its day."""
    lead = rf"(?<!\w)(?P<lead>(?i:{words.at}|{words.approx}|{words.until}|from))\s"
    days = (
        f"{phrases(words.days)}|{phrases(words.nights)}|{phrases(words.told_parts)}|in the (?:{phrases(words.parts)})"
    )
    day = rf"(?i:{days})|(?:on\s)?(?:{spell(words.weekdays, words.capital)})|on\s\d|local\b"
    return [(re.compile(rf"{lead}(?P<h>[01]?\d|2[0-3])\.(?P<m>[0-5]\d)(?=\s(?:{day})(?!\w))"), clock)]


def _worded_clocks(words: Words) -> list[Rule]:
    """Clocks in words behind a preposition: "at half past six", "around nine in the evening"."""
    hours = {form: n for form, n in words.numbers.items() if 1 < n <= 12 or form == "one"}
    lead = rf"(?<!\w)(?P<lead>(?i:{words.at}|{words.approx}|{words.lead}))\s"
    hour = rf"(?P<h>(?i:{phrases(hours)})|1[0-2]|[1-9])(?!\w|:)"
    part = rf"(?:\so[’']clock\b|(?=\s(?i:in the\s)?(?:{phrases(words.parts)})(?!\w)))"

    def build(found: re.Match[str]) -> Atom:
        said, step = folded(found["h"]), folded(found.groupdict().get("step") or "")
        minutes = (int(said) if said.isdecimal() else hours[said]) * 60 + words.steps.get(step, 0)
        return Atom(
            kind=Kind.CLOCK, start=found.start(), end=found.end(), hour=minutes // 60 or 12,
            minute=minutes % 60 if step else None, lead=folded(found["lead"]),
        )  # fmt: skip

    stepped = rf"{lead}(?P<step>(?i:{phrases(words.steps)}))\s{hour}"
    return [(re.compile(pattern), build) for pattern in (stepped, lead + hour + part)]
