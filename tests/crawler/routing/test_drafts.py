"""What an event shows of itself: thresholds, evidence, peers, countries, a steady id."""

from dataclasses import asdict

import pytest

from crawler.errors import WrongCall
from crawler.routing.detect.drafts import EVIDENCE_PREFIXES, DetectSettings
from crawler.routing.knowledge import Knowledge, Validity
from crawler.routing.model import ElemType, EventKind
from tests.crawler.routing.elements import PEERS, PREFIX, T0, detect, elem, held, told
from tests.crawler.routing.test_scenarios import KnownVrps

MANY = [f"10.{n // 256}.{n % 256}.0/24" for n in range(EVIDENCE_PREFIXES + 30)]


def test_every_threshold_is_shown_as_it_was_set() -> None:
    (event,) = detect(held([100, 200]), told(60, [666]), settings=DetectSettings(min_peers=3))
    assert {name: event.thresholds[name] for name in asdict(DetectSettings())} == asdict(DetectSettings(min_peers=3))
    assert detect(held([100, 200]), told(60, [666]), settings=DetectSettings(min_s=3600)) != []
    assert detect(held([100, 200]), told(60, [666], peers=PEERS[:3]), settings=DetectSettings(min_peers=4)) == []


def test_thresholds_by_name() -> None:
    assert DetectSettings.of({}) == DetectSettings()
    assert DetectSettings.of({"min_peers": 4, "ghost_s": 60}) == DetectSettings(min_peers=4, ghost_s=60.0)
    with pytest.raises(WrongCall, match="did you mean outage_share"):
        DetectSettings.of({"outage_shar": 0.5})


def test_the_id_is_that_of_the_same_event_whatever_else_happens() -> None:
    (alone,) = detect(held([100, 200]), told(60, [666]))
    others = detect(held([100, 200]), [*told(60, [666]), *told(90, [300, 200], "203.0.113.0/24")])
    assert alone.id in {event.id for event in others}
    assert len({event.id for event in others}) == len(others)


def test_an_event_of_many_prefixes_is_borne_out_by_some_and_by_every_collector() -> None:
    base = [elem(0, peer, prefix, [100, 200], ElemType.RIB) for prefix in MANY for peer in PEERS]
    early = [e for prefix in MANY for e in told(60, [666], prefix, PEERS[:2])]
    late = told(61, [666], MANY[-1], PEERS[2:3])
    (event,) = detect(base, [*early, *late])
    assert event.prefixes == tuple(sorted(MANY))
    assert event.collectors == ("rrc00", "rrc01")
    assert {e.collector for e in event.evidence} == {"rrc00", "rrc01"}
    assert len(event.evidence) == EVIDENCE_PREFIXES + 1
    first = event.evidence[0]
    assert (first.observed_at.timestamp() - T0, first.as_path[-1]) == (60, 666)


def test_the_worst_validity_of_its_prefixes_is_the_events() -> None:
    vrps = KnownVrps({PREFIX: {666}})
    known = Knowledge(frozenset(), lambda asn: "XA" if asn == 200 else None, vrps=vrps)
    both = [*told(60, [666]), *told(60, [666], "203.0.113.0/24")]
    (event,) = detect(held([100, 200]), both, known)
    assert (event.rpki, event.basis, event.countries) == (Validity.NOT_FOUND, (vrps.source,), ("XA",))
    (event,) = detect(held([100, 200]), told(60, [666]), known)
    assert event.rpki == "valid"
    added = detect(held([100, 200]), told(60, [300, 200], peers=PEERS[:2]), known)
    assert [(e.kind, e.rpki, e.basis) for e in added] == [(EventKind.UPSTREAM_ADDED, "unknown", ())]
