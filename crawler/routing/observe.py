"""From an archive's files to all that it says of the networks asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from ipaddress import ip_network
from itertools import groupby
from pathlib import Path

from crawler.errors import Permanent
from crawler.routing import paths
from crawler.routing.batch import SessionChange
from crawler.routing.collectors import ArchiveFile, Listing, list_archive, span_of
from crawler.routing.detect import Detector
from crawler.routing.drafts import DetectSettings
from crawler.routing.knowledge import Knowledge
from crawler.routing.model import Coverage, Gap, RouteElem, RouteSpell, RoutingEvent, RoutingView
from crawler.routing.mrt import MrtFile
from crawler.routing.reference import Reference
from crawler.routing.sessions import Down, Sessions, blind_gaps
from crawler.routing.state import Path as AsPath
from crawler.routing.state import Table

Progress = Callable[[int, int], None]
# Above this many prefixes an unfiltered view keeps only the spells of networks that have an event.
SPELLS_FOR_ALL = 50_000


@dataclass(frozen=True, slots=True)
class Scope:
    """The networks, prefixes and countries asked for; everything where none is."""

    asns: frozenset[int]
    prefixes: tuple[str, ...]
    countries: frozenset[str]

    @property
    def everything(self) -> bool:
        return not (self.asns or self.prefixes or self.countries)

    def takes(self, prefixes: Iterable[str], networks: Iterable[int | None], countries: Iterable[str | None]) -> bool:
        return (
            self.everything
            or not self.asns.isdisjoint(networks)
            or not self.countries.isdisjoint(countries)
            or any(_overlap(asked, prefix) for asked in self.prefixes for prefix in prefixes)
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
) -> RoutingView:
    """Events and spells of a mirrored RIS or RouteViews tree from `start` to `end` (exclusive), aware UTC.

    An event is taken if its origin, upstream or offender is among `asns`, a prefix overlaps one of `prefixes`, or its
    country is among `countries`; all are where none is asked for. A spell likewise, by origin and upstream. `progress`
    is told (files done, files in all). Files that are missing, cut or unreadable, and times in which a collector's
    sessions were down, are gaps of the coverage, and of the events in their time. Raises `Permanent` for a folder
    without MRT files, a wrong prefix or an empty window.
    """
    if end <= start:
        raise Permanent("the window is empty", subject=f"{start} to {end}", remedy="let it end after it starts")
    scope = Scope(frozenset(asns), tuple(_checked(p) for p in prefixes), frozenset(c.upper() for c in countries))
    reference = reference or Reference.load()
    listing = list_archive(archive, start, end)
    table, damaged, downs = _fill(listing, start, end, progress)
    knowledge = Knowledge(reference.transit_free(start.year), reference.country)
    detector = Detector(table, knowledge, settings or DetectSettings(), _relevant(table, scope, reference))
    blind = blind_gaps(downs, table.peers, detector.full_feed, start, end)
    gaps = _joined((*listing.gaps, *damaged, *blind))
    events = [_with_gaps(e, gaps) for e in detector.events() if _in_window(e, start, end) and _concerns(e, scope)]
    spells = tuple(_spells(detector, table, scope, events, reference))
    spells = tuple(spell for spell in spells if spell.end is None or spell.end > start)
    return RoutingView(
        coverage=Coverage(
            start=start,
            end=end,
            collectors=tuple(sorted({table.peers[i].collector for full in detector.full_feed.values() for i in full})),
            peers_total=detector.peers_total(),
            gaps=gaps,
        ),
        events=tuple(events),
        spells=spells,
        countries=_countries(events, spells, reference),
    )


def observe_all(
    archive: Path,
    *,
    asns: Sequence[int] = (),
    prefixes: Sequence[str] = (),
    countries: Sequence[str] = (),
    progress: Progress | None = None,
) -> RoutingView:
    """`observe` from the archive's first file to the end of its last."""
    start, end = span_of(archive)
    return observe(archive, start, end, asns=asns, prefixes=prefixes, countries=countries, progress=progress)


def _fill(
    listing: Listing, start: datetime, end: datetime, progress: Progress | None
) -> tuple[Table, list[Gap], list[Down]]:
    """One collector after the other: the state is each peer's own, so their order means nothing."""
    table = Table()
    gaps: list[Gap] = []
    downs: list[Down] = []
    todo = sum(len(files) for part in (listing.ribs, listing.updates) for files in part.values())
    done = 0
    for collector in listing.collectors:
        since = start
        for rib in listing.ribs.get(collector, ()):
            since = rib.stamp
            file = MrtFile(rib.path, collector, name=rib.name)
            table.load(_whole(file, gaps, rib.stamp, end), since.timestamp())
            done = _tick(progress, done + 1, todo)
        sessions = Sessions(collector)
        for stamp, same in groupby(listing.updates[collector], key=lambda file: file.stamp):
            files = list(same)
            upto = stamp + listing.steps[collector]
            elems, changes = _in_order(files, gaps, upto, since.timestamp(), end.timestamp())
            table.update(elems)
            sessions.take(elems, changes)
            done = _tick(progress, done + len(files), todo)
        downs += sessions.downs
    return table, gaps, downs


