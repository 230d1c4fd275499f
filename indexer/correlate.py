"""The join of claims with the routing table: which networks a claim is about, and what a view holds of them.

Nothing here says whether a claim is true; `indexer.verdict` does. Nothing here reads a clock, a file or a socket.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import NamedTuple

from crawler.routing.model import EventKind, Gap, RouteSpell, RoutingEvent, RoutingView
from indexer.claimtime import SLACK, Grain, Span, claimed, length, stamp
from nlp.model import Claim

Network = IPv4Network | IPv6Network

MAX_ASN = 2**32 - 1
# Absence speaks only where several peers could have spoken: one or two may share a filter or a best path.
MIN_PEERS = 3
# How far the start of a spell and that of the event made from it may lie apart: detection waits for further peers.
SAME_MOMENT = SLACK[Grain.SECOND]

_AS_ID = re.compile(r"(?:AS|ASN)\s?(\d{1,10})", re.IGNORECASE)
_COUNTRY_ID = re.compile(r"[A-Z]{2}")


class Scope(NamedTuple):
    """What a view must hold to judge claims: AS numbers, prefixes and ISO 3166-1 alpha-2 countries, each sorted."""

    asns: tuple[int, ...]
    prefixes: tuple[str, ...]
    countries: tuple[str, ...]


def scope(claims: Iterable[Claim]) -> Scope:
    """The networks that a view must hold to judge the claims.

    Besides those that are named: the ones that a name points to, and the numbers one slip of the pen away from a
    printed one, without which a misprint could not be told from an untruth.
    """
    asns: set[int] = set()
    prefixes: set[str] = set()
    countries: set[str] = set()
    for claim in claims:
        for stated in (claim.actor, claim.target):
            number = asn_of(stated)
            asns |= misprints(number) | {number} if number is not None else set()
        for stated in (*claim.other, *(likely for _, likely in claim.likely)):
            asns |= {number} if (number := asn_of(stated)) is not None else set()
        named = (claim.actor, claim.target, claim.place, *claim.other)
        prefixes |= {str(p) for stated in named if (p := prefix_of(stated)) is not None}
        countries |= {c for stated in named if (c := country_of(stated)) is not None}
    return Scope(tuple(sorted(asns)), tuple(sorted(prefixes)), tuple(sorted(countries)))


def asn_of(stated: str | None) -> int | None:
    """The number of an id like `AS20485`; None for anything else and for numbers that do not fit 32 bits."""
    found = _AS_ID.fullmatch(stated.strip()) if stated else None
    return number if found and (number := int(found[1])) <= MAX_ASN else None


def country_of(stated: str | None) -> str | None:
    return stated if stated and _COUNTRY_ID.fullmatch(stated) else None


@lru_cache(maxsize=4096)
def prefix_of(stated: str | None) -> Network | None:
    """The prefix or address (as a host's prefix) that a string names; None where it names none."""
    if not stated or not ({".", ":"} & set(stated)):
        return None
    try:
        return ip_network(stated.strip(), strict=False)
    except ValueError:
        return None


def misprints(number: int) -> frozenset[int]:
    """The numbers one slip away: a digit replaced, or two neighbouring digits exchanged. Length stays."""
    digits = str(number)
    slips = {digits[:i] + d + digits[i + 1 :] for i in range(len(digits)) for d in "0123456789"}
    slips |= {digits[:i] + digits[i + 1] + digits[i] + digits[i + 2 :] for i in range(len(digits) - 1)}
    return frozenset(n for s in slips if s[0] != "0" and (n := int(s)) != number and n <= MAX_ASN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One side of a claim, as networks. `asns` is empty where `stated` is no network that the view knows.

    `sole` says that the claim means one network; else any of `asns` may be meant (a country's).
    """

    stated: str | None
    asns: frozenset[int] = frozenset()
    sole: bool = False

    @property
    def name(self) -> str:
        return self.stated or "a network that is not named"


def party(stated: str | None, view: RoutingView) -> Party:
    """The networks that an id stands for in this view."""
    if (number := asn_of(stated)) is not None:
        return Party(stated=as_id(number), asns=frozenset({number}), sole=True)
    if (country := country_of(stated)) is not None:
        return Party(stated=stated, asns=frozenset(a for a in seen_asns(view) if view.countries.get(a) == country))
    if (prefix := prefix_of(stated)) is not None:
        return Party(stated=stated, asns=frozenset(s.origin_asn for s in view.spells if touches(prefix, s.prefix)))
    return Party(stated=stated)


def seen_asns(view: RoutingView) -> frozenset[int]:
    """Every network that the view's spells and events name."""
    spells = (a for s in view.spells for a in (s.origin_asn, s.upstream_asn))
    events = (a for e in view.events for a in (e.origin_asn, e.upstream_asn, e.offender_asn))
    return frozenset(a for a in (*spells, *events) if a is not None)


def foreign(stated: Party, number: int, view: RoutingView) -> bool:
    """Whether the network is known not to be the stated one: a country is not wrong for a network of unknown place."""
    return number not in stated.asns and (stated.sole or country_of(stated.stated) is None or number in view.countries)


def as_id(number: int) -> str:
    return f"AS{number}"


def touches(named: Network, seen: str) -> bool:
    """Whether the two share addresses."""
    other = prefix_of(seen)
    return other is not None and other.version == named.version and named.overlaps(other)


def covers(seen: str, named: Network) -> bool:
    """Whether the prefix that was seen holds all of the named one."""
    other = prefix_of(seen)
    return (
        other is not None
        and other.version == named.version
        and other.prefixlen <= named.prefixlen
        and named.overlaps(other)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A claim laid beside the view it is judged from. `span` is None where the claim gives no readable time."""

    claim_id: str
    claim: Claim
    view: RoutingView
    span: Span | None
    actor: Party
    target: Party
    prefixes: tuple[Network, ...]

    @property
    def until(self) -> Span | None:
        """The claimed end where the claim gives an end alone."""
        return claimed(self.claim.end_utc, None) if self.span is None else None

    @property
    def window(self) -> tuple[datetime, datetime]:
        """From when to when the claim is about, at its own precision.

        Up to the claimed end where it gives an end alone, and the whole coverage where it gives no time.
        """
        coverage = self.view.coverage
        if self.until is not None:
            return coverage.start, min(self.until.high, coverage.end)
        return (self.span.low, self.span.high) if self.span else (coverage.start, coverage.end)

    def when(self) -> str:
        """The time that was judged, for people."""
        if self.span is None:
            coverage = self.view.coverage
            if self.until is not None:
                return f"from {stamp(coverage.start)} up to the claimed end ({self.until.text})"
            return f"in all of the archive ({stamp(coverage.start)} to {stamp(coverage.end)}; the claim gives no time)"
        return f"at the claimed time ({self.span.text})"

    def in_time(self, moment: datetime) -> bool:
        return self.span is None or self.span.holds(moment)

    def delta(self, moment: datetime) -> int | None:
        return self.span.delta(moment) if self.span else None

    def tell(self, moment: datetime) -> str:
        if self.span is not None:
            return self.span.tell(moment)
        return "the claim gives no time" if self.until is None else f"the claim gives an end alone ({self.until.text})"


def lay(claim_id: str, claim: Claim, view: RoutingView) -> Case:
    """The claim with its parties and time made out. A target that is a prefix counts among the named prefixes."""
    named = (prefix_of(stated) for stated in dict.fromkeys((claim.target, *claim.other)))
    return Case(
        claim_id=claim_id,
        claim=claim,
        view=view,
        span=claimed(claim.start_utc, claim.precision),
        actor=party(claim.actor, view),
        target=party(claim.target if claim.target is not None else country_of(claim.place), view),
        prefixes=tuple(p for p in named if p is not None),
    )


def blind(case: Case, low: datetime | None = None, high: datetime | None = None) -> str | None:
    """Why something unseen between the two times may still have happened; None where it would have been seen.

    Without the times the claimed span counts, at its own precision ("around" takes its slack along). The whole span
    must lie in the coverage; no collector may have a gap in it, since any one may be the only one that saw a change;
    and `MIN_PEERS` full-feed peers must be there.
    """
    coverage = case.view.coverage
    span = case.span
    told = span or case.until
    start = low or (span.start if span and not span.open_start else coverage.start)
    end = high or (span.end if span else min(case.until.end, coverage.end) if case.until else coverage.end)
    if not coverage.collectors or coverage.peers_total == 0:
        return "the archive has no collector with a full-feed peer."
    if start < coverage.start or not coverage.start < end <= coverage.end:
        return (
            f"the archive reaches from {stamp(coverage.start)} to {stamp(coverage.end)} "
            f"and does not hold all of the claimed time ({told.text if told else 'none given'})."
        )
    if coverage.peers_total < MIN_PEERS:
        return f"only {coverage.peers_total} full-feed peers look on, fewer than the {MIN_PEERS} that absence needs."
    watched = span.watched if span else (start, end)
    if gap := gap_in(case.view, min(start, watched[0]), max(end, watched[1])):
        return f"{tell_gap(gap)}, which could hide it."
    return None


def gap_in(view: RoutingView, low: datetime, high: datetime) -> Gap | None:
    """The longest gap that overlaps the span, from its low to its high end."""
    found = [g for g in view.coverage.gaps if g.start < high and g.end > low]
    return max(found, key=lambda g: (g.end - g.start, g.collector), default=None)


def tell_gap(gap: Gap) -> str:
    return f"{gap.collector} has no data from {stamp(gap.start)} to {stamp(gap.end)} ({gap.reason})"


def all_blind(case: Case) -> Gap | None:
    """A gap of the claimed span where every collector has one that covers all of it; None where one could look."""
    if case.span is None:
        return None
    low, high = case.span.start, case.span.end
    gaps = {g.collector: g for g in case.view.coverage.gaps if g.start <= low and g.end >= high}
    missing = [gaps[c] for c in case.view.coverage.collectors if c in gaps]
    return missing[0] if missing and len(missing) == len(case.view.coverage.collectors) else None


def routes_of(view: RoutingView, asns: Iterable[int]) -> tuple[RouteSpell, ...]:
    """The spells of the prefixes that the networks originate."""
    wanted = frozenset(asns)
    return tuple(s for s in view.spells if s.origin_asn in wanted)


def overlap(start: datetime, end: datetime | None, low: datetime, high: datetime) -> bool:
    return start < high and (end is None or end > low)


def events_at(
    view: RoutingView,
    kinds: Iterable[EventKind],
    moment: datetime,
    prefixes: Iterable[str],
    *,
    origin: int | None = None,
    upstream: int | None = None,
    offender: int | None = None,
) -> tuple[RoutingEvent, ...]:
    """Events of the kinds and networks, on any of the prefixes, that lasted at the moment or began or ended next to it.

    Nearest start first.
    """
    wanted, routes = frozenset(kinds), frozenset(prefixes)
    asked = (("origin_asn", origin), ("upstream_asn", upstream), ("offender_asn", offender))
    found = [
        e
        for e in view.events
        if e.kind in wanted
        and not routes.isdisjoint(e.prefixes)
        and all(number is None or getattr(e, field) == number for field, number in asked)
        and e.first_seen - SAME_MOMENT <= moment
        and (e.last_seen is None or moment <= e.last_seen + SAME_MOMENT)
    ]
    return tuple(sorted(found, key=lambda e: (abs(e.first_seen - moment), e.id)))


def tell_event(event: RoutingEvent) -> str:
    """One event in a line, for people."""
    parties = " of ".join(as_id(a) for a in (event.offender_asn or event.upstream_asn, event.origin_asn) if a)
    lasted = f"until {stamp(event.last_seen)}" if event.last_seen else "still so at the end of the data"
    if event.last_seen:
        lasted += f" ({length(event.last_seen - event.first_seen)})"
    return (
        f"{event.kind.value.replace('_', ' ')}{f' {parties}' if parties else ''}, {some(event.prefixes)}, "
        f"from {stamp(event.first_seen)} {lasted}, {event.peers_seen} of {event.peers_total} peers"
    )


def some(names: Iterable[str], most: int = 4) -> str:
    """Names in order, the rest as a count: `a, b and 3 more`."""
    listed = sorted(set(names))
    shown = ", ".join(listed[:most])
    return f"{shown} and {len(listed) - most} more" if len(listed) > most else shown
