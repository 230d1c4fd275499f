"""Claims without a time: confirmed where they can mean one thing, never corrected in a time they do not state."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from crawler.routing.model import RoutingView
from indexer.model import Verdict, VerdictKind
from indexer.verdict import judge
from indexer.verdict_codec import claim_from_json
from nlp.model import Claim
from tests.indexer.test_verdict import CLAIMS, NAMES
from tests.indexer.views import CUSTOMER, FOUR, NEW, OLD, OTHER, VIEWS, spell, view

BASE = {"id": "c", "type": "transit_removed", "actor": None, "target": "XA"}


def verdict(found: RoutingView, **fields: Any) -> Verdict:
    return judge(*claim_from_json({**BASE, **fields}), found)


def flapping(times: int) -> RoutingView:
    """A second upstream that leaves so many times and comes back each time."""
    down = [spell(FOUR[0], CUSTOMER, NEW, f"1 {h:02}:00:00", f"1 {h:02}:30:00") for h in range(1, times + 1)]
    return view([spell(FOUR[0], CUSTOMER, OLD, None, None), *down, spell(FOUR[0], CUSTOMER, NEW, "2 00:00:00", None)])


def test_one_upstream_that_left_and_came_back_is_what_is_meant() -> None:
    found = verdict(flapping(1))
    assert found.verdict is VerdictKind.CONFIRMED, found.reasons
    assert "time is wrong" not in " ".join(found.reasons)


def test_of_several_that_did_not_last_it_is_not_told_which() -> None:
    found = verdict(flapping(3))
    assert found.verdict is VerdictKind.PARTLY
    assert found.correction is None
    assert "3 ends, each with a return, are in the data, the first 2031-05-01T01:30:00Z." in found.reasons[-1]


def two_leave() -> RoutingView:
    return view(
        [
            spell(FOUR[0], CUSTOMER, up, None, end)
            for up, end in ((OLD, None), (NEW, "1 09:00:00"), (OTHER, "2 09:00:00"))
        ]
    )


def test_one_of_two_upstreams_that_left_may_be_meant() -> None:
    found = verdict(two_leave())
    assert found.verdict is VerdictKind.PARTLY
    told = "The claim gives no time: 2 such changes are in the data, the first 2031-05-01T09:00:00Z, and they are of 2"
    assert told in found.reasons[-1]
    assert verdict(two_leave(), actor="AS64520").verdict is VerdictKind.CONFIRMED
    assert verdict(two_leave(), type="rerouting", target="AS64500").verdict is VerdictKind.PARTLY
    assert verdict(two_leave(), start_utc="2031-05").verdict is VerdictKind.CONFIRMED


def test_a_named_pair_that_changed_twice_did_change() -> None:
    found = verdict(VIEWS["second_link"](), type="transit_added", actor="AS64520", target="AS64500")
    assert found.verdict is VerdictKind.CONFIRMED
    assert (
        found.reasons[-1] == "The claim gives no time: 2 such changes are in the data, the first 2031-05-01T09:07:51Z."
    )


@pytest.mark.parametrize(("actor", "kind"), [(None, "partly"), ("AS64700", "confirmed")])
def test_hijacks_by_several_networks(actor: str | None, kind: str) -> None:
    owner = spell("198.18.4.0/22", CUSTOMER, OLD, None, None, seen=12)
    thieves = [
        spell("198.18.5.0/24", 64700, 64530, "2 18:47:30", None),
        spell("198.18.6.0/24", 64710, 64530, "2 20:00:00", None),
    ]
    found = verdict(view([owner, *thieves]), type="origin_hijack", actor=actor, target="AS64500")
    assert found.verdict == kind, found.reasons


@given(CLAIMS, NAMES)
@settings(max_examples=200, deadline=None)
def test_a_time_that_is_not_stated_is_not_corrected(claim: Claim, name: str) -> None:
    correction = judge("c", claim, VIEWS[name]()).correction
    assert correction is None or correction.field != "time" or correction.stated
