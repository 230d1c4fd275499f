"""From what peers held to events. Pure: no file, no clock, no setting that is not an argument."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np

from crawler.routing import look, paths
from crawler.routing.covering import covering, halves, wider
from crawler.routing.drafts import Context, Draft, bears_out, events_of, to_time
from crawler.routing.knowledge import Knowledge
from crawler.routing.leaks import Leaks, Suspicion, guessed
from crawler.routing.look import Look
from crawler.routing.model import EventKind, RouteSpell, RoutingEvent
from crawler.routing.outages import Loss, both, of_countries, of_networks, without
from crawler.routing.prefilter import candidates
from crawler.routing.sessions import Down, stretches, tables_lost
from crawler.routing.state import Path, Seen, Table, family
from crawler.routing.sweep import Fact, Ghosts, Silences, Span, Stretch, losses, plain_facts, spans
from crawler.routing.thresholds import DetectSettings


@dataclass(frozen=True, slots=True)
class Story:
    """What full-feed peers had of a prefix in the RIB, what they said after it, and when which of them was silent."""

    prefix: str
    base: Mapping[int, Seen]
    changes: Sequence[Seen]
    silences: Silences


class Detector:
    """Over one table. `only` are the prefixes of which to tell upstreams, origins, leaks and spells; None: all.

    `downs` are the times in which sessions were down; `until` is the end of the data, seconds since the epoch (None: as
    late as the last change).
    """

    def __init__(
        self,
        table: Table,
        knowledge: Knowledge,
        settings: DetectSettings,
        only: Set[str] | None = None,
        *,
        downs: Iterable[Down] = (),
        until: float | None = None,
    ) -> None:
        self.table = table
        self.only = only
        self.knowledge = knowledge
        self.settings = settings
        self.full_feed = table.full_feed(settings.full_feed_share)
        self._downs = stretches(downs, table.peers)
        self._until = until
        self._leaks = Leaks(knowledge, _Once(table.base_paths), settings)
        self._plain = cache(plain_facts)
        own = any(peer.path_id for peer in table.peers)
        self._sessions: Sequence[int] = table.sessions() if own else ()

    def peers_total(self) -> int:
        return len(self._full_sessions[4] | self._full_sessions[6])

    def facts(self, path: Path) -> tuple[Fact, ...]:
        """What a path states of any prefix, by which a prefix is worth an exact look; a leak is not yet laid to one."""
        plain = self._plain(path)
        return (*plain, Fact("leak", plain[0].origin)) if plain and self._leaks.suspect(path) else plain

    # -- peers -------------------------------------------------------------------------------------------------------
    def _session(self, peer: int) -> int:
        return self._sessions[peer] if self._sessions else peer

    @cached_property
    def _full_sessions(self) -> Mapping[int, Set[int]]:
        """By address family."""
        return {version: frozenset(map(self._session, peers)) for version, peers in self.full_feed.items()}

    def _need(self, version: int) -> int:
        return min(self.settings.min_peers, max(1, len(self._full_sessions[version])))

    def _looking(self, prefix: str, at: float) -> Set[int]:
        """The full-feed sessions that were up."""
        full = self._full_sessions[family(prefix)]
        return full - {self._session(peer) for peer, times in self._downs.items() if _within(times, at)}

    @cached_property
    def _lost(self) -> Mapping[int, Sequence[tuple[float, float]]]:
        return tables_lost(self.table, self.settings)

    @cached_property
    def _ghosts(self) -> Ghosts:
        at = self.table.change_rows().at
        until = self._until if self._until is not None else float(at.max(initial=0.0))
        return Ghosts(self.settings.ghost_share, self.settings.ghost_s, self.settings.min_peers, until)

    # -- what one prefix tells ---------------------------------------------------------------------------------------
    def _base(self, prefix: str) -> dict[int, Seen]:
        peers = self.full_feed[family(prefix)]
        return {peer: seen for peer, seen in self.table.base(prefix).items() if peer in peers}

    def _story(self, prefix: str) -> Story:
        """Changes are in order of time, then of peers by name, so that the order of collectors means nothing. A
        withdrawal with the whole of a peer's table is silence.
        """
        peers = self.full_feed[family(prefix)]
        base, said = self._base(prefix), self.table.changes(prefix)
        own = base.keys() | {seen.peer for seen in said} if self._downs else frozenset()
        silences = {peer: list(times) for peer, times in self._downs.items() if peer in own and peer in peers}
        changes = []
        for seen in said:
            if seen.peer not in peers:
                continue
            if not seen.path and any(start <= seen.at <= end for start, end in self._lost.get(seen.peer, ())):
                silences.setdefault(seen.peer, []).append((seen.at, None))
            else:
                changes.append(seen)
        changes.sort(key=lambda seen: (seen.at, self.table.peers[seen.peer]))
        return Story(prefix, base, changes, silences)

    def _facts_of(self, held: Iterable[Seen]) -> frozenset[Fact]:
        return frozenset(fact for seen in held for fact in self._plain(seen.path))

    def _drafts(self, story: Story) -> Iterator[Draft]:
        above = None if story.base else covering(story.prefix, self.table.prefixes())
        before = self._facts_of((story.base or (self._base(above) if above else {})).values())
        origins = {fact.origin for fact in before}
        leaked = self._leaked(story.changes, fresh=origins if above else set())
        offenders = self._leaks.blame(leaked, Counter(seen.path for seen in story.changes))

        @cache
        def facts(path: Path) -> tuple[Fact, ...]:
            plain = self._plain(path)
            return (*plain, Fact("leak", plain[0].origin, offenders[path])) if plain and path in offenders else plain

        found = Look(
            prefix=story.prefix,
            held=self._spans(story, facts),
            before=before,
            covering=above,
            need=self._need(family(story.prefix)),
            settings=self.settings,
            sells=self._leaks.sells,
            sessions=self._sessions,
        )
        yield from look.upstreams(found)
        yield from look.origins(found, self.knowledge.vrps)
        for fact, held in found.held.items():
            if fact.what == "leak" and fact.other is not None and fact.origin in origins:
                own = [
                    leaked[path] for path, offender in offenders.items() if offender == fact.other and path in leaked
                ]
                sure, basis = any(suspicion.sure for suspicion in own), guessed(own, fact.other)
                for draft in found.stood(EventKind.ROUTE_LEAK, held, fact.origin, offender=fact.other):
                    yield replace(draft, sure=sure, basis=basis)

    def _spans(self, story: Story, facts: Callable[[Path], Iterable[Fact]]) -> dict[Fact, list[Span]]:
        return spans(story.base, story.changes, facts, story.silences, self._ghosts, self._sessions)

    def _leaked(self, changes: Iterable[Seen], fresh: Set[int]) -> dict[Path, Suspicion]:
        """The paths that somebody leaked. `fresh` are the origins of whom a new more-specific may have gone around."""
        found = {}
        for path in {seen.path for seen in changes if seen.path}:
            ends = paths.ends(path)
            suspicion = self._leaks.suspect(path)
            if suspicion is None and ends and ends[0] in fresh:
                suspicion = self._leaks.detour(path)
            if suspicion:
                found[path] = suspicion
        return found

    # -- all prefixes ------------------------------------------------------------------------------------------------
    def events(self) -> list[RoutingEvent]:
        if not self.table.prefixes():
            return []  # without a RIB nothing is known to be new
        need = {version: self._need(version) for version in (4, 6)}
        found = candidates(self.table, self.full_feed, need, self.facts, self._least_share())
        drafts: list[Draft] = []
        lost: list[Loss] = []
        for prefix in sorted(found):
            story = self._story(prefix)
            if self.only is None or prefix in self.only:
                drafts.extend(self._drafts(story))
            lost.extend(self._losses(story))
        drafts.extend(self._outages(lost))
        leak_prefixes = self.settings.leak_share * len(self.table.prefixes() if self.only is None else self.only)
        return events_of(
            drafts,
            Context(
                peers=self.table.peers,
                looking=self._looking,
                session=self._session,
                leak_prefixes=leak_prefixes,
                knowledge=self.knowledge,
                settings=self.settings,
                thresholds=self.settings.shown(),
            ),
        )

    def _least_share(self) -> float:
        """Of all full-feed peers, those without a route where `outage_share` of the ones that are up have none."""
        steps = sorted({start for times in self._downs.values() for start, _ in times})
        full = self.full_feed[4] | self.full_feed[6]
        up = [sum(not _within(self._downs.get(peer, ()), at) for peer in full) for at in steps]
        return self.settings.outage_share * min((count for count in up if count), default=len(full)) / max(1, len(full))

    def _outages(self, lost: Sequence[Loss]) -> Iterator[Draft]:
        if lost:
            announced = self._announced()
            yield from of_networks(lost, announced, self.settings)
            yield from of_countries(lost, announced, self.knowledge, self.settings)

    def _losses(self, story: Story) -> Iterator[Loss]:
        withdrawals = tuple(seen for seen in story.changes if not seen.path)
        had = {self._session(peer) for peer in story.base}
        if not withdrawals or len(had) < self._need(family(story.prefix)):
            return
        gone = losses(story.base, story.changes, self.settings.outage_share, story.silences, self._sessions)
        for origin in sorted({fact.origin for fact in self._facts_of(story.base.values())}) if gone else ():
            left = without(gone, self._otherwise(story.prefix, origin))
            if left:
                yield Loss(story.prefix, origin, tuple(left), withdrawals)

    def _otherwise(self, prefix: str, origin: int) -> list[Stretch]:
        """When the same network announced the addresses of a prefix by its halves, or by a new wider prefix."""
        new = [other for other in wider(prefix) if other in self._changed and other not in self.table.prefixes()]
        found = [stretch for other in new for stretch in self._held_by(other, origin)]
        parts = [self._held_by(half, origin) for half in halves(prefix)]
        return found + (both(*parts) if len(parts) == 2 else [])

    @cached_property
    def _changed(self) -> Set[str]:
        return frozenset(self.table.changed())

    def _held_by(self, prefix: str, origin: int) -> list[Stretch]:
        found = self._spans(self._story(prefix), self._plain).get(Fact("origin", origin), ())
        return [(span.start, span.end) for span in found]

    def _announced(self) -> dict[int, list[str]]:
        """The prefixes of each network in the RIBs of full-feed peers."""
        base = self.table.base_rows()
        ends = [paths.ends(path) for path in self.table.paths]
        origin = np.fromiter((one[0] if one else -1 for one in ends), np.int64, len(ends))
        full = np.zeros(len(self.table.peers), bool)
        full[list(self.full_feed[4] | self.full_feed[6])] = True
        rows = full[base.peer]
        both = np.unique(base.prefix[rows].astype(np.int64) << 32 | (origin[base.path[rows]] & 0xFFFFFFFF))
        found: dict[int, list[str]] = {}
        for prefix, asn in zip((both >> 32).tolist(), (both & 0xFFFFFFFF).tolist(), strict=True):
            found.setdefault(asn, []).append(self.table.names[prefix])
        return found

    # -- spells ------------------------------------------------------------------------------------------------------
    def spells(self, wanted: Callable[[str, int, int | None], bool]) -> Iterator[RouteSpell]:
        """The spells of prefix, origin and upstream that `wanted` takes."""

        @cache
        def facts(path: Path) -> tuple[Fact, ...]:
            ends = paths.ends(path)
            return (Fact("pair", *ends),) if ends else ()

        known = {*self.table.prefixes(), *self.table.changed()}
        for prefix in sorted(known if self.only is None else known & self.only):
            held = self._spans(self._story(prefix), facts)
            for fact, found in sorted(held.items(), key=lambda item: (item[0].origin, item[0].other or 0)):
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
                        peers_total=len(self._full_sessions[family(prefix)]),
                        evidence=bears_out(prefix, first, self.table.peers[first.peer]),
                    )


class _Once:
    """Paths that are asked of the table when they are first walked."""

    def __init__(self, paths_of: Callable[[], Iterable[Path]]) -> None:
        self._paths_of = paths_of

    def __iter__(self) -> Iterator[Path]:
        return iter(self._paths_of())


def _within(times: Iterable[Stretch], at: float) -> bool:
    return any(start <= at and (end is None or at < end) for start, end in times)
