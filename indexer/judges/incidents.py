"""Incidents: one network's routes taken or leaked by another, as events tell them or as spells of a newcomer do."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from crawler.routing.model import EventKind, RouteSpell, RoutingEvent
from indexer.correlate import Case
from indexer.lookup import SAME_MOMENT, Lookup, ended
from indexer.prefixes import Network, PrefixIndex, prefix_of, touches

HIJACKS = frozenset({
    EventKind.MOAS, EventKind.ORIGIN_CHANGE, EventKind.SUBPREFIX_ORIGIN_CHANGE, EventKind.RPKI_INVALID,
})  # fmt: skip
LEAKS = frozenset({EventKind.ROUTE_LEAK})


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One network's routes taken or leaked by another. `victims` are those whose prefixes they are, where known.

    `sources` are the networks that a leaker had the routes from, `receivers` those that it passed them on to, and
    `carriers` the upstreams over which a hijacker's routes were reached.
    """

    offender: int
    victims: frozenset[int]
    prefixes: tuple[str, ...]
    start: datetime
    end: datetime | None
    event: RoutingEvent | None = None
    spells: tuple[RouteSpell, ...] = ()
    sources: frozenset[int] = frozenset()
    receivers: frozenset[int] = frozenset()

    @property
    def undergo(self) -> frozenset[int]:
        """Whom a claim may name as the target: who holds the prefixes, or stands on either side of a leaker."""
        return self.victims | self.sources | self.receivers

    @property
    def carriers(self) -> frozenset[int]:
        return frozenset(s.upstream_asn for s in self.spells if s.upstream_asn is not None)

    def ended(self, named: tuple[Network, ...]) -> datetime | None:
        """When it was over for the named prefixes, else for all of it; None where it was not when the data end."""
        if self.event is None or self.end != self.event.last_seen:
            return self.end
        own = self.prefixes if len(self.prefixes) < len(self.event.prefixes) else ()
        return ended(self.event, named or [net for prefix in own if (net := prefix_of(prefix))])

    def of(self, case: Case) -> Incident:
        """The part of a leak of several networks' routes that is the claimed target's; all of it where none is, where
        its networks are not told apart, or where the claim names prefixes beside the target's.
        """
        held = self.victims & case.target.asns
        if self.event is None or self.event.kind not in LEAKS or not held or held == self.victims:
            return self
        routes = {s.prefix for s in case.view.on(self.prefixes) if s.origin_asn in held}
        routes |= {one.prefix for one in self.event.evidence if one.as_path and one.as_path[-1] in held}
        own = tuple(prefix for prefix in self.prefixes if prefix in routes)
        if not own or not all(any(touches(net, prefix) for prefix in own) for net in case.prefixes):
            return self
        sources, receivers = _sides(self.event, own)
        return replace(
            self, victims=held, prefixes=own, sources=sources or self.sources, receivers=receivers or self.receivers
        )


class Incidents:
    """All incidents of some kinds that the events of a view tell, by network and prefix."""

    def __init__(self, view: Lookup, kinds: frozenset[EventKind]) -> None:
        self._all = [incident for event in view.events for incident in _from_event(view, event, kinds)]
        self._of: dict[int, list[int]] = defaultdict(list)
        for number, incident in enumerate(self._all):
            for asn in incident.undergo | {incident.offender}:
                self._of[asn].append(number)
        self._on = PrefixIndex((n, prefix) for n, incident in enumerate(self._all) for prefix in incident.prefixes)

    def about(self, case: Case) -> list[Incident]:
        """Those that share a network or addresses with the claim."""
        found = {n for asn in case.actor.asns | case.target.asns for n in self._of.get(asn, ())}
        found |= {n for net in case.prefixes for n in self._on.touching(net)}
        return [self._all[n].of(case) for n in sorted(found)]


def told(case: Case, kinds: frozenset[EventKind]) -> list[Incident]:
    """The incidents of the kinds that events tell and that share a network or addresses with the claim."""
    made = case.view.once((Incidents, kinds), lambda: Incidents(case.view, kinds))
    return made.about(case)


