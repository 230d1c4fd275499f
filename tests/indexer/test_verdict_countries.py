"""Outages of countries: told of the whole by an event of it, in part by those of its networks."""

from __future__ import annotations

from typing import Any

import pytest

from crawler.routing.model import EventKind, RouteSpell
from indexer.lookup import Lookup
from indexer.model import Verdict, VerdictKind
from indexer.verdict import judge
from indexer.verdict_codec import claim_from_json
from tests.indexer.views import CUSTOMER, FOUR, OLD, OTHER, event, spell, view

CLAIM = {"id": "c", "type": "outage_start", "target": "XD", "start_utc": "2031-05-02T10:00:00Z", "precision": "hour"}
# 64520 and 64530 are of XD.
ONE, TWO = 64520, 64530
CUT = ("2 10:05:00", "2 12:00:00")


def _routes(lost: tuple[str, ...]) -> list[RouteSpell]:
    """Two networks of XD with two prefixes each; the lost ones are away for two hours."""
    spells = [spell("203.0.113.0/24", OTHER, OLD, None, None)]
    for number, origin in enumerate((ONE, ONE, TWO, TWO)):
        prefix = FOUR[number]
        if prefix in lost:
            spells += [spell(prefix, origin, OLD, None, CUT[0]), spell(prefix, origin, OLD, CUT[1], None)]
        else:
            spells.append(spell(prefix, origin, OLD, None, None))
    return spells


def verdict(lost: tuple[str, ...], *events: Any, **fields: Any) -> Verdict:
    return judge(*claim_from_json({**CLAIM, **fields}), view(_routes(lost), events))


def test_an_event_of_the_country_bears_the_claim_out() -> None:
    whole = event("country", EventKind.OUTAGE, *CUT, FOUR, countries=("XD",))
    for fields in ({}, {"target": None, "place": "XD"}):
        found = verdict(FOUR, whole, **fields)
        assert (found.verdict, found.events) == (VerdictKind.CONFIRMED, ("country",))
        assert "all 4 prefixes of XD were lost from 2031-05-02T10:05:00Z" in found.reasons[0]


def test_a_partial_outage_of_the_country_bears_it_out_in_part() -> None:
    part = event("part", EventKind.PARTIAL_OUTAGE, *CUT, FOUR[:3], countries=("XD",))
    found = verdict(FOUR[:3], part)
    assert found.verdict is VerdictKind.PARTLY
    assert "3 of 4 prefixes of XD" in found.reasons[0]


def test_the_outage_of_one_network_is_not_that_of_its_country() -> None:
    one = event("one", EventKind.OUTAGE, *CUT, FOUR[:2], origin=ONE, countries=("XD",))
    assert verdict(FOUR[:2], one).verdict is VerdictKind.PARTLY
    assert verdict(FOUR[:2], one, target=f"AS{ONE}").verdict is VerdictKind.CONFIRMED


def test_an_outage_that_went_on_past_the_claimed_end_is_borne_out_in_part() -> None:
    goes_on = event("on", EventKind.OUTAGE, CUT[0], None, FOUR, origin=CUSTOMER)
    gone = [spell(prefix, CUSTOMER, OLD, None, CUT[0]) for prefix in FOUR]
    claim = {**CLAIM, "target": f"AS{CUSTOMER}", "end_utc": "2031-05-02T12:00:00Z"}
    found = judge(*claim_from_json(claim), view(gone, [goes_on]))
    assert found.verdict is VerdictKind.PARTLY
    assert any("It was not over at the claimed end" in reason for reason in found.reasons)


def of_many(known: int, lost: tuple[str, ...], *events: Any, **fields: Any) -> Verdict:
    """The delegations give the country this many networks; two of them have routes."""
    lookup = Lookup(view(_routes(lost), events), lambda country: range(known) if country == "XD" else ())
    return judge(*claim_from_json({**CLAIM, **fields}), lookup)


@pytest.mark.parametrize("fields", [{}, {"target": None, "place": "XD"}, {"type": "outage_state"}])
def test_what_is_seen_of_a_country_in_small_part_is_not_the_whole(fields: dict[str, Any]) -> None:
    found = of_many(900, FOUR, **fields)
    assert found.verdict is VerdictKind.PARTLY
    assert "all 4 prefixes seen of XD were" in found.reasons[0]
    assert (
        "The delegations give XD 900 networks; this archive has routes of 2 of them and saw 2 lost" in found.reasons[1]
    )
    one = event("one", EventKind.OUTAGE, *CUT, FOUR[:2], origin=ONE, countries=("XD",))
    told = of_many(900, FOUR[:2], one, **fields)
    assert told.verdict is VerdictKind.PARTLY
    assert "routes of 2 of them and saw 1 lost" in told.reasons[1]


def test_the_outage_of_all_networks_that_a_country_has_is_that_of_the_country() -> None:
    assert of_many(2, FOUR).verdict is VerdictKind.CONFIRMED
    assert of_many(900, FOUR, target=f"AS{ONE}").verdict is VerdictKind.CONFIRMED


def test_an_event_of_the_whole_country_is_enough() -> None:
    whole = event("country", EventKind.OUTAGE, *CUT, FOUR, countries=("XD",))
    assert of_many(900, FOUR, whole).verdict is VerdictKind.CONFIRMED
