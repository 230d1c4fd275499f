"""From an archive's files to all that it says of the networks asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property, partial
from ipaddress import ip_network
from math import ceil
from pathlib import Path

import numpy as np

from crawler.errors import Permanent
from crawler.routing.archive.collectors import Listing, list_archive, span_of
from crawler.routing.detect import paths
from crawler.routing.detect.detector import Detector
from crawler.routing.detect.sessions import blind_gaps
from crawler.routing.live.gaps import read_gaps
from crawler.routing.model import Coverage, EventKind, Gap, RouteSpell, RoutingEvent, RoutingView
from crawler.routing.reference.known import Reference
from crawler.routing.state.columns import Ints
from crawler.routing.state.filling import Filled, Progress, fill
from crawler.routing.state.reading import Wanted, overlapping
from crawler.routing.state.table import Path as AsPath
from crawler.routing.state.table import Table
from crawler.routing.thresholds import DetectSettings

_OUTAGES = (EventKind.OUTAGE, EventKind.PARTIAL_OUTAGE)
# Above this many prefixes an unfiltered view keeps only the spells of networks that have an event.
SPELLS_FOR_ALL = 50_000


@dataclass(frozen=True)
class Scope:
    """The networks, prefixes and countries asked for; everything where none is."""

    asns: frozenset[int]
    prefixes: tuple[str, ...]
    countries: frozenset[str]

    @cached_property
    def _overlaps(self) -> Callable[[str], bool]:
        return overlapping(self.prefixes)

    @property
    def everything(self) -> bool:
        return not (self.asns or self.prefixes or self.countries)

    def takes(self, prefixes: Iterable[str], networks: Iterable[int | None], countries: Iterable[str | None]) -> bool:
        return (
            self.everything
            or not self.asns.isdisjoint(networks)
            or not self.countries.isdisjoint(countries)
            or any(map(self._overlaps, prefixes))
        )


def observe(
    archive: Path,
    start: datetime,
    end: datetime,
    *,
    asns: Sequence[int] = (),
    prefixes: Sequence[str] = (),
    countries: Sequence[str] = (),
    reference: Reference | None = None,
    settings: DetectSettings | None = None,
    progress: Progress | None = None,
    spells: bool = True,
) -> RoutingView:
    """Events and spells of a mirrored RIS or RouteViews tree from `start` to `end` (exclusive), aware UTC.

    An event is taken if its origin, upstream or offender is among `asns`, a prefix overlaps one of `prefixes`, or one
    of its countries (of origin and offender) is among `countries`; all are where none is asked for. A spell likewise,
    by origin and upstream. `progress` is told (files done, files in all). Files that are missing, cut or unreadable,
    and times in which a collector's sessions were down, are gaps of the coverage, and of the events in their time.
    `spells`: whether to tell those.
    Raises `Permanent` for a folder without MRT files, a wrong prefix or an empty window, and `Transient`
    where a process that read a file died.
    """
    if end <= start:
        raise Permanent("the window is empty", subject=f"{start} to {end}", remedy="let it end after it starts")
    scope = Scope(frozenset(asns), tuple(_checked(p) for p in prefixes), frozenset(c.upper() for c in countries))
    reference, settings = reference or Reference.load(), settings or DetectSettings()
    listing = list_archive(archive, start, end)
    wanted = None if scope.everything else partial(_wanted, scope, reference, settings, listing)
    filled = fill(listing, wanted, progress)
    only = None if scope.everything else _named(filled.table, _scoped(scope, reference))
    knowledge = reference.knowledge(start)
    detector = Detector(filled.table, knowledge, settings, only, downs=filled.downs, until=filled.until)
    silent = read_gaps(archive, start, end, asns=asns, prefixes=prefixes, countries=countries)
    coverage = _coverage(listing, filled, detector, silent)
    events = [e for e in detector.events() if _in_window(e, start, end) and _concerns(e, scope)]
    events = [_with_gaps(event, coverage.gaps, filled.repaired) for event in events]
    found = _spells(detector, scope, events, reference) if spells else ()
    told = tuple(spell for spell in found if spell.end is None or spell.end > start)
    countries_of = _countries(events, told, reference)
    return RoutingView(coverage=coverage, events=tuple(events), spells=told, countries=countries_of)


def _coverage(listing: Listing, filled: Filled, detector: Detector, silent: Iterable[Gap]) -> Coverage:
    """`silent` are the gaps of a live archive."""
    peers, full, share = filled.table.peers, detector.full_feed, detector.settings.blind_share
    blind = blind_gaps(filled.downs, peers, full, listing.start, listing.end, share)
    return Coverage(
        start=listing.start,
        end=listing.end,
        collectors=tuple(sorted({peers[peer].collector for members in full.values() for peer in members})),
        peers_total=detector.peers_total(),
        gaps=_joined((*listing.gaps, *filled.gaps, *blind, *silent)),
    )


def observe_all(
    archive: Path,
    *,
    asns: Sequence[int] = (),
    prefixes: Sequence[str] = (),
    countries: Sequence[str] = (),
    reference: Reference | None = None,
    settings: DetectSettings | None = None,
    progress: Progress | None = None,
) -> RoutingView:
    """`observe` from the archive's first file to the end of its last."""
    start, end = span_of(archive)
    return observe(
        archive,
        start,
        end,
        asns=asns,
        prefixes=prefixes,
        countries=countries,
        reference=reference,
        settings=settings,
        progress=progress,
    )


