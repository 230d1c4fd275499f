"""From what peers held to events. Pure: no file, no clock, no setting that is not an argument."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import replace
from functools import cache, cached_property

import numpy as np

from crawler.routing.detect import look, paths
from crawler.routing.detect.covering import covering, halves, wider
from crawler.routing.detect.drafts import Context, Draft, bears_out, events_of, to_time
from crawler.routing.detect.leaks import Leaks, Suspicion, guessed
from crawler.routing.detect.look import Look
from crawler.routing.detect.outages import Loss, both, of_countries, of_networks, without
from crawler.routing.detect.sessions import Down
from crawler.routing.detect.sweep import Fact, Stretch, losses, plain_facts
from crawler.routing.detect.vantage import Story, Vantage
from crawler.routing.knowledge import Knowledge
from crawler.routing.model import EventKind, RouteSpell, RoutingEvent
from crawler.routing.state.prefilter import candidates
from crawler.routing.state.table import Path, Seen, Table, family
from crawler.routing.thresholds import DetectSettings


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
        self.vantage = Vantage(table, settings, downs, until)
        self.full_feed = self.vantage.full_feed
        self._leaks = Leaks(knowledge, _Once(table.base_paths), settings)
        self._plain = cache(plain_facts)

    def peers_total(self) -> int:
        return len(self.vantage.full_sessions[4] | self.vantage.full_sessions[6])

    def facts(self, path: Path) -> tuple[Fact, ...]:
        """What a path states of any prefix, by which a prefix is worth an exact look; a leak is not yet laid to one."""
        plain = self._plain(path)
        return (*plain, Fact("leak", plain[0].origin)) if plain and self._leaks.suspect(path) else plain

    # -- what one prefix tells ---------------------------------------------------------------------------------------
    def _facts_of(self, held: Iterable[Seen]) -> frozenset[Fact]:
        return frozenset(fact for seen in held for fact in self._plain(seen.path))

    def _drafts(self, story: Story) -> Iterator[Draft]:
        above = None if story.base else covering(story.prefix, self.table.prefixes())
        before = self._facts_of((story.base or (self.vantage.base(above) if above else {})).values())
        origins = {fact.origin for fact in before}
        leaked = self._leaked(story.changes, fresh=origins if above else set())
        offenders = self._leaks.blame(leaked, Counter(seen.path for seen in story.changes))

        @cache
        def facts(path: Path) -> tuple[Fact, ...]:
            plain = self._plain(path)
            return (*plain, Fact("leak", plain[0].origin, offenders[path])) if plain and path in offenders else plain

        found = Look(
            prefix=story.prefix,
            held=self.vantage.spans(story, facts),
            before=before,
            covering=above,
            need=self.vantage.need(family(story.prefix)),
            settings=self.settings,
            sells=self._leaks.sells,
            sessions=self.vantage.sessions,
        )
        yield from look.upstreams(found)
        yield from look.origins(found, self.knowledge.vrps)
        for fact, held in found.held.items():
            if fact.what == "leak" and fact.other is not None and fact.origin in origins:
                own = [suspicion for path, suspicion in leaked.items() if offenders[path] == fact.other]
                sure, basis = any(suspicion.sure for suspicion in own), guessed(own, fact.other)
                least = self.settings.leak_min_s
                for draft in found.stood(EventKind.ROUTE_LEAK, held, fact.origin, offender=fact.other, min_s=least):
                    yield replace(draft, sure=sure, basis=basis)

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
        need = {version: self.vantage.need(version) for version in (4, 6)}
        found = candidates(
            self.table, self.full_feed, need, self.facts, self.vantage.least_share(), self.vantage.downs.keys()
        )
        drafts: list[Draft] = []
        lost: list[Loss] = []
        for prefix in sorted(found):
            story = self.vantage.story(prefix)
            if self.only is None or prefix in self.only:
                drafts.extend(self._drafts(story))
            lost.extend(self._losses(story))
        drafts.extend(self._outages(lost))
        leak_prefixes = self.settings.leak_share * len(self.table.prefixes() if self.only is None else self.only)
        return events_of(
            drafts,
            Context(
                peers=self.table.peers,
                looking=self.vantage.looking,
                session=self.vantage.session,
                leak_prefixes=leak_prefixes,
                knowledge=self.knowledge,
                settings=self.settings,
                thresholds=self.settings.shown(),
            ),
        )

    def _outages(self, lost: Sequence[Loss]) -> Iterator[Draft]:
        if lost:
            announced = self._announced()
            yield from of_networks(lost, announced, self.settings)
            yield from of_countries(lost, announced, self.knowledge, self.settings)

    def _losses(self, story: Story) -> Iterator[Loss]:
        withdrawals = tuple(seen for seen in story.changes if not seen.path)
        had = {self.vantage.session(peer) for peer in story.base}
        if not withdrawals or len(had) < self.vantage.need(family(story.prefix)):
            return
        gone = losses(story.base, story.changes, self.settings.outage_share, story.silences, self.vantage.sessions)
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
        found = self.vantage.spans(self.vantage.story(prefix), self._plain).get(Fact("origin", origin), ())
        return [(span.start, span.end) for span in found]

    def _announced(self) -> dict[int, list[str]]:
        """The prefixes of each network in the RIBs of full-feed peers."""
        base = self.table.base_rows()
        ends = [paths.ends(path) for path in self.table.paths]
        origin = np.fromiter((one[0] if one else -1 for one in ends), np.int64, len(ends))
        full = np.zeros(len(self.table.peers), bool)
        full[list(self.full_feed[4] | self.full_feed[6])] = True
        rows = full[base.peer]
        codes = np.unique(base.prefix[rows].astype(np.int64) << 32 | (origin[base.path[rows]] & 0xFFFFFFFF))
        found: dict[int, list[str]] = {}
        for prefix, asn in zip((codes >> 32).tolist(), (codes & 0xFFFFFFFF).tolist(), strict=True):
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
            held = self.vantage.spans(self.vantage.story(prefix), facts)
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
                        peers_total=len(self.vantage.full_sessions[family(prefix)]),
                        evidence=bears_out(prefix, first, self.table.peers[first.peer]),
                    )


class _Once:
    """Paths that are asked of the table when they are first walked."""

    def __init__(self, paths_of: Callable[[], Iterable[Path]]) -> None:
        self._paths_of = paths_of

    def __iter__(self) -> Iterator[Path]:
        return iter(self._paths_of())
