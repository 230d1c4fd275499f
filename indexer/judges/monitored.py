"""What monitors tell of a claim: it bears the claim out, and never speaks against one.

A monitor's silence is no look: how it looked, and at what, is not known here. So its events never contradict, are never
peers that looked on, and are no coverage.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from crawler.routing.model import EventKind, RoutingEvent
from indexer.correlate import Case
from indexer.judges.incidents import HIJACKS, LEAKS
from indexer.judges.state import interval
from indexer.lookup import overlap
from indexer.model import Verdict, VerdictKind
from indexer.prefixes import touches
from indexer.telling import tell_event

OUTAGES = frozenset({EventKind.OUTAGE, EventKind.PARTIAL_OUTAGE})
KINDS: Mapping[str, frozenset[EventKind]] = {
    "origin_hijack": HIJACKS,
    "route_leak": LEAKS,
    "transit_added": frozenset({EventKind.UPSTREAM_ADDED}),
    "transit_removed": frozenset({EventKind.UPSTREAM_REMOVED}),
    "outage_start": OUTAGES,
    "outage_end": OUTAGES,
    "outage_state": OUTAGES,
}
SEEN = frozenset({VerdictKind.CONFIRMED, VerdictKind.PARTLY})


def support(case: Case, verdict: Verdict) -> Verdict:
    """The finding with what a monitor tells of the claim, where it tells anything."""
    event = next(_fitting(case), None)
    if event is None:
        return verdict
    told = f"{event.source} tells of it: {tell_event(event)}."
    events = tuple(dict.fromkeys((*verdict.events, event.id)))
    if verdict.verdict in SEEN:
        return replace(verdict, reasons=(*verdict.reasons, told), events=events)
    return replace(
        verdict, verdict=_raised(event, verdict), correction=None, delta_s=_delta(case, event), events=events,
        reasons=(told, *(f"In the routes of this archive: {reason}" for reason in verdict.reasons)),
    )  # fmt: skip


def _raised(event: RoutingEvent, verdict: Verdict) -> VerdictKind:
    """What routes could not tell, the monitor does; where they speak against it, or part of it is told, in part."""
    silent = verdict.verdict in (VerdictKind.NO_DATA, VerdictKind.NOT_OBSERVABLE)
    return VerdictKind.CONFIRMED if silent and event.kind is not EventKind.PARTIAL_OUTAGE else VerdictKind.PARTLY


def gainsay(case: Case, verdict: Verdict) -> Verdict:
    """The finding on a denial: what a monitor tells of the denied thing keeps the denial from being borne out."""
    event = next(_fitting(case), None)
    if event is None:
        return verdict
    kind = VerdictKind.NO_DATA if verdict.verdict in SEEN else verdict.verdict
    told = f"{event.source} tells of what is denied: {tell_event(event)}."
    events = tuple(dict.fromkeys((*verdict.events, event.id)))
    return replace(verdict, verdict=kind, reasons=(told, *verdict.reasons), events=events)


def _fitting(case: Case) -> Iterator[RoutingEvent]:
    """Events that monitors tell of the claim's kind, networks, prefixes and time; those of a whole before a part."""
    kinds = KINDS.get(case.claim.type)
    if kinds is None or case.span is None:
        return
    names = {*case.actor.asns, *case.target.asns, case.target.stated}
    found = [e for e in case.view.told_of(names, case.prefixes) if e.kind in kinds]
    for event in sorted(found, key=lambda e: (e.kind is EventKind.PARTIAL_OUTAGE, e.first_seen, e.id)):
        if _in_time(case, event) and _of_parties(case, event) and _on_prefixes(case, event):
            yield event


def _moment(case: Case, event: RoutingEvent) -> datetime | None:
    return event.last_seen if case.claim.type == "outage_end" else event.first_seen


def _delta(case: Case, event: RoutingEvent) -> int | None:
    moment = _moment(case, event)
    return None if moment is None or case.claim.type == "outage_state" else case.delta(moment)


def _in_time(case: Case, event: RoutingEvent) -> bool:
    if case.claim.type == "outage_state":
        return overlap(event.first_seen, event.last_seen, *interval(case))
    moment = _moment(case, event)
    return moment is not None and case.in_time(moment)


def _of_parties(case: Case, event: RoutingEvent) -> bool:
    """Whether each party that the claim names is the event's; a country is that of an event of it as a whole."""
    does = event.offender_asn if event.offender_asn is not None else event.upstream_asn
    actor = case.claim.actor is None or event.kind in OUTAGES or does in case.actor.asns
    whole = event.origin_asn is None and case.target.stated in event.countries
    victim = case.target.stated is None or event.origin_asn in case.target.asns or whole
    return actor and victim and (case.target.stated is not None or case.claim.actor is not None)


def _on_prefixes(case: Case, event: RoutingEvent) -> bool:
    return all(any(touches(net, prefix) for prefix in event.prefixes) for net in case.prefixes)
