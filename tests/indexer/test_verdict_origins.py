"""Hijacks and leaks: which prefix, whose, until when, and what the finding rests on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from crawler.routing.model import EventKind, RouteEvidence, RoutingEvent, RoutingView
from indexer.model import Verdict, VerdictKind
from indexer.verdict import judge
from indexer.verdict_codec import claim_from_json
from tests.indexer.views import COLLECTORS, CUSTOMER, FOUR, OLD, VIEWS, at, event, gap, spell, view

HIJACK = {
    "id": "c", "type": "origin_hijack", "actor": "AS64700", "target": "AS64500", "other": ["198.18.5.0/24"],
    "start_utc": "2031-05-02T18:47:00Z", "precision": "minute",
}  # fmt: skip
LEAK = {**HIJACK, "type": "route_leak", "actor": "AS64710", "other": [], "start_utc": "2031-05-02T04:36:00Z"}


def verdict(seen: str | RoutingView, **fields: Any) -> Verdict:
    return judge(*claim_from_json({**HIJACK, **fields}), VIEWS[seen]() if isinstance(seen, str) else seen)


def changed(**fields: Any) -> RoutingView:
    """The hijack, told with other facts."""
    seen = VIEWS["hijacked"]()
    return replace(seen, events=tuple(replace(e, **fields) for e in seen.events))


@pytest.mark.parametrize("seen", ["hijacked", "hijacked_untold"])
def test_a_more_specific_that_nobody_announced_is_the_wrong_prefix(seen: str) -> None:
    found = verdict(seen, other=["198.18.5.128/25"])
    assert found.verdict is VerdictKind.CORRECTED
    assert found.correction is not None
    assert (found.correction.field, found.correction.actual) == ("prefix", "198.18.5.0/24")
    assert (found.prefixes_matched, found.prefixes_total) == (0, 1)


def test_an_address_inside_the_prefix_was_hijacked_and_a_wider_prefix_in_part() -> None:
    assert verdict("hijacked", other=["198.18.5.77"]).verdict is VerdictKind.CONFIRMED
    assert verdict("hijacked", other=["198.18.4.0/22"]).verdict is VerdictKind.PARTLY
    assert verdict("hijacked", other=["198.18.5.0/24", "198.18.5.128/25"]).verdict is VerdictKind.PARTLY


@pytest.mark.parametrize("role", ["actor", "target"])
def test_a_company_that_is_not_linked_holds_in_part_and_is_told(role: str) -> None:
    found = verdict("hijacked", **{role: "org:somebody"})
    assert found.verdict is VerdictKind.PARTLY
    assert any("org:somebody is not linked to an AS number" in reason for reason in found.reasons)
    late = verdict("hijacked", **{role: "org:somebody", "start_utc": "2031-05-02T09:00:00Z"})
    assert late.verdict is not VerdictKind.CORRECTED


def test_companies_alone_cannot_be_looked_up() -> None:
    found = verdict("hijacked", actor="org:one", target="org:other", other=[])
    assert found.verdict is VerdictKind.NO_DATA
    assert "org:one is not linked" in found.reasons[0]


def test_another_country_than_the_offenders_is_the_wrong_actor() -> None:
    seen = VIEWS["hijacked"]()
    known = replace(seen, countries={**seen.countries, 64700: "XE"})
    assert verdict(known, actor="XE").verdict is VerdictKind.CONFIRMED
    found = verdict(known, actor="XF")
    assert found.verdict is VerdictKind.CORRECTED
    assert found.correction is not None
    assert found.correction.actual == "AS64700"
    assert verdict(seen, actor="XF").verdict is VerdictKind.NO_DATA  # nobody says where 64700 is


def test_an_end_is_that_of_the_named_prefix() -> None:
    two = ("198.18.5.0/24", "198.18.6.0/24")
    seen = changed(prefixes=two, prefix_ends=((two[0], at("2 19:30:00")),), last_seen=None, intervals=())
    ended = {"end_utc": "2031-05-02T19:30:00Z"}
    assert verdict(seen, **ended).verdict is VerdictKind.CONFIRMED
    found = verdict(seen, **ended, other=[two[1]])
    assert found.verdict is VerdictKind.PARTLY
    assert any("still so at the end of the data" in reason for reason in found.reasons)
    late = verdict(seen, end_utc="2031-05-02T23:00:00Z")
    assert late.verdict is VerdictKind.CORRECTED
    assert late.correction is not None
    assert late.correction.actual == "2031-05-02T19:30:00Z"


def test_what_it_rests_on_is_told_and_an_allowed_origin_is_a_doubt() -> None:
    invalid = verdict(changed(rpki="invalid", basis=("VRPs of 2 May",)))
    assert invalid.verdict is VerdictKind.CONFIRMED
    assert invalid.reasons[-1] == "RPKI: invalid; it rests on VRPs of 2 May."
    valid = verdict(changed(rpki="valid", basis=("VRPs of 2 May",)))
    assert valid.verdict is VerdictKind.PARTLY
    assert any("The RPKI allowed AS64700" in reason for reason in valid.reasons)


def test_a_network_that_is_invalid_by_its_own_roa_took_from_nobody() -> None:
    own = event("own", EventKind.RPKI_INVALID, "2 18:47:30", None, FOUR[:1], origin=CUSTOMER, offender=CUSTOMER)
    seen = view([spell(FOUR[0], CUSTOMER, OLD, None, None)], [own])
    found = verdict(seen, actor="AS64500", target=None, other=[])
    assert found.verdict not in (VerdictKind.CONFIRMED, VerdictKind.CORRECTED)


def _with_path() -> RoutingEvent:
    (leak,) = VIEWS["leaked"]().events
    path = (64496, 64800, 64710, 64710, OLD, CUSTOMER)
    proof = RouteEvidence(
        file="updates", record=1, collector=COLLECTORS[0], peer_asn=64496, peer_ip="198.51.100.1", prefix=FOUR[0],
        observed_at=leak.first_seen, as_path=path,
    )  # fmt: skip
    return replace(leak, evidence=(proof,))


def test_a_leak_tells_from_whom_to_whom_and_either_may_be_the_one_it_is_claimed_of() -> None:
    seen = replace(VIEWS["leaked"](), events=(_with_path(),))
    for target in ("AS64800", f"AS{OLD}", "AS64500"):
        found = verdict(seen, **{**LEAK, "target": target})
        assert found.verdict is VerdictKind.CONFIRMED, target
        assert "had from AS64510 and passed to AS64800" in found.reasons[0]
    assert verdict(seen, **{**LEAK, "target": "AS64999", "other": [FOUR[0]]}).verdict is VerdictKind.CORRECTED


def test_a_leak_told_as_a_hijack_and_the_other_way_round_hold_in_part() -> None:
    leak = verdict("leaked", **{**LEAK, "type": "origin_hijack"})
    assert leak.verdict is VerdictKind.PARTLY
    assert "the origin stayed and the path changed: a leak" in leak.reasons[0]
    assert "no leak, a hijack" in verdict("hijacked", type="route_leak").reasons[0]


def test_what_did_not_happen_is_told_with_who_announced_the_space() -> None:
    found = verdict("without_link", actor="AS64999", other=[FOUR[0]])
    assert found.verdict is VerdictKind.CONTRADICTED
    assert found.reasons[1] == f"Announced then: {FOUR[0]} by AS64500."


def test_a_gap_of_the_other_address_family_hides_nothing() -> None:
    quiet = VIEWS["without_link"]()
    hole = gap("2 18:40:00", "2 18:50:00")
    for family, wanted in ((6, VerdictKind.CONTRADICTED), (4, VerdictKind.NO_DATA), (None, VerdictKind.NO_DATA)):
        coverage = replace(quiet.coverage, gaps=(replace(hole, family=family),))
        found = verdict(replace(quiet, coverage=coverage), actor="AS64999", other=[FOUR[0]])
        assert found.verdict is wanted, family


def test_peers_of_the_other_family_did_not_look_on() -> None:
    """The collectors have twelve peers, of which two alone give IPv6."""
    six = replace(spell("2001:db8::/32", CUSTOMER, OLD, None, None), peers_total=2, peers_seen=2)
    seen = view([*VIEWS["without_link"]().spells, six])
    found = verdict(seen, actor="AS64999", other=["2001:db8::/32"])
    assert found.verdict is VerdictKind.NO_DATA
    assert "only 2 full-feed peers of IPv6 look on" in found.reasons[0]
    none = verdict(VIEWS["without_link"](), actor="AS64999", target="AS64500", other=["2001:db8::/32"])
    assert none.verdict is VerdictKind.NO_DATA
    assert "no IPv6 route of what is asked for is in the archive" in none.reasons[0]


STEP = {**HIJACK, "type": "mitigation", "start_utc": "2031-05-02T21:01:00Z"}


def test_the_end_of_the_routes_is_a_step_of_the_one_that_withdrew_or_carried_them() -> None:
    for actor, wanted in (("AS64700", "confirmed"), ("AS64530", "confirmed"), ("AS64500", "partly"), (None, "partly")):
        found = verdict("hijacked", **{**STEP, "actor": actor})
        assert found.verdict == wanted, actor
        assert "ended 2031-05-02T21:01:00Z, within the claimed minute" in found.reasons[0]


def test_an_end_at_another_time_is_corrected_and_one_that_never_came_contradicted() -> None:
    early = verdict("hijacked", **{**STEP, "start_utc": "2031-05-02T20:00:00Z"})
    assert early.verdict is VerdictKind.CORRECTED
    assert early.correction is not None
    assert early.correction.actual == "2031-05-02T21:01:00Z"
    going = changed(last_seen=None, intervals=())
    found = verdict(going, **STEP)
    assert found.verdict is VerdictKind.CONTRADICTED
    assert "still so at the end of the data" in found.reasons[0]


def test_the_victims_step_is_what_it_announces_and_not_when_the_hijack_ended() -> None:
    step = {**STEP, "actor": "AS64500", "target": None, "start_utc": "2031-05-02T20:07:00Z"}
    assert verdict("hijacked", **step).verdict is VerdictKind.CONTRADICTED
    seen = VIEWS["hijacked"]()
    answer = spell("198.18.5.0/24", CUSTOMER, OLD, "2 20:07:12", None)
    found = verdict(replace(seen, spells=(*seen.spells, answer)), **step)
    assert found.verdict is VerdictKind.CONFIRMED
    assert "AS64500 announced 198.18.5.0/24 from 2031-05-02T20:07:12Z" in found.reasons[0]


def test_a_step_against_nothing_that_is_named_does_not_show() -> None:
    assert verdict("without_link", **{**STEP, "other": []}).verdict is VerdictKind.NOT_OBSERVABLE


def test_with_offender_and_time_alone_another_prefix_is_the_wrong_one() -> None:
    found = verdict("hijacked", target=None, other=["203.0.113.0/25"])
    assert found.verdict is VerdictKind.CORRECTED
    assert found.correction is not None
    assert found.correction.actual == "198.18.5.0/24"
    day = verdict("hijacked", target=None, other=["203.0.113.0/25"], start_utc="2031-05-02", precision="day")
    assert day.verdict is VerdictKind.CONTRADICTED


def test_two_errors_are_no_correction_but_what_was_seen_is_told() -> None:
    found = verdict("hijacked", actor="AS64999", start_utc="2031-05-02T09:00:00Z")
    assert found.verdict is VerdictKind.CONTRADICTED
    assert any(reason.startswith("Seen otherwise: subprefix origin change AS64700") for reason in found.reasons)


def test_the_denial_of_what_goes_on_does_not_hold_whenever_it_began() -> None:
    later = {"start_utc": "2031-05-02T20:00:00Z", "polarity": "denied"}
    assert verdict("hijacked", **later).verdict is VerdictKind.CONTRADICTED
    assert verdict("hijacked", **{**later, "start_utc": "2031-05-02T22:00:00Z"}).verdict is VerdictKind.CONFIRMED


def test_a_way_that_changed_by_a_hijack_was_rerouted_in_part() -> None:
    for actor in ("AS64700", "AS64530"):
        found = verdict("hijacked", type="rerouting", actor=actor)
        assert found.verdict is VerdictKind.PARTLY
        assert "It moved, but by a change of origin. AS64700 originated" in found.reasons[0]