def _from_event(view: Lookup, event: RoutingEvent, kinds: frozenset[EventKind]) -> Iterator[Incident]:
    offender = event.offender_asn
    own = offender == event.origin_asn  # a network's own prefix, invalid by its own ROA, is taken from nobody
    if event.kind not in kinds or offender is None or own:
        return
    owners = {event.origin_asn} if event.origin_asn is not None else _owners(view, event.prefixes, offender)
    if event.kind in LEAKS:
        # A view of few networks has no spells of the others, whose routes leaked too: the paths name them.
        owners |= {hop for one in event.evidence for hop in one.as_path[-1:] if isinstance(hop, int)}
    sides = _sides(event, event.prefixes) if event.kind in LEAKS else (frozenset(), frozenset())
    whole = Incident(
        offender=offender,
        victims=frozenset(owners - {offender}),
        prefixes=event.prefixes,
        start=event.first_seen,
        end=event.last_seen,
        event=event,
        spells=tuple(s for s in view.on(event.prefixes) if s.origin_asn == offender),
        sources=sides[0],
        receivers=sides[1],
    )
    yield whole
    for later in event.intervals[1:]:
        yield replace(whole, start=later.start, end=later.end)


def _sides(event: RoutingEvent, prefixes: Iterable[str]) -> tuple[frozenset[int], frozenset[int]]:
    """From whom and to whom the routes of the prefixes went at the leaker, by the paths of the evidence."""
    sources, receivers, wanted = set(), set(), frozenset(prefixes)
    for one in (e for e in event.evidence if e.prefix in wanted):
        hops = [asn for asn, _ in groupby(hop for hop in one.as_path if isinstance(hop, int))]
        if event.offender_asn in hops:
            at = hops.index(event.offender_asn)
            receivers |= set(hops[at - 1 : at]) if at else set()
            sources |= set(hops[at + 1 : at + 2])
    return frozenset(sources), frozenset(receivers)


def _owners(view: Lookup, prefixes: Iterable[str], offender: int) -> set[int]:
    """Those who originate the prefixes besides the offender, else those of the space around or inside them."""
    listed = frozenset(prefixes)
    if others := {s.origin_asn for s in view.on(listed)} - {offender}:
        return others
    nets = [net for prefix in listed if (net := prefix_of(prefix))]
    return {s.origin_asn for s in view.touching(nets)} - {offender}


@dataclass(frozen=True, slots=True)
class _Newcomer:
    """A spell on space that others held before: the `holders`."""

    spell: RouteSpell
    holders: frozenset[int]


def newcomers(case: Case) -> Iterator[Incident]:
    """Incidents that no event tells: spells of a newcomer on space that another network held before.

    Those of the networks named, and any that began in time; what began together is one incident.
    """
    groups: dict[tuple[int, frozenset[int]], list[RouteSpell]] = defaultdict(list)
    for one in _candidates(case):
        groups[one.spell.origin_asn, one.holders].append(one.spell)
    for (offender, victims), group in groups.items():
        together = [s for s in group if s.start - group[0].start <= SAME_MOMENT]
        ends = [s.end for s in together]
        yield Incident(
            offender=offender,
            victims=victims,
            prefixes=tuple(sorted({s.prefix for s in together})),
            start=group[0].start,
            end=None if None in ends else max(e for e in ends if e),
            spells=tuple(together),
        )


def _candidates(case: Case) -> list[_Newcomer]:
    """By start."""
    found = case.view.once(_Newcomer, lambda: _all_newcomers(case.view))
    if case.span is None:
        return found
    low = bisect_left(found, case.span.low, key=lambda one: one.spell.start)
    high = bisect_left(found, case.span.high, key=lambda one: one.spell.start)
    named = case.actor.asns | case.target.asns
    far = [one for one in (*found[:low], *found[high:]) if one.spell.origin_asn in named]
    return sorted((*found[low:high], *far), key=_order)


def _all_newcomers(view: Lookup) -> list[_Newcomer]:
    """Of the whole view, by start, those left out that an event tells."""
    known = {p for e in view.events if e.kind in HIJACKS for p in e.prefixes}
    found = []
    for spell in view.spells:
        net = prefix_of(spell.prefix)
        if spell.since_before or spell.prefix in known or net is None:
            continue
        before = frozenset(s.origin_asn for s in view.around(net) if s.start < spell.start)
        if before and spell.origin_asn not in before:
            found.append(_Newcomer(spell, before))
    return sorted(found, key=_order)


def _order(one: _Newcomer) -> tuple[datetime, str, int]:
    return one.spell.start, one.spell.prefix, one.spell.origin_asn
