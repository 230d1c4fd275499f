"""Puts each told time on the calendar and says why it stands there."""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from nlp.model import TimeSpan
from nlp.timeatoms import Atom, Kind, clock_hour
from nlp.timecalendar import Calendar, Point, stamp
from nlp.timeparse import Expression
from nlp.timewords import PARTS


def _months_from(day: date, months: int) -> str:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return f"{year:04}-{month + 1:02}"


def _coarse(found: Atom, year: int, why: str) -> Point:
    """A month or a year."""
    if found.month is None:
        return Point(f"{year:04}", "year", why)
    if found.month_to:
        return Point(f"{year:04}-{found.month:02}", "month", why, f"{year:04}-{found.month_to:02}")
    if found.unit == "week":
        return _week_of(found, year, why)
    if found.mod == "mid":
        return Point(f"{year:04}-{found.month:02}-15", "month", f"{why}; about the middle of the month")
    return Point(f"{year:04}-{found.month:02}", "month", why)


def _week_of(found: Atom, year: int, why: str) -> Point:
    """ "the second week of January": a week is of the month that most of its days are in."""
    first = date(year, found.month or 1, 1)
    monday = first - timedelta(days=first.weekday()) + timedelta(days=7 if first.weekday() > 3 else 0)
    weeks = (calendar.monthrange(year, first.month)[1] - (monday.day if monday >= first else 0)) // 7
    monday += timedelta(days=7 * (weeks if found.amount < 0 else found.amount - 1))
    return Point(monday.isoformat(), "week", why, (monday + timedelta(days=6)).isoformat())


