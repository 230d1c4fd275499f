from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from hypothesis import given
from hypothesis import strategies as st

from crawler.http.courtesy import LONGEST_PAUSE_S, growing_pause, retry_after

NOW = datetime(2024, 5, 2, 10, tzinfo=UTC)


@given(st.text())
def test_any_header_is_a_pause_or_none(text: str) -> None:
    seconds = retry_after(text, NOW)
    assert seconds is None or 0 <= seconds <= 366 * 86_400


@given(st.timedeltas(timedelta(0), timedelta(days=300)))
def test_a_date_and_a_number_mean_the_same(length: timedelta) -> None:
    seconds = length // timedelta(seconds=1)
    assert retry_after(str(seconds), NOW) == seconds
    assert retry_after(format_datetime(NOW + timedelta(seconds=seconds), usegmt=True), NOW) == seconds


def test_a_date_that_has_passed_means_now() -> None:
    assert retry_after("Wed, 01 May 2024 00:00:00 GMT", NOW) == 0


@given(st.integers(1, 2000))
def test_pauses_grow_to_a_limit(tries: int) -> None:
    assert min(2.0 ** min(tries - 1, 6), LONGEST_PAUSE_S) <= growing_pause(tries) <= 1.5 * LONGEST_PAUSE_S
