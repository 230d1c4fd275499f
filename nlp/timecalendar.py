"""The calendar of one text: its publication, what was told before, and the zone of each clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from nlp import jalali
from nlp.model import Text
from nlp.timeatoms import Atom, Kind
from nlp.timeparse import Expression, Layout
from nlp.timewords import MONTH_FIRST
from nlp.timezones import Places, Zone, load

NEWS_AHEAD = timedelta(days=14)  # a date without a year this near ahead of publication is ahead of it, not a year ago
RETOLD = timedelta(days=10)  # a story told this long after its day is told by that day, not by publication
TELLING = timedelta(days=60)  # a date without a year stays this near to the dated story that it continues
EVENING, DAWN = 18, 6  # a clock before dawn, told after one of the evening, is of the next day
GUESSED = Zone("UTC", UTC, "no zone is told: read as UTC, a guess")


@dataclass(frozen=True, slots=True)
class Point:
    """A place on the calendar: `start` and `end` as the result prints them, `day` and `moment` to go on from."""

    start: str | None
    granularity: str | None
    why: str
    end: str | None = None
    day: date | None = None
    moment: datetime | None = None
    tz: str | None = None


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def real_day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


class Calendar:
    """Reads the expressions of one text in order and remembers what was told.

    `day` is the day told last, `minutes` the clock told last on it, `moment` the instant, `dated` whether the day came
    with its year.
    """

    def __init__(self, text: Text, places: Places, layout: Layout) -> None:
        published = text.published
        if published and published.tzinfo is None:
            published = published.replace(tzinfo=UTC)
        usable = published is not None and 1900 < published.year < 2200
        self.published = published.astimezone(UTC) if published and usable else None
        self.today = self.published.date() if self.published else None
        self.clocked = self.published is not None and text.published_precision != "day"
        self.month_first = text.country in MONTH_FIRST
        self.country_known = text.country is not None
        self.text, self.places, self.layout = text.text, places, layout
        self.day: date | None = None
        self.dated = False
        self.minutes: int | None = None
        self.moment: datetime | None = None

    # ---- zones

    def settle_zones(self, found: Sequence[Expression]) -> None:
        """Gives each clock its zone: printed, else the place of "local time", else as told before, else a place."""
        last: Zone | None = None
        for at, one in enumerate(found):
            if one.clock is None:
                if one.day_part:
                    one.zone = one.zone or self._nearest(one, "the nearest place")
                continue
            if one.zone is None and one.second_zone:
                self._take_second(one)
            elif one.zone is None and one.local:
                one.zone = self._nearest(one, "local time at the nearest place")
            if one.zone is None and not one.local:
                near = last or self._next_zone(found, at)
                one.zone = replace(near, why="as the clock before or beside it") if near else None
                one.zone = one.zone or self._nearest(one, "no zone is told: the nearest place, a guess") or GUESSED
            if one.until and one.until.zone is None:
                one.until.zone = one.zone
            last = one.zone if one.zone and "guess" not in one.zone.why else last

    def _next_zone(self, found: Sequence[Expression], at: int) -> Zone | None:
        """The zone that is printed later in the same paragraph, by one of the next expressions."""
        end = self.layout.paragraph(found[at].start)[1]
        return next((o.zone for o in found[at + 1 : at + 6] if o.start < end and o.clock and o.zone), None)

    def _nearest(self, one: Expression, why: str) -> Zone | None:
        hint = self.places.nearest(one.start, one.end, self.layout.sentence(one.start))
        rules = load(hint.zone) if hint else None
        return Zone(hint.zone, rules, f"{why}: {self.text[hint.start : hint.end]}") if hint and rules else None

    def _take_second(self, one: Expression) -> None:
        """Of "16:00 local time (11:30 UTC)" the printed zone, surer than a place; the day stays that of the first."""
        near = self._nearest(one, "") if one.local else None
        one.first_rules = near.rules if near else None
        one.zone, one.local = one.second_zone, False

    # ---- days

    def year_of(self, month: int, day: int, one: Expression) -> tuple[int | None, str]:
        """The year that a date without one means; a neighbouring one where the weekday agrees with that alone."""
        year, why = self._likely_year(month, day, one.future)
        if year is None or one.weekday is None:
            return year, why
        days = [d for y in (year, year - 1, year + 1) if (d := real_day(y, month, day))]
        same = [d.year for d in days if d.weekday() == one.weekday.weekday]
        if not same:
            return year, f"{why}, though the weekday is another"
        return same[0], f"{why}, and the weekday agrees" if same[0] == year else "the year in which the weekday agrees"

    def _likely_year(self, month: int, day: int, future: bool) -> tuple[int | None, str]:
        if self.day and self.dated:
            told = [
                d for y in (-1, 0, 1) if (d := real_day(self.day.year + y, month, day)) and abs(d - self.day) <= TELLING
            ]
            if told and (self.today is None or self.today - self.day > RETOLD):
                return told[0].year, "near the day told before"
        if self.today is None:
            return (self.day.year, "the year told before") if self.day else (None, "")
        then = real_day(self.today.year, month, day) or real_day(self.today.year, month, 28) or self.today
        if then <= self.today + NEWS_AHEAD or future:
            early = future and self.today - then > timedelta(days=180)
            return self.today.year + early, "the year of publication"
        return self.today.year - 1, "the last one before publication"

    def _weekday(self, one: Expression, weekday: int, shift: int) -> tuple[date | None, str]:
        if self.day and self.dated and (self.today is None or self.today - self.day > RETOLD):
            return self.day + timedelta(
                days=(weekday - self.day.weekday()) % 7
            ), "the first one from the day told before"
        if self.today is None:
            return None, "no publication day to count from"
        ahead = (weekday - self.today.weekday()) % 7
        if shift > 0 or (one.future and shift == 0 and ahead):
            return self.today + timedelta(days=ahead or 7), "the next one after publication"
        back = (self.today.weekday() - weekday) % 7
        return self.today - timedelta(days=back or (7 if shift < 0 else 0)), "the last one up to publication"

    def _swapped(self, found: Atom) -> Atom:
        """A numeric date that reads both ways: by the source's country, else the one nearest before publication."""
        if not found.swap or not found.day or not found.month or not found.year:
            return found
        other = replace(found, day=found.month, month=found.day)
        if self.month_first:
            return other
        then = real_day(found.year, found.month, found.day)
        turned = real_day(found.year, found.day, found.month)
        if self.country_known or self.today is None or then is None or turned is None or turned > self.today:
            return found
        return other if then > self.today or turned > then else found

    def day_of(self, one: Expression) -> tuple[date | None, str]:
        """The day that the expression says; None where it says none or cannot be placed."""
        if one.date and one.date.day is not None and (one.date.month is None or one.date.unit):
            return self._near_day(one.date, one.future)
        if one.date and one.date.day is not None and one.date.month is not None:
            found = self._swapped(one.date)
            month, day, year, why = found.month or 1, found.day or 1, found.year, "as printed"
            if year is None:
                year, why = self.year_of(month, day, one)
            return (real_day(year, month, day) if year else None), why
        if one.weekday and one.weekday.weekday is not None and one.weekday.unit == "week" and self.today:
            monday = self.today - timedelta(days=self.today.weekday() - 7 * one.weekday.shift)
            return monday + timedelta(days=one.weekday.weekday), "in the week counted from publication"
        if one.weekday and one.weekday.weekday is not None:
            return self._weekday(one, one.weekday.weekday, one.weekday.shift)
        if one.other and one.other.days is not None:
            told = one.other.kind is Kind.TOLD
            anchor = (self.day or self.today) if told else self.today
            why = "counted from the day told before" if told else "counted from publication"
            return (anchor + timedelta(days=one.other.days) if anchor else None), why
        return None, ""

    def _near_day(self, found: Atom, future: bool) -> tuple[date | None, str]:
        """The day of a date that leaves out its month or counts its month or year from publication's."""
        anchor = self.today or self.day
        if anchor is None or found.day is None:
            return None, "no publication day to count from"
        if found.unit == "year" and found.month:
            return real_day(anchor.year + found.shift, found.month, found.day), "the year counted from publication"
        if found.unit == "month":
            return _in_month(anchor, found.shift, found.day), "the month counted from publication"
        if found.unit == "jalali":
            year = jalali.year_of(anchor)
            days = [jalali.gregorian(year + step, found.month or 1, found.day) for step in (1, 0, -1)]
            why = "the Solar Hijri year near publication"
        else:
            days = [_in_month(anchor, step, found.day) for step in (1, 0, -1)]
            why = "the month near publication"
        ahead = anchor + (timedelta(days=31) if future else timedelta(days=2) if not found.month else NEWS_AHEAD)
        return next((day for day in days if day and day <= ahead), None), why

    # ---- clocks

    def clock_point(self, one: Expression, day: date | None, why: str) -> Point:
        if one.clock is None or day is None:
            return Point(None, None, "no day to put the clock on")
        if one.zone is None:
            return Point(day.isoformat(), "day", f"{why}; local time of no known place", day=day)
        hour, minute = clock_hour(one.clock, one.part)
        if one.second_clock:
            why += self._disagreement(one, day)
        if one.second_clock and not self._first_is_printed(one):
            first = hour * 60 + minute
            hour, minute = clock_hour(one.second_clock, None)
            gap = first - hour * 60 - minute
            day += timedelta(days=(gap > 12 * 60) - (gap < -12 * 60))
        local = datetime.combine(day, time(hour % 24, minute, one.clock.second or 0), one.zone.rules)
        moment = (local + timedelta(days=hour // 24)).astimezone(UTC)
        return Point(stamp(moment), fineness(one), f"{why}; {one.zone.why}", day=day, moment=moment, tz=one.zone.name)

    def _disagreement(self, one: Expression, day: date) -> str:
        """What to add to the reason where the two clocks of "17:30 local time (16:30 UTC)" are not one moment."""
        rules = one.first_rules or (one.zone.rules if one.zone and self._first_is_printed(one) else None)
        second = one.second_zone.rules if one.second_zone else None
        if one.clock is None or one.second_clock is None or rules is None or second is None:
            return ""
        ends = [
            datetime.combine(day, time(hour % 24, minute), zone).astimezone(UTC)
            for (hour, minute), zone in (
                (clock_hour(one.clock, one.part), rules), (clock_hour(one.second_clock, None), second)
            )
        ]  # fmt: skip
        apart = (ends[1] - ends[0]) % timedelta(days=1)
        if not apart:
            return ""
        hours, minutes = divmod(min(apart, timedelta(days=1) - apart) // timedelta(minutes=1), 60)
        return f"; the two clocks disagree by {hours}:{minutes:02}"

    @staticmethod
    def _first_is_printed(one: Expression) -> bool:
        return one.zone is not one.second_zone

    def default_day(self, one: Expression) -> tuple[date | None, str]:
        """The day of a clock that no day was told for: publication's, or the one before if that is ahead of it."""
        if self.today is None:
            return None, ""
        point = self.clock_point(one, self.today, "")
        late = self.clocked and not one.future and self.published and point.moment and point.moment > self.published
        why = "the day of publication" if not late else "the day before publication"
        return self.today - timedelta(days=1 if late else 0), why

    def told_day(self, one: Expression) -> tuple[date | None, str]:
        """The day of a clock that follows a told one; past midnight it is the next."""
        if self.day is None or one.clock is None:
            return None, ""
        hour, minute = clock_hour(one.clock, one.part)
        over = (
            self.minutes is not None
            and self.minutes >= EVENING * 60
            and hour < DAWN
            and hour * 60 + minute < self.minutes
        )
        return self.day + timedelta(days=1 if over else 0), "the day told before" + (", past midnight" if over else "")

    def remember(self, point: Point, one: Expression) -> None:
        """What the next times are told from; the day of a mere statement ("said on Monday") is not."""
        if point.day is None or (one.said and one.clock is None):
            return
        dated = one.date is not None and one.date.year is not None
        self.dated = dated or (self.dated and one.date is None)
        self.day = point.day
        self.moment = point.moment
        self.minutes = None
        if one.clock:
            hour, minute = clock_hour(one.clock, one.part)
            self.minutes = hour * 60 + minute


def _in_month(day: date, months: int, number: int) -> date | None:
    """The day with that number in the month so many months from `day`'s."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return real_day(year, month + 1, number)


def clock_hour(clock: Atom, part: Atom | None) -> tuple[int, int]:
    """Hour 0 to 24 and minute by "p.m." or the part of day."""
    hour, minute = clock.hour or 0, clock.minute or 0
    if clock.half:
        return hour % 12 + (12 if clock.half == "p" else 0), minute
    if part and 1 <= hour < 12:
        late = part.part in ("afternoon", "evening") or (part.part == "night" and hour >= DAWN)
        return hour + (12 if late else 0), minute
    return hour, minute


def fineness(one: Expression) -> str:
    clock = one.clock
    if clock is None:
        return "day"
    if one.approx:
        return "minute-approx" if clock.minute else "hour-approx"
    if clock.second is not None:
        return "second"
    return "hour" if clock.minute is None else "minute"
