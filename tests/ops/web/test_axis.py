"""The window that is shown first, and the ticks along it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ops.web.axis import Window, focus, reaching, ticks, whole

DAY = datetime(2031, 5, 1, tzinfo=UTC)
MOMENTS = st.lists(
    st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)).map(lambda t: t.replace(tzinfo=UTC)), min_size=1
)


def hours(*values: float) -> list[datetime]:
    return [DAY + timedelta(hours=v) for v in values]


def test_a_far_claim_does_not_squash_the_crisis() -> None:
    crisis = hours(0, 1, 1.5, 2, 3, 5, 8, 20, 30, 36)
    window = focus([datetime(2019, 5, 1, tzinfo=UTC), *crisis])
    assert window.start <= crisis[0]
    assert window.end >= crisis[-1]
    assert window.length < timedelta(days=3)


def test_an_even_spread_is_shown_whole() -> None:
    moments = hours(0, 10, 20, 30, 40)
    assert focus(moments) == whole(moments)


@given(MOMENTS)
def test_most_moments_are_in_the_first_window(moments: list[datetime]) -> None:
    window = focus(moments)
    inside = sum(window.start <= m <= window.end for m in moments)
    assert window.length > timedelta(0)
    assert inside >= max(1, round(0.75 * len(moments)))


@given(MOMENTS, st.integers(2, 12))
def test_ticks_are_few_and_in_order(moments: list[datetime], most: int) -> None:
    marks = ticks(whole(moments), most)
    assert len(marks) <= most + 2
    assert [m.part for m in marks] == sorted(m.part for m in marks)
    assert all(0 <= m.part <= 1 for m in marks)


def test_ticks_of_hours_name_the_day_once() -> None:
    marks = ticks(Window(*hours(22.5, 26.5)), 6)
    assert [(m.label, m.date) for m in marks] == [
        ("23:00", "1 May 2031"), ("00:00", "2 May 2031"), ("01:00", ""), ("02:00", ""),
    ]  # fmt: skip


def test_ticks_of_years() -> None:
    marks = ticks(Window(datetime(2006, 3, 1, tzinfo=UTC), datetime(2018, 2, 1, tzinfo=UTC)), 8)
    assert [m.label for m in marks] == ["2008", "2010", "2012", "2014", "2016", "2018"]


def test_zooming_stops_at_a_minute() -> None:
    window = Window(DAY, DAY + timedelta(minutes=2))
    assert window.scaled(0.5).scaled(0.5).length == timedelta(minutes=1)


def test_a_window_reaches_on_to_what_is_told_soon_after_and_no_further() -> None:
    start = datetime(2031, 5, 1, tzinfo=UTC)
    window = Window(start, start + timedelta(days=1))
    soon, late = window.end + timedelta(hours=20), window.end + timedelta(days=9)
    assert soon < reaching(window, [start, soon, late]).end < late
    assert reaching(window, [start, late]) == window
