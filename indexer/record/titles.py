"""A routing event in one line for people."""

from __future__ import annotations

from crawler.routing.model import EventKind, RoutingEvent

_SHOWN = 3


def event_title(event: RoutingEvent) -> str:
    """What happened, to whom, on which prefixes; a part that the event does not tell is left out."""
    origin = f"AS{event.origin_asn}" if event.origin_asn is not None else " and ".join(event.countries)
    upstream = f"AS{event.upstream_asn}" if event.upstream_asn is not None else "an upstream"
    by = f" by AS{event.offender_asn}" if event.offender_asn is not None else ""
    says = {
        EventKind.UPSTREAM_ADDED: f"{upstream} became an upstream of {origin}",
        EventKind.UPSTREAM_REMOVED: f"{upstream} ceased to be an upstream of {origin}",
        EventKind.ORIGIN_CHANGE: f"The origin changed to {origin}",
        EventKind.MOAS: f"Several origins, {origin} among them",
        EventKind.SUBPREFIX_ORIGIN_CHANGE: f"A part of a prefix was announced by {origin}",
        EventKind.ROUTE_LEAK: f"Routes of {origin} leaked{by}",
        EventKind.OUTAGE: f"Outage of {origin}",
        EventKind.PARTIAL_OUTAGE: f"Partial outage of {origin}",
        EventKind.RPKI_INVALID: f"{origin} announced what RPKI holds invalid",
    }[event.kind]
    more = len(event.prefixes) - _SHOWN
    shown = ", ".join(event.prefixes[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
    return f"{says}: {shown}" if shown else says
