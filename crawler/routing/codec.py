"""Elements, events, spells and coverage to JSON and back, in the contract's form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from crawler.routing.model import (
    Coverage,
    EventKind,
    Gap,
    Interval,
    RouteElem,
    RouteEvidence,
    RouteSpell,
    RoutingEvent,
)

Json = dict[str, Any]


def time_to_json(value: datetime) -> str:
    """UTC with `Z`; a fraction only where there is one."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _maybe_time(value: datetime | None) -> str | None:
    return None if value is None else time_to_json(value)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _path(path: Any) -> tuple[int | tuple[int, ...], ...]:
    return tuple(tuple(hop) if isinstance(hop, list | tuple) else hop for hop in path)


def elem_to_json(elem: RouteElem) -> Json:
    """A set in the AS path is a list inside it."""
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
    }


def gap_to_json(gap: Gap) -> Json:
    return {
        "collector": gap.collector,
        "start": time_to_json(gap.start),
        "end": time_to_json(gap.end),
        "reason": gap.reason,
    }


def gap_from_json(row: Mapping[str, Any]) -> Gap:
    return Gap(collector=row["collector"], start=_time(row["start"]), end=_time(row["end"]), reason=row["reason"])


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


def evidence_from_json(row: Mapping[str, Any]) -> RouteEvidence:
    return RouteEvidence(
        file=row["file"],
        record=row["record"],
        collector=row["collector"],
        peer_asn=row["peer_asn"],
        peer_ip=row["peer_ip"],
        prefix=row["prefix"],
        observed_at=_time(row["observed_at"]),
        as_path=_path(row["as_path"]),
    )


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
        "source": event.source,
        "source_text": event.source_text,
    }


def event_from_json(row: Mapping[str, Any]) -> RoutingEvent:
    """Raises KeyError or ValueError for what is not an event; fields that came later may be absent."""
    return RoutingEvent(
        id=row["id"],
        kind=EventKind(row["kind"]),
        prefixes=tuple(row["prefixes"]),
        origin_asn=row["origin_asn"],
        upstream_asn=row["upstream_asn"],
        offender_asn=row["offender_asn"],
        countries=tuple(row["countries"]),
        first_seen=_time(row["first_seen"]),
        last_seen=None if row["last_seen"] is None else _time(row["last_seen"]),
        peers_seen=row["peers_seen"],
        peers_total=row["peers_total"],
        collectors=tuple(row["collectors"]),
        rpki=row.get("rpki", "unknown"),
        gaps=tuple(gap_from_json(gap) for gap in row.get("gaps", ())),
        evidence=tuple(evidence_from_json(one) for one in row.get("evidence", ())),
        intervals=tuple(
            Interval(_time(start), None if end is None else _time(end)) for start, end in row.get("intervals", ())
        ),
        prefix_ends=tuple((prefix, _time(end)) for prefix, end in row.get("prefix_ends", ())),
        thresholds=dict(row.get("thresholds", {})),
        source=row.get("source", "bgp"),
        source_text=row.get("source_text"),
    )


def spell_to_json(spell: RouteSpell) -> Json:
    return {
        "prefix": spell.prefix,
        "origin_asn": spell.origin_asn,
        "upstream_asn": spell.upstream_asn,
        "start": time_to_json(spell.start),
        "end": _maybe_time(spell.end),
        "since_before": spell.since_before,
        "peers_seen": spell.peers_seen,
        "peers_total": spell.peers_total,
        "evidence": evidence_to_json(spell.evidence),
    }


def spell_from_json(row: Mapping[str, Any]) -> RouteSpell:
    return RouteSpell(
        prefix=row["prefix"],
        origin_asn=row["origin_asn"],
        upstream_asn=row["upstream_asn"],
        start=_time(row["start"]),
        end=None if row["end"] is None else _time(row["end"]),
        since_before=row["since_before"],
        peers_seen=row["peers_seen"],
        peers_total=row["peers_total"],
        evidence=evidence_from_json(row["evidence"]),
    )


def coverage_to_json(coverage: Coverage) -> Json:
    return {
        "start": time_to_json(coverage.start),
        "end": time_to_json(coverage.end),
        "collectors": list(coverage.collectors),
        "peers_total": coverage.peers_total,
        "gaps": [gap_to_json(gap) for gap in coverage.gaps],
    }


def coverage_from_json(row: Mapping[str, Any]) -> Coverage:
    return Coverage(
        start=_time(row["start"]),
        end=_time(row["end"]),
        collectors=tuple(row["collectors"]),
        peers_total=row["peers_total"],
        gaps=tuple(gap_from_json(gap) for gap in row.get("gaps", ())),
    )
