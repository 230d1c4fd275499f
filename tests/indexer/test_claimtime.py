"""A claimed time is compared at its own precision."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from indexer.claimtime import Grain, claimed, length, stamp


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "precision", "grain", "start", "end"),
    [
        ("2031", None, Grain.YEAR, "2031-01-01", "2032-01-01"),
        ("2031-12", "month", Grain.MONTH, "2031-12-01", "2032-01-01"),
        ("2031-05-01", "day", Grain.DAY, "2031-05-01", "2031-05-02"),
        ("2031-05-01", "minute", Grain.DAY, "2031-05-01", "2031-05-02"),  # the text supports no more than its day
        ("2031-05-01T09:08:00Z", "day", Grain.DAY, "2031-05-01", "2031-05-02"),
        ("2031-05-01T09:08:00Z", None, Grain.MINUTE, "2031-05-01T09:08", "2031-05-01T09:09"),
        ("2031-05-01T09:08:00Z", "second", Grain.SECOND, "2031-05-01T09:08", "2031-05-01T09:08:01"),
        ("2031-05-01T05:00:00Z", "morning", Grain.PART_OF_DAY, "2031-05-01T05:00", "2031-05-01T11:00"),
        ("2031-05-01T09:40:00Z", "hour-approx", Grain.HOUR, "2031-05-01T09:00", "2031-05-01T10:00"),
        ("2031-05-01", "week", Grain.WEEK, "2031-05-01", "2031-05-08"),
    ],
)
def test_the_words_cover_a_span(text: str, precision: str | None, grain: Grain, start: str, end: str) -> None:
    span = claimed(text, precision)
    assert span is not None
    assert (span.grain, span.start, span.end) == (grain, moment(start), moment(end))


@pytest.mark.parametrize("text", [None, "", "tomorrow", "2031-13", "2031-02-30", "0001", "9999", "2031-05-01T25:00"])
def test_what_cannot_be_read_is_no_time(text: str | None) -> None:
    assert claimed(text, "day") is None


def test_delta_is_from_the_claimed_start_and_zero_inside_coarse_words() -> None:
    minute, day = claimed("2031-05-01T09:08:00Z", "minute"), claimed("2031-05-01", "day")
    assert minute
    assert day
    assert minute.delta(moment("2031-05-01T09:07:51")) == -9
    assert minute.delta(moment("2031-05-01T09:08:30")) == 30
    assert day.delta(moment("2031-05-01T23:00:00")) == 0
    assert day.delta(moment("2031-05-02T01:00:00")) == 3600


def test_by_a_day_takes_all_that_was_before() -> None:
    span = claimed("2031-05-01", "day-latest")
    assert span
    assert span.holds(moment("2031-04-02T00:00"))
    assert not span.holds(moment("2031-05-03T00:00"))


def test_how_a_moment_is_told() -> None:
    span = claimed("2031-05-01T09:08:00Z", "minute")
    assert span
    assert span.tell(moment("2031-05-01T09:07:51")) == "9 s before the claimed minute"
    assert span.tell(moment("2031-05-01T09:08:20")) == "within the claimed minute"
    assert span.tell(moment("2031-05-01T10:09:05")) == "1 h 5 s after the claimed minute"
    assert stamp(moment("2031-05-01T09:08:20")) == "2031-05-01T09:08:20Z"
    assert [length(timedelta(seconds=s)) for s in (0, 65, 90_000)] == ["0 s", "1 min 5 s", "1 d 1 h"]
