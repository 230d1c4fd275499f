"""Edges: one network as the upstream of another, and the intervals in which it stood for any prefix."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crawler.routing.model import RouteSpell
from indexer.claimtime import Grain, stamp
from indexer.correlate import Case
from indexer.lookup import Lookup, overlap
from indexer.prefixes import covers
from indexer.telling import as_id

# A break shorter than this is a route that was exchanged, not an upstream that left: two advertisement intervals.
EXCHANGE = timedelta(seconds=60)
# So many times of one edge are told, the rest is counted: a route that flaps has hundreds.
MOST_TIMES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """One unbroken interval of an edge. `end` is None while it stands at the end of the data."""

    upstream: int
    origin: int
    start: datetime
    end: datetime | None
    since_before: bool
    spells: tuple[RouteSpell, ...]

    @property
    def prefixes(self) -> tuple[str, ...]:
        return tuple(sorted({s.prefix for s in self.spells}))

    @property
    def name(self) -> str:
        return f"upstream {as_id(self.upstream)} of {as_id(self.origin)}"


def stands(spells: Iterable[RouteSpell]) -> tuple[Stand, ...]:
    """The intervals of every edge in the spells, by edge and time. Spells that touch or overlap are one stand."""
    edges: dict[tuple[int, int], list[RouteSpell]] = defaultdict(list)
    for spell in spells:
        if spell.upstream_asn is not None and spell.upstream_asn != spell.origin_asn:
            edges[spell.upstream_asn, spell.origin_asn].append(spell)
    return tuple(stand for key in sorted(edges) for stand in _join(*key, edges[key]))


def _join(upstream: int, origin: int, spells: Sequence[RouteSpell]) -> Iterable[Stand]:
    ordered = sorted(spells, key=lambda s: (s.start, s.prefix))
    run: list[RouteSpell] = []
    end: datetime | None = None
    for spell in ordered:
        if run and end is not None and spell.start > end + EXCHANGE:
            yield _stand(upstream, origin, run, end)
            run = []
        end = spell.end if not run else (None if end is None or spell.end is None else max(end, spell.end))
        run.append(spell)
    if run:
        yield _stand(upstream, origin, run, end)


def _stand(upstream: int, origin: int, run: Sequence[RouteSpell], end: datetime | None) -> Stand:
    return Stand(
        upstream=upstream,
        origin=origin,
        start=run[0].start,
        end=end,
        since_before=any(s.since_before for s in run),
        spells=tuple(run),
    )


def edges_of(case: Case, upstreams: frozenset[int], origins: frozenset[int]) -> tuple[Stand, ...]:
    """The stands between any of the networks, for the named prefixes where the claim names some.

    An empty set of `upstreams` means any.
    """
    held = case.view.touching(case.prefixes) if case.prefixes else case.view.routes_of(origins)
    return stands(s for s in held if s.origin_asn in origins and (not upstreams or s.upstream_asn in upstreams))


def edges_with(case: Case, networks: frozenset[int]) -> tuple[Stand, ...]:
    """The stands that have any of the networks on either side, for the named prefixes where the claim names some."""
    if not case.prefixes:
        return stands(case.view.through(networks))
    return stands(s for s in case.view.touching(case.prefixes) if networks & {s.origin_asn, s.upstream_asn})


def stood(found: Iterable[Stand], low: datetime, high: datetime) -> tuple[Stand, ...]:
    return tuple(s for s in found if overlap(s.start, s.end, low, high))


def by_edge(found: Iterable[Stand]) -> tuple[tuple[Stand, ...], ...]:
    """The stands of each edge by time, the edge that stood first first."""
    edges: dict[tuple[int, int], list[Stand]] = defaultdict(list)
    for stand in sorted(found, key=lambda s: (s.start, s.upstream, s.origin)):
        edges[stand.upstream, stand.origin].append(stand)
    return tuple(map(tuple, edges.values()))


def times(found: Sequence[Stand]) -> str:
    """All times in which one edge stood, in order: `from A until B and again from C to the end of the data`."""
    told = []
    for stand in found[:MOST_TIMES]:
        since = "since before" if stand.since_before else "from"
        told.append(f"{since} {stamp(stand.start)} {_until(stand)}")
    rest = f" and so on, {len(found)} times in all, {_until(found[-1])}" if len(found) > MOST_TIMES else ""
    return " and again ".join(told) + rest


def _until(stand: Stand) -> str:
    return f"until {stamp(stand.end)}" if stand.end else "to the end of the data"


def pick(case: Case, moments: Iterable[tuple[datetime, Stand]]) -> tuple[datetime, Stand] | None:
    """The moment that the claim most likely means: the nearest for an hour or finer, else the earliest."""
    span = case.span
    if span is None or span.grain > Grain.HOUR:
        return min(moments, key=lambda m: (m[0], m[1].upstream, m[1].origin), default=None)
    return min(moments, key=lambda m: (abs(m[0] - span.start), m[0], m[1].upstream, m[1].origin), default=None)


def prefixes_total(case: Case, origin: int) -> tuple[str, ...]:
    """The prefixes that the network originates anywhere in the view."""
    return tuple(sorted({s.prefix for s in case.view.routes_of((origin,))}))


def share(found: Iterable[Stand], low: datetime, high: datetime) -> float:
    """The share of the time from low to high in which any of the stands stood."""
    covered, reach = timedelta(0), low
    for stand in sorted(found, key=lambda s: s.start):
        begin, end = max(stand.start, reach), min(stand.end or high, high)
        if end > begin:
            covered += end - begin
            reach = end
    return covered / (high - low) if high > low else 0.0


def distinct(view: Lookup, origin: int, low: datetime, high: datetime) -> frozenset[int]:
    """The upstreams that the network had at any time from low to high."""
    return frozenset(
        s.upstream_asn
        for s in view.routes_of((origin,))
        if s.upstream_asn is not None and overlap(s.start, s.end, low, high)
    )


def held(case: Case, stand: Stand, within: Iterable[RouteSpell]) -> tuple[int, int]:
    """Prefixes that took part, of the named ones or of all that the origin has."""
    seen = {s.prefix for s in within}
    if case.prefixes:
        return sum(any(covers(p, named) for p in seen) for named in case.prefixes), len(case.prefixes)
    return len(seen), len(prefixes_total(case, stand.origin))
