"""The verdicts on a table of claims, written before the judges were tuned, and what holds for any claim and view."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from crawler.routing.model import Gap, RoutingView
from indexer.model import VerdictKind
from indexer.verdict import JUDGES, judge, scope
from indexer.verdict_codec import claim_from_json
from nlp.model import Claim, Modality, Polarity
from tests.indexer.views import VIEWS, at, gap, spell

TABLE = Path(__file__).with_name("verdict_claims.jsonl")
ROWS = [json.loads(line) for line in TABLE.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("row", ROWS, ids=[row["claim"]["id"] for row in ROWS])
def test_table(row: dict[str, Any]) -> None:
    verdict = judge(*claim_from_json(row["claim"]), VIEWS[row["view"]]())
    assert verdict.verdict == row["expect"]["verdict"], verdict.reasons
    correction = verdict.correction
    wanted = row["expect"].get("correction")
    assert (correction and [correction.field, correction.stated, correction.actual]) == wanted, verdict.reasons
    assert verdict.reasons
    assert verdict.coverage is not None


# What a text may hold: parties of every kind, real ones of the views among them, and words that are none.
PARTIES = st.one_of(
    st.none(),
    st.sampled_from(
        ["AS64500", "AS64510", "AS64520", "AS64600", "AS64700", "XA", "XB", "ZZ", "org:a", "place:b", "cable:c"]
    ),
    st.sampled_from(["AS0", "AS99999999999", "192.0.2.0/26", "198.18.5.0/24", "2001:db8::/32", "192.0.2.7", ""]),
    st.text(max_size=12),
)
TIMES = st.one_of(
    st.none(),
    st.sampled_from(["2031", "2031-05", "2031-05-01", "2031-05-02", "2031-05-01T09:08:00Z", "2031-05-01T09:07:51Z"]),
    st.sampled_from(
        ["2031-05-01T09", "2031-02-30", "9999-12-31", "0001", "9999", "0000", "2030-05-01", "tomorrow", ""]
    ),
)
PRECISIONS = st.sampled_from([
    None, "second", "minute", "minute-approx", "hour", "hour-approx", "morning", "day", "day-latest", "week", "month",
    "month-mid", "year", "approx-day", "unbounded", "nonsense",
])  # fmt: skip
TYPES = st.sampled_from([*JUDGES, "cable_cut", "attack", "prediction", "peering_dispute", "no_such_type"])
CLAIMS = st.builds(
    Claim,
    id=st.just("c"),
    type=TYPES,
    actor=PARTIES,
    target=PARTIES,
    quote=st.sampled_from(["", "withdrew its routes"]),
    quote_span=st.just((0, 0)),
    other=st.lists(PARTIES.filter(bool), max_size=2).map(lambda v: tuple(x for x in v if x)),
    place=PARTIES,
    start_utc=TIMES,
    end_utc=TIMES,
    precision=PRECISIONS,
    polarity=st.sampled_from(Polarity),
    modality=st.sampled_from(Modality),
    quantity=st.sampled_from([None, "60 % of traffic", "4 prefixes", "many"]),
    exclusive=st.booleans(),
    first_ever=st.booleans(),
    likely=st.sampled_from([(), (("target", "AS64500"),), (("actor", "nobody"),)]),
)
NAMES = st.sampled_from(sorted(VIEWS))
ALL_TIME = (gap("1 00:00:00", "3 23:59:59"),)


@given(CLAIMS, NAMES)
@settings(max_examples=400, deadline=None)
def test_any_claim_gets_a_verdict_with_a_reason(claim: Claim, name: str) -> None:
    verdict = judge("c", claim, VIEWS[name]())
    assert verdict.reasons
    assert all(verdict.reasons)
    assert (verdict.verdict == VerdictKind.CORRECTED) == (verdict.correction is not None)
    assert set(verdict.events) <= {e.id for e in VIEWS[name]().events}
    scope([claim])


@given(CLAIMS, NAMES)
@settings(max_examples=400, deadline=None)
def test_a_gap_over_the_claimed_time_never_contradicts_what_is_asserted(claim: Claim, name: str) -> None:
    assume(claim.polarity not in (Polarity.NEGATED, Polarity.DENIED))
    assert judge("c", claim, with_gaps(VIEWS[name](), ALL_TIME)).verdict != VerdictKind.CONTRADICTED


@given(CLAIMS, NAMES, st.sampled_from(["gap", "peers", "collectors", "window"]))
@settings(max_examples=400, deadline=None)
def test_less_data_never_turns_no_data_into_contradicted(claim: Claim, name: str, less: str) -> None:
    whole = VIEWS[name]()
    assume(less != "window" or claim.start_utc is not None)  # a claim without a time is about the window itself
    assume(judge("c", claim, whole).verdict == VerdictKind.NO_DATA)
    cut = {
        "gap": with_gaps(whole, (*whole.coverage.gaps, gap("1 09:00:00", "1 10:00:00"))),
        "peers": replace(whole, coverage=replace(whole.coverage, peers_total=1)),
        "collectors": replace(whole, coverage=replace(whole.coverage, collectors=(), peers_total=0)),
        "window": replace(whole, coverage=replace(whole.coverage, end=at("2 00:00:00"))),
    }[less]
    assert judge("c", claim, cut).verdict != VerdictKind.CONTRADICTED


@given(CLAIMS, NAMES, st.randoms())
@settings(max_examples=200, deadline=None)
def test_the_order_of_the_data_does_not_matter(claim: Claim, name: str, chance: Random) -> None:
    whole = VIEWS[name]()
    spells, events = list(whole.spells), list(whole.events)
    chance.shuffle(spells)
    chance.shuffle(events)
    mixed = replace(whole, spells=tuple(spells), events=tuple(events))
    assert judge("c", claim, mixed) == judge("c", claim, whole)


def with_gaps(found: RoutingView, gaps: tuple[Gap, ...]) -> RoutingView:
    return replace(found, coverage=replace(found.coverage, gaps=gaps))


def claim(**fields: Any) -> Claim:
    base: dict[str, Any] = {"id": "c", "type": "transit_added", "actor": "AS64520", "target": "AS64500"}
    minute = {"start_utc": "2031-05-01T09:08:00Z", "precision": "minute"}
    return claim_from_json({**base, **minute, **fields})[1]


def test_the_first_reason_tells_times_networks_peers_and_collectors() -> None:
    verdict = judge("c1", claim(), VIEWS["second_link"]())
    told = "upstream AS64520 of AS64500 first seen 2031-05-01T09:07:51Z, 9 s before the claimed minute"
    assert verdict.reasons[0].startswith(told)
    assert "3 of 4" in verdict.reasons[0]
    assert "9 of 12 peers at route-views9, rrc90, rrc91" in verdict.reasons[0]
    assert (verdict.claim_id, verdict.delta_s, verdict.peers_seen, verdict.peers_total) == ("c1", -9, 9, 12)
    assert (verdict.prefixes_matched, verdict.prefixes_total, verdict.events) == (3, 4, ("ev-added",))


def test_a_gap_is_named_with_its_collector_and_file() -> None:
    verdict = judge("c", claim(), VIEWS["with_gap"]())
    assert verdict.verdict == VerdictKind.NO_DATA
    assert "rrc91 has no data from 2031-05-01T09:05:00Z to 2031-05-01T09:10:00Z" in verdict.reasons[0]
    assert "updates.0905 is missing" in verdict.reasons[0]


def test_first_ever_names_the_archive_that_is_missing() -> None:
    verdict = judge("c", claim(first_ever=True), VIEWS["second_link"]())
    assert "no archive before 2031-05-01T00:00:00Z" in verdict.reasons[0]
    assert verdict.events == ("ev-added",)


def test_first_ever_is_contradicted_by_an_earlier_second_upstream() -> None:
    verdict = judge("c", claim(first_ever=True, start_utc="2031-05-01T12:22:00Z"), view_of_two())
    assert verdict.verdict == VerdictKind.CONTRADICTED
    assert "more than one upstream before" in verdict.reasons[0]


def view_of_two() -> RoutingView:
    """64530 was a second upstream before 64520 came."""
    found = VIEWS["second_link"]()
    return replace(found, spells=(*found.spells, spell("192.0.2.0/26", 64500, 64530, "1 03:00:00", "1 04:00:00")))


def test_a_plan_that_came_true_says_so_and_one_that_did_not_is_no_error() -> None:
    planned = claim(modality="planned")
    assert judge("c", planned, VIEWS["second_link"]()).verdict == VerdictKind.CONFIRMED
    assert judge("c", planned, VIEWS["without_link"]()).verdict == VerdictKind.NOT_OBSERVABLE
