"""From what peers held to events. Pure: no file, no clock, no setting that is not an argument."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from ipaddress import ip_network

from crawler.routing import paths
from crawler.routing.model import EventKind, Interval, RouteEvidence, RouteSpell, RoutingEvent
from crawler.routing.outages import Loss, outages
from crawler.routing.state import Path, Peer, Seen, Table, family
from crawler.routing.sweep import Fact, Span, losses, merge, spans


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectSettings:
    """Every threshold; they are shown in each event.

    `full_feed_share`: a peer is full-feed if its RIB has this share of the prefixes of the largest RIB of the archive.
    `min_peers`: so many full-feed peers must have seen a thing (or all, where there are fewer).
    `min_s`: shorter than this is path exploration. `merge_s`: what is away no longer is told as a flap of one interval.
    `group_s`: prefixes that start within it are one event. `outage_share`: a prefix is lost when this share of the
    peers that had it have no route. `partial_share`: this share of a network's prefixes lost is a partial outage.
    """

    full_feed_share: float = 0.7
    min_peers: int = 2
    min_s: float = 10.0
    merge_s: float = 300.0
    group_s: float = 60.0
    outage_share: float = 0.9
    outage_min_s: float = 30.0
    partial_share: float = 0.1


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is known beside the routes: networks without a provider, and each network's country."""

    transit_free: Set[int]
    country: Callable[[int], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One prefix's part of an event. `first` are the elements that bear it out, by peer."""

    kind: EventKind
    origin: int | None
    upstream: int | None
    offender: int | None
    prefix: str
    intervals: tuple[tuple[float, float | None], ...]
    first: Mapping[int, Seen]
    flaps: int = 0

    @property
    def start(self) -> float:
        return self.intervals[0][0]


class Detector:
    """Over one table. `only` are the prefixes of which to tell upstreams, origins, leaks and spells; None: all."""

    def __init__(
        self, table: Table, knowledge: Knowledge, settings: DetectSettings, only: Set[str] | None = None
    ) -> None:
        self.table = table
        self.only = only
        self.knowledge = knowledge
        self.settings = settings
        self.full_feed = table.full_feed(settings.full_feed_share)
        self._known = paths.triples({seen.path for held in table.base.values() for seen in held.values()})

    def peers_total(self) -> int:
        return len(self.full_feed[4] | self.full_feed[6])

    # -- what one prefix tells ---------------------------------------------------------------------------------------
    def _base(self, prefix: str) -> dict[int, Seen]:
        peers = self.full_feed[family(prefix)]
        return {peer: seen for peer, seen in self.table.base.get(prefix, {}).items() if peer in peers}

    def _changes(self, prefix: str) -> list[Seen]:
        """In order of time, then of peers by name, so that the order of collectors means nothing."""
        peers = self.full_feed[family(prefix)]
        found = [seen for seen in self.table.changes.get(prefix, ()) if seen.peer in peers]
        return sorted(found, key=lambda seen: (seen.at, self.table.peers[seen.peer]))

    def _covering(self, prefix: str) -> str | None:
        """The longest prefix of the RIB that holds this one and is not it."""
        network = ip_network(prefix)
        for length in range(network.prefixlen - 1, -1, -1):
            wider = str(network.supernet(new_prefix=length))
            if wider in self.table.base:
                return wider
        return None

    def _pairs(self, prefix: str | None) -> frozenset[tuple[int, int | None]]:
        """Origins with their upstreams in the RIB."""
        held = self._base(prefix).values() if prefix else ()
        return frozenset(pair for seen in held if (pair := paths.ends(seen.path)))

    def _told(self, prefixes: Iterable[str]) -> list[str]:
        return sorted(prefix for prefix in prefixes if self.only is None or prefix in self.only)

    def _need(self, prefix: str) -> int:
        return min(self.settings.min_peers, max(1, len(self.full_feed[family(prefix)])))

    def _lasting(self, prefix: str, found: Sequence[Span]) -> list[list[Span]]:
        """Clusters that enough peers saw for long enough."""
        kept = []
        for cluster in merge(found, self.settings.merge_s):
            peers = {peer for span in cluster for peer in span.first}
            end = cluster[-1].end
            long = end is None or end - cluster[0].start >= self.settings.min_s
            if long and (len(peers) >= self._need(prefix) or cluster[0].since_before):
                kept.append(cluster)
        return kept

    def _drafts(self, prefix: str) -> Iterator[Draft]:
        base, changes = self._base(prefix), self._changes(prefix)
        covering = self._covering(prefix) if not base else None
        before = self._pairs(prefix) or self._pairs(covering)
        if not before:
            return
        direct = frozenset(upstream for _, upstream in before if upstream is not None)

        @cache
        def facts(path: Path) -> tuple[Fact, ...]:
            ends = paths.ends(path)
            if ends is None:
                return ()
            found = [Fact("origin", ends[0]), Fact("pair", *ends)]
            leaker = paths.valley(path, self.knowledge.transit_free, self._known)
            if leaker is None and covering and ends[0] in {origin for origin, _ in before}:
                leaker = paths.detour(path, direct, self.knowledge.transit_free, self._known)
            if leaker is not None:
                found.append(Fact("leak", ends[0], leaker))
            return tuple(found)

        held = spans(base, changes, facts)
        origins = {origin for origin, _ in before}
        yield from self._upstreams(prefix, held, origins)
        yield from self._origins(prefix, held, origins, covering)
        for fact, found in held.items():
            if fact.what == "leak":
                yield from self._stood(EventKind.ROUTE_LEAK, prefix, found, fact.origin, None, fact.other)

    def _stood(
        self,
        kind: EventKind,
        prefix: str,
        found: Sequence[Span],
        origin: int | None,
        upstream: int | None,
        offender: int | None,
    ) -> Iterator[Draft]:
        kept = self._lasting(prefix, found)
        if not kept:
            return
        first: dict[int, Seen] = {}
        for cluster in kept:
            for span in cluster:
                first = span.first | first
        yield Draft(
            kind=kind,
            origin=origin,
            upstream=upstream,
            offender=offender,
            prefix=prefix,
            intervals=tuple((cluster[0].start, cluster[-1].end) for cluster in kept),
            first=first,
            flaps=sum(len(cluster) - 1 for cluster in kept),
        )

    def _upstreams(self, prefix: str, held: Mapping[Fact, list[Span]], origins: Set[int]) -> Iterator[Draft]:
        for fact, found in held.items():
            if fact.what != "pair" or fact.other is None or fact.origin not in origins:
                continue
            if not found[0].since_before:
                yield from self._stood(EventKind.UPSTREAM_ADDED, prefix, found, fact.origin, fact.other, None)
            yield from self._removed(prefix, fact, found, held[Fact("origin", fact.origin)])

    def _removed(self, prefix: str, fact: Fact, found: Sequence[Span], reached: Sequence[Span]) -> Iterator[Draft]:
        """The upstream went while the origin was still reached, and stayed away for more than a flap."""
        kept = self._lasting(prefix, found)
        for cluster, following in zip(kept, [*kept, None][1:], strict=True):
            end = cluster[-1].end
            if end is None or not any(span.start <= end and (span.end is None or span.end > end) for span in reached):
                continue
            yield Draft(
                kind=EventKind.UPSTREAM_REMOVED,
                origin=fact.origin,
                upstream=fact.other,
                offender=None,
                prefix=prefix,
                intervals=((end, following[0].start if following else None),),
                first={peer: seen for span in cluster for peer, seen in span.last.items()},
            )

    def _origins(
        self, prefix: str, held: Mapping[Fact, list[Span]], origins: Set[int], covering: str | None
    ) -> Iterator[Draft]:
        rightful = min(origins, key=lambda origin: (-self._peak(held, origin), origin))
        for fact, found in held.items():
            if fact.what != "origin" or fact.origin in origins:
                continue
            kept = [span for cluster in self._lasting(prefix, found) for span in cluster]
            if not kept:
                continue
            if covering:
                if self._delegated(kept, origins):
                    continue
                kind = EventKind.SUBPREFIX_ORIGIN_CHANGE
            else:
                kind = EventKind.MOAS if self._both(kept, held, origins) else EventKind.ORIGIN_CHANGE
            yield from self._stood(kind, prefix, found, rightful, None, fact.origin)

    @staticmethod
    def _peak(held: Mapping[Fact, list[Span]], origin: int) -> int:
        return max((span.peak for span in held.get(Fact("origin", origin), ())), default=0)

    @staticmethod
    def _delegated(kept: Sequence[Span], origins: Set[int]) -> bool:
        """A more-specific that runs through the holder of the covering prefix is its customer's, not taken from it."""
        return any(origins & set(paths.hops(seen.path)) for span in kept for seen in span.first.values())

    @staticmethod
    def _both(kept: Sequence[Span], held: Mapping[Fact, list[Span]], origins: Set[int]) -> bool:
        """Whether an origin of before was seen all the while."""
        return all(
            any(
                old.start <= span.start and (old.end is None or (span.end is not None and old.end >= span.end))
                for origin in origins
                for old in held.get(Fact("origin", origin), ())
            )
            for span in kept
        )

    # -- all prefixes ------------------------------------------------------------------------------------------------
    def events(self) -> list[RoutingEvent]:
        if not self.table.base:
            return []  # without a RIB nothing is known to be new
        drafts = [draft for prefix in self._told(self.table.changes) for draft in self._drafts(prefix)]
        drafts.extend(self._outages())
        drafts.sort(key=lambda d: (d.kind, _key(d), d.start, d.prefix))
        groups: list[list[Draft]] = []
        for draft in drafts:
            same = groups and (groups[-1][0].kind, _key(groups[-1][0])) == (draft.kind, _key(draft))
            if same and draft.start - groups[-1][0].start <= self.settings.group_s:
                groups[-1].append(draft)
            else:
                groups.append([draft])
        found = [self._event(group) for group in groups]
        return sorted(found, key=lambda event: (event.first_seen, event.kind, event.id))

    def _outages(self) -> Iterator[Draft]:
        lost: dict[int, list[Loss]] = {}
        for prefix in sorted(self.table.changes):
            base, changes = self._base(prefix), self._changes(prefix)
            if len(base) < self._need(prefix) or all(seen.path for seen in changes):
                continue
            gone = losses(base, changes, self.settings.outage_share)
            for origin in {origin for origin, _ in self._pairs(prefix)} if gone else ():
                withdrawals = tuple(seen for seen in changes if not seen.path)
                lost.setdefault(origin, []).append(Loss(prefix, tuple(gone), withdrawals))
        announced: dict[int, list[str]] = {origin: [] for origin in lost}
        for prefix in self.table.base if lost else ():
            for origin in {origin for origin, _ in self._pairs(prefix)} & announced.keys():
                announced[origin].append(prefix)
        for origin, found in lost.items():
            own = frozenset(announced[origin])
            widest = {prefix for prefix in own if self._covering(prefix) not in own}
            yield from self._outages_of(origin, [loss for loss in found if loss.prefix in widest], len(widest))

    def _outages_of(self, origin: int, found: list[Loss], prefixes: int) -> Iterator[Draft]:
        options = self.settings
        least = max(1, options.partial_share * prefixes)
        for total, start, end, part in outages(found, prefixes, least, options.outage_min_s):
            for loss in part:
                yield Draft(
                    kind=EventKind.OUTAGE if total else EventKind.PARTIAL_OUTAGE,
                    origin=origin,
                    upstream=None,
                    offender=None,
                    prefix=loss.prefix,
                    intervals=((start, end),),
                    first=loss.withdrawn_by(start),
                )

    # -- results -----------------------------------------------------------------------------------------------------
    def _event(self, group: Sequence[Draft]) -> RoutingEvent:
        head = group[0]
        prefixes = tuple(sorted({draft.prefix for draft in group}))
        origins = {draft.origin for draft in group}
        origin = head.origin if len(origins) == 1 else None
        intervals = _union([interval for draft in group for interval in draft.intervals], self.settings.merge_s)
        seen = [one for draft in group for one in self._evidence(draft)]
        peers = {peer for draft in group for peer in draft.first}
        country = self.knowledge.country(next((n for n in (origin, head.offender) if n is not None), 0))
        thresholds = asdict(self.settings) | {"flaps_merged": sum(draft.flaps for draft in group)}
        return RoutingEvent(
            id=_event_id(head, origin, prefixes),
            kind=head.kind,
            prefixes=prefixes,
            origin_asn=origin,
            upstream_asn=head.upstream,
            offender_asn=head.offender,
            countries=(country,) if country else (),
            first_seen=_time(head.start),
            last_seen=intervals[-1].end,
            peers_seen=len(peers),
            peers_total=len(self.full_feed[family(head.prefix)]),
            collectors=tuple(sorted({self.table.peers[peer].collector for peer in peers})),
            evidence=tuple(seen),
            intervals=tuple(intervals),
            thresholds={name: float(value) for name, value in thresholds.items()},
        )

    def _evidence(self, draft: Draft) -> list[RouteEvidence]:
        """The first element of each collector."""
        best: dict[str, Seen] = {}
        for seen in sorted(draft.first.values(), key=lambda seen: (seen.at, self.table.peers[seen.peer])):
            best.setdefault(self.table.peers[seen.peer].collector, seen)
        return [self._bears(draft.prefix, seen) for _, seen in sorted(best.items())]

    def _bears(self, prefix: str, seen: Seen) -> RouteEvidence:
        peer: Peer = self.table.peers[seen.peer]
        return RouteEvidence(
            file=seen.file,
            record=seen.record,
            collector=peer.collector,
            peer_asn=peer.asn,
            peer_ip=peer.ip,
            prefix=prefix,
            observed_at=_time(seen.at),
            as_path=seen.path,
        )

    def spells(self, wanted: Callable[[str, int, int | None], bool]) -> Iterator[RouteSpell]:
        """The spells of prefix, origin and upstream that `wanted` takes."""

        @cache
        def facts(path: Path) -> tuple[Fact, ...]:
            ends = paths.ends(path)
            return (Fact("pair", *ends),) if ends else ()

        for prefix in self._told({*self.table.base, *self.table.changes}):
            peers = len(self.full_feed[family(prefix)])
            for fact, found in sorted(
                spans(self._base(prefix), self._changes(prefix), facts).items(),
                key=lambda item: (item[0].origin, item[0].other or 0),
            ):
                for span in found if wanted(prefix, fact.origin, fact.other) else ():
                    first = min(span.first.values(), key=lambda seen: (seen.at, self.table.peers[seen.peer]))
                    yield RouteSpell(
                        prefix=prefix,
                        origin_asn=fact.origin,
                        upstream_asn=fact.other,
                        start=_time(span.start),
                        end=None if span.end is None else _time(span.end),
                        since_before=span.since_before,
                        peers_seen=span.peak,
                        peers_total=peers,
                        evidence=self._bears(prefix, first),
                    )


def _key(draft: Draft) -> tuple[int, int, int]:
    """What makes drafts parts of one event; a leak takes along whatever prefixes the offender leaks."""
    origin = 0 if draft.kind is EventKind.ROUTE_LEAK else draft.origin or 0
    return origin, draft.upstream or 0, draft.offender or 0


def _union(intervals: Iterable[tuple[float, float | None]], gap_s: float) -> list[Interval]:
    """In order, overlapping ones and those at most `gap_s` apart as one."""
    joined: list[tuple[float, float | None]] = []
    for start, end in sorted(intervals, key=lambda interval: interval[0]):
        before = joined[-1][1] if joined else None
        if joined and (before is None or start - before <= gap_s):
            joined[-1] = (joined[-1][0], None if before is None or end is None else max(before, end))
        else:
            joined.append((start, end))
    return [Interval(_time(start), None if end is None else _time(end)) for start, end in joined]


def _event_id(head: Draft, origin: int | None, prefixes: tuple[str, ...]) -> str:
    facts = (head.kind.value, origin, head.upstream, head.offender, *prefixes, _time(head.start).isoformat())
    return hashlib.sha256("|".join(map(str, facts)).encode()).hexdigest()[:16]


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
