"""Routing events against incidents whose truth is known: each must be found from its start to its end, with no other
hijack or leak beside it; and files of updates alone, before which nothing is known, must not make any event.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from types import ModuleType

from crawler.routing.model import EventKind, RoutingEvent
from crawler.routing.mrt.file import MrtFile
from crawler.routing.observe import observe_all

FITS = {
    "origin_hijack": {EventKind.ORIGIN_CHANGE, EventKind.MOAS, EventKind.SUBPREFIX_ORIGIN_CHANGE},
    "route_leak": {EventKind.ROUTE_LEAK},
}
NEAR = timedelta(seconds=60)


def _scorer(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("routing_scorer", path)
    if spec is None or spec.loader is None:
        raise ImportError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def ends_in_time(folder: Path) -> bool:
    """Whether what was found of an incident is over within a minute of when it was, or goes on where it does."""
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    return any(_fits(event, truth) and _over(event, truth["end_utc"]) for event in observe_all(folder).events)


def _fits(event: RoutingEvent, truth: dict[str, str | int | None]) -> bool:
    wanted = ip_network(str(truth["prefix"]))
    return (
        event.kind in FITS[str(truth["kind"])]
        and event.offender_asn == truth["offender_asn"]
        and any(ip_network(prefix).overlaps(wanted) for prefix in event.prefixes)
    )


def _over(event: RoutingEvent, end: str | int | None) -> bool:
    if end is None or event.last_seen is None:
        return end is None and event.last_seen is None
    return abs(event.last_seen - datetime.fromisoformat(str(end))) <= NEAR


def events_without_a_rib(folder: Path) -> int:
    """How many events the real update files make, each in an archive of its own without a RIB."""
    found = 0
    for path in sorted(folder.glob("*updates*")):
        with tempfile.TemporaryDirectory() as archive:
            elems = iter(MrtFile(path, "rrc00"))
            stamp = datetime.fromtimestamp(next(elems).observed_at, UTC)
            place = Path(archive, "rrc00", f"{stamp:%Y.%m}", f"updates.{stamp:%Y%m%d.%H%M}{path.suffix}")
            place.parent.mkdir(parents=True)
            place.write_bytes(path.read_bytes())
            found += len(observe_all(Path(archive)).events)
    return found


def figures(shared: Path) -> Iterator[tuple[str, float, float]]:
    """(name, value, floor); false alarms are counted below zero, so that more of them is less. Nothing without the
    data.
    """
    incidents = sorted((shared / "data" / "incidents").glob("*/truth.json"))
    if not incidents:
        return
    judge = _scorer(shared / "eval" / "events.py").judge
    command = str(Path(sys.executable).with_name("routewire"))
    rows = [judge(truth.parent, command) for truth in incidents]
    yield "routing.incidents_found", sum(row["found"] for row in rows) / len(rows), 1.0
    yield "routing.false_alarms", -float(sum(row["false_alarms"] for row in rows)), 0.0
    yield "routing.ends_found", sum(ends_in_time(truth.parent) for truth in incidents) / len(rows), 1.0
    yield "routing.events_without_a_rib", -float(events_without_a_rib(shared / "data" / "mrt")), 0.0
