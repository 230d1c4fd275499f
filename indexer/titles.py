"""What a claim, an event or an entity is called, in words for people; one place, so that all faces say the same."""

from __future__ import annotations

from collections.abc import Callable

from crawler.routing.model import EventKind, RoutingEvent
from nlp.model import Claim

Name = Callable[[str], str]
"""Gives the display name of an entity id; the id itself where there is none."""

_EVENTS = {
    EventKind.UPSTREAM_ADDED: "{upstream} becomes an upstream of {origin}",
    EventKind.UPSTREAM_REMOVED: "{upstream} is no longer an upstream of {origin}",
    EventKind.ORIGIN_CHANGE: "the origin of {prefixes} changes to {offender}",
    EventKind.MOAS: "{prefixes} of {origin} is announced by {offender} as well",
    EventKind.SUBPREFIX_ORIGIN_CHANGE: "{offender} announces {prefixes}, inside a prefix of {origin}",
    EventKind.ROUTE_LEAK: "{offender} leaks routes to {prefixes} of {origin}",
    EventKind.OUTAGE: "outage of {origin}",
    EventKind.PARTIAL_OUTAGE: "partial outage of {origin}",
    EventKind.RPKI_INVALID: "{prefixes} of {origin} is RPKI-invalid",
}


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


def event_title(event: RoutingEvent, name: Name) -> str:
    shown = ", ".join(event.prefixes[:3]) + (f" and {len(event.prefixes) - 3} more" if len(event.prefixes) > 3 else "")
    sentence = _EVENTS[event.kind].format(
        origin=network(event.origin_asn, name),
        upstream=network(event.upstream_asn, name),
        offender=network(event.offender_asn, name),
        prefixes=shown,
    )
    return sentence[:1].upper() + sentence[1:]


def claim_title(claim: Claim, name: Name) -> str:
    """`transit added: TransTeleCom (AS20485) to Star JV (AS131279)`, with what qualifies it."""
    parties = " to ".join(entity(party, name) for party in (claim.actor, claim.target) if party)
    manner = "" if claim.polarity == "asserted" else f" ({claim.polarity.value})"
    return f"{claim.type.replace('_', ' ')}{manner}: {parties or claim.quantity or claim.place or 'no party named'}"
