"""A view that is asked for the routes of a network or prefix, not walked through, so that many claims can be judged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import TypeVar

from crawler.routing.model import EventKind, RouteSpell, RoutingEvent, RoutingView
from indexer.claimtime import SLACK, Grain
from indexer.prefixes import Network, PrefixIndex, prefix_of, touches

# How far the start of a spell and that of the event made from it may lie apart: detection waits for further peers.
SAME_MOMENT = SLACK[Grain.SECOND]
BGP = "bgp"

_Key = TypeVar("_Key", bound=Hashable)
_Made = TypeVar("_Made")


class Lookup:
    """What a view holds, by network, country and prefix. Answers keep the view's own order.

    `events` are those seen in routes; `told`, those that a monitor tells of: they support and prove no absence.
    `delegated` gives all networks of a country, seen or not, by the delegations; without it those of the view are all.
    """

    def __init__(self, view: RoutingView, delegated: Callable[[str], Collection[int]] | None = None) -> None:
        self.view = view
        self.delegated = delegated
        self.coverage = view.coverage
        self.countries = view.countries
        self.spells: Sequence[RouteSpell] = view.spells
        self.events = tuple(event for event in view.events if event.source == BGP)
        self.told = tuple(event for event in view.events if event.source != BGP)
        self._made: dict[object, object] = {}

    def once(self, key: object, make: Callable[[], _Made]) -> _Made:
        """What `make` gives, made once for all the claims that are judged by this view."""
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]  # type: ignore[return-value]

    def within(self, asns: Iterable[int], prefixes: Iterable[str], countries: Iterable[str]) -> Lookup:
        """What a view of these networks, prefixes and countries alone would hold; nothing where none is given.

        Of a leak of several networks' routes by another, what is taken is the part of the networks given.
        """
        numbers, places = frozenset(asns), frozenset(countries)
        nets = [net for prefix in prefixes if (net := prefix_of(prefix))]
        homes = frozenset(asn for place in places for asn in self.networks_in(place))
        taken = {i for asn in numbers | homes for i in self._origins.get(asn, ())}
        taken |= {i for asn in numbers for i in self._upstreams.get(asn, ())}
        taken |= {i for net in nets for i in self._spell_prefixes.touching(net)}
        spells = self._spells(taken)
        held = {s.prefix: s.origin_asn for s in spells if s.origin_asn in numbers | homes}
        found = {e.id for e in (*self.events_of(numbers), *self.events_touching(nets)) if not _of_country(e)}
        found |= {e.id for e in self.events_of(places)}
        parts = {e.id: self._part(e, held) for e in self._many if e.offender_asn not in numbers}
        found |= {name for name, part in parts.items() if not held.keys().isdisjoint(part.prefixes)}
        events = tuple(parts.get(e.id, e) for e in self.events if e.id in found)
        told = self.told_of({*numbers, *places}, nets)
        named = {asn for s in spells for asn in (s.origin_asn, s.upstream_asn)}
        named |= {asn for e in (*events, *told) for asn in asns_of(e)}
        known = {asn: home for asn, home in self.countries.items() if asn in named}
        return Lookup(replace(self.view, spells=spells, events=(*events, *told), countries=known), self.delegated)

    def _part(self, event: RoutingEvent, held: Mapping[str, int]) -> RoutingEvent:
        """The part of a leak that is of the prefixes, each with its origin; the whole where it has none of them."""
        own = tuple(prefix for prefix in event.prefixes if prefix in held)
        if not own:
            return event
        origins = {held[prefix] for prefix in own}
        origin = min(origins) if len(origins) == 1 else None
        home = self.countries.get(origin) if origin is not None else None
        return replace(
            event,
            prefixes=own,
            origin_asn=origin,
            countries=(home,) if home else event.countries,
            evidence=tuple(one for one in event.evidence if one.prefix in own),
            prefix_ends=tuple(end for end in event.prefix_ends if end[0] in own),
        )

    @cached_property
    def _many(self) -> tuple[RoutingEvent, ...]:
        """The leaks of several networks' routes, which name none of them."""
        return tuple(e for e in self.events if e.kind is EventKind.ROUTE_LEAK and e.origin_asn is None)

    # -- spells ------------------------------------------------------------------------------------------------------
    @cached_property
    def _origins(self) -> dict[int, list[int]]:
        return _grouped((s.origin_asn, i) for i, s in enumerate(self.spells))

    @cached_property
    def _upstreams(self) -> dict[int, list[int]]:
        return _grouped((s.upstream_asn, i) for i, s in enumerate(self.spells) if s.upstream_asn is not None)

    @cached_property
    def _hops(self) -> dict[int, list[int]]:
        paths = ((i, s.evidence.as_path) for i, s in enumerate(self.spells))
        return _grouped((hop, i) for i, path in paths for hop in path if isinstance(hop, int))

    @cached_property
    def _spell_prefixes(self) -> PrefixIndex:
        return PrefixIndex(enumerate(s.prefix for s in self.spells))

    @property
    def origins(self) -> frozenset[int]:
        return frozenset(self._origins)

    def routes_of(self, origins: Iterable[int]) -> tuple[RouteSpell, ...]:
        """The spells of the prefixes that the networks originate."""
        return self._spells(i for asn in frozenset(origins) for i in self._origins.get(asn, ()))

    def through(self, networks: Iterable[int]) -> tuple[RouteSpell, ...]:
        """The spells that have one of the networks as origin or as upstream."""
        wanted = frozenset(networks)
        found = (i for asn in wanted for held in (self._origins, self._upstreams) for i in held.get(asn, ()))
        return self._spells(found)

    def passing(self, networks: Iterable[int]) -> tuple[RouteSpell, ...]:
        """The spells whose path, as their evidence has it, goes through one of the networks."""
        return self._spells(i for asn in frozenset(networks) for i in self._hops.get(asn, ()))

    def on(self, prefixes: Iterable[str]) -> tuple[RouteSpell, ...]:
        """The spells of exactly these prefixes."""
        nets = {net for prefix in prefixes if (net := prefix_of(prefix))}
        return self._spells(i for net in nets for i in self._spell_prefixes.exact(net))

    def around(self, net: Network) -> tuple[RouteSpell, ...]:
        """The spells of the prefix and of those that cover it."""
        return self._spells(self._spell_prefixes.around(net))

    def touching(self, nets: Iterable[Network]) -> tuple[RouteSpell, ...]:
        """The spells of every prefix that shares addresses with one of these."""
        return self._spells(i for net in nets for i in self._spell_prefixes.touching(net))

    def spells_of(self, family: int) -> tuple[RouteSpell, ...]:
        """The spells of IPv4 (4) or IPv6 (6) prefixes."""
        return tuple(s for s in self.spells if (net := prefix_of(s.prefix)) and net.version == family)

    def _spells(self, positions: Iterable[int]) -> tuple[RouteSpell, ...]:
        return tuple(self.spells[i] for i in sorted(set(positions)))

    # -- events ------------------------------------------------------------------------------------------------------
    @cached_property
    def _seen(self) -> _Events:
        return _Events(self.events)

    @cached_property
    def _told(self) -> _Events:
        return _Events(self.told)

    def events_of(self, names: Iterable[object]) -> tuple[RoutingEvent, ...]:
        """The events that have one of the networks (as a number) or countries in any role."""
        return self._seen.of(names)

    def events_touching(self, nets: Iterable[Network]) -> tuple[RoutingEvent, ...]:
        return self._seen.touching(nets)

    def told_of(self, names: Iterable[object], nets: Iterable[Network]) -> tuple[RoutingEvent, ...]:
        """What monitors tell of the networks and countries, and of space that touches the prefixes."""
        return tuple({e.id: e for e in (*self._told.of(names), *self._told.touching(nets))}.values())

    def events_at(self, moment: datetime, asked: Asked, prefixes: Iterable[str]) -> tuple[RoutingEvent, ...]:
        """Events as asked for, on any of the prefixes, that lasted at the moment or began or ended next to it.

        Nearest start first.
        """
        routes = frozenset(prefixes)
        found = [
            e
            for e in self.events_of((asked.origin,))
            if e.kind is asked.kind
            and e.upstream_asn == asked.upstream
            and not routes.isdisjoint(e.prefixes)
            and e.first_seen - SAME_MOMENT <= moment
            and (e.last_seen is None or moment <= e.last_seen + SAME_MOMENT)
        ]
        return tuple(sorted(found, key=lambda e: (abs(e.first_seen - moment), e.id)))

    # -- networks ----------------------------------------------------------------------------------------------------
    @cached_property
    def asns(self) -> frozenset[int]:
        """Every network that the spells and events name."""
        events = (a for e in self.events for a in asns_of(e))
        return frozenset((*self._origins, *self._upstreams, *events))

    @cached_property
    def _homes(self) -> dict[str, frozenset[int]]:
        known = _grouped((self.countries[asn], asn) for asn in self.asns if asn in self.countries)
        return {country: frozenset(asns) for country, asns in known.items()}

    def networks_in(self, country: str) -> frozenset[int]:
        """The networks of the view that are known to be of the country."""
        return self._homes.get(country, frozenset())


