"""Figures in claims: what is compared with a count of prefixes, and what is not."""

from __future__ import annotations

from math import inf
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.judges.unobservable import counted
from indexer.model import Verdict
from indexer.verdict import judge
from indexer.verdict_codec import claim_from_json
from tests.indexer.views import VIEWS

BASE = {"id": "c", "type": "measurement", "target": "AS64500", "start_utc": "2031-05-01T09:08:00Z"}


def verdict(quantity: str, **fields: Any) -> Verdict:
    return judge(*claim_from_json({**BASE, "quantity": quantity, **fields}), VIEWS["second_link"]())


@pytest.mark.parametrize(
    ("quantity", "bounds"),
    [
        ("4 prefixes", (4, 4)),
        ("announces 4 prefixes", (4, 4)),
        ("4 routes of the network", (4, 4)),
        ("1,500 routes", (1500, 1500)),
        ("1 500 routes", (1500, 1500)),
        ("1.5 million routes", (1_450_000, 1_550_000)),
        ("1,5 million routes", (1_450_000, 1_550_000)),
        ("2k routes", (1_500, 2_500)),
        ("at least 3 prefixes", (3, inf)),
        ("more than 3 prefixes", (4, inf)),
        ("up to 5 prefixes", (0, 5)),
        ("no more than 5 prefixes", (0, 5)),
        ("fewer than 5 prefixes", (0, 4)),
        ("about 50 address blocks", (45, 55)),
        ("Some 5 prefixes", (4, 6)),
    ],
)
def test_a_count_is_read_with_its_bound(quantity: str, bounds: tuple[float, float]) -> None:
    assert counted(quantity) == bounds


@pytest.mark.parametrize(
    "quantity",
    [
        "5,0 prefixes", "5.0 prefixes", "1.500 routes", "withdrew 2 prefixes", "2 new prefixes", "2 of its 4 prefixes",
        "3 of 4 prefixes", "3-5 prefixes", "between 3 and 5 prefixes", "-4 prefixes", "4 more prefixes",
        "4 /24 prefixes", "not 4 prefixes", "many prefixes", "4 prefixes and 9 routes", "1,50 routes",
        "twice 4 prefixes", "", "9" * 5000 + " prefixes",
    ],
)  # fmt: skip
def test_what_is_no_plain_count_is_not_compared(quantity: str) -> None:
    assert counted(quantity) is None
    assert verdict(quantity).verdict == "not_observable"


@pytest.mark.parametrize(
    ("quantity", "kind"),
    [
        ("at least 3 prefixes", "confirmed"),
        ("at least 5 prefixes", "contradicted"),
        ("fewer than 4 prefixes", "contradicted"),
        ("about 5 prefixes", "confirmed"),
        ("1.5 million routes", "contradicted"),
    ],
)
def test_four_prefixes_were_seen(quantity: str, kind: str) -> None:
    assert verdict(quantity).verdict == kind


def test_a_change_told_in_the_quote_alone_is_no_count_either() -> None:
    assert verdict("2 prefixes", quote="the operator withdrew 2 prefixes").verdict == "not_observable"


@given(st.text(alphabet="0123456789.,' kmabouttleasprefixroutes%/-", max_size=60), st.text(max_size=20))
def test_any_quantity_gets_a_verdict(figure: str, word: str) -> None:
    for quantity in (figure, f"{figure} prefixes", f"{word} {figure} routes"):
        assert verdict(quantity).reasons
