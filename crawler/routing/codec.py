"""Elements, events, spells and coverage to JSON and back, in the contract's form."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from crawler.routing.model import (
    Gap,
    RouteElem,
    RouteEvidence,
    RoutingEvent,
)

Json = dict[str, Any]


def time_to_json(value: datetime) -> str:
    """UTC with `Z`; a fraction only where there is one."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _maybe_time(value: datetime | None) -> str | None:
    return None if value is None else time_to_json(value)


def elem_to_json(elem: RouteElem) -> Json:
    """A set in the AS path is a list inside it. `path_id` is 0 where the peer sends one path a prefix."""
    return {
        "type": elem.type.value,
        "observed_at": time_to_json(datetime.fromtimestamp(elem.observed_at, UTC)),
        "collector": elem.collector,
        "peer_asn": elem.peer_asn,
        "peer_ip": elem.peer_ip,
        "prefix": elem.prefix,
        "as_path": [list(hop) if isinstance(hop, tuple) else hop for hop in elem.as_path],
        "origin_asns": list(elem.origin_asns),
        "file": elem.file,
        "record": elem.record,
        "path_id": elem.path_id,
    }


def gap_to_json(gap: Gap) -> Json:
    return {
        "collector": gap.collector,
        "start": time_to_json(gap.start),
        "end": time_to_json(gap.end),
        "reason": gap.reason,
    }


def evidence_to_json(evidence: RouteEvidence) -> Json:
    return {
        "file": evidence.file,
        "record": evidence.record,
        "collector": evidence.collector,
        "peer_asn": evidence.peer_asn,
        "peer_ip": evidence.peer_ip,
        "prefix": evidence.prefix,
        "observed_at": time_to_json(evidence.observed_at),
        "as_path": [list(hop) if isinstance(hop, tuple) else hop for hop in evidence.as_path],
    }


def event_to_json(event: RoutingEvent) -> Json:
    return {
        "id": event.id,
        "kind": event.kind.value,
        "prefixes": list(event.prefixes),
        "origin_asn": event.origin_asn,
        "upstream_asn": event.upstream_asn,
        "offender_asn": event.offender_asn,
        "countries": list(event.countries),
        "first_seen": time_to_json(event.first_seen),
        "last_seen": _maybe_time(event.last_seen),
        "intervals": [[time_to_json(i.start), _maybe_time(i.end)] for i in event.intervals],
        "prefix_ends": [[prefix, time_to_json(end)] for prefix, end in event.prefix_ends],
        "peers_seen": event.peers_seen,
        "peers_total": event.peers_total,
        "collectors": list(event.collectors),
        "rpki": event.rpki,
        "gaps": [gap_to_json(gap) for gap in event.gaps],
        "evidence": [evidence_to_json(one) for one in event.evidence],
        "thresholds": dict(event.thresholds),
        "basis": list(event.basis),
        "source": event.source,
        "source_text": event.source_text,
        "licence": event.licence,
    }
