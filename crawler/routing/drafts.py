"""From drafts, one a prefix, to events: those of one kind and the same networks that start together are one event."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from crawler.routing.knowledge import Knowledge
from crawler.routing.model import EventKind, Interval, RouteEvidence, RoutingEvent
from crawler.routing.state import Peer, Seen


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


@dataclass(frozen=True, slots=True)
class Context:
    """What every event of one table shares: its peers, how many of a prefix's family are full-feed, what is known."""

    peers: Sequence[Peer]
    peers_total: Callable[[str], int]
    knowledge: Knowledge
    settings: DetectSettings


def events_of(drafts: Iterable[Draft], context: Context) -> list[RoutingEvent]:
    """Events by their start."""
    found = [_event(group, context) for group in _groups(drafts, context.settings.group_s)]
    return sorted(found, key=lambda event: (event.first_seen, event.kind, event.id))


def _groups(drafts: Iterable[Draft], within_s: float) -> list[list[Draft]]:
    groups: list[list[Draft]] = []
    for draft in sorted(drafts, key=lambda d: (d.kind, _key(d), d.start, d.prefix)):
        same = groups and (groups[-1][0].kind, _key(groups[-1][0])) == (draft.kind, _key(draft))
        if same and draft.start - groups[-1][0].start <= within_s:
            groups[-1].append(draft)
        else:
            groups.append([draft])
    return groups


def _event(group: Sequence[Draft], context: Context) -> RoutingEvent:
    head = group[0]
    prefixes = tuple(sorted({draft.prefix for draft in group}))
    origins = {draft.origin for draft in group}
    origin = head.origin if len(origins) == 1 else None
    intervals = _union([interval for draft in group for interval in draft.intervals], context.settings.merge_s)
    seen = [one for draft in group for one in _evidence(draft, context.peers)]
    peers = {peer for draft in group for peer in draft.first}
    country = context.knowledge.country(next((n for n in (origin, head.offender) if n is not None), 0))
    thresholds = asdict(context.settings) | {"flaps_merged": sum(draft.flaps for draft in group)}
    return RoutingEvent(
        id=_event_id(head, origin, prefixes),
        kind=head.kind,
        prefixes=prefixes,
        origin_asn=origin,
        upstream_asn=head.upstream,
        offender_asn=head.offender,
        countries=(country,) if country else (),
        first_seen=to_time(head.start),
        last_seen=intervals[-1].end,
        peers_seen=len(peers),
        peers_total=context.peers_total(head.prefix),
        collectors=tuple(sorted({context.peers[peer].collector for peer in peers})),
        evidence=tuple(seen),
        intervals=tuple(intervals),
        prefix_ends=_prefix_ends(group, intervals[-1].end),
        thresholds={name: float(value) for name, value in thresholds.items()},
    )


def _prefix_ends(group: Sequence[Draft], last: datetime | None) -> tuple[tuple[str, datetime], ...]:
    """The prefixes for which the event was over before `last` (None: it goes on), with the end of each, by time."""
    ends: dict[str, float | None] = {}
    for draft in group:
        end, known = draft.intervals[-1][1], ends.get(draft.prefix, 0.0)
        ends[draft.prefix] = None if end is None or known is None else max(end, known)
    told = [(prefix, to_time(end)) for prefix, end in ends.items() if end is not None]
    early = [(prefix, end) for prefix, end in told if last is None or end < last]
    return tuple(sorted(early, key=lambda item: (item[1], item[0])))


def _evidence(draft: Draft, peers: Sequence[Peer]) -> list[RouteEvidence]:
    """The first element of each collector."""
    best: dict[str, Seen] = {}
    for seen in sorted(draft.first.values(), key=lambda seen: (seen.at, peers[seen.peer])):
        best.setdefault(peers[seen.peer].collector, seen)
    return [bears_out(draft.prefix, seen, peers[seen.peer]) for _, seen in sorted(best.items())]


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
    return [Interval(to_time(start), None if end is None else to_time(end)) for start, end in joined]


def _event_id(head: Draft, origin: int | None, prefixes: tuple[str, ...]) -> str:
    facts = (head.kind.value, origin, head.upstream, head.offender, *prefixes, to_time(head.start).isoformat())
    return hashlib.sha256("|".join(map(str, facts)).encode()).hexdigest()[:16]


def to_time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
