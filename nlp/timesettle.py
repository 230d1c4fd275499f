"""Gives each clock of a text its zone: printed, else as told before in the same manner, else a place's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from nlp.timeatoms import clock_hour
from nlp.timeparse import Expression, Layout
from nlp.timezones import Places, Zone, load, printed

GUESSED = Zone("UTC", UTC, "no zone is told: read as UTC, a guess")
OF_ROUTES = Zone("UTC", UTC, "no zone is told: routing data are kept in UTC, a guess")
SOURCE = "the country of the source"
FARTHEST = timedelta(hours=14)  # no zone is farther ahead of UTC


_ROUTING = re.compile(r"\bAS ?\d{2,}\b|\d/\d\d\b|\bBGP\b|\bprefix(?:es)?\b|\brouting table\b")
_SOMEBODYS = re.compile(r"\b(?:hora|heure|local\w*|ora|time)\b")
_ALL_TIMES = re.compile(
    r"\b(?:[Aa]ll |[Tt]he )?[Tt]imes (?:below |given |shown )?(?:are )?(?:given |shown |stated )?in\b"
)


class Settler:
    """Goes through the clocks of one text in order.

    A writer keeps to one manner for each zone: after "6.30 p.m. local time (15:30 UTC)" a bare "8 p.m." is local, a
    bare "17:05" is UTC. `told` is the zone told last by manner, `latest` the last of all, `home` that of
    most of the press in the language.
    """

    def __init__(self, text: str, places: Places, layout: Layout, home: str = "") -> None:
        rules = load(home) if home else None
        self.home = Zone(home, rules, "no zone is told: that of most of the press, a guess") if rules else None
        self.text, self.places, self.layout = text, places, layout
        self.told: dict[bool, Zone] = {}
        self.latest: Zone | None = None
        if found := _ALL_TIMES.search(text):
            self.latest = printed(text, found.end(), places)[0]
        self.local: Zone | None = None

    def settle(self, found: Sequence[Expression]) -> None:
        for at, one in enumerate(found):
            if one.clock is None:
                if one.day_part:
                    one.zone = one.zone or self._nearest(one, "the nearest place") or self.home
                continue
            if one.second_zone:
                self._pair(one)
            elif one.zone is None and one.local:
                one.zone = self._nearest(one, "local time at the nearest place") or self.local
            elif one.zone is None:
                one.zone = self._bare(found, at)
            if one.until and one.until.zone is None:
                one.until.zone = one.zone
            if one.zone and not one.second_zone:
                self._remember(one, one.zone)

    def _remember(self, one: Expression, zone: Zone) -> None:
        if "guess" not in zone.why and one.clock:
            self.latest = self.told[self._is_wall(one)] = zone

    def _is_wall(self, one: Expression) -> bool:
        """True for "8 p.m.", "noon", "9 in the morning": how people tell the time, and not logs."""
        clock = one.clock
        return clock is not None and bool(
            clock.half or one.part or not self.text[clock.start : clock.end][-1:].isdigit()
        )

    def _bare(self, found: Sequence[Expression], at: int) -> Zone:
        one = found[at]
        half = self._is_wall(one)
        near = self.told.get(half) or self.latest or self._next(found, at)
        place = self._nearest(one, "no zone is told: the nearest place, a guess")
        if near and place and half and half not in self.told and near.name == "UTC":
            return place  # 24 hours for UTC, 12 for the clock on the wall
        if place and place.why.endswith(SOURCE) and not half:
            return near or self.home or GUESSED
        if place and not near and not half and self._is_routing(one):
            return OF_ROUTES
        return (replace(near, why="as the clock before or beside it") if near else place) or self.home or GUESSED

    def _is_routing(self, one: Expression) -> bool:
        """True where the clock's sentence tells of AS numbers, prefixes or BGP: what a collector logged.

        Not where words behind the clock speak of somebody's hour: "a las 09:20, hora de La Paz".
        """
        if _SOMEBODYS.search(self.text, one.end, one.end + 24):
            return False
        return _ROUTING.search(self.text, *self.layout.sentence(one.start)) is not None

    def _next(self, found: Sequence[Expression], at: int) -> Zone | None:
        """The zone that is printed later in the same paragraph, by one of the next expressions."""
        end = self.layout.paragraph(found[at].start)[1]
        return next((o.zone for o in found[at + 1 : at + 6] if o.start < end and o.clock and o.zone), None)

    def _nearest(self, one: Expression, why: str) -> Zone | None:
        hint = self.places.nearest(one.start, one.end, self.layout.sentence(one.start))
        rules = load(hint.zone) if hint else None
        if hint is None or rules is None:
            return None
        return Zone(hint.zone, rules, f"{why}: {self.text[hint.start : hint.end] or SOURCE}")

    def _pair(self, one: Expression) -> None:
        """Of "16:00 local time (11:30 UTC)" the printed zone, surer than a place; the day stays that of the first."""
        second = one.second_zone
        if second is None or one.clock is None or one.second_clock is None:
            return
        first = one.zone or self._first_of(one, second)
        if one.zone is None:
            one.first_rules = first.rules if first and one.local else None
            one.zone, one.local = second, False
        self.told[bool(one.second_clock.half)] = second
        if first:
            self.local = self.latest = self.told[self._is_wall(one)] = first

    def _first_of(self, one: Expression, second: Zone) -> Zone | None:
        """The zone of the first clock: a place's whose offset the two clocks bear out, else the offset itself."""
        near = self._nearest(one, "local time at the nearest place")
        apart = self._apart(one, second)
        if near and (one.local or apart is None or _ever(near.rules, apart)):
            return near
        for name in sorted(self.places.zones):
            rules = load(name)
            if rules and apart is not None and _ever(rules, apart):
                return Zone(name, rules, "the two clocks beside each other")
        if apart is None:
            return None
        minutes = int(apart.total_seconds()) // 60
        name = f"UTC{'+' if minutes >= 0 else '-'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
        return Zone(name, timezone(apart), "the two clocks beside each other")

    @staticmethod
    def _apart(one: Expression, second: Zone) -> timedelta | None:
        """How far the first clock is ahead of UTC; None where that cannot be an offset."""
        if second.name != "UTC" or one.clock is None or one.second_clock is None:
            return None
        (hour, minute), (utc_hour, utc_minute) = clock_hour(one.clock, one.part), clock_hour(one.second_clock, None)
        gap = timedelta(minutes=((hour - utc_hour) * 60 + minute - utc_minute) % 1440)
        gap -= timedelta(days=1) if gap > FARTHEST else timedelta()
        return gap if int(gap.total_seconds()) % 900 == 0 and abs(gap) <= FARTHEST else None


def _ever(rules: tzinfo, offset: timedelta) -> bool:
    """True where the zone has the offset in winter or in summer."""
    return any(datetime(2020, month, 1, tzinfo=rules).utcoffset() == offset for month in (1, 7))
