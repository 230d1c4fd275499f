"""The Solar Hijri calendar of Iran and Afghanistan.

Its year begins on the day whose noon in Iran lies next after the March equinox. The leap years are those of K. M.
Borkowski, "The Persian calendar for 3000 years" (Earth, Moon and Planets 74, 1996), by the breaks of the 33-year cycle
that the paper tabulates; they agree with the official calendar for the years from 1178 to 1633 (1799 to 2254).
"""

from __future__ import annotations

from datetime import date, timedelta

_BREAKS = (-61, 9, 38, 199, 426, 686, 756, 818, 1111, 1181, 1210, 1635, 2060, 2097, 2192, 2262, 2324, 2394, 2456, 3178)
FIRST, LAST = 1178, 1633
"""Years in which the calculation is the official calendar."""


def new_year(year: int) -> date:
    """The Gregorian day of 1 Farvardin (in Afghanistan 1 Hamal). Raises ValueError beyond `FIRST` and `LAST`."""
    if not FIRST <= year <= LAST:
        raise ValueError(f"no Solar Hijri year {year} is known")
    leaps, begin, length = -14, _BREAKS[0], 0
    for end in _BREAKS[1:]:
        length = end - begin
        if year < end:
            break
        leaps += length // 33 * 8 + length % 33 // 4
        begin = end
    passed = year - begin
    leaps += passed // 33 * 8 + (passed % 33 + 3) // 4
    if length % 33 == 4 and length - passed == 4:
        leaps += 1
    western = year + 621
    western_leaps = western // 4 - (western // 100 + 1) * 3 // 4 - 150
    return date(western, 3, 20 + leaps - western_leaps)


def gregorian(year: int, month: int, day: int) -> date | None:
    """The Gregorian day of a Solar Hijri one; None for a day that the calendar does not have."""
    if not (FIRST <= year < LAST and 1 <= month <= 12 and 1 <= day <= (31 if month <= 6 else 30)):
        return None
    before = (month - 1) * 31 if month <= 6 else 186 + (month - 7) * 30
    found = new_year(year) + timedelta(days=before + day - 1)
    return found if found < new_year(year + 1) else None


def year_of(day: date) -> int:
    """The Solar Hijri year of a Gregorian day."""
    year = day.year - 621
    return year if day >= new_year(year) else year - 1