class _Events:
    """Events by party and by prefix, in their own order."""

    def __init__(self, events: Sequence[RoutingEvent]) -> None:
        self._all = events
        self._parties = _grouped((name, i) for i, event in enumerate(events) for name in _names(event))
        self._prefixes = PrefixIndex((i, prefix) for i, event in enumerate(events) for prefix in event.prefixes)

    def of(self, names: Iterable[object]) -> tuple[RoutingEvent, ...]:
        return self._at(i for name in frozenset(names) for i in self._parties.get(name, ()))

    def touching(self, nets: Iterable[Network]) -> tuple[RoutingEvent, ...]:
        return self._at(i for net in nets for i in self._prefixes.touching(net))

    def _at(self, positions: Iterable[int]) -> tuple[RoutingEvent, ...]:
        return tuple(self._all[i] for i in sorted(set(positions)))


@dataclass(frozen=True, slots=True)
class Asked:
    """An event of a kind on one edge."""

    kind: EventKind
    origin: int
    upstream: int


def asns_of(event: RoutingEvent) -> Iterator[int]:
    yield from (a for a in (event.origin_asn, event.upstream_asn, event.offender_asn) if a is not None)


def _of_country(event: RoutingEvent) -> bool:
    """Whether it is the outage of a whole country, which concerns who asks for the country."""
    return event.kind in (EventKind.OUTAGE, EventKind.PARTIAL_OUTAGE) and event.origin_asn is None


def ended(event: RoutingEvent, named: Sequence[Network] = ()) -> datetime | None:
    """When it was over for the named prefixes, for all of them without names; None where it was not."""
    ends = dict(event.prefix_ends)
    own = (
        [ends.get(p, event.last_seen) for p in event.prefixes if any(touches(net, p) for net in named)] if ends else []
    )
    moments = own or [event.last_seen]
    return None if None in moments else max(moment for moment in moments if moment)


def overlap(start: datetime, end: datetime | None, low: datetime, high: datetime) -> bool:
    return start < high and (end is None or end > low)


def _names(event: RoutingEvent) -> Iterator[object]:
    yield from asns_of(event)
    yield from event.countries


def _grouped(pairs: Iterable[tuple[_Key, int]]) -> dict[_Key, list[int]]:
    found: dict[_Key, list[int]] = defaultdict(list)
    for key, number in pairs:
        found[key].append(number)
    return found
