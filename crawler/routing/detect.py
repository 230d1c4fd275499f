"""From what peers held to events. Pure: no file, no clock, no setting that is not an argument."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from functools import cache
from ipaddress import ip_network

from crawler.routing import paths
from crawler.routing.drafts import Context, DetectSettings, Draft, bears_out, events_of, to_time
from crawler.routing.knowledge import Knowledge
from crawler.routing.model import EventKind, RouteSpell, RoutingEvent
from crawler.routing.outages import Loss, outages
from crawler.routing.state import Path, Seen, Table, family
from crawler.routing.sweep import Fact, Span, losses, merge, spans


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
        self._known = paths.triples(table.base_paths())

    def peers_total(self) -> int:
        return len(self.full_feed[4] | self.full_feed[6])

    # -- what one prefix tells ---------------------------------------------------------------------------------------
    def _base(self, prefix: str) -> dict[int, Seen]:
        peers = self.full_feed[family(prefix)]
        return {peer: seen for peer, seen in self.table.base(prefix).items() if peer in peers}

    def _changes(self, prefix: str) -> list[Seen]:
        """In order of time, then of peers by name, so that the order of collectors means nothing."""
        peers = self.full_feed[family(prefix)]
        found = [seen for seen in self.table.changes(prefix) if seen.peer in peers]
        return sorted(found, key=lambda seen: (seen.at, self.table.peers[seen.peer]))

    def _covering(self, prefix: str) -> str | None:
        """The longest prefix of the RIB that holds this one and is not it."""
        network = ip_network(prefix)
        for length in range(network.prefixlen - 1, -1, -1):
            wider = str(network.supernet(new_prefix=length))
            if wider in self.table.prefixes():
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
        if not self.table.prefixes():
            return []  # without a RIB nothing is known to be new
        drafts = [draft for prefix in self._told(self.table.changed()) for draft in self._drafts(prefix)]
        drafts.extend(self._outages())
        return events_of(drafts, Context(self.table.peers, self._full_feed_of, self.knowledge, self.settings))

    def _full_feed_of(self, prefix: str) -> int:
        return len(self.full_feed[family(prefix)])

    def _outages(self) -> Iterator[Draft]:
        lost: dict[int, list[Loss]] = {}
        for prefix in sorted(self.table.changed()):
            base, changes = self._base(prefix), self._changes(prefix)
            if len(base) < self._need(prefix) or all(seen.path for seen in changes):
                continue
            gone = losses(base, changes, self.settings.outage_share)
            for origin in {origin for origin, _ in self._pairs(prefix)} if gone else ():
                withdrawals = tuple(seen for seen in changes if not seen.path)
                lost.setdefault(origin, []).append(Loss(prefix, tuple(gone), withdrawals))
        announced: dict[int, list[str]] = {origin: [] for origin in lost}
        for prefix in self.table.prefixes() if lost else ():
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

    # -- spells ------------------------------------------------------------------------------------------------------
    def spells(self, wanted: Callable[[str, int, int | None], bool]) -> Iterator[RouteSpell]:
        """The spells of prefix, origin and upstream that `wanted` takes."""

        @cache
        def facts(path: Path) -> tuple[Fact, ...]:
            ends = paths.ends(path)
            return (Fact("pair", *ends),) if ends else ()

        for prefix in self._told({*self.table.prefixes(), *self.table.changed()}):
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
                        start=to_time(span.start),
                        end=None if span.end is None else to_time(span.end),
                        since_before=span.since_before,
                        peers_seen=span.peak,
                        peers_total=peers,
                        evidence=bears_out(prefix, first, self.table.peers[first.peer]),
                    )