def _joined(gaps: Iterable[Gap]) -> tuple[Gap, ...]:
    """One gap for what is missing without a break at a collector, by family; the first reason stands for it."""
    found: list[Gap] = []
    more = 0
    for gap in sorted(gaps, key=lambda gap: (gap.collector, gap.family or 0, gap.start, gap.reason)):
        last = found[-1] if found else None
        if last and (last.collector, last.family) == (gap.collector, gap.family) and gap.start <= last.end:
            more += 1
            reason = f"{found[-1].reason.partition(', and ')[0]}, and {more} more"
            found[-1] = replace(found[-1], end=max(found[-1].end, gap.end), reason=reason)
        else:
            more = 0
            found.append(gap)
    return tuple(found)


def _scoped(scope: Scope, reference: Reference) -> Wanted:
    """What is asked for, without the prefixes that a table adds. A country's network may leak the routes of others: not
    as a collector's peer, of which all that it has runs through it.
    """
    own = frozenset(asn for country in scope.countries for asn in reference.networks(country))
    return Wanted(inside=scope.prefixes, asns=scope.asns, origins=own, behind=own)


def _wanted(scope: Scope, reference: Reference, settings: DetectSettings, listing: Listing, table: Table) -> Wanted:
    """What to keep of updates: the relevant prefixes, and all others of the networks that hold a prefix asked for, for
    an outage is told by the share of a network's prefixes that is lost.
    """
    asked = _scoped(scope, reference)
    base = table.base_rows()
    own = _relevant_ids(table, base.prefix, base.path, asked)
    if scope.prefixes:
        origin = _origins(table.paths)[base.path]
        holders = np.unique(origin[np.isin(base.prefix, own)])
        own = np.union1d(own, base.prefix[np.isin(origin, holders[holders >= 0])])
    # A table is lost within a few files. What each adds that has less than this is too little to matter: a whole table
    # is more than the share of it that counts as lost.
    files = max((ceil(settings.session_loss_s / s.total_seconds()) + 1 for s in listing.steps.values()), default=1)
    burst = ceil(settings.session_loss_share * settings.session_loss_prefixes / (8 * files))
    return replace(asked, names=frozenset(table.names[index] for index in own.tolist()), burst=burst)


def _named(table: Table, asked: Wanted) -> frozenset[str]:
    base, changes = table.base_rows(), table.change_rows()
    prefix, path = np.concatenate((base.prefix, changes.prefix)), np.concatenate((base.path, changes.path))
    return frozenset(table.names[index] for index in _relevant_ids(table, prefix, path, asked).tolist())


def _relevant_ids(table: Table, prefix: Ints, path: Ints, asked: Wanted) -> Ints:
    fits = np.fromiter(map(asked.path, table.paths), bool, len(table.paths))
    found = np.unique(prefix[fits[path]])
    if not asked.inside:
        return found
    overlaps = overlapping(asked.inside)
    inside = [index for index in np.unique(prefix).tolist() if overlaps(table.names[index])]
    return np.union1d(found, np.array(inside, np.int32))


def _origins(known: Sequence[AsPath]) -> Ints:
    """The origin of each path; -1 where it has none."""
    ends = (paths.ends(path) for path in known)
    return np.fromiter((end[0] if end else -1 for end in ends), np.int64, len(known))


def _spells(detector: Detector, scope: Scope, events: list[RoutingEvent], reference: Reference) -> Iterator[RouteSpell]:
    if not scope.everything:
        detector.only = _named(detector.table, replace(_scoped(scope, reference), behind=frozenset()))
        return detector.spells(lambda prefix, *ends: scope.takes((prefix,), ends, (reference.country(ends[0]),)))
    if len(detector.table.prefixes()) <= SPELLS_FOR_ALL:
        return detector.spells(lambda *_: True)
    changed = frozenset(asn for event in events for asn in (event.origin_asn, event.offender_asn) if asn is not None)
    detector.only = _named(detector.table, Wanted(origins=changed))
    return detector.spells(lambda _prefix, origin, _upstream: origin in changed)


def _concerns(event: RoutingEvent, scope: Scope) -> bool:
    """A whole country's outage concerns who asks for the country: of a network or a prefix its own outage is told."""
    if event.kind in _OUTAGES and event.origin_asn is None:
        return scope.takes((), (), event.countries)
    networks = (event.origin_asn, event.upstream_asn, event.offender_asn, *_victims(event))
    return scope.takes(event.prefixes, networks, event.countries)


def _victims(event: RoutingEvent) -> set[int]:
    """The networks whose routes leaked, as far as the evidence shows them: a leak of several has no one origin."""
    if event.kind is not EventKind.ROUTE_LEAK:
        return set()
    return {ends[0] for one in event.evidence if (ends := paths.ends(one.as_path))}


def _in_window(event: RoutingEvent, start: datetime, end: datetime) -> bool:
    return event.first_seen < end and (event.last_seen is None or event.last_seen > start)


def _with_gaps(event: RoutingEvent, gaps: Sequence[Gap], repaired: Mapping[str, datetime]) -> RoutingEvent:
    """What a later RIB first told may have happened at any time since the gap before it."""
    first = min((event.first_seen, *(repaired[seen.file] for seen in event.evidence if seen.file in repaired)))
    last = event.last_seen or datetime.max.replace(tzinfo=UTC)
    return replace(event, gaps=tuple(gap for gap in gaps if gap.start <= last and gap.end >= first))


def _countries(events: Iterable[RoutingEvent], spells: Iterable[RouteSpell], reference: Reference) -> dict[int, str]:
    networks = {asn for e in events for asn in (e.origin_asn, e.upstream_asn, e.offender_asn)}
    networks |= {asn for spell in spells for asn in (spell.origin_asn, spell.upstream_asn)}
    known = sorted(asn for asn in networks if asn is not None)
    return {asn: country for asn in known if (country := reference.country(asn))}


def _checked(prefix: str) -> str:
    try:
        return str(ip_network(prefix))
    except ValueError as error:
        raise Permanent("is not a prefix", subject=prefix, remedy="write it like 192.0.2.0/24") from error
