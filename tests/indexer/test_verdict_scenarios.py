"""Claims about every hijack and leak that detection is tested with: right, and with one thing wrong at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest

from crawler.routing.detect.detector import Detector
from crawler.routing.knowledge import Knowledge
from crawler.routing.model import Coverage, EventKind, RoutingEvent, RoutingView
from crawler.routing.state.table import Table
from indexer.verdict import judge
from indexer.verdict_codec import claim_from_json
from tests.crawler.routing.elements import T0, by_collector, elem
from tests.crawler.routing.test_scenarios import PEERS, SCENARIOS, TOPS, base_of

START = datetime.fromtimestamp(T0, UTC)
END = START + timedelta(hours=10)
HIJACKS = {EventKind.MOAS, EventKind.ORIGIN_CHANGE, EventKind.SUBPREFIX_ORIGIN_CHANGE}
STRANGER = 64999


@cache
def view(name: str) -> RoutingView:
    """What `observe` would give of the scenario, with ten hours of coverage."""
    scenario, table = SCENARIOS[name], Table()
    changes = [elem(at, peer, prefix, way) for at, prefix, way, part in scenario.told for peer in PEERS[part]]
    for elems in by_collector(base_of(scenario)).values():
        table.load(elems, T0)
    for elems in by_collector(changes).values():
        table.update(sorted(elems, key=lambda e: e.observed_at))
    known = Knowledge(TOPS, scenario.country, relations=scenario.relations, vrps=scenario.vrps)
    detector = Detector(table, known, scenario.settings)
    collectors = tuple(sorted({collector for collector, _ in PEERS}))
    coverage = Coverage(start=START, end=END, collectors=collectors, peers_total=detector.peers_total())
    spells = tuple(detector.spells(lambda *_: True))
    return RoutingView(coverage=coverage, events=tuple(detector.events()), spells=spells)


def alarm(name: str) -> RoutingEvent | None:
    """The one hijack or leak of a scenario, with a victim; None where there is none or more than one."""
    told = [e for e in view(name).events if e.kind in HIJACKS or e.kind is EventKind.ROUTE_LEAK]
    return told[0] if len(told) == 1 and told[0].origin_asn is not None and told[0].rpki != "valid" else None


ALARMS = [name for name in SCENARIOS if alarm(name)]

# What is changed in the right claim, the verdict, and the field that is put right.
CHANGES: list[tuple[dict[str, Any], str, str | None]] = [
    ({}, "confirmed", None),
    ({"start_utc": "2020-01-01"}, "confirmed", None),
    ({"other": []}, "confirmed", None),
    ({"target": None}, "confirmed", None),
    ({"actor": None}, "confirmed", None),
    ({"polarity": "questioned"}, "confirmed", None),
    ({"actor": f"AS{STRANGER}"}, "corrected", "actor"),
    ({"target": f"AS{STRANGER}"}, "corrected", "target"),
    ({"other": ["192.88.99.0/24"]}, "corrected", "prefix"),
    ({"start_utc": "2020-01-01T05:00:00Z"}, "corrected", "time"),
    ({"swapped": True}, "corrected", "actor"),
    ({"actor": "org:nobody"}, "partly", None),
    ({"other_kind": True}, "partly", None),
    ({"polarity": "denied"}, "contradicted", None),
    ({"polarity": "denied", "actor": f"AS{STRANGER}"}, "confirmed", None),
    ({"actor": f"AS{STRANGER}", "start_utc": "2020-01-01T05:00:00Z"}, "contradicted", None),
    ({"start_utc": "2021-01-01T00:01:00Z"}, "no_data", None),
    ({"type": "cause"}, "not_observable", None),
    ({"modality": "hypothetical"}, "not_observable", None),
]


def claim(event: RoutingEvent, change: dict[str, Any]) -> dict[str, Any]:
    kinds = ["route_leak", "origin_hijack"] if event.kind is EventKind.ROUTE_LEAK else ["origin_hijack", "route_leak"]
    right = {
        "id": "c", "type": kinds[bool(change.get("other_kind"))], "actor": f"AS{event.offender_asn}",
        "target": f"AS{event.origin_asn}", "other": list(event.prefixes),
        "start_utc": f"{event.first_seen:%FT%H:%M:00Z}",
    }  # fmt: skip
    if change.get("swapped"):
        right |= {"actor": right["target"], "target": right["actor"]}
    return right | change


def test_there_are_scenarios_to_judge() -> None:
    assert len(ALARMS) > 10


@pytest.mark.parametrize("change", CHANGES, ids=[str(change) for change, _, _ in CHANGES])
@pytest.mark.parametrize("name", ALARMS)
def test_a_claim_gets_its_verdict(name: str, change: tuple[dict[str, Any], str, str | None]) -> None:
    event = alarm(name)
    assert event is not None
    changed, wanted, field = change
    found = judge(*claim_from_json(claim(event, changed)), view(name))
    assert found.verdict == wanted, found.reasons
    assert (found.correction.field if found.correction else None) == field


def test_a_loss_that_began_before_is_counted_and_told_at_a_later_time() -> None:
    """Five of twenty prefixes are gone from the first minute on."""
    name = "some prefixes withdrawn"
    row = {"id": "c", "type": "outage_start", "target": "AS500", "start_utc": "2020-01-01T05:00:00Z"}
    found = judge(*claim_from_json({**row, "quote": "withdrew its routes"}), view(name))
    assert found.verdict == "contradicted"
    assert "15 of 20 prefixes of AS500 stayed reachable" in found.reasons[0]
    assert "5 of 20 prefixes of AS500 were gone then" in found.reasons[1]
    assert judge(*claim_from_json(row), view(name)).verdict == "not_observable"
