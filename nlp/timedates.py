"""Patterns of what is printed: stamps, numeric dates, clocks, days of a month, weekdays."""

from __future__ import annotations

import re

from nlp.timeatoms import EDGE, TAIL, YEAR, Atom, Builder, Kind, Rule, folded, number, phrases, spell
from nlp.timetold import feast_rules, term_rules
from nlp.timewords import Words


def _iso(found: re.Match[str]) -> Atom:
    groups, hour = found.groupdict(), number(found, "h")
    return Atom(
        kind=Kind.DATE if hour is None else Kind.CLOCK, start=found.start(), end=found.end(), year=int(found["y"]),
        month=int(found["mo"]), day=number(found, "d"), hour=hour, minute=number(found, "m"),
        second=number(found, "s"), offset=groups.get("z"),
    )  # fmt: skip


def _numeric(found: re.Match[str]) -> Atom | None:
    first, second = int(found["a"]), int(found["b"])
    if max(first, second) > 31 or min(first, second) > 12 or not min(first, second):
        return None
    day, month = (second, first) if second > 12 else (first, second)
    year = int(found["y"])
    return Atom(
        kind=Kind.DATE, start=found.start(), end=found.end(), year=year if year > 99 else 2000 + year, month=month,
        day=day,
        swap=max(first, second) <= 12 and first != second and found["sep"] != ".",
    )  # fmt: skip


def clock(found: re.Match[str]) -> Atom | None:
    half = found.groupdict().get("ap")
    hour, minute = int(found["h"]), number(found, "m")
    if hour > 24 or (hour == 24 and minute) or (half and not 1 <= hour <= 12):
        return None
    return Atom(
        kind=Kind.CLOCK, start=found.start(), end=found.end(), hour=hour, minute=minute, second=number(found, "s"),
        half=half[0].lower() if half else None, offset=found.groupdict().get("z"),
        lead=folded(found.groupdict().get("lead") or ""),
    )  # fmt: skip


def numbers_rules() -> list[Rule]:
    """What needs no words."""
    half = r"(?:\s?(?P<ap>[aApP]\.?\s?[mM]\b\.?))"
    seconds = r"(?::(?P<s>[0-5]\d)(?:[.,]\d{1,9})?)?"
    hours = r"(?:\s?(?:hrs|hours)(?!\w))"
    plain = rf"(?<![\w/:])(?<!\d[.,])(?P<h>[01]?\d|2[0-4])[:h](?P<m>[0-5]\d){seconds}(?P<z>Z)?{half}?{hours}?{TAIL}"
    seconds_of_stamp = r"(?::(?P<s>[0-5]\d)(?:\.\d{1,9})?)?"
    stamp = rf"[T ](?P<h>[01]\d|2[0-3]):(?P<m>[0-5]\d){seconds_of_stamp}\s?(?P<z>Z|[+-]\d\d:?\d\d)?"
    iso = rf"{EDGE}(?P<y>{YEAR})-(?P<mo>0[1-9]|1[0-2])(?:-(?P<d>[0-3]\d)(?:{stamp})?)?(?![\w/-])"
    year_first = rf"{EDGE}(?P<y>{YEAR})(?:[/年])(?P<mo>0?[1-9]|1[0-2])[/月](?P<d>\d{{1,2}})日?(?![/\d])"
    year_last = rf"(?<![\w./:-])(?P<a>\d{{1,2}})(?P<sep>[./-])(?P<b>\d{{1,2}})(?P=sep)(?P<y>{YEAR})(?![\w/:-]|\.\d)"
    zoned = rf"(?:{hours}|(?=\s?(?:UTC|GMT|MSK|BST|CES?T|E[SD]T|P[SD]T|local time)\b))"
    to_hour = r"(?:\s?(?:[-–]|\b(?:and|to|et|à|und|bis|и|до|y|a)\b)\s?\d{1,2})?"
    lone = rf"{EDGE}(?P<h>[01]?\d|2[0-3])(?={to_hour}\s(?:UTC|GMT)(?![\w+-]))"
    four_digits = rf"{EDGE}(?P<h>[01]\d|2[0-3])(?P<m>[0-5]\d)(?:(?P<z>Z)\b|{zoned})"
    dotted = rf"{EDGE}(?P<h>[01]?\d|2[0-3])\.(?P<m>[0-5]\d){zoned}"
    halved = rf"{EDGE}(?P<h>\d{{1,2}})(?:\.(?P<m>[0-5]\d))?{half}{TAIL}"
    rules: list[tuple[str, Builder]] = [(iso, _iso), (year_first, _iso), (year_last, _numeric), (plain, clock)]
    rules += [(halved, clock), (four_digits, clock), (dotted, clock), (lone, clock)]
    return [(re.compile(pattern), build) for pattern, build in rules]


