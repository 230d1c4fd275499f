"""Pieces of time in the Solar Hijri calendar: ۱۷ اردیبهشت ۱۴۰۳, مرداد ماه, 1402/05/12."""

from __future__ import annotations

import re

from nlp.jalali import gregorian
from nlp.timeatoms import EDGE, Atom, Kind, Rule, folded, phrases
from nlp.timewords import Words


def _number(digits: str | None) -> int | None:
    return int(digits) if digits else None


def solar_rules(words: Words) -> list[Rule]:
    """Dates of the Solar Hijri calendar: one with its year is turned at once, one without by the text's calendar.

    A month or year is given by the Gregorian one in which it begins.
    """
    names = phrases(words.jalali)
    year = r"(?P<y>1[34]\d\d)(?![\w/]|[.,]\d)"
    month = rf"(?P<mo>{names})(?!\w)"
    mark = rf"(?:\s(?:{words.jalali_mark}))"
    lead = rf"(?<!\w)(?P<lead>{words.lead})\s"

    def build(found: re.Match[str]) -> Atom | None:
        said = found.groupdict()
        month_said = words.jalali[folded(said["mo"])] if said.get("mo") else _number(said.get("m"))
        day, solar = _number(said.get("d")), _number(said.get("y"))
        if solar is None:
            return Atom(
                kind=Kind.DATE, start=found.start(), end=found.end(), month=month_said, day=day, unit="jalali",
                lead=folded(said.get("lead") or ""),
            )  # fmt: skip
        begins = gregorian(solar, month_said or 1, day or 1)
        if begins is None:
            return None
        return Atom(
            kind=Kind.DATE, start=found.start(), end=found.end(), year=begins.year,
            month=begins.month if month_said else None, day=begins.day if day else None,
        )  # fmt: skip

    texts = [
        rf"{EDGE}(?P<d>\d{{1,2}})\s{month}{mark}?(?:,?\s(?:سال\s)?{year})?",
        rf"(?<!\w){month}{mark}?\s(?:سال\s)?{year}",
        rf"(?<!\w){month}{mark}",
        rf"{lead}(?:سال\s)?{year}",
        rf"(?<!\w)سال\s{year}",
        rf"{EDGE}(?P<y>1[34]\d\d)[/-](?P<m>0?[1-9]|1[0-2])[/-](?P<d>[0-3]?\d)(?![\w/-])",
    ]
    return [(re.compile(text), build) for text in texts]
