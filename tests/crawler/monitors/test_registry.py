"""A monitor and its question as an address that stands where an archive's folder could."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import WrongCall
from crawler.monitors.model import Question
from crawler.monitors.registry import MONITORS, address, is_address, parse_address, question
from tests.crawler.monitors.serving import END, START

_PREFIXES = st.integers(0, 255).map(lambda n: f"198.51.{n}.0/24") | st.integers(1, 9).map(
    lambda n: f"2001:db8:{n}::/48"
)


def test_an_address_reads_as_it_is_meant() -> None:
    asked = Question(start=START, end=END, asns=(64501, 64500), prefixes=("2001:db8::/32",), countries=("ZZ",))
    assert address("ioda", asked) == "monitor:ioda?asn=64500&asn=64501&prefix=2001:db8::/32&country=ZZ"
    assert address("grip", Question(start=START, end=END)) == "monitor:grip"
    assert is_address("monitor:grip")
    assert not is_address("/srv/monitor:grip")


@given(
    monitor_id=st.sampled_from(sorted(MONITORS)),
    asns=st.sets(st.integers(1, 2**32 - 1), max_size=3),
    prefixes=st.sets(_PREFIXES, max_size=3),
    countries=st.sets(st.sampled_from(["ZZ", "XA", "QM"]), max_size=3),
)
def test_an_address_leads_back_to_its_question(
    monitor_id: str, asns: set[int], prefixes: set[str], countries: set[str]
) -> None:
    asked = Question(
        start=START,
        end=END,
        asns=tuple(sorted(asns)),
        prefixes=tuple(sorted(prefixes)),
        countries=tuple(sorted(countries)),
    )
    assert parse_address(address(monitor_id, asked), START, END) == (monitor_id, asked)


@pytest.mark.parametrize(
    "text",
    [
        "monitor:bgpmon", "ioda?asn=64500", "monitor:", "monitor:ioda?asn=AS0", "monitor:ioda?asn=x",
        "monitor:ioda?asn=", "monitor:ioda?country=ZZZ", "monitor:grip?prefix=192.0.2.1/24", "monitor:grip?asn=٢",
        "monitor:grip?from=2024-05-01",
    ],
)  # fmt: skip
def test_what_is_no_address_is_a_wrong_call(text: str) -> None:
    with pytest.raises(WrongCall):
        parse_address(text, START, END)


def test_an_empty_window_is_a_wrong_call() -> None:
    with pytest.raises(WrongCall, match="the window is empty"):
        question(END, START)


def test_a_question_keeps_each_thing_once_and_in_one_spelling() -> None:
    asked = question(START, END, asns=["AS64500", 64500], prefixes=["2001:DB8:0::/32"], countries=["zz", "ZZ"])
    assert (asked.asns, asked.prefixes, asked.countries) == ((64500,), ("2001:db8::/32",), ("ZZ",))
