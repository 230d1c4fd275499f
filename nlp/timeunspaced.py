"""Pieces of time in Chinese, Japanese and Korean, whose words stand without blanks: 去年5月6日下午3点, 7日午前3時ごろ.

Years of the Republic of China and of the Japanese eras count from their own first year.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from nlp.timeatoms import Atom, Kind, Rule
from nlp.timewords import Words

ERAS = {"民国": 1911, "令和": 2018, "平成": 1988, "昭和": 1925}
"""The year before the first of an era, by its name in plain letters."""
_DIGITS = {**dict(zip("〇一二三四五六七八九", range(10), strict=True)), "两": 2, "十": 10}
_N = r"(?:\d{1,2}|[一二三四五六七八九十]{1,3})"
_YEAR = (
    r"(?:(?P<era>民国|令和|平成|昭和)(?P<ey>\d{1,3}|元)|(?P<y>(?:19|20)\d\d|[一二][〇一二三四五六七八九]{3}))\s?[年년]"
)
_NO_SPAN = r"(?!\s?(?:间|間|目|간|째|동안|内|内に|以内|之内|连|連|ぶり|余|多|后|後|前|전|후|뒤|まで|工|常|程|本|元))"
_MAX_AMOUNT = 3650


def number(text: str) -> int:
    """A number in digits or in Chinese ones up to 99; 〇 to 九 one by one make a year."""
    if text.isdecimal():
        return int(text)
    if "十" not in text:
        return int("".join(str(_DIGITS[letter]) for letter in text))
    tens, _, ones = text.partition("十")
    return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)


def _said(found: re.Match[str], name: str) -> str | None:
    return found.groupdict().get(name)


def _year(found: re.Match[str]) -> int | None:
    if era := _said(found, "era"):
        return ERAS[era] + (1 if found["ey"] == "元" else int(found["ey"]))
    year = _said(found, "y")
    return number(year) if year else None


def _dates(words: Words) -> list[Rule]:
    shifts = {**words.year_words, **words.month_words}

    def build(found: re.Match[str]) -> Atom | None:
        month, day = (number(said) if (said := _said(found, name)) else None for name in ("mo", "d"))
        last = number(said) if (said := _said(found, "d2")) else None
        if (month and month > 12) or (day and not 1 <= day <= 31):
            return None
        near = _said(found, "near") or ""
        unit = "year" if near in words.year_words else "month" if near in words.month_words else ""
        return Atom(
            kind=Kind.DATE, start=found.start(), end=found.end(), year=_year(found), month=month, day=day,
            day_to=last if last and day and day < last <= 31 else None, unit=unit, shift=shifts.get(near, 0),
        )  # fmt: skip

    near_year, near_month = _any(words.year_words), _any(words.month_words)
    month = rf"(?P<mo>{_N})\s?[月월]"
    to = rf"(?:\s?[日号일]?\s?(?:[-–—]|至|到|から|~)\s?(?P<d2>{_N}))?"
    day = rf"(?P<d>{_N}){to}\s?[日号일]{_NO_SPAN}(?:\([月火水木金土日월화수목금토일]\))?"
    start = r"(?<![\d.:/])"
    texts = [
        rf"{start}(?:{_YEAR}\s?)?{month}\s?{day}",
        rf"{start}{_YEAR}\s?{month}(?!\s?\d*\s?[个個])",
        rf"{start}{_YEAR}{_NO_SPAN}",
        rf"(?P<near>{near_year})の?\s?{month}(?:\s?{day})?",
        rf"(?P<near>{near_month})の?\s?{day}",
        rf"{start}(?<![个個第]){month}(?!\s?[间間个個号간]|份?以来)份?",
        rf"{start}(?<![第每毎][一二三四五六七八九十])(?<![第每毎월月年]){day}",
    ]
    return [(re.compile(text), build) for text in texts]


def _any(forms: Mapping[str, object]) -> str:
    return "|".join(re.escape(form) for form in sorted(forms, key=lambda form: (-len(form), form))) or "(?!)"


def _hour(hour: int, part: str | None) -> int:
    """The hour of 24 that an hour with its part of day means: 下午3点 is 15, 晚上12点 is 24, 凌晨12点 is 0."""
    if part in {"afternoon", "evening", "night"} and hour <= 12:
        small = part == "night" and hour < 6
        return hour if small else 12 if hour == 12 and part == "afternoon" else hour + 12
    return 0 if part in {"early", "morning"} and hour == 12 else hour


def _clocks(words: Words) -> list[Rule]:
    def build(found: re.Match[str]) -> Atom | None:
        part = words.parts.get(_said(found, "part") or "")
        hour = _hour(number(found["h"]), part)
        minute = 30 if _said(found, "half") else number(said) if (said := _said(found, "m")) else None
        if hour > 24 or (minute or 0) > 59 or (hour == 24 and minute):
            return None
        second = _said(found, "s")
        lead = (_said(found, "about") or "") + (_said(found, "about2") or "")
        return Atom(
            kind=Kind.CLOCK, start=found.start(), end=found.end(), hour=hour, minute=minute,
            second=int(second) if second else None, lead=lead,
        )  # fmt: skip

    about = rf"(?:(?P<about>{words.approx})\s?)?"
    behind = rf"(?:\s?(?P<about2>{words.approx}))?"
    part = rf"(?:(?P<part>{_any(words.parts)})の?\s?)"
    minute = rf"(?:\s?(?P<half>[半반])|\s?(?P<m>{_N})\s?[分분](?!之)(?:\s?(?P<s>\d{{1,2}})\s?[秒초])?)"
    marks = "時(?!間|代|点)|时(?!间|长|段|代|尚)|시(?!간|대|민|장|스)"
    hour = rf"(?P<h>{_N})\s?(?:{marks}|点(?:钟|整)?)"
    colon = r"(?P<h>[01]?\d|2[0-4]):(?P<m>[0-5]\d)(?::(?P<s>[0-5]\d))?"
    bare = rf"(?<![\d.:]){about}(?P<h>{_N})\s?(?:{marks}|点(?:钟|整)|点(?=许|左右|前后))"
    texts = [
        rf"{part}?{about}{hour}{minute}{behind}",
        rf"{part}{about}{hour}{behind}",
        rf"{bare}{behind}",
        rf"{part}{about}{colon}{behind}",
    ]
    return [(re.compile(text), build) for text in texts]


def _phrases(words: Words) -> list[Rule]:
    weekdays = _any(words.weekdays)
    weeks = _any(words.week_words)

    def weekday(found: re.Match[str]) -> Atom:
        near = _said(found, "near")
        shift = words.week_words.get(near or "", 0)
        last = -1 if found["last"] else 0
        return Atom(
            kind=Kind.WEEKDAY, start=found.start(), end=found.end(), weekday=words.weekdays[found["wd"]],
            shift=shift if near else last, unit="week" if near else "",
        )  # fmt: skip

    rule = rf"(?:(?P<near>{weeks})の?\s?|(?P<last>{words.before})\s)?(?P<wd>{weekdays})"
    return [
        (re.compile(rule), weekday),
        _table(Kind.PART, words.parts, lambda form: {"part": words.parts[form]}),
        _table(Kind.DAY, words.days, lambda form: {"days": words.days[form]}),
        _table(Kind.DAY, words.nights, lambda form: {"days": words.nights[form][0], "part": words.nights[form][1]}),
        _table(Kind.TOLD, words.told, lambda form: {"days": words.told[form]}),
        _table(Kind.PERIOD, words.periods, lambda f: {"unit": words.periods[f][0], "shift": words.periods[f][1]}),
        _table(Kind.CLOCK, words.clocks, lambda form: {"hour": words.clocks[form], "minute": 0}),
    ]  # fmt: skip


def _table(kind: Kind, table: Mapping[str, object], make: Callable[[str], dict[str, object]]) -> Rule:
    def build(found: re.Match[str]) -> Atom:
        return Atom(kind=kind, start=found.start(), end=found.end(), **make(found[0]))  # type: ignore[arg-type]

    return re.compile(_any(table)), build


def _amounts(words: Words) -> list[Rule]:
    """3天前, 2時間後, 3시간 만에: an amount and a word for before or after; 过去三天 and the like."""
    amount = rf"(?P<n>\d{{1,4}}|[一二三四五六七八九十两]{{1,3}}|{_any(words.numbers)})\s?(?P<unit>{_any(words.units)})"

    def rule(kind: Kind, phrase: str, shift: int = 0) -> Rule:
        def build(found: re.Match[str]) -> Atom | None:
            said = found["n"]
            n = words.numbers[said] if said in words.numbers else number(said)
            unit = words.units[found["unit"]]
            if n > _MAX_AMOUNT:
                return None
            return Atom(kind=kind, start=found.start(), end=found.end(), amount=n, unit=unit, shift=shift)

        return re.compile(rf"(?<!\d)(?:{phrase.replace('{n}{unit}', amount, 1)})"), build

    return [
        rule(Kind.AGO, words.ago),
        rule(Kind.LATER, words.later, 1),
        rule(Kind.LATER, words.earlier, -1),
        rule(Kind.PAST, words.past),
    ]


def unspaced_rules(words: Words) -> list[Rule]:
    """The rules of a language that sets no blanks between words."""
    return [*_dates(words), *_clocks(words), *_phrases(words), *_amounts(words)]
