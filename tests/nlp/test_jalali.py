from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.jalali import gregorian, new_year, year_of


@pytest.mark.parametrize(
    ("solar", "day"),
    [
        ((1357, 11, 22), date(1979, 2, 11)),
        ((1398, 8, 24), date(2019, 11, 15)),
        ((1399, 12, 30), date(2021, 3, 20)),
        ((1400, 1, 1), date(2021, 3, 21)),
        ((1401, 6, 25), date(2022, 9, 16)),
        ((1403, 1, 1), date(2024, 3, 20)),
        ((1403, 12, 30), date(2025, 3, 20)),
        ((1404, 1, 1), date(2025, 3, 21)),
        ((1404, 12, 30), None),
        ((1402, 13, 1), None),
        ((999, 1, 1), None),
    ],
)
def test_known_days(solar: tuple[int, int, int], day: date | None) -> None:
    assert gregorian(*solar) == day


@pytest.mark.parametrize("year", [1375, 1379, 1383, 1387, 1391, 1395, 1399, 1403, 1408])
def test_known_leap_years(year: int) -> None:
    assert (new_year(year + 1) - new_year(year)).days == 366


@given(st.dates(date(1800, 1, 1), date(2250, 1, 1)))
def test_every_day_lies_in_its_year(day: date) -> None:
    year = year_of(day)
    assert new_year(year) <= day < new_year(year + 1)
    assert timedelta(days=365) <= new_year(year + 1) - new_year(year) <= timedelta(days=366)
