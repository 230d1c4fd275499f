"""What a verdict tells beside its kind: the times that were judged, how often, and by how many peers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from indexer.model import Verdict, VerdictKind
from indexer.verdict import judge
from indexer.verdict_codec import claim_from_json
from tests.indexer.views import COUNTRIES, CUSTOMER, FOUR, NEW, OLD, PEERS, VIEWS, gap, spell, view

BASE = {"id": "c", "type": "transit_state", "actor": "AS64520", "target": "AS64500"}


def verdict(name: str, **fields: Any) -> Verdict:
    return judge(*claim_from_json({**BASE, **fields}), VIEWS[name]())


def test_all_times_in_which_another_upstream_stood_are_told() -> None:
    found = verdict("second_link", actor="AS64510", exclusive=True)
    assert found.verdict is VerdictKind.PARTLY
    assert (
        "from 2031-05-01T09:07:51Z until 2031-05-01T10:14:45Z and again from 2031-05-01T12:21:55Z" in found.reasons[0]
    )
    # 1 h 7 min and 2 d 11 h 38 min of three days.
    assert "for 84% of the time judged" in found.reasons[0]


def test_further_upstreams_beside_the_only_one_are_told_too() -> None:
    spells = [spell(FOUR[0], CUSTOMER, up, start, None) for up, start in ((OLD, None), (NEW, "1 09:00:00"))]
    third = spell(FOUR[0], CUSTOMER, 64530, "2 09:00:00", "2 10:00:00")
    claim = claim_from_json({**BASE, "actor": "AS64510", "exclusive": True})
    (reason,) = judge(*claim, view([*spells, third])).reasons
    assert "AS64520 of AS64500 stood beside it" in reason
    assert "and AS64530 too" in reason


def test_an_interruption_is_told() -> None:
    (reason,) = verdict("second_link").reasons
    assert "until 2031-05-01T10:14:45Z and again from 2031-05-01T12:21:55Z to the end of the data" in reason


def test_a_route_that_flaps_is_told_by_its_first_times_and_a_count() -> None:
    up = [spell(FOUR[0], CUSTOMER, NEW, f"1 {hour:02}:00:00", f"1 {hour:02}:30:00") for hour in range(1, 11)]
    (reason,) = judge(*claim_from_json(BASE), view(up)).reasons
    assert reason.count("and again") == 2
    assert "and so on, 10 times in all, until 2031-05-01T10:30:00Z" in reason


@pytest.mark.parametrize(
    ("end", "upto"),
    [("2031-05-01", "09:07:51Z"), ("2031-05-01T09:08:00Z", "09:07:51Z"), ("2031-05", "09:07:51Z")],
)
def test_a_state_until_a_day_is_judged_up_to_the_change_of_that_day(end: str, upto: str) -> None:
    found = verdict("second_link", actor="AS64510", exclusive=True, end_utc=end)
    assert found.verdict is VerdictKind.CONFIRMED, found.reasons
    assert f"judged from 2031-05-01T00:00:00Z to 2031-05-01T{upto}" in found.reasons[0]
    assert "gives no time" not in " ".join(found.reasons)
    assert f"The end, {end}, is told by the change of 2031-05-01T09:07:51Z." in found.reasons


def test_a_state_until_after_the_change_was_not_alone() -> None:
    found = verdict("second_link", actor="AS64510", exclusive=True, end_utc="2031-05-03")
    assert found.verdict is VerdictKind.PARTLY
    assert found.reasons[0].endswith("2031-05-01T00:00:00Z to 2031-05-02T23:00:00Z.")


def test_the_only_one_on_a_day_is_judged_over_the_day() -> None:
    day = {"start_utc": "2031-05-01", "end_utc": "2031-05-01", "precision": "day"}
    assert verdict("second_link", actor="AS64510", exclusive=True, **day).verdict is VerdictKind.PARTLY


def test_an_upstream_until_a_day_is_judged_up_to_its_end_on_that_day() -> None:
    found = verdict("second_link", end_utc="2031-05-01")
    assert found.verdict is VerdictKind.CONFIRMED
    assert "The end, 2031-05-01, is told by the change of 2031-05-01T10:14:45Z." in found.reasons


def test_what_comes_after_a_claimed_end_hides_nothing() -> None:
    """Neither a gap nor a change after the end says anything of the time before it."""
    whole = VIEWS["second_link"]()
    late = replace(whole, coverage=replace(whole.coverage, gaps=(gap("3 09:00:00", "3 10:00:00"),)))
    row = {**BASE, "actor": "AS64530", "end_utc": "2031-05-02"}
    found = judge(*claim_from_json(row), late)
    assert found.verdict is VerdictKind.CONTRADICTED, found.reasons
    assert "from 2031-05-01T00:00:00Z up to the claimed end (2031-05-02)" in found.reasons[0]
    early = replace(whole, coverage=replace(whole.coverage, gaps=(gap("1 09:00:00", "1 10:00:00"),)))
    assert judge(*claim_from_json(row), early).verdict is VerdictKind.NO_DATA


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "transit_added", "start_utc": "2031-05-01T09:08:00Z"},
        {"type": "outage_start", "actor": None, "quote": "withdrew its routes", "start_utc": "2031-05-01"},
        {"type": "origin_hijack", "actor": "AS64700", "start_utc": "2031-05-01"},
        {"start_utc": "2031-05-02"},
    ],
)
def test_what_none_of_the_peers_saw_was_seen_by_none_of_them(fields: dict[str, Any]) -> None:
    found = verdict("without_link", **fields)
    assert (found.verdict, found.peers_seen, found.peers_total) == (VerdictKind.CONTRADICTED, 0, PEERS)


def test_losses_are_counted_as_their_events_are() -> None:
    whole = VIEWS["outage"]()
    blink = [spell(FOUR[0], 64501, OLD, None, "3 08:00:00"), spell(FOUR[0], 64501, OLD, "3 08:00:20", None)]
    lost = [spell(FOUR[1], 64502, OLD, None, "3 09:00:00"), spell(FOUR[1], 64502, OLD, "3 09:00:40", None)]
    countries = {**COUNTRIES, 64501: "XA", 64502: "XA"}
    row = {**BASE, "type": "outage_start", "actor": None, "target": "AS64500"}
    (reason,) = judge(*claim_from_json(row), whole).reasons
    assert "losses" not in reason
    for extra, seen in ((blink, 0), (lost, 1)):
        asn = extra[0].origin_asn
        alone = replace(whole, spells=tuple(extra), events=(), countries=countries)
        found = judge(*claim_from_json({**row, "target": f"AS{asn}"}), alone)
        assert (found.verdict is VerdictKind.CONFIRMED) == bool(seen), found.reasons


def test_several_losses_without_a_claimed_time_fall_into_the_time_judged() -> None:
    twice = [
        spell(FOUR[0], CUSTOMER, OLD, None, "1 08:00:00"),
        spell(FOUR[0], CUSTOMER, OLD, "1 09:00:00", "2 08:00:00"),
        spell(FOUR[0], CUSTOMER, OLD, "2 09:00:00", None),
    ]
    row = {**BASE, "type": "outage_start", "actor": None}
    assert "2 such losses fall into the time judged." in judge(*claim_from_json(row), view(twice)).reasons
    row["start_utc"] = "2031-05"
    assert "2 such losses fall into the claimed time." in judge(*claim_from_json(row), view(twice)).reasons


def test_what_stood_around_a_time_without_data_is_told_and_proves_nothing() -> None:
    found = verdict("dark", actor="AS64510", start_utc="2031-05-01T09:07:00Z")
    assert found.verdict is VerdictKind.NO_DATA
    assert found.reasons[0].startswith("No collector has data for the claimed time")
    assert found.reasons[1].startswith("Around it: upstream AS64510 of AS64500 stood since before")


def test_exchanged_roles_are_told_as_such() -> None:
    change = {"type": "transit_added", "start_utc": "2031-05-01T09:07Z", "precision": "minute"}
    found = verdict("second_link", **change, actor="AS64500", target="AS64520")
    assert found.verdict is VerdictKind.CORRECTED
    assert found.reasons[0].startswith("The roles are the other way round: upstream AS64520 of AS64500 first seen")
    assert found.correction is not None
    assert (found.correction.field, found.correction.actual) == ("actor", "AS64520")
