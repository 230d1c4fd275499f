"""Incidents whose truth is known: found by kind, network and prefix within a minute, and nothing else called."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from crawler.routing.model import EventKind
from crawler.routing.observe import observe_all

INCIDENTS = Path(__file__).parents[4] / "shared" / "data" / "incidents"
FITS = {
    "origin_hijack": {EventKind.ORIGIN_CHANGE, EventKind.MOAS, EventKind.SUBPREFIX_ORIGIN_CHANGE},
    "route_leak": {EventKind.ROUTE_LEAK},
}


@pytest.mark.shared
@pytest.mark.skipif(not INCIDENTS.is_dir(), reason="../shared/data/incidents is not there")
def test_each_incident_is_found_and_nothing_else() -> None:
    for folder in sorted(path.parent for path in INCIDENTS.glob("*/truth.json")):
        truth = json.loads((folder / "truth.json").read_text())
        alarms = [e for e in observe_all(folder).events if e.kind in {kind for fits in FITS.values() for kind in fits}]
        assert [e.offender_asn for e in alarms] == [truth["offender_asn"]], folder.name
        (event,) = alarms
        assert event.kind in FITS[truth["kind"]]
        assert truth["prefix"] in event.prefixes
        minute = timedelta(seconds=60)
        assert abs(event.first_seen - datetime.fromisoformat(truth["start_utc"])) <= minute
        if truth["end_utc"] is None:
            assert event.last_seen is None
        else:
            assert event.last_seen is not None
            assert abs(event.last_seen - datetime.fromisoformat(truth["end_utc"])) <= minute
