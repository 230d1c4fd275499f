"""Claims of our own about incidents whose truth is known, judged on routes read from their archives."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from crawler.routing.model import RoutingView
from indexer.verdict import judge, scope
from indexer.verdict_codec import claim_from_json
from nlp.model import Claim

INCIDENTS = Path(__file__).parents[3] / "shared" / "data" / "incidents"
BASES: dict[str, dict[str, Any]] = {
    "2008-02-24-as17557": {
        "type": "origin_hijack", "actor": "AS17557", "target": "AS36561", "other": ["208.65.153.0/24"],
        "start_utc": "2008-02-24T18:49:00Z", "precision": "minute",
    },
    "2021-02-11-as28548": {
        "type": "route_leak", "actor": "AS28548", "target": "AS22566", "other": ["201.157.49.0/24"],
        "start_utc": "2021-02-11T04:36:00Z", "precision": "minute",
    },
    "2021-04-16-as55410": {
        "type": "origin_hijack", "actor": "AS55410", "target": "AS8972", "other": ["5.35.230.0/24"],
        "start_utc": "2021-04-16T13:48:00Z", "precision": "minute",
    },
}  # fmt: skip
YOUTUBE, LEAK, VODAFONE = BASES
CASES: list[tuple[str, dict[str, Any], str, str | None]] = [
    (YOUTUBE, {}, "confirmed", None),
    (YOUTUBE, {"end_utc": "2008-02-24T21:01:00Z"}, "confirmed", None),
    (YOUTUBE, {"start_utc": "2008-02-24", "precision": "day"}, "confirmed", None),
    (YOUTUBE, {"other": []}, "confirmed", None),
    (YOUTUBE, {"target": None}, "confirmed", None),
    (YOUTUBE, {"target": None, "other": []}, "confirmed", None),
    (YOUTUBE, {"actor": "PK"}, "confirmed", None),
    (YOUTUBE, {"actor": "AS17558"}, "corrected", "AS17557"),
    (YOUTUBE, {"actor": "AS3491"}, "corrected", "AS17557"),
    (YOUTUBE, {"target": "AS36516"}, "corrected", "AS36561"),
    (YOUTUBE, {"actor": "AS36561", "target": "AS17557"}, "corrected", "AS17557"),
    (YOUTUBE, {"start_utc": "2008-02-24T20:20:00Z"}, "corrected", "2008-02-24T18:49:01Z"),
    (YOUTUBE, {"end_utc": "2008-02-24T19:30:00Z"}, "corrected", "2008-02-24T21:01:17Z"),
    (YOUTUBE, {"other": ["208.65.152.0/24"]}, "corrected", "208.65.153.0/24"),
    (YOUTUBE, {"other": ["208.65.152.0/22"]}, "partly", None),
    (YOUTUBE, {"type": "route_leak"}, "partly", None),
    (YOUTUBE, {"polarity": "denied"}, "contradicted", None),
    (YOUTUBE, {"polarity": "negated", "actor": "AS3356"}, "confirmed", None),
    (YOUTUBE, {"start_utc": "2008-02-25T18:49:00Z"}, "no_data", None),
    (YOUTUBE, {"target": "US"}, "no_data", None),  # nobody says where the network was
    (YOUTUBE, {"type": "transit_added", "actor": "AS3491", "target": "AS17557", "other": []}, "confirmed", None),
    (YOUTUBE, {"type": "outage_start", "actor": None, "other": []}, "not_observable", None),
    (YOUTUBE, {"type": "service_block", "actor": "PK"}, "not_observable", None),
    (YOUTUBE, {"type": "measurement", "quantity": "two thirds of the traffic"}, "not_observable", None),
    (LEAK, {}, "confirmed", None),
    (LEAK, {"other": []}, "confirmed", None),
    (LEAK, {"target": "MX", "other": []}, "confirmed", None),
    (LEAK, {"end_utc": "2021-02-11T04:48:00Z"}, "confirmed", None),
    (LEAK, {"actor": "AS28584"}, "corrected", "AS28548"),
    (LEAK, {"target": "AS22656"}, "corrected", "AS22566"),
    (LEAK, {"other": ["201.157.48.0/24"]}, "corrected", "201.157.49.0/24"),
    (LEAK, {"actor": "AS22566", "target": "AS28548"}, "corrected", "AS28548"),
    (LEAK, {"type": "origin_hijack"}, "partly", None),
    (LEAK, {"polarity": "negated"}, "contradicted", None),
    (LEAK, {"start_utc": "2021-02-12T04:36:00Z"}, "no_data", None),
    (LEAK, {"type": "cause"}, "not_observable", None),
    (VODAFONE, {}, "confirmed", None),
    (VODAFONE, {"target": "DE", "other": []}, "confirmed", None),
    (VODAFONE, {"actor": "AS55401"}, "corrected", "AS55410"),
    (VODAFONE, {"target": "AS8927"}, "corrected", "AS8972"),
    (VODAFONE, {"start_utc": "2021-04-16T15:48:00Z"}, "corrected", "2021-04-16T13:48:01Z"),
    (VODAFONE, {"other": ["5.35.231.0/24"]}, "corrected", "5.35.230.0/24"),
    (VODAFONE, {"start_utc": "2021-04-17T13:48:00Z"}, "no_data", None),
    (VODAFONE, {"type": "ownership_change"}, "not_observable", None),
]


def claim(incident: str, change: dict[str, Any]) -> Claim:
    return claim_from_json({"id": "c", **BASES[incident], **change})[1]


@cache
def observed(incident: str) -> RoutingView:
    """One reading of the archive for all its claims, as `routewire verify` does it."""
    from crawler.routing.observe import observe_all

    asns, prefixes, countries = scope([claim(i, change) for i, change, _, _ in CASES if i == incident])
    return observe_all(INCIDENTS / incident, asns=asns, prefixes=prefixes, countries=countries)


@pytest.mark.shared
@pytest.mark.skipif(not INCIDENTS.is_dir(), reason="../shared/data/incidents is not there")
@pytest.mark.parametrize(("incident", "change", "wanted", "actual"), CASES)
def test_incident(incident: str, change: dict[str, Any], wanted: str, actual: str | None) -> None:
    verdict = judge("c", claim(incident, change), observed(incident))
    assert verdict.verdict == wanted, verdict.reasons
    assert (verdict.correction.actual if verdict.correction else None) == actual, verdict.reasons
