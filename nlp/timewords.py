"""The words of time by language, and the names of zones.

The tables are ours, a file a language (`data/times/<lang>.toml`): months, weekdays and set phrases, with the
inflections that follow a preposition. A language without one is read by its numbers alone (ISO stamps, numeric dates,
clocks, UTC).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from nlp.script import plain

Shift = tuple[str, int]  # a unit (day, week, month, year, ...) and how many of them from the anchor


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)  # hashed by identity: its patterns are cached
class Words:
    """What one language says. Plain strings are alternations of a regular expression, matched without case.

    `months` and `weekdays` map a form to 1..12 and 0..6 (Monday is 0); the `short_` forms count only beside a number.
    `days` are days from publication, `told` days from the day told last, `told_parts` with a part of it, `periods` a
    unit and its shift. `portions` are parts of a unit in minutes ("half an hour"), `steps` what words before an hour
    add to it in minutes ("a quarter past").
    `amounts`, in the file alone, are more `numbers`, each with its value; `nth` are ordinals in words.
    `terms` are quarters, halves and seasons of a year with their first and last month, `feasts` days with a name.
    `that`, `the_next` and `the_last` count from what was told before, `this` from publication. `since` is the
    time told.
    `bound` before a day says that it is the last or the first one of a stretch: no clock beside it is of that day.
    `aside` between a word for what is ahead and a day says that the day is not of that.
    `lead` are the words that make a lone month or year a time, `weak` those that do so only at the end of a range.
    `ago`, `later`, `earlier` and `past` hold `{n}` and `{unit}`.
    `jalali` maps the months of the Solar Hijri calendar to 1..12, the `jalali_mark` behind one tells it from a word.
    `before_clock` stands between a zone's name and the clock behind it ("Moskova saatiyle 14.30").
    `home` is the zone of most of the press in the language: of a clock for which the text tells none.
    `unspaced` says that words stand without blanks; then `year_words`, `month_words` and `week_words` ("last year") are
    shifts of the unit before a month, a day or a weekday.
    `capital` says that months and weekdays are written so.
    `counted` behind a number of four digits says that it is an amount and no year.
    `at` stands before an hour that is written without minutes, `dotted` before one with a point ("a las 14.30");
    `say` before a day that dates a statement, not a fact.
    """

    months: Mapping[str, int]
    weekdays: Mapping[str, int]
    short_months: Mapping[str, int] = field(default_factory=dict)
    short_weekdays: Mapping[str, int] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)
    days: Mapping[str, int] = field(default_factory=dict)
    nights: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    told: Mapping[str, int] = field(default_factory=dict)
    told_parts: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    periods: Mapping[str, Shift] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, int] = field(default_factory=dict)
    portions: Mapping[str, int] = field(default_factory=dict)
    clocks: Mapping[str, int] = field(default_factory=dict)
    steps: Mapping[str, int] = field(default_factory=dict)
    lead: str = "in"
    weak: str = "to"
    until: str = "to"
    pair: str = "and"
    between: str = "between"
    of: str = "of"
    year: str = ""
    glue: str = "at|on"
    approx: str = "around"
    before: str = "last"
    after: str = "next"
    ago: str = "{n} {unit} ago"
    later: str = "{n} {unit} later"
    earlier: str = "{n} {unit} earlier"
    past: str = "the past {n} {unit}"
    mods: Mapping[str, str] = field(default_factory=dict)
    terms: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    feasts: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    nth: Mapping[str, int] = field(default_factory=dict)
    that: str = ""
    this: str = ""
    the: str = ""
    the_next: str = ""
    the_last: str = ""
    since: str = ""
    few: str = ""
    bound: str = ""
    aside: str = ""
    at: str = "at"
    hour: str = ""
    dotted: str = ""
    local: str = "local time"
    time: str = "time"
    say: str = ""
    future: str = ""
    counted: str = ""
    before_clock: str = ""
    home: str = ""
    jalali: Mapping[str, int] = field(default_factory=dict)
    jalali_mark: str = ""
    unspaced: bool = False
    year_words: Mapping[str, int] = field(default_factory=dict)
    month_words: Mapping[str, int] = field(default_factory=dict)
    week_words: Mapping[str, int] = field(default_factory=dict)
    ordinal: str = ""
    capital: bool = False


NUMBERS_ALONE = Words(months={}, weekdays={})
_NUMBERED = {"months": 1, "short_months": 1, "weekdays": 0, "short_weekdays": 0, "numbers": 1, "jalali": 1}
_BY_MEANING = ("parts", "units", "mods")
_PAIRS = ("nights", "told_parts", "periods", "terms", "feasts")


@cache
def words_of(lang: str) -> Words:
    """The words of an ISO 639-1 language; `NUMBERS_ALONE` where it has no table."""
    path = files("nlp") / "data" / "times" / f"{lang}.toml"
    if not lang.isalpha() or not path.is_file():
        return NUMBERS_ALONE
    return _words(tomllib.loads(plain(path.read_text(encoding="utf-8"))))


def _words(table: dict[str, Any]) -> Words:
    """A file's table: forms of one meaning stand in one string with `/` between them, `_` is a blank, `|` a `/`."""
    for name, first in _NUMBERED.items():
        meanings = enumerate(table.get(name, "").split(), first)
        table[name] = {
            form.replace("_", " ").replace("|", "/"): n for n, forms in meanings for form in forms.split("/")
        }
    for name in _BY_MEANING:
        table[name] = {form: unit for unit, forms in table.get(name, {}).items() for form in forms.split("/")}
    for name in _PAIRS:
        table[name] = {form: tuple(pair) for form, pair in table.get(name, {}).items()}
    table["numbers"] |= table.pop("amounts", {})
    return Words(**table)


PARTS: Mapping[str, tuple[int, int]] = {  # local hours of a day, the second of the next day where it is above 24
    "early": (0, 6),
    "morning": (6, 12),
    "afternoon": (12, 18),
    "evening": (18, 24),
    "night": (20, 30),
}

MONTH_FIRST = frozenset({"US", "PH", "FM", "MH", "PW", "PR", "GU"})  # countries that write 10/1/2017 for 1 October