def _part_point(one: Expression, day: date, part: str, why: str) -> Point:
    """A part of a day: its hours in the zone of the place, the day alone where no place is told."""
    if one.zone is None:
        return Point(day.isoformat(), "part-of-day", f"{why}; no place to take the zone of", day=day)
    ends = [
        datetime.combine(day + timedelta(days=h // 24), time(h % 24), one.zone.rules).astimezone(UTC)
        for h in PARTS[part]
    ]
    return Point(stamp(ends[0]), "part-of-day", f"{why}; {one.zone.why}", stamp(ends[1]), day, tz=one.zone.name)


def _period(found: Atom, today: date, why: str) -> Point:
    if found.unit == "year":
        return Point(f"{today.year + found.shift:04}", "year", why)
    if found.unit == "month":
        return Point(_months_from(today, found.shift), "month", why)
    if found.unit == "past-week":
        return Point((today - timedelta(days=7)).isoformat(), "week", why, today.isoformat())
    if found.unit == "weekend":
        saturday = today - timedelta(days=(today.weekday() - 5) % 7)
        return Point(saturday.isoformat(), "day", why, (saturday + timedelta(days=1)).isoformat())
    monday = today - timedelta(days=today.weekday() - 7 * found.shift)
    return Point(monday.isoformat(), "week", why, (monday + timedelta(days=6)).isoformat())


def _moved(day: date, moment: datetime | None, found: Atom, sign: int, why: str) -> Point:
    """An amount of time from a day or, for hours and less, from an instant; to the unit that was said."""
    amount = sign * found.amount
    if found.unit in ("hour", "minute", "second"):
        if moment is None:
            days = int(timedelta(**{f"{found.unit}s": amount}) / timedelta(days=1))  # whole days: the clock is unknown
            return Point((day + timedelta(days=days)).isoformat(), "day", why)
        then = moment + timedelta(**{f"{found.unit}s": amount})
        return Point(
            stamp(then), "hour-approx" if found.unit == "hour" else "minute-approx", why, None, then.date(), then
        )
    if found.unit == "year":
        return Point(f"{day.year + amount:04}", "year", why)
    if found.unit == "month":
        return Point(_months_from(day, amount), "month", why)
    then_day = day + timedelta(days=amount * (7 if found.unit == "week" else 1))
    return Point(then_day.isoformat(), found.unit, why, day=then_day)


def _phrase(calendar_: Calendar, one: Expression, found: Atom) -> Point:
    """A phrase that stands for itself."""
    today = calendar_.today
    if found.kind is Kind.LATER:
        anchor = calendar_.day or (today if found.unit not in ("hour", "minute", "second") else None)
        if anchor is None:
            return Point(None, None, "nothing was told before to count from")
        why = "counted from what was told before" if calendar_.day else "counted from publication"
        return _moved(anchor, calendar_.moment, found, found.shift, why)
    if found.kind is Kind.SINCE:
        told = calendar_.last
        return (
            replace(told, why="the time told before", end=None)
            if told
            else Point(None, None, "nothing was told before")
        )
    if found.told and (told_day := calendar_.told_from()):
        return _period(found, told_day, "counted from what was told before")
    if today is None:
        return Point(None, None, "no publication day to count from")
    if found.kind is Kind.PERIOD:
        return _period(found, today, "counted from publication")
    moment = calendar_.published if calendar_.clocked else None
    point = _moved(today, moment, found, -1, "counted back from publication")
    if found.kind is Kind.PAST and point.start:
        return replace(point, end=today.isoformat()[: min(len(point.start), 10)], day=None, moment=None)
    return point


def _place(calendar_: Calendar, one: Expression) -> Point:
    """One expression that says its own day, or needs none."""
    day, why = calendar_.day_of(one)
    if one.clock:
        if day is None and not one.has_day:
            day, why = calendar_.told_day(one)
        return calendar_.clock_point(one, day, why)
    part = one.day_part
    if day is not None:
        return (
            _part_point(one, day, part, why) if part else _with_day_to(one, Point(day.isoformat(), "day", why, day=day))
        )
    if one.has_day:
        return Point(None, None, why or "the calendar has no such day")
    if one.other:
        return _phrase(calendar_, one, one.other)
    return _month_or_year(calendar_, one, one.date) if one.date else Point(None, None, "no anchor")


def _month_or_year(calendar_: Calendar, one: Expression, found: Atom) -> Point:
    if found.year is not None:
        return _coarse(found, found.year, "as printed")
    if found.month is None:
        return Point(None, None, "no anchor")
    told = calendar_.told_from() if found.told else None
    if told:
        over = found.month <= told.month if found.shift > 0 else -(found.month >= told.month) if found.shift else 0
        return _coarse(found, told.year + over, "the year told before")
    if found.shift and found.month_to and calendar_.today:
        return _coarse(found, _shifted_year(found, calendar_.today), "counted from publication")
    if found.unit == "year" and calendar_.today:
        return _coarse(found, calendar_.today.year + found.shift, "the year counted from publication")
    if found.unit == "jalali":
        day, why = calendar_.day_of(replace(one, date=replace(found, day=1)))
        return Point(day.isoformat()[:7], "month", why) if day else Point(None, None, why)
    year, why = calendar_.year_of(found.month, 1, one)
    return _coarse(found, year, why) if year else Point(None, None, "no publication day to count from")


def _shifted_year(found: Atom, today: date) -> int:
    """ "last spring", "next summer": the last one that is over, the next one that has not begun."""
    if found.shift < 0:
        return today.year - ((found.month_to or 12) >= today.month)
    return today.year + ((found.month or 1) <= today.month)


def _with_day_to(one: Expression, point: Point) -> Point:
    last = one.date.day_to if one.date else None
    if last and point.day and last <= calendar.monthrange(point.day.year, point.day.month)[1]:
        return replace(point, end=point.day.replace(day=last).isoformat())
    return point


def _close(calendar_: Calendar, one: Expression, point: Point) -> Point:
    """The other end of a range."""
    last = one.until
    if last is None or point.start is None:
        return point
    if last.clock and not last.has_day and point.day:
        hour, minute = clock_hour(last.clock, last.part)
        first_hour, first_minute = clock_hour(one.clock, one.part) if one.clock else (0, 0)
        over = (hour, minute) < (first_hour, first_minute) and one.zone is last.zone
        end = calendar_.clock_point(last, point.day + timedelta(days=1 if over else 0), "")
    else:
        end = _place(calendar_, last)
        if last.weekday and end.day and point.day and end.day < point.day and not last.date and not last.clock:
            end = replace(end, start=(end.day + timedelta(days=7)).isoformat())
    granularity = "second" if end.granularity == "second" else point.granularity
    return (
        replace(point, end=end.start or point.end, granularity=granularity)
        if end.start and end.start >= point.start
        else point
    )


def _settle(
    calendar_: Calendar, waiting: list[int], found: Sequence[Expression], point: Point
) -> Iterator[tuple[int, Point]]:
    """Clocks told before the first day of the story: that day, or the one before where they would be told backwards.

    A telling runs forward, so a clock that is later than the dated clock behind it was on the day before.
    """
    anchor = found[waiting[-1] + 1]
    same = calendar_.layout.paragraph(anchor.start) == calendar_.layout.paragraph(found[waiting[-1]].start)
    back = 0
    if anchor.clock:
        hour, minute = clock_hour(anchor.clock, anchor.part)
        last = found[waiting[-1]].clock
        back = int(last is not None and clock_hour(last, found[waiting[-1]].part) > (hour, minute))
    for at in waiting:
        one = found[at]
        day, why = calendar_.default_day(one)
        if point.day and same and not (anchor.said or anchor.bound or (anchor.future and not one.future)):
            day, why = point.day - timedelta(days=back), "the day told behind it" + (", told forward" if back else "")
        yield at, _close(calendar_, one, calendar_.clock_point(one, day, why))
    waiting.clear()


def place_all(calendar_: Calendar, found: Sequence[Expression]) -> list[TimeSpan]:
    """Every expression with its value, in order."""
    points: dict[int, Point] = {}
    waiting: list[int] = []
    for at, one in enumerate(found):
        if one.clock and not one.has_day and calendar_.day is None:
            waiting.append(at)
            continue
        point = _close(calendar_, one, _place(calendar_, one))
        if waiting and point.day is not None:
            points.update(
                _settle(calendar_, [*waiting], found[: at + 1], point)
                if waiting[-1] + 1 == at
                else _alone(calendar_, waiting, found)
            )
            waiting.clear()
        points[at] = point
        calendar_.remember(point, one)
    points.update(_alone(calendar_, waiting, found))
    return [_span(calendar_.text, one, points[at]) for at, one in enumerate(found)]


def _alone(calendar_: Calendar, waiting: Sequence[int], found: Sequence[Expression]) -> Iterator[tuple[int, Point]]:
    for at in waiting:
        day, why = calendar_.default_day(found[at])
        yield at, _close(calendar_, found[at], calendar_.clock_point(found[at], day, why))


def _span(text: str, one: Expression, point: Point) -> TimeSpan:
    return TimeSpan(
        text=text[one.start : one.end], start=one.start, end=one.end, start_utc=point.start, end_utc=point.end,
        granularity=point.granularity, tz=point.tz if one.clock or one.part else None, why=point.why.strip("; "),
    )  # fmt: skip
