"""What a claim, an event or an entity is called, in words for people; one place, so that all faces say the same."""

from __future__ import annotations

from collections.abc import Callable

from crawler.routing.model import EventKind, RoutingEvent
from nlp.model import Claim

Name = Callable[[str], str]
"""Gives the display name of an entity id; the id itself where there is none."""

_SHOWN = 3
"""Prefixes that a title names; it counts the others."""

_EVENTS = {
    EventKind.UPSTREAM_ADDED: "{upstream} became an upstream of {origin}",
    EventKind.UPSTREAM_REMOVED: "{upstream} ceased to be an upstream of {origin}",
    EventKind.ORIGIN_CHANGE: "{offender} announced prefixes of {origin} in its place",
    EventKind.MOAS: "{offender} announced prefixes of {origin} beside it",
    EventKind.SUBPREFIX_ORIGIN_CHANGE: "{offender} announced a part of a prefix of {origin}",
    EventKind.ROUTE_LEAK: "Routes of {origin} leaked by {offender}",
    EventKind.OUTAGE: "Outage of {origin}",
    EventKind.PARTIAL_OUTAGE: "Partial outage of {origin}",
    EventKind.RPKI_INVALID: "{offender} announced what RPKI holds invalid",
}
_NOBODY_NAMED = {
    EventKind.ORIGIN_CHANGE: "The origin changed from {origin}",
    EventKind.MOAS: "Several origins, {origin} among them",
    EventKind.SUBPREFIX_ORIGIN_CHANGE: "A part of a prefix of {origin} was announced by another network",
    EventKind.RPKI_INVALID: "{origin} announced what RPKI holds invalid",
}
"""Where a monitor tells of an event and not who did it."""

_OF_COUNTRIES = frozenset({EventKind.OUTAGE, EventKind.PARTIAL_OUTAGE})


def by_id(entity_id: str) -> str:
    """Calls every entity by its id: for what is kept, since names change."""
    return entity_id


def network(asn: int | None, name: Name) -> str:
    """`Star JV (AS131279)`, or the number alone; `an unknown network` for None."""
    if asn is None:
        return "an unknown network"
    called = name(f"AS{asn}")
    return f"AS{asn}" if called == f"AS{asn}" else f"{called} (AS{asn})"


def entity(entity_id: str | None, name: Name) -> str:
    if entity_id is None:
        return "not said"
    if entity_id.startswith("AS") and entity_id[2:].isdigit():
        return network(int(entity_id[2:]), name)
    return name(entity_id)


def event_title(event: RoutingEvent, name: Name = by_id) -> str:
    """What happened, to whom, on which prefixes."""
    nobody = _NOBODY_NAMED.get(event.kind) if event.offender_asn is None else None
    says = (nobody or _EVENTS[event.kind]).format(
        origin=_origin(event, name),
        upstream=network(event.upstream_asn, name),
        offender=network(event.offender_asn, name),
    )
    more = len(event.prefixes) - _SHOWN
    shown = ", ".join(event.prefixes[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
    told = "" if event.source == "bgp" else f" (told by {event.source})"
    return f"{says}: {shown}{told}" if shown else f"{says}{told}"


def _origin(event: RoutingEvent, name: Name) -> str:
    """The network, or for an event of a whole country the country."""
    if event.origin_asn is None and event.countries and event.kind in _OF_COUNTRIES:
        return " and ".join(name(country) for country in event.countries)
    if event.origin_asn is None and event.kind is EventKind.ROUTE_LEAK:
        return "several networks"
    return network(event.origin_asn, name)


def claim_title(claim: Claim, name: Name) -> str:
    """`transit added: TransTeleCom (AS20485) to Star JV (AS131279)`, with what qualifies it."""
    parties = " to ".join(entity(party, name) for party in (claim.actor, claim.target) if party)
    manner = "" if claim.polarity == "asserted" else f" ({claim.polarity.value})"
    return f"{claim.type.replace('_', ' ')}{manner}: {parties or claim.quantity or claim.place or 'no party named'}"
