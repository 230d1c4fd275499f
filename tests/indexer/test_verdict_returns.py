"""Networks that come back after an outage: neither the end of an upstream nor the beginning of one."""

from __future__ import annotations

from typing import Any

import pytest

from crawler.routing.model import RouteSpell
from indexer.model import Verdict, VerdictKind
from indexer.verdict import judge
from indexer.verdict_codec import claim_from_json
from tests.indexer.views import CUSTOMER, FOUR, NEW, OLD, VIEWS, spell, view

BASE = {"id": "c", "type": "transit_added", "actor": "AS64510", "target": "AS64500", "start_utc": "2031-05-02"}


def verdict(*spells: RouteSpell, **fields: Any) -> Verdict:
    return judge(*claim_from_json({**BASE, **fields}), view(spells) if spells else VIEWS["outage"]())


def test_a_return_is_told_with_its_outage() -> None:
    found = verdict()
    assert found.verdict is VerdictKind.CONTRADICTED
    assert "stood already when the archive begins" in found.reasons[0]
    assert "It came back at 2031-05-02T12:26:10Z with its prefixes" in found.reasons[1]
    assert "which no peer reached from 2031-05-02T10:00:05Z on: an outage of AS64500" in found.reasons[1]


def test_an_outage_is_not_the_loss_of_the_upstream_and_its_denial_holds() -> None:
    lost = {"type": "transit_removed", "start_utc": "2031-05-02T10:00:00Z"}
    assert verdict(**lost).verdict is VerdictKind.CONTRADICTED
    assert "an outage of AS64500" in verdict(**lost).reasons[1]
    assert verdict(**lost, polarity="denied").verdict is VerdictKind.CONFIRMED


def test_an_upstream_seen_to_begin_is_corrected_to_its_beginning() -> None:
    times = (("1 09:00:00", "2 10:00:00"), ("2 10:10:00", None))
    found = verdict(*(spell(FOUR[0], CUSTOMER, OLD, *t) for t in times))
    assert found.verdict is VerdictKind.CORRECTED
    assert found.correction is not None
    assert found.correction.actual == "2031-05-01T09:00:00Z"


def test_upstreams_that_come_back_within_a_minute_of_each_other_come_back_with_the_network() -> None:
    times = ((OLD, None, "2 10:00:00"), (OLD, "2 10:05:20", None), (NEW, None, "2 09:00:00"), (NEW, "2 10:05:00", None))
    spells = [spell(FOUR[0], CUSTOMER, *t) for t in times]
    assert verdict(*spells).verdict is VerdictKind.CONTRADICTED
    assert verdict(*spells, actor="AS64520").verdict is VerdictKind.CONFIRMED  # gone while the other one stood


@pytest.mark.parametrize("kind", ["transit_added", "transit_removed"])
def test_one_that_was_away_while_another_stood_in_left_and_came(kind: str) -> None:
    times = ((OLD, None, "2 10:00:00"), (OLD, "2 11:00:00", None), (NEW, "2 10:05:00", None))
    assert verdict(*(spell(FOUR[0], CUSTOMER, *t) for t in times), type=kind).verdict is VerdictKind.CONFIRMED


def test_the_loss_of_the_last_upstream_is_not_told_from_that_of_the_network() -> None:
    found = verdict(*(spell(p, CUSTOMER, OLD, None, "2 10:00:00") for p in FOUR), type="transit_removed")
    assert found.verdict is VerdictKind.PARTLY
    assert "AS64500 itself was cut off" in found.reasons[1]


@pytest.mark.parametrize("end", ["2031-05-02T10:00:00Z", "2031-05-02T20:00:00Z"])
def test_a_stated_end_fits_an_outage_as_well_as_the_last_end(end: str) -> None:
    times = (("1 09:00:00", "2 10:00:00"), ("2 10:10:00", "2 20:00:00"))
    fields = {"start_utc": "2031-05-01T09:00:00Z", "end_utc": end}
    found = verdict(*(spell(FOUR[0], CUSTOMER, OLD, *t) for t in times), **fields)
    assert found.verdict is VerdictKind.CONFIRMED
