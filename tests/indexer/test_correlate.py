"""Which networks a claim is about, and when absence says something."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from indexer.correlate import asn_of, lay, misprints, party, scope
from indexer.lookup import Lookup
from indexer.prefixes import covers, prefix_of
from indexer.sight import blind
from indexer.verdict_codec import claim_from_json
from nlp.model import Claim
from tests.indexer.views import VIEWS


def claim(**fields: Any) -> Claim:
    return claim_from_json({"id": "c", "type": "transit_added", "actor": "AS64520", "target": "AS64500", **fields})[1]


def test_scope_names_parties_prefixes_countries_and_what_a_slip_may_hide() -> None:
    found = scope([claim(target="AS131269", other=["192.0.2.0/24", "AS64999", "org:x"], place="XA")])
    assert {64520, 131269, 131279, 64999} <= set(found.asns)
    assert found.prefixes == ("192.0.2.0/24",)
    assert found.countries == ("XA",)
    assert scope([]) == ((), (), ())
    assert 65123 in scope([claim(likely={"target": "AS65123"})]).asns


def test_a_slip_is_one_digit_or_two_exchanged() -> None:
    assert {131279, 113269, 131296} <= misprints(131269)
    assert 131269 not in misprints(131269)
    assert all(len(str(n)) == 6 for n in misprints(131269))
    assert max(misprints(4294967295)) < 2**32


@pytest.mark.parametrize("text", [None, "", "KP", "AS", "AS99999999999", "org:as1", "AS12x"])
def test_what_is_no_as_number(text: str | None) -> None:
    assert asn_of(text) is None


def test_prefixes_of_both_families_and_addresses() -> None:
    assert str(prefix_of("2001:db8::/32")) == "2001:db8::/32"
    assert str(prefix_of("192.0.2.7")) == "192.0.2.7/32"
    assert prefix_of("1.2.3") is None
    named = prefix_of("192.0.2.7")
    assert named
    assert covers("192.0.2.0/24", named)
    assert not covers("2001:db8::/32", named)


def test_a_country_is_its_networks_in_the_view() -> None:
    view = Lookup(VIEWS["second_link"]())
    assert party("XA", view).asns == {64500}
    assert party("ZZ", view).asns == frozenset()
    assert party("org:x", view).asns == frozenset()


@pytest.mark.parametrize(
    ("view", "time", "why"),
    [
        ("without_link", "2031-05-01T09:08:00Z", None),
        ("with_gap", "2031-05-01T09:08:00Z", "rrc91 has no data"),
        ("with_gap", "2031-05-02T09:08:00Z", None),
        ("two_peers", "2031-05-01T09:08:00Z", "only 2 full-feed peers"),
        ("without_link", "2031-04-30T23:00:00Z", "does not hold all of the claimed time"),
        ("without_link", "2031-05", "does not hold all of the claimed time"),
    ],
)
def test_absence_says_something_only_where_all_looked_on(view: str, time: str, why: str | None) -> None:
    found = blind(lay("c", claim(start_utc=time), VIEWS[view]()))
    assert (found is None) if why is None else (found is not None and why in found)


def test_without_collectors_absence_says_nothing() -> None:
    whole = VIEWS["without_link"]()
    empty = replace(whole, coverage=replace(whole.coverage, collectors=(), peers_total=0))
    found = blind(lay("c", claim(start_utc="2031-05-01"), empty))
    assert found is not None
    assert "no collector" in found
