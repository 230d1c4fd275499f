"""From drafts, one a prefix, to events: those of one kind and the same networks that start together are one event."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate

from crawler.routing.knowledge import Knowledge, Validity
from crawler.routing.model import EventKind, Interval, RouteEvidence, RoutingEvent
from crawler.routing.state.table import Peer, Seen
from crawler.routing.thresholds import DetectSettings

__all__ = ["Context", "DetectSettings", "Draft", "bears_out", "events_of", "to_time"]

# An event of many prefixes is borne out by the first of them, and by what else a collector needs to be named.
EVIDENCE_PREFIXES = 20
# A leak of many networks is told of the countries of most of its prefixes.
LEAK_COUNTRIES = 5
HIJACKS = {EventKind.ORIGIN_CHANGE, EventKind.MOAS, EventKind.SUBPREFIX_ORIGIN_CHANGE, EventKind.RPKI_INVALID}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One prefix's part of an event. `first` are the elements that bear it out, by peer.

    `country` is the one that is out, for an outage of a country. `sure` is False for a leak that many prefixes at once
    must show. `basis` is what it rests on beside the routes.
    """

    kind: EventKind
    origin: int | None
    upstream: int | None
    offender: int | None
    prefix: str
    intervals: tuple[tuple[float, float | None], ...]
    first: Mapping[int, Seen]
    flaps: int = 0
    country: str | None = None
    sure: bool = True
    basis: tuple[str, ...] = ()

    @property
    def start(self) -> float:
        return self.intervals[0][0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What every event of one table shares. `looking` are the full-feed sessions for a prefix that were up at a time
    (seconds since the epoch), `session` tells the session of a peer, `leak_prefixes` how many must leak at once where
    it is not sure, `thresholds` are the settings as every event shows them.
    """

    peers: Sequence[Peer]
    looking: Callable[[str, float], Set[int]]
    session: Callable[[int], int]
    leak_prefixes: float
    knowledge: Knowledge
    settings: DetectSettings
    thresholds: Mapping[str, float]


def events_of(drafts: Iterable[Draft], context: Context) -> list[RoutingEvent]:
    """Events by their start."""
    groups = _groups(drafts, context.settings.group_s)
    found = [_event(group, context) for group in groups if _enough(group, context)]
    return sorted(found, key=lambda event: (event.first_seen, event.kind, event.id))


def _groups(drafts: Iterable[Draft], within_s: float) -> list[list[Draft]]:
    """A leak grows: what begins soon after the prefix before it is part of it."""
    groups: list[list[Draft]] = []
    for draft in sorted(drafts, key=lambda d: (d.kind, _key(d), d.start, d.prefix)):
        same = groups and (groups[-1][0].kind, _key(groups[-1][0])) == (draft.kind, _key(draft))
        if same and draft.start - groups[-1][-1 if draft.kind is EventKind.ROUTE_LEAK else 0].start <= within_s:
            groups[-1].append(draft)
        else:
            groups.append([draft])
    return groups


def _enough(group: Sequence[Draft], context: Context) -> bool:
    """Whether it is sure, or so many prefixes show it at once."""
    if any(draft.sure for draft in group):
        return True
    steps = [(at, step) for draft in group for stretch in draft.intervals for at, step in _steps(stretch)]
    at_once = accumulate(step for _, step in sorted(steps))
    return max(at_once, default=0) >= context.leak_prefixes


def _steps(stretch: tuple[float, float | None]) -> Iterator[tuple[float, int]]:
    yield stretch[0], 1
    if stretch[1] is not None:
        yield stretch[1], -1


def _event(group: Sequence[Draft], context: Context) -> RoutingEvent:
    head = group[0]
    prefixes = tuple(sorted({draft.prefix for draft in group}))
    origins = {draft.origin for draft in group}
    origin = head.origin if len(origins) == 1 else None
    intervals = _union([interval for draft in group for interval in draft.intervals], context.settings.merge_s)
    peers = {peer for draft in group for peer in draft.first}
    sessions = {context.session(peer) for peer in peers}
    rpki, vrps = _rpki(head, prefixes, context)
    flaps = sum(draft.flaps for draft in group)
    return RoutingEvent(
        id=_event_id(head, origin, prefixes),
        kind=head.kind,
        prefixes=prefixes,
        origin_asn=origin,
        upstream_asn=head.upstream,
        offender_asn=head.offender,
        countries=_countries(group, context.knowledge.country),
        first_seen=to_time(head.start),
        last_seen=intervals[-1].end,
        peers_seen=len(sessions),
        peers_total=len(sessions | context.looking(head.prefix, head.start)),
        collectors=tuple(sorted({context.peers[peer].collector for peer in peers})),
        rpki=rpki,
        evidence=_evidence(group, context.peers),
        intervals=tuple(intervals),
        prefix_ends=_prefix_ends(group, intervals[-1].end),
        thresholds={**context.thresholds, "flaps_merged": float(flaps)},
        basis=tuple(dict.fromkeys((*(source for draft in group for source in draft.basis), *vrps))),
    )


def _countries(group: Sequence[Draft], country: Callable[[int], str | None]) -> tuple[str, ...]:
    """Of the networks that hold the prefixes and of the offender, sorted; of a country's outage that one alone."""
    head = group[0]
    if head.country is not None:
        return (head.country,)
    held = {(draft.prefix, draft.origin) for draft in group if draft.origin is not None}
    count = Counter(found for _, origin in held if (found := country(origin)))
    most = sorted(count, key=lambda name: (-count[name], name))[:LEAK_COUNTRIES]
    offender = None if head.offender is None else country(head.offender)
    return tuple(sorted({*most, *([offender] if offender else [])}))


def _rpki(head: Draft, prefixes: Iterable[str], context: Context) -> tuple[str, tuple[str, ...]]:
    """Whether the RPKI allowed the new origin, by the worst of the prefixes, and where that is known from."""
    vrps = context.knowledge.vrps
    if head.kind not in HIJACKS or head.offender is None or vrps is None:
        return "unknown", ()
    found = {vrps.validity(prefix, head.offender) for prefix in prefixes}
    worst = next(one for one in (Validity.INVALID, Validity.NOT_FOUND, Validity.VALID) if one in found)
    return worst.value, (vrps.source,)


def _prefix_ends(group: Sequence[Draft], last: datetime | None) -> tuple[tuple[str, datetime], ...]:
    """The prefixes for which the event was over before `last` (None: it goes on), with the end of each, by time."""
    ends: dict[str, float | None] = {}
    for draft in group:
        end, known = draft.intervals[-1][1], ends.get(draft.prefix, 0.0)
        ends[draft.prefix] = None if end is None or known is None else max(end, known)
    told = [(prefix, to_time(end)) for prefix, end in ends.items() if end is not None]
    early = [(prefix, end) for prefix, end in told if last is None or end < last]
    return tuple(sorted(early, key=lambda item: (item[1], item[0])))


def _evidence(group: Sequence[Draft], peers: Sequence[Peer]) -> tuple[RouteEvidence, ...]:
    """The first element of each collector for each of the first prefixes, and one at least of each collector."""
    found: list[RouteEvidence] = []
    told: set[str] = set()
    for place, draft in enumerate(group):
        best: dict[str, Seen] = {}
        for seen in sorted(draft.first.values(), key=lambda seen: (seen.at, peers[seen.peer])):
            best.setdefault(peers[seen.peer].collector, seen)
        for collector, seen in sorted(best.items()):
            if place < EVIDENCE_PREFIXES or collector not in told:
                found.append(bears_out(draft.prefix, seen, peers[seen.peer]))
                told.add(collector)
    return tuple(found)


def bears_out(prefix: str, seen: Seen, peer: Peer) -> RouteEvidence:
    return RouteEvidence(
        file=seen.file,
        record=seen.record,
        collector=peer.collector,
        peer_asn=peer.asn,
        peer_ip=peer.ip,
        prefix=prefix,
        observed_at=to_time(seen.at),
        as_path=seen.path,
    )


def _key(draft: Draft) -> tuple[int, int, int, str]:
    """What makes drafts parts of one event; a leak takes along whatever prefixes the offender leaks."""
    origin = 0 if draft.kind is EventKind.ROUTE_LEAK else draft.origin or 0
    return origin, draft.upstream or 0, draft.offender or 0, draft.country or ""


def _union(intervals: Iterable[tuple[float, float | None]], gap_s: float) -> list[Interval]:
    """In order, overlapping ones and those at most `gap_s` apart as one."""
    joined: list[tuple[float, float | None]] = []
    for start, end in sorted(intervals, key=lambda interval: interval[0]):
        before = joined[-1][1] if joined else None
        if joined and (before is None or start - before <= gap_s):
            joined[-1] = (joined[-1][0], None if before is None or end is None else max(before, end))
        else:
            joined.append((start, end))
    return [Interval(to_time(start), None if end is None else to_time(end)) for start, end in joined]


def _event_id(head: Draft, origin: int | None, prefixes: tuple[str, ...]) -> str:
    networks = (origin, head.upstream, head.offender, *((head.country,) if head.country else ()))
    facts = (head.kind.value, *networks, *prefixes, to_time(head.start).isoformat())
    return hashlib.sha256("|".join(map(str, facts)).encode()).hexdigest()[:16]


def to_time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
