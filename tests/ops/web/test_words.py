"""How values are written for people, and which addresses may become links."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ops.web import words
from tests.ops.web import sample


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (36, "36 s"), (-9, "9 s"), (4_020, "1 h 7 min"), (3_605, "1 h"), (183_600, "2 d 3 h")],
)
def test_lengths(seconds: int, said: str) -> None:
    assert words.length(timedelta(seconds=seconds)) == said


def test_times_are_utc_to_what_is_known() -> None:
    time = datetime(2031, 5, 1, 9, 10, 3, tzinfo=UTC)
    assert words.utc(time) == "2031-05-01 09:10:03Z"
    assert words.to_precision(time, "day") == "2031-05-01"
    assert words.to_precision(time, "minute") == "2031-05-01 09:10Z"
    assert words.to_precision(None, None) == "not said"


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "JAVASCRIPT:alert(1)", " javascript:alert(1)", "data:text/html,x", "//evil.example",
            "vbscript:x", "file:///etc/passwd", "http://[broken", "http:///nohost", "", None],
)  # fmt: skip
def test_only_web_addresses_become_links(url: str | None) -> None:
    assert words.safe_href(url) is None


def test_a_web_address_stays_as_it_is() -> None:
    assert words.safe_href("https://gazette.example/a?b=c#d") == "https://gazette.example/a?b=c#d"


def test_the_hop_that_changed() -> None:
    added = sample.events()[0]
    assert [h[0] for h in words.hops(added, (64496, 64501, 64500)) if h[1]] == ["64501"]
    assert [h[0] for h in words.hops(added, (64496, (64501, 64499), 64500)) if h[1]] == ["{64501 64499}"]
    assert words.hops(added, ()) == []


def test_long_texts_are_cut_between_words() -> None:
    start, end = words.edges("word " * 100)
    assert set(start.split()) == set(end.split()) == {"word"}
    assert words.edges("short") == ("short", "")
