from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.published import parse_moment


@pytest.mark.parametrize(
    ("raw", "expected", "precision", "source"),
    [
        ("2017-10-02T09:08:07Z", "2017-10-02T09:08:07", "second", "x"),
        ("2017-10-02T09:08:07.0000000+00:00", "2017-10-02T09:08:07", "second", "x"),
        ("Mon, 02 Oct 2017 12:05:00 +0300", "2017-10-02T09:05:00", "second", "x"),
        ("2017-10-02 09:08", "2017-10-02T09:08:00", "minute", "x, assumed-utc"),
        ("2017-10-02T00:00:00+03:00", "2017-10-02T00:00:00", "day", "x"),
        ("2 October 2017", "2017-10-02T00:00:00", "day", "x"),
        ("2 октября 2017 г.", "2017-10-02T00:00:00", "day", "x"),
        ("2 octobre 2017", "2017-10-02T00:00:00", "day", "x"),
        ("02.10.2017", "2017-10-02T00:00:00", "day", "x"),
        ("2017/10/02", "2017-10-02T00:00:00", "day", "x"),
        ("20171002", "2017-10-02T00:00:00", "day", "x"),
        ("25/10/2017", "2017-10-25T00:00:00", "day", "x"),
    ],
)
def test_dates_as_pages_print_them(raw: str, expected: str, precision: str, source: str) -> None:
    assert parse_moment(raw, "x") == (datetime.fromisoformat(expected).replace(tzinfo=UTC), precision, source)


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "0001-01-01T00:01:00+05:00",
        "9999-12-31T23:59:59-05:00",
        "October 2017",
        "2017",
        "yesterday",
        "3 hours ago",
        "02/10/2017",
        "14:05",
        "PT5M",
    ],
)
def test_what_does_not_state_a_day_is_no_date(raw: str) -> None:
    assert parse_moment(raw, "x") is None
