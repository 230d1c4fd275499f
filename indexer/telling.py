"""How networks, prefixes and routing events are told in a reason."""

from __future__ import annotations

from collections.abc import Iterable

from crawler.routing.model import RoutingEvent
from indexer.claimtime import length, stamp

# So many prefixes of an event are told with an end of their own, the rest is counted.
MOST_ENDS = 3


def as_id(number: int) -> str:
    return f"AS{number}"


def some(names: Iterable[str], most: int = 4) -> str:
    """Names in order, the rest as a count: `a, b and 3 more`."""
    listed = sorted(set(names))
    shown = ", ".join(listed[:most])
    return f"{shown} and {len(listed) - most} more" if len(listed) > most else shown


def tell_event(event: RoutingEvent) -> str:
    """One event in a line, for people: what, whose, which prefixes, from when to when, and who saw it."""
    parties = " of ".join(as_id(a) for a in (event.offender_asn or event.upstream_asn, event.origin_asn) if a)
    whom = parties or some(event.countries)
    what = f"{event.kind.value.replace('_', ' ')}{f' {whom}' if whom else ''}"
    where = f", {some(event.prefixes)}" if event.prefixes else ""
    seen = f"{event.peers_seen} of {event.peers_total} peers" if event.source == "bgp" else f"told by {event.source}"
    return f"{what}{where}, from {stamp(event.first_seen)} {_lasted(event)}{_ends(event)}, {seen}"


def _lasted(event: RoutingEvent) -> str:
    if event.last_seen is None:
        return "still so at the end of the data"
    return f"until {stamp(event.last_seen)} ({length(event.last_seen - event.first_seen)})"


def _ends(event: RoutingEvent) -> str:
    """The ends of the prefixes for which it was over before the whole event was, the first few of them."""
    ends = [f"{prefix} until {stamp(end)}" for prefix, end in event.prefix_ends]
    more = f" and {len(ends) - MOST_ENDS} more" if len(ends) > MOST_ENDS else ""
    return f" ({', '.join(ends[:MOST_ENDS])}{more})" if ends else ""


def basis(event: RoutingEvent) -> str | None:
    """What an event rests on beside the routes, in a sentence; None where it rests on nothing else."""
    rpki = f"RPKI: {event.rpki.replace('_', ' ')}" if event.rpki != "unknown" else ""
    rests = f"it rests on {'; '.join(event.basis)}" if event.basis else ""
    told = "; ".join(part for part in (rpki, rests) if part)
    return f"{told[0].upper()}{told[1:]}." if told else None
