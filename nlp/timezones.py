"""Which zone a clock time is in: what is printed beside it, and the places near it.

Offsets come from the zone's history in the tz database, so a clock of 2017 is read by the rules of 2017.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from nlp import tables
from nlp.script import CJK, plain
from nlp.timewords import Words


@dataclass(frozen=True, slots=True)
class ZoneHint:
    """A mention of a place or a country, `text[start:end]`, with its IANA zone.

    `sure` is False for what only hints at where the story is: a people, an operator, the country of the source (which
    stands nowhere in the text).
    """

    start: int
    end: int
    zone: str
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Zone:
    """`name` is an IANA zone, `UTC` or an offset as printed; `why` how it was found."""

    name: str
    rules: tzinfo
    why: str


UTC_ZONE = Zone("UTC", UTC, "UTC is printed")

# Abbreviation -> the zones that use it, the usual one first, and the offset in minutes that it means (None: the zone's
# own at that date, for names that outlived a change of offset). Source: the tz database's own abbreviations.
ABBREVIATIONS: Mapping[str, tuple[tuple[str, int | None], ...]] = {
    "EST": (("America/New_York", -300),),
    "EDT": (("America/New_York", -240),),
    "ET": (("America/New_York", None),),
    "CST": (("America/Chicago", -360), ("Asia/Shanghai", 480), ("Asia/Taipei", 480), ("America/Havana", -300)),
    "CDT": (("America/Chicago", -300), ("America/Havana", -240)),
    "CT": (("America/Chicago", None),),
    "MST": (("America/Denver", -420),),
    "MDT": (("America/Denver", -360),),
    "MT": (("America/Denver", None),),
    "PST": (("America/Los_Angeles", -480), ("Asia/Manila", 480)),
    "PDT": (("America/Los_Angeles", -420),),
    "PT": (("America/Los_Angeles", None),),
    "AKST": (("America/Anchorage", -540),),
    "AKDT": (("America/Anchorage", -480),),
    "HST": (("Pacific/Honolulu", -600),),
    "ADT": (("America/Halifax", -180),),
    "NST": (("America/St_Johns", -210),),
    "COT": (("America/Bogota", -300),),
    "CLT": (("America/Santiago", None),),
    "VET": (("America/Caracas", None),),
    "AZT": (("Asia/Baku", None),),
    "AMT": (("Asia/Yerevan", 240), ("America/Manaus", -240)),
    "UZT": (("Asia/Tashkent", 300),),
    "MYT": (("Asia/Kuala_Lumpur", 480),),
    "WITA": (("Asia/Makassar", 480),),
    "WIT": (("Asia/Jayapura", 540),),
    "ACST": (("Australia/Adelaide", 570),),
    "ACDT": (("Australia/Adelaide", 630),),
    "FJT": (("Pacific/Fiji", None),),
    "AST": (("America/Halifax", -240), ("Asia/Riyadh", 180), ("Asia/Baghdad", 180)),
    "BRT": (("America/Sao_Paulo", -180),),
    "ART": (("America/Argentina/Buenos_Aires", -180),),
    "WET": (("Europe/Lisbon", 0),),
    "WEST": (("Europe/Lisbon", 60),),
    "BST": (("Europe/London", 60), ("Asia/Dhaka", 360)),
    "CET": (("Europe/Berlin", 60),),
    "CEST": (("Europe/Berlin", 120),),
    "MEZ": (("Europe/Berlin", 60),),
    "MESZ": (("Europe/Berlin", 120),),
    "EET": (("Europe/Kyiv", 120), ("Africa/Cairo", 120)),
    "EEST": (("Europe/Kyiv", 180), ("Africa/Cairo", 180)),
    "MSK": (("Europe/Moscow", None),),
    "МСК": (("Europe/Moscow", None),),
    "MSD": (("Europe/Moscow", 240),),
    "TRT": (("Europe/Istanbul", 180),),
    "WAT": (("Africa/Lagos", 60),),
    "CAT": (("Africa/Maputo", 120),),
    "EAT": (("Africa/Nairobi", 180),),
    "SAST": (("Africa/Johannesburg", 120),),
    "IRST": (("Asia/Tehran", 210),),
    "IRDT": (("Asia/Tehran", 270),),
    "AFT": (("Asia/Kabul", 270),),
    "GST": (("Asia/Dubai", 240),),
    "PKT": (("Asia/Karachi", 300),),
    "IST": (("Asia/Kolkata", 330), ("Asia/Jerusalem", 120), ("Europe/Dublin", 60)),
    "IDT": (("Asia/Jerusalem", 180),),
    "NPT": (("Asia/Kathmandu", 345),),
    "MMT": (("Asia/Yangon", 390),),
    "ICT": (("Asia/Bangkok", 420),),
    "WIB": (("Asia/Jakarta", 420),),
    "HKT": (("Asia/Hong_Kong", 480),),
    "SGT": (("Asia/Singapore", 480),),
    "PHT": (("Asia/Manila", 480),),
    "JST": (("Asia/Tokyo", 540),),
    "KST": (("Asia/Seoul", 540), ("Asia/Pyongyang", None)),
    "AWST": (("Australia/Perth", 480),),
    "AEST": (("Australia/Sydney", 600),),
    "AEDT": (("Australia/Sydney", 660),),
    "NZST": (("Pacific/Auckland", 720),),
    "NZDT": (("Pacific/Auckland", 780),),
}

SURE = 2  # a place counts so much more than a people
NEAR = 3  # places before a clock that it may be told by
MANY = 8  # zones of a text that are weighed
REACH = 45  # characters behind a clock in which a phrase for its zone begins; "17:38 local Pyongyang time" needs 6

_OFFSET = re.compile(r"[\s(]{0,2}(?:UTC|GMT)\s?([+\-−])\s?(\d{1,2})(?::?([0-5]\d))?(?![\w:])\)?")
_BARE_OFFSET = re.compile(r"\s([+-]\d{4}|\+\d\d:\d\d)(?![\w:])")  # "-12:26" would be the end of a range
_COAST = re.compile(r"(?<=[mM.])\s(Eastern|Central|Mountain|Pacific)(?![\w-]|\s[A-Z])")
_UTC = re.compile(r"[\s(,]{0,2}(?:UTC|GMT|TU|Zulu|Z)(?![\w+\-−])(?:\stime\b)?\)?")
_ABBREVIATION = re.compile(rf"[\s(,]{{1,2}}((?:мск)|{'|'.join(sorted(ABBREVIATIONS, key=len, reverse=True))})(?!\w)\)?")


@lru_cache(maxsize=1024)
def load(name: str) -> tzinfo | None:
    """The rules of an IANA zone; None for a name that is not one."""
    try:
        return UTC if name == "UTC" else ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


class Places:
    """The zones of the places that a text names, by position; a hint of an unknown zone counts as absent."""

    def __init__(self, hints: Sequence[ZoneHint]) -> None:
        known = sorted((h for h in hints if load(h.zone)), key=lambda h: (h.start, h.end, h.zone))
        named = [h for h in known if h.end > 0]
        self._all, self._sure = _Row(named), _Row([h for h in named if h.sure])
        self._sources = tuple(h for h in known if h.end == 0)
        self.zones = frozenset(h.zone for h in named)
        self._weights = Counter[str]()
        for hint in known:
            self._weights[hint.zone] += SURE if hint.sure else 1
        for first in self._sure.hints[:1] or named[:1]:
            self._weights[first.zone] += SURE

    def within(self, start: int, end: int) -> ZoneHint | None:
        """The first hint that begins in the stretch."""
        after = self._all.around(start)[1]
        return after if after and after.start < end else None

    def ending(self, start: int, end: int) -> ZoneHint | None:
        """The last hint that lies in the stretch."""
        before = self._all.around(end)[0]
        return before if before and start <= before.start and before.end <= end else None

    def nearest(self, start: int, end: int, sentence: tuple[int, int]) -> ZoneHint | None:
        """The place to read "local time" by: one of the sentence, else where the story is.

        Of the two that stand around a clock the one counts that the story is rather about, then the nearer. The story
        is where most of its places are; what is named first, and just before, counts more.
        """
        around = (*self._all.before(start), self._all.around(start)[1])
        inside = [h for h in around if h and sentence[0] <= h.start < sentence[1]]
        last = self._sure.around(start)[0]
        near = [h for h in (*around, last, *self._all.first, *self._sources) if h]
        most = max(self._weights.values(), default=1)

        def weight(hint: ZoneHint) -> tuple[float, int, int]:
            share = SURE * self._weights[hint.zone] / most
            away = start - hint.end if hint.start < start else hint.start - end
            return share + hint.sure + (1 if hint in inside else 0.5 * (hint is last)), -away, -hint.start

        return max(inside if any(h.sure for h in inside) else near, key=weight, default=None)


class _Row:
    """Hints by position."""

    def __init__(self, hints: Sequence[ZoneHint]) -> None:
        self.hints = hints
        self._starts = [h.start for h in hints]
        zones: dict[str, ZoneHint] = {}
        for hint in hints:
            zones.setdefault(hint.zone, hint)
        self.first = tuple(zones.values())[:MANY]

    def before(self, position: int) -> Sequence[ZoneHint]:
        """The last hints that begin before the position."""
        at = bisect_left(self._starts, position)
        return self.hints[max(0, at - NEAR) : at]

    def around(self, position: int) -> tuple[ZoneHint | None, ZoneHint | None]:
        """The last hint that begins before the position, and the first one at or behind it."""
        at = bisect_left(self._starts, position)
        return self.hints[at - 1] if at else None, self.hints[at] if at < len(self.hints) else None


def _abbreviated(name: str, places: Places) -> Zone:
    """An abbreviation, where it is ambiguous by the places of the text, else by its usual meaning."""
    senses = ABBREVIATIONS[name.upper()]
    zone, minutes = next((s for s in senses if s[0] in places.zones), senses[0])
    rules = load(zone) if minutes is None else timezone(timedelta(minutes=minutes))
    return Zone(zone, rules or UTC, f"{name} is printed" + (", the usual of its meanings" if len(senses) > 1 else ""))


def _offset(found: re.Match[str]) -> Zone | None:
    hours, minutes = int(found[2]), int(found[3] or 0)
    if hours > 14:
        return None
    total = (hours * 60 + minutes) * (1 if found[1] == "+" else -1)
    name = f"UTC{'+' if total >= 0 else '-'}{hours:02}:{minutes:02}"
    return Zone(name, timezone(timedelta(minutes=total)), f"the offset {name} is printed")


def stamped(offset: str) -> Zone | None:
    """The zone of an ISO stamp: `Z`, `+08:30`, `+0830`."""
    found = _OFFSET.match(f"UTC{offset}")
    return UTC_ZONE if offset == "Z" else _offset(found) if found else None


def printed(text: str, end: int, places: Places) -> tuple[Zone | None, int]:
    """A zone by number or abbreviation right behind `end`, with the position behind it."""
    if (found := _OFFSET.match(text, end)) and (zone := _offset(found)):
        return zone, found.end()
    if found := _BARE_OFFSET.match(text, end):
        return stamped(found[1]), found.end()
    if found := _UTC.match(text, end):
        return UTC_ZONE, found.end()
    if found := _ABBREVIATION.match(text, end):
        return _abbreviated(found[1], places), found.end()
    return None, end


@lru_cache(maxsize=1)
def _named() -> Mapping[str, str]:
    """Names of zones as they stand beside the word for time, in plain letters and lower case."""
    rows = tables.rows("zone_names.tsv", ("zone", "names", "source"))
    return {plain(name).lower(): row["zone"] for row in rows for name in row.parts("names")}


@lru_cache(maxsize=16)
def _phrases(words: Words) -> tuple[re.Pattern[str], ...]:
    """A zone by name, "local time", what joins a clock to a place, "time" behind a place, the word with
    "local", and alone."""
    names = "|".join(re.escape(n) for n in sorted(_named(), key=len, reverse=True))
    gap = r"[\s(,]{0,3}"
    blank, edge = (r"\s?", "") if words.unspaced else (r"\s", r"\b")
    kind = r"(?:\s(?:standard|daylight|summer|winter))?"
    opener = rf"{gap}(?:по\s|за\s|in\s|the\s|de\s|(?:{words.time})\s)?(?:de\s|d')?(?:local\s)?"
    named = rf"{opener}({names})(?:'s|’s)?{kind}(?:{blank}(?:{words.time}))?{edge}\)?"
    local = rf"{gap}(?:in\s|the\s|Uhr\s)?(?:{words.local})(?!\w)\)?"
    link = "local|locale|in|at|à|a|de|d'|d’|в|the|en|of"
    place = rf"{gap}(?:{words.time}|{words.local}|{link})?(?:,?\s?(?:{link}))?\s?$"
    behind = rf"(?:'s|’s)?{kind}{blank}(?:local\s)?(?:{words.time}){edge}\)?"
    time = rf"{edge}(?:{words.time}|local)"
    told = rf"{edge}(?:{words.time}){edge}"
    return tuple(re.compile(text, re.IGNORECASE) for text in (named, local, place, behind, time, told))


def worded(text: str, end: int, words: Words, places: Places) -> tuple[Zone | None, int, bool]:
    """A zone in words behind `end`: "Moscow time", "local Pyongyang time", "in Kabul".

    Returns the zone, the position behind the phrase, and whether the phrase says "local" without saying where.
    """
    named, local, place, behind, time, told = _phrases(words)
    hint = places.within(end, end + REACH)
    if hint and place.match(text[end : hint.start]):
        found = behind.match(text, hint.end)
        rules = load(hint.zone)
        timed = time.search(text[end : hint.start])
        if rules and (found or (hint.sure and (timed or hint.start - end > 1))):
            why = f"{text[hint.start : hint.end]} is named beside it"
            return Zone(hint.zone, rules, why), found.end() if found else hint.end, False
    found = named.match(text, end)
    if found and told.search(found[0]):
        zone = _named()[found[1].lower()]
        rules = load(zone)
        if rules:
            return Zone(zone, rules, f"{found[1]} time is printed"), found.end(), False
    if found := _COAST.match(text, end):
        zone = _named()[found[1].lower()]
        return Zone(zone, load(zone) or UTC, f"{found[1]} is printed"), found.end(), False
    found = local.match(text, end)
    return None, found.end() if found else end, found is not None


@lru_cache(maxsize=16)
def _ahead(words: Words) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    names = "|".join(re.escape(n) for n in sorted(_named(), key=len, reverse=True))
    behind = rf"\s?(?:{words.before_clock})[\s,(]{{0,2}}$"
    named = rf"(?<![^\W{CJK}])({names})(?:'[a-z]{{1,4}})?{behind}"
    local = rf"(?:{words.local})[\s,(]{{0,2}}$"
    return re.compile(named, re.IGNORECASE), re.compile(local, re.IGNORECASE), re.compile(behind, re.IGNORECASE)


def zone_before(text: str, start: int, words: Words, places: Places) -> tuple[Zone | None, int, bool]:
    """A zone in words before `start`, as some languages put it: 北京时间14时, "Moskova saatiyle 14.30".

    Returns the zone, the position where the phrase begins, and whether it says "local" without saying where.
    """
    if not words.before_clock:
        return None, start, False
    named, local, behind = _ahead(words)
    low = max(0, start - REACH)
    before = text[low:start]
    if found := named.search(before):
        zone = _named()[found[1].lower()]
        if rules := load(zone):
            return Zone(zone, rules, f"{found[1]} time is printed"), low + found.start(), False
    if found := local.search(before):
        return None, low + found.start(), True
    found, hint = behind.search(before), places.ending(low, start)
    if found and hint and (rules := load(hint.zone)) and 0 <= low + found.start() - hint.end <= 1:
        return Zone(hint.zone, rules, f"{text[hint.start : hint.end]} is named before it"), hint.start, False
    return None, start, False
