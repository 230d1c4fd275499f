"""Which zone a clock time is in: what is printed beside it, and the places near it.

Offsets come from the zone's history in the tz database, so a clock of 2017 is read by the rules of 2017.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from nlp.timewords import Words


@dataclass(frozen=True, slots=True)
class ZoneHint:
    """A mention of a place or a country, `text[start:end]`, with its IANA zone."""

    start: int
    end: int
    zone: str


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

NAMES: Mapping[str, str] = {  # in lower case, as they stand beside the word for time
    "eastern": "America/New_York", "eastern standard": "America/New_York", "eastern daylight": "America/New_York",
    "central": "America/Chicago", "mountain": "America/Denver", "pacific": "America/Los_Angeles",
    "pacific daylight": "America/Los_Angeles", "pacific standard": "America/Los_Angeles",
    "greenwich mean": "UTC", "coordinated universal": "UTC", "universal": "UTC",
    "central european": "Europe/Berlin", "central european summer": "Europe/Berlin", "eastern european": "Europe/Kyiv",
    "uk": "Europe/London",
    "moscow": "Europe/Moscow", "london": "Europe/London", "paris": "Europe/Paris", "berlin": "Europe/Berlin",
    "kyiv": "Europe/Kyiv", "kiev": "Europe/Kyiv", "istanbul": "Europe/Istanbul", "tehran": "Asia/Tehran",
    "beijing": "Asia/Shanghai", "tokyo": "Asia/Tokyo", "seoul": "Asia/Seoul", "pyongyang": "Asia/Pyongyang",
    "delhi": "Asia/Kolkata", "new york": "America/New_York", "kabul": "Asia/Kabul", "damascus": "Asia/Damascus",
    "moscou": "Europe/Moscow", "pékin": "Asia/Shanghai", "séoul": "Asia/Seoul", "téhéran": "Asia/Tehran",
    "moskauer": "Europe/Moscow", "mitteleuropäischer": "Europe/Berlin", "moscú": "Europe/Moscow",
    "московскому": "Europe/Moscow", "киевскому": "Europe/Kyiv", "минскому": "Europe/Minsk",
    "пхеньянскому": "Asia/Pyongyang", "пекинскому": "Asia/Shanghai", "токийскому": "Asia/Tokyo",
    "всемирному": "UTC", "гринвичу": "UTC", "тегеранскому": "Asia/Tehran", "бакинскому": "Asia/Baku",
    "алматинскому": "Asia/Almaty", "ташкентскому": "Asia/Tashkent", "екатеринбургскому": "Asia/Yekaterinburg",
    "новосибирскому": "Asia/Novosibirsk", "владивостокскому": "Asia/Vladivostok",
}  # fmt: skip

REACH = 45  # characters behind a clock in which a phrase for its zone begins; "17:38 local Pyongyang time" needs 6

_OFFSET = re.compile(r"[\s(]{0,2}(?:UTC|GMT)\s?([+\-−])\s?(\d{1,2})(?::?([0-5]\d))?(?![\w:])\)?")
_BARE_OFFSET = re.compile(r"\s([+-]\d{4}|\+\d\d:\d\d)(?![\w:])")  # "-12:26" would be the end of a range
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
        self.hints = sorted((h for h in hints if load(h.zone)), key=lambda h: (h.start, h.end, h.zone))
        self._starts = [h.start for h in self.hints]
        self.zones = frozenset(h.zone for h in self.hints)

    def within(self, start: int, end: int) -> ZoneHint | None:
        """The first hint that begins in the stretch."""
        at = bisect_left(self._starts, start)
        return self.hints[at] if at < len(self.hints) and self.hints[at].start < end else None

    def nearest(self, start: int, end: int, sentence: tuple[int, int]) -> ZoneHint | None:
        """The place to read "local time" by: in the same sentence the nearest, else the last one before, else after."""
        at = bisect_left(self._starts, start)
        before = self.hints[at - 1] if at else None
        after = self.hints[at] if at < len(self.hints) else None
        inside = [h for h in (before, after) if h and sentence[0] <= h.start < sentence[1]]
        if inside:
            return min(inside, key=lambda h: (start - h.end if h.start < start else h.start - end, h.start))
        return before or after


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


@lru_cache(maxsize=16)
def _phrases(words: Words) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    names = "|".join(re.escape(n) for n in sorted(NAMES, key=len, reverse=True))
    gap = r"[\s(,]{0,3}"
    opener = rf"{gap}(?:по\s|in\s|the\s|de\s|{words.time}\s)?(?:de\s|d')?(?:local\s)?"
    named = rf"{opener}({names})(?:'s|’s)?(?:\s(?:{words.time}))?\b\)?"
    local = rf"{gap}(?:in\s|the\s|Uhr\s)?(?:{words.local})(?!\w)\)?"
    link = "local|locale|in|at|à|a|de|d'|d’|в|the|en|of"
    place = rf"{gap}(?:{words.time}|{words.local}|{link})?(?:,?\s?(?:{link}))?\s?$"
    return re.compile(named, re.IGNORECASE), re.compile(local, re.IGNORECASE), re.compile(place, re.IGNORECASE)


def worded(text: str, end: int, words: Words, places: Places) -> tuple[Zone | None, int, bool]:
    """A zone in words behind `end`: "Moscow time", "local Pyongyang time", "in Kabul".

    Returns the zone, the position behind the phrase, and whether the phrase says "local" without saying where.
    """
    named, local, place = _phrases(words)
    hint = places.within(end, end + REACH)
    if hint and place.match(text[end : hint.start]):
        found = re.compile(rf"(?:'s|’s)?\s(?:local\s)?(?:{words.time})(?!\w)\)?", re.IGNORECASE).match(text, hint.end)
        rules = load(hint.zone)
        timed = re.search(rf"\b(?:{words.time}|local)", text[end : hint.start], re.IGNORECASE)
        if rules and (found or timed or hint.start - end > 1):
            why = f"{text[hint.start : hint.end]} is named beside it"
            return Zone(hint.zone, rules, why), found.end() if found else hint.end, False
    found = named.match(text, end)
    if found and re.search(rf"\b(?:{words.time})\b", found[0], re.IGNORECASE):
        zone = NAMES[found[1].lower()]
        rules = load(zone)
        if rules:
            return Zone(zone, rules, f"{found[1]} time is printed"), found.end(), False
    found = local.match(text, end)
    return None, found.end() if found else end, found is not None
