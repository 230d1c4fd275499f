import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.script import plain


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("٢٠٤٨٥ ۲۰۴۸۵ ２０４８５", "20485 20485 20485"),
        ("إيران، ك", "ایران, ک"),
        ("می‌شود", "می شود"),
        ("中華電信（ＡＳ）", "中华电信(AS)"),
        ("İstanbul ışık", "istanbul işik"),
        ("plain", "plain"),
    ],
)
def test_what_is_typed_in_several_ways_is_read_in_one(typed: str, read: str) -> None:
    assert plain(typed) == read


@given(st.text(max_size=200))
def test_every_offset_stays_and_twice_is_once(text: str) -> None:
    assert len(plain(text)) == len(text)
    assert plain(plain(text)) == plain(text)
