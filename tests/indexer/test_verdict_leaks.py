"""Leaks of several networks' routes at once: a claim is about those of its own target."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from crawler.routing.model import EventKind, RoutingView
from indexer.model import Verdict, VerdictKind
from indexer.verdict import judge
from indexer.verdict_codec import claim_from_json
from tests.indexer.views import CUSTOMER, FOUR, OLD, OTHER, event, spell, view

LEAKER = 64710
OTHERS = ("203.0.113.0/25", "203.0.113.128/25")
CLAIM = {
    "id": "c", "type": "route_leak", "actor": f"AS{LEAKER}", "target": f"AS{CUSTOMER}",
    "start_utc": "2031-05-02T04:36Z", "precision": "minute",
}  # fmt: skip


def of_two(*, known: bool = True) -> RoutingView:
    """Four prefixes of one network leaked, and two of another, whose own spells are in the view where it is `known`."""
    own = [spell(p, CUSTOMER, OLD, None, None) for p in FOUR]
    others = [spell(p, OTHER, OLD, None, None) for p in OTHERS]
    leak = event("leak", EventKind.ROUTE_LEAK, "2 04:36:41", "2 04:48:21", (*FOUR, *OTHERS), offender=LEAKER)
    ways = [(s.prefix, up, s.origin_asn) for s in (*own, *others) for up in (OLD if s in own else 64530,)]
    proofs = tuple(
        replace(own[0].evidence, prefix=prefix, as_path=(64496, LEAKER, up, origin)) for prefix, up, origin in ways
    )
    return view([*own, *(others if known else ())], [replace(leak, evidence=proofs)])


def verdict(*, known: bool = True, **fields: Any) -> Verdict:
    return judge(*claim_from_json({**CLAIM, **fields}), of_two(known=known))


@pytest.mark.parametrize("known", [True, False])
def test_the_targets_own_prefixes_are_counted_and_named(known: bool) -> None:
    found = verdict(known=known)
    assert found.verdict is VerdictKind.CONFIRMED
    assert (found.prefixes_matched, found.prefixes_total) == (4, 4)
    assert f"{', '.join(sorted(FOUR))} of AS{CUSTOMER}, had from AS{OLD} and passed" in found.reasons[0]
    other = verdict(known=known, target=f"AS{OTHER}")
    assert other.verdict is VerdictKind.CONFIRMED
    assert (other.prefixes_matched, other.prefixes_total) == (2, 2)
    assert f"{', '.join(OTHERS)} of AS{OTHER}, had from AS64530" in other.reasons[0]


def test_a_claim_without_target_is_about_all_of_it() -> None:
    found = verdict(target=None)
    assert (found.prefixes_matched, found.prefixes_total) == (6, 6)
    assert f"of AS{CUSTOMER}, AS{OTHER}" in found.reasons[0]


def test_no_single_victim_is_meant_where_several_were_leaked_though_the_view_has_the_routes_of_one() -> None:
    assert verdict(known=False, target="AS64520").correction is None


def test_a_neighbour_of_the_leaker_may_be_named_as_the_target() -> None:
    assert verdict(target="AS64530").verdict is VerdictKind.CONFIRMED


def test_the_wrong_leaker_is_told_by_the_targets_prefixes() -> None:
    found = verdict(actor="AS64999")
    assert found.correction is not None
    assert found.correction.actual == f"AS{LEAKER}"
    assert OTHERS[0] not in found.reasons[0]


def test_a_leak_that_ended_sooner_for_the_target_is_told_so() -> None:
    seen = of_two()
    ends = tuple((p, seen.events[0].first_seen.replace(minute=40)) for p in FOUR)
    early = replace(seen, events=(replace(seen.events[0], prefix_ends=ends),))
    found = judge(*claim_from_json(CLAIM), early)
    assert "until 2031-05-02T04:40:41Z" in found.reasons[0]


def test_a_prefix_that_leaked_beside_the_targets_is_no_wrong_one() -> None:
    assert verdict(other=[OTHERS[0]]).verdict is VerdictKind.CONFIRMED
