"""Routing data: elements as collectors wrote them, spells in which a route stood, and the events between them.

`observed_at` is a collector's clock: aware UTC at the edges, seconds since the epoch inside `RouteElem`, which is made
by the million.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class ElemType(StrEnum):
    RIB = "rib"
    ANNOUNCE = "announce"
    WITHDRAW = "withdraw"


class RouteElem(NamedTuple):
    """One prefix in one message or RIB entry.

    `as_path` is peer first, origin last, prepends kept; an AS_SET is a tuple inside it. Empty for a withdrawal.
    `record` counts the MRT records of `file` from 0. `observed_at` is seconds since the epoch, with a fraction where
    the collector wrote one; of a RIB entry it is the time at which the peer's route last changed (originated time,
    RFC 6396, 4.3.4), not that of the dump. `path_id` tells a peer's several paths apart (RFC 7911); 0 where it
    sends but one.
    """

    type: ElemType
    observed_at: float
    collector: str
    peer_asn: int
    peer_ip: str
    prefix: str
    as_path: tuple[int | tuple[int, ...], ...]
    file: str
    record: int
    path_id: int = 0

    @property
    def origin_asns(self) -> tuple[int, ...]:
        """The last hop, or every member of the set that ends the path; empty where there is no path."""
        if not self.as_path:
            return ()
        last = self.as_path[-1]
        return last if isinstance(last, tuple) else (last,)


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteEvidence:
    """One element that bears an event out, by the MRT record that holds it. `as_path` is empty for a withdrawal."""

    file: str
    record: int
    collector: str
    peer_asn: int
    peer_ip: str
    prefix: str
    observed_at: datetime
    as_path: tuple[int | tuple[int, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A span for which a collector's files are missing, empty or cut, or its sessions were down.

    `reason` is for people and names the file. `family` is 4 or 6 where only that address family was not seen.
    """

    collector: str
    start: datetime
    end: datetime
    reason: str
    family: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What could have been seen: the window, the collectors with data in it, the full-feed peers, and the gaps."""

    start: datetime
    end: datetime
    collectors: tuple[str, ...]
    peers_total: int
    gaps: tuple[Gap, ...] = ()


class EventKind(StrEnum):
    UPSTREAM_ADDED = "upstream_added"
    UPSTREAM_REMOVED = "upstream_removed"
    ORIGIN_CHANGE = "origin_change"
    MOAS = "moas"
    SUBPREFIX_ORIGIN_CHANGE = "subprefix_origin_change"
    ROUTE_LEAK = "route_leak"
    OUTAGE = "outage"
    PARTIAL_OUTAGE = "partial_outage"
    RPKI_INVALID = "rpki_invalid"


class Interval(NamedTuple):
    """`end` is None while it goes on at the end of the data."""

    start: datetime
    end: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingEvent:
    """A change of the routing table that lasted from `first_seen` to `last_seen` (None: still so when the data end).

    `id` is a hash of kind, networks, prefixes and start, so the same data give the same id. `intervals` tells the
    spells inside one event whose short flaps were merged. `prefix_ends` are the prefixes for which it was over before
    the whole event was, each with its last end, by time; for those that are not in it, it lasted to `last_seen`.
    `peers_seen` of `peers_total` full-feed peers saw it.
    For a change of origin `origin_asn` is who held the prefix before and `offender_asn` who announces it now; a leak's
    `offender_asn` passed the routes on, and its `origin_asn` is None where routes of several origins leaked.
    `thresholds` holds the settings by which it was called an event, and `flaps_merged`, how many flaps its intervals
    hide. `basis` names what it rests on beside the routes, each with its date (relationships, VRPs).
    `source` is `bgp` for what was detected here, else the monitor's id, with its own words in `source_text` and the
    `licence` under which they come. `countries` are those of origin and offender, and of a leak of several origins
    those of most of its prefixes. An outage of a country has its code there and no `origin_asn`.
    """

    id: str
    kind: EventKind
    prefixes: tuple[str, ...]
    origin_asn: int | None
    upstream_asn: int | None
    offender_asn: int | None
    countries: tuple[str, ...]
    first_seen: datetime
    last_seen: datetime | None
    peers_seen: int
    peers_total: int
    collectors: tuple[str, ...]
    rpki: str = "unknown"
    gaps: tuple[Gap, ...] = ()
    evidence: tuple[RouteEvidence, ...] = ()
    intervals: tuple[Interval, ...] = ()
    prefix_ends: tuple[tuple[str, datetime], ...] = ()
    thresholds: Mapping[str, float] = field(default_factory=dict)
    basis: tuple[str, ...] = ()
    source: str = "bgp"
    source_text: str | None = None
    licence: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteSpell:
    """A span in which `prefix` was reached over `origin_asn` through `upstream_asn` at one full-feed peer or more.

    `upstream_asn` is None where a collector's peer is the origin itself. `since_before` says that the spell stood in
    the first RIB, so that it began at or before `start`. `end` is None where it stands at the end of the data.
    `peers_seen` is the most full-feed peers that held it at once, of `peers_total`.
    """

    prefix: str
    origin_asn: int
    upstream_asn: int | None
    start: datetime
    end: datetime | None
    since_before: bool
    peers_seen: int
    peers_total: int
    evidence: RouteEvidence


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingView:
    """All that one archive says of the networks asked for: what a verdict is made from.

    `countries` maps an AS number to the country that the delegations give it (ISO 3166-1 alpha-2). `notes` are for
    people: what a source said beside its events, such as how many entries have no kind here.
    """

    coverage: Coverage
    events: tuple[RoutingEvent, ...] = ()
    spells: tuple[RouteSpell, ...] = ()
    countries: Mapping[int, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