def date_rules(words: Words) -> list[Rule]:
    month = {f.lower(): n for f, n in (*words.short_months.items(), *words.months.items())}
    full = spell(words.months, words.capital)
    every = rf"(?:(?:{full})(?!\w)|(?:{spell(words.short_months, words.capital)})(?!\w)\.?)"
    of = rf"(?:(?:{words.of})\s)?" if words.of else ""
    year = rf"(?:,?\s{{1,2}}{of}(?P<y>{YEAR})(?!\w|[.,]\d)(?:\s{words.year or '(?!)'})?)"
    day = rf"(?P<d>\d{{1,2}})(?:{words.ordinal or '(?!)'})?"
    to = rf"(?:\s?(?:[-–—]|\b(?:{words.until}|{words.pair})\b)\s?(?P<d2>\d{{1,2}})(?:{words.ordinal or '(?!)'})?)?"
    mod = rf"(?:(?P<mod>{phrases(words.mods)})[\s-]{{1,2}}{of})?"

    def build(found: re.Match[str]) -> Atom | None:
        groups = found.groupdict()
        day_said, last = number(found, "d"), number(found, "d2")
        if day_said is not None and not 1 <= day_said <= 31:
            return None
        return Atom(
            kind=Kind.DATE, start=found.start(), end=found.end(), year=number(found, "y"),
            month=month[groups["mo"].lower().rstrip(".")] if groups.get("mo") else None, day=day_said,
            day_to=last if last and day_said and day_said < last <= 31 else None,
            mod=words.mods.get(folded(groups.get("mod") or "")), lead=folded(groups.get("lead") or ""),
            weak=bool(groups.get("weak")),
        )  # fmt: skip

    lead = (
        rf"\b(?:(?P<lead>(?i:{words.lead}))|(?P<weak>(?i:{words.weak})))[\s-]{{1,2}}(?:(?i:the|at least|le|la|el)\s)?"
    )
    count = rf"(?!\s(?:{words.counted}))" if words.counted else ""
    rules: list[Rule] = [
        (re.compile(rf"{EDGE}{day}{to}\s{{1,2}}{of}(?P<mo>{every}){year}?"), build),
        (re.compile(rf"(?<!\w)(?i:{mod})(?P<mo>{every}){year}"), build),
        (re.compile(rf"{lead}(?i:{mod})(?P<mo>{full})(?!\w){year}?(?!\s\d)"), build),
        (re.compile(rf"(?<!\w)(?i:(?P<mod>{phrases(words.mods)}))[\s-]{of}(?P<mo>{full})(?!\w)"), build),
        (re.compile(rf"{lead}(?i:{mod})(?P<y>{YEAR})(?![\w/]|[.,:]\d|\s?%){count}"), build),
    ]
    short = rf"(?<!\w)(?i:on|{words.lead})\s(?P<a>\d{{1,2}})(?P<sep>/)(?P<b>\d{{1,2}})/(?P<y>\d\d)(?![\w/]|[.,]\d)"
    rules.append((re.compile(short), _numeric))
    rules.append((re.compile(rf"(?m)^[-•*–\s]{{0,4}}(?P<y>{YEAR})(?=\s?[:–—]\s)"), build))
    if words.capital:
        rules.append((re.compile(rf"(?<!\w)(?P<mo>{every})\s{{1,2}}{day}{to}(?![\w/:]|[.,]\d){year}?"), build))
    rules += term_rules(words, of) + feast_rules(words)
    if words.year:
        rules.append((re.compile(rf"{EDGE}(?P<y>{YEAR})\s{words.year}(?!\w)"), build))
    return rules


def day_rules(words: Words) -> list[Rule]:
    days = {f.lower(): n for f, n in (*words.short_weekdays.items(), *words.weekdays.items())}
    names = spell(words.weekdays, words.capital)
    short = spell(words.short_weekdays, words.capital)

    def weekday(found: re.Match[str]) -> Atom:
        shift = (1 if found["next"] or found["next2"] else 0) - (1 if found["last"] or found["last2"] else 0)
        return Atom(
            kind=Kind.WEEKDAY, start=found.start(), end=found.end(), weekday=days[found["wd"].lower()], shift=shift,
            part=words.parts.get(folded(found["part"] or "")),
        )  # fmt: skip

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
        (re.compile(rf"(?<!\w){around}(?P<wd>{names})(?P<part>{phrases(words.parts)})?(?!\w){behind}"), weekday),
        (re.compile(rf"(?<!\w)(?P<wd>{short})(?!\w)\.?"), short_weekday),
    ]