def _joined(gaps: Iterable[Gap]) -> tuple[Gap, ...]:
    """One gap for what is missing without a break at a collector; the first reason stands for it."""
    found: list[Gap] = []
    more = 0
    for gap in sorted(gaps, key=lambda gap: (gap.collector, gap.start, gap.reason)):
        if found and found[-1].collector == gap.collector and gap.start <= found[-1].end:
            more += 1
            reason = f"{found[-1].reason.partition(', and ')[0]}, and {more} more"
            found[-1] = replace(found[-1], end=max(found[-1].end, gap.end), reason=reason)
        else:
            more = 0
            found.append(gap)
    return tuple(found)


def _tick(progress: Progress | None, done: int, todo: int) -> int:
    if progress:
        progress(done, todo)
    return done


def _in_order(
    files: list[ArchiveFile], gaps: list[Gap], upto: datetime, since: float, end: float
) -> tuple[list[RouteElem], list[SessionChange]]:
    """What files of one time stamp hold, in order of time; a copy of a file is read once."""
    known: list[list[RouteElem]] = []
    changes: list[SessionChange] = []
    for listed in files:
        file = MrtFile(listed.path, listed.collector, name=listed.name)
        elems = [e for e in _whole(file, gaps, listed.stamp, upto) if since <= e.observed_at < end]
        if not any(_same(elems, other) for other in known):
            known.append(elems)
        told = set(changes)
        changes += [c for c in file.sessions if since <= c.at < end and c not in told]
    in_order = sorted((elem for elems in known for elem in elems), key=lambda elem: elem.observed_at)
    return in_order, changes


def _same(left: list[RouteElem], right: list[RouteElem]) -> bool:
    return len(left) == len(right) and all(a._replace(file=b.file) == b for a, b in zip(left, right, strict=True))


def _whole(file: MrtFile, gaps: list[Gap], start: datetime, end: datetime) -> Iterator[RouteElem]:
    """What a file gives; what it does not give becomes a gap."""
    try:
        yield from file
        damage = file.damage
    except Permanent as error:
        damage = error.message
    if damage is not None:
        gaps.append(Gap(collector=file.collector, start=start, end=end, reason=f"{file.name}: {damage}"))


def _relevant(table: Table, scope: Scope, reference: Reference) -> frozenset[str] | None:
    """The prefixes asked for, or with a path through a network asked for; None for all."""
    if scope.everything:
        return None

    @cache
    def fits(path: AsPath) -> bool:
        ends = paths.ends(path)
        networks = paths.hops(path) if scope.asns else ()
        return scope.takes((), networks, (reference.country(ends[0]),) if ends and scope.countries else ())

    def told(prefix: str) -> bool:
        held = (*table.base(prefix).values(), *table.changes(prefix))
        return any(fits(seen.path) for seen in held) or scope.takes((prefix,), (), ())

    return frozenset(prefix for prefix in {*table.prefixes(), *table.changed()} if told(prefix))


def _spells(
    detector: Detector, table: Table, scope: Scope, events: list[RoutingEvent], reference: Reference
) -> Iterator[RouteSpell]:
    changed = {event.origin_asn for event in events} | {event.offender_asn for event in events}
    few = len(table.prefixes()) <= SPELLS_FOR_ALL

    def wanted(prefix: str, origin: int, upstream: int | None) -> bool:
        if scope.everything:
            return few or origin in changed
        return scope.takes((prefix,), (origin, upstream), (reference.country(origin),))

    return detector.spells(wanted)


def _concerns(event: RoutingEvent, scope: Scope) -> bool:
    networks = (event.origin_asn, event.upstream_asn, event.offender_asn)
    return scope.takes(event.prefixes, networks, event.countries)


def _in_window(event: RoutingEvent, start: datetime, end: datetime) -> bool:
    return event.first_seen < end and (event.last_seen is None or event.last_seen > start)


def _with_gaps(event: RoutingEvent, gaps: Sequence[Gap]) -> RoutingEvent:
    last = event.last_seen or datetime.max.replace(tzinfo=UTC)
    return replace(event, gaps=tuple(gap for gap in gaps if gap.start <= last and gap.end >= event.first_seen))


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


def _overlap(asked: str, prefix: str) -> bool:
    left, right = ip_network(asked), ip_network(prefix)
    return left.version == right.version and left.overlaps(right)
