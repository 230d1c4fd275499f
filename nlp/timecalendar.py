"""The calendar of one text: its publication, what was told before, and the zone of each clock."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from nlp import jalali
from nlp.model import Text
from nlp.timeatoms import DAWN, EVENING, Atom, Kind, clock_hour
from nlp.timeparse import Expression, Layout
from nlp.timewords import MONTH_FIRST

RECENT = timedelta(days=30)  # a date without a year so shortly before publication is the news itself
NEWS_AHEAD = timedelta(days=14)  # a date without a year this near ahead of publication is ahead of it, not a year ago
RETOLD = timedelta(days=10)  # a story told this long after its day is told by that day, not by publication
TELLING = timedelta(days=60)  # a date without a year stays this near to the dated story that it continues


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

    `day` is the day told last, `moment` its instant where a clock was told, `dated` whether the day came with its year;
    `last` is the point told last, a month or a year too, `dated_at` where the last printed year stands.
    """

    def __init__(self, text: Text, layout: Layout) -> None:
        published = text.published
        if published and published.tzinfo is None:
            published = published.replace(tzinfo=UTC)
        usable = published is not None and 1900 < published.year < 2200
        self.published = published.astimezone(UTC) if published and usable else None
        self.today = self.published.date() if self.published else None
        self.clocked = self.published is not None and text.published_precision != "day"
        self.month_first = text.country in MONTH_FIRST
        self.country_known = text.country is not None
        self.text, self.layout = text.text, layout
        self.day: date | None = None
        self.dated = False
        self.moment: datetime | None = None
        self.last: Point | None = None
        self.dated_at = -1

    # ---- days

    def year_of(self, month: int, day: int, one: Expression) -> tuple[int | None, str]:
        """The year that a date without one means; a neighbouring one where the weekday agrees with that alone."""
        year, why = self._likely_year(month, day, one)
        if year is None or one.weekday is None:
            return year, why
        days = [d for y in (year, year - 1, year + 1) if (d := real_day(y, month, day))]
        same = [d.year for d in days if d.weekday() == one.weekday.weekday]
        if not same:
            return year, f"{why}, though the weekday is another"
        return same[0], f"{why}, and the weekday agrees" if same[0] == year else "the year in which the weekday agrees"

    def _likely_year(self, month: int, day: int, one: Expression) -> tuple[int | None, str]:
        if self.day and self.dated:
            told = [
                d for y in (-1, 0, 1) if (d := real_day(self.day.year + y, month, day)) and abs(d - self.day) <= TELLING
            ]
            if told and (self.today is None or self.today - self.day > RETOLD):
                return told[0].year, "near the day told before"
        if self.today is None:
            return (self.day.year, "the year told before") if self.day else (None, "")
        then = real_day(self.today.year, month, day) or real_day(self.today.year, month, 28) or self.today
        if then <= self.today + NEWS_AHEAD or one.future:
            early = one.future and self.today - then > timedelta(days=180)
            year, why = self.today.year + early, "the year of publication"
        else:
            year, why = self.today.year - 1, "the last one before publication"
        return self._continued(month, day, one, year) or (year, why)

    def _continued(self, month: int, day: int, one: Expression, year: int) -> tuple[int, str] | None:
        """ "On June 11, 2023 ... on September 19": a day goes on from the dated one that is told just before."""
        if not self.day or not self.today or one.future or self.dated_at < 0 or not (one.date and one.date.day):
            return None
        usual = real_day(year, month, day)
        if self.layout.sentence(self.dated_at) != self.layout.sentence(one.start) or usual is None:
            return None
        then = real_day(self.day.year + ((month, day) < (self.day.month, self.day.day)), month, day)
        if self.today - usual <= RECENT or then is None or then > self.today:
            return None
        return then.year, "the first one from the day told before"

    def told_from(self) -> date | None:
        """The day told last, or the first of the month or year told last."""
        if self.last is None or self.last.start is None:
            return self.day
        year, month = int(self.last.start[:4]), int(self.last.start[5:7] or 1)
        return self.last.day or date(year, month, 1)

    def _told_weekday(self, weekday: int, shift: int) -> tuple[date | None, str]:
        """ "that Saturday", "the following Monday"."""
        anchor = self.day or self.today
        if anchor is None:
            return None, "nothing was told before to count from"
        ahead = (weekday - anchor.weekday()) % 7
        if shift > 0:
            days = ahead or 7
        elif shift < 0:
            days = -(7 - ahead)
        else:
            days = ahead if ahead <= 3 else ahead - 7
        return anchor + timedelta(days=days), "counted from the day told before"

    def _told_date(self, found: Atom, one: Expression) -> tuple[date | None, str]:
        """ "the 12th", "1 March of that year"."""
        told = self.told_from() or self.today
        if told is None or found.day is None:
            return None, "nothing was told before to count from"
        if found.month:
            return real_day(told.year, found.month, found.day), "the year told before"
        same = real_day(told.year, told.month, found.day)
        if self.last is None:
            back = same is None or (same > told and not one.future)
            before = told.replace(day=1) - timedelta(days=1)
            return (real_day(before.year, before.month, found.day) if back else same), "the last one up to publication"
        after = told.replace(day=28) + timedelta(days=7)
        later = real_day(after.year, after.month, found.day)
        over = found.day < told.day and later and (self.today is None or later <= self.today or one.future)
        return (later if over else same), "of the month told before"

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
        if one.date and one.date.told:
            return self._told_date(one.date, one)
        if one.date and one.date.day is not None and (one.date.month is None or one.date.unit):
            return self._near_day(one.date, one.future)
        if one.date and one.date.day is not None and one.date.month is not None:
            found = self._swapped(one.date)
            month, day, year, why = found.month or 1, found.day or 1, found.year, "as printed"
            if year is None:
                year, why = self.year_of(month, day, one)
            return (real_day(year, month, day) if year else None), why
        if one.weekday and one.weekday.weekday is not None and one.weekday.told:
            return self._told_weekday(one.weekday.weekday, one.weekday.shift)
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
        """The day of a clock that follows a told one, on the calendar of its own zone; past midnight it is the next."""
        if self.day is None or one.clock is None:
            return None, ""
        if self.moment is None:
            return self.day, "the day told before"
        told = self.moment.astimezone(one.zone.rules if one.zone else UTC)
        hour, _ = clock_hour(one.clock, one.part)
        over = told.hour >= EVENING and hour < DAWN
        return told.date() + timedelta(days=over), "the day told before" + (", past midnight" if over else "")

    def remember(self, point: Point, one: Expression) -> None:
        """What the next times are told from.

        Not the day of a mere statement ("said on Monday"), a limit ahead ("by Friday"), a look back ("the day before").
        """
        dated = one.date is not None and one.date.year is not None
        aside = one.said or (one.bound and one.future) or one.backward
        if point.start is None or (aside and one.clock is None and not dated):
            return
        if one.other is None or one.other.kind not in (Kind.PERIOD, Kind.AGO, Kind.PAST, Kind.SINCE):
            self.last = point
        if dated:
            self.dated_at = one.start
        if point.day is None:
            return
        self.dated = dated or (self.dated and one.date is None)
        self.day = point.day
        self.moment = point.moment


def _in_month(day: date, months: int, number: int) -> date | None:
    """The day with that number in the month so many months from `day`'s."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return real_day(year, month + 1, number)


def fineness(one: Expression) -> str:
    clock = one.clock
    if clock is None:
        return "day"
    if one.approx:
        return "minute-approx" if clock.minute else "hour-approx"
    if clock.second is not None:
        return "second"
    return "hour" if clock.minute is None else "minute"
