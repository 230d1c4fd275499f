"""Who looks on, and what each had of a prefix: the full-feed peers, and when they were silent."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property

from crawler.routing.detect.sessions import Down, stretches, tables_lost
from crawler.routing.detect.sweep import Fact, Ghosts, Silences, Span, Stretch, spans
from crawler.routing.state.table import Path, Seen, Table, family
from crawler.routing.thresholds import DetectSettings


@dataclass(frozen=True, slots=True)
class Story:
    """What full-feed peers had of a prefix in the RIB, what they said after it, and when which of them was silent."""

    prefix: str
    base: Mapping[int, Seen]
    changes: Sequence[Seen]
    silences: Silences


class Vantage:
    """Over one table. `full_feed` are its full-feed peers by address family, `sessions` has for each peer the first one
    of its session (empty where each is its own), and `downs` by peer when its session was down.

    The `downs` given are the times in which sessions were down; `until` is the end of the data, seconds since the epoch
    (None: as late as the last change).
    """

    def __init__(self, table: Table, settings: DetectSettings, downs: Iterable[Down], until: float | None) -> None:
        self._table = table
        self._settings = settings
        self.downs = stretches(downs, table.peers)
        self._until = until
        self.full_feed = table.full_feed(settings.full_feed_share)
        several = any(peer.path_id for peer in table.peers)
        self.sessions: Sequence[int] = table.sessions() if several else ()

    def session(self, peer: int) -> int:
        return self.sessions[peer] if self.sessions else peer

    @cached_property
    def full_sessions(self) -> Mapping[int, Set[int]]:
        """By address family."""
        return {version: frozenset(map(self.session, peers)) for version, peers in self.full_feed.items()}

    def need(self, version: int) -> int:
        return min(self._settings.min_peers, max(1, len(self.full_sessions[version])))

    def looking(self, prefix: str, at: float) -> Set[int]:
        """The full-feed sessions that were up."""
        full = self.full_sessions[family(prefix)]
        return full - {self.session(peer) for peer, times in self.downs.items() if _within(times, at)}

    @cached_property
    def _lost(self) -> Mapping[int, Sequence[tuple[float, float]]]:
        return tables_lost(self._table, self._settings)

    @cached_property
    def _ghosts(self) -> Ghosts:
        at = self._table.change_rows().at
        until = self._until if self._until is not None else float(at.max(initial=0.0))
        return Ghosts(self._settings.ghost_share, self._settings.ghost_s, self._settings.min_peers, until)

    def base(self, prefix: str) -> dict[int, Seen]:
        peers = self.full_feed[family(prefix)]
        return {peer: seen for peer, seen in self._table.base(prefix).items() if peer in peers}

    def story(self, prefix: str) -> Story:
        """Changes are in order of time, then of peers by name, so that the order of collectors means nothing. A
        withdrawal with the whole of a peer's table is silence.
        """
        peers = self.full_feed[family(prefix)]
        base, said = self.base(prefix), self._table.changes(prefix)
        own = base.keys() | {seen.peer for seen in said} if self.downs else frozenset()
        silences = {peer: list(times) for peer, times in self.downs.items() if peer in own and peer in peers}
        changes = []
        for seen in said:
            if seen.peer not in peers:
                continue
            if not seen.path and any(start <= seen.at <= end for start, end in self._lost.get(seen.peer, ())):
                silences.setdefault(seen.peer, []).append((seen.at, None))
            else:
                changes.append(seen)
        changes.sort(key=lambda seen: (seen.at, self._table.peers[seen.peer]))
        return Story(prefix, base, changes, silences)

    def spans(self, story: Story, facts: Callable[[Path], Collection[Fact]]) -> dict[Fact, list[Span]]:
        return spans(story.base, story.changes, facts, story.silences, self._ghosts, self.sessions)

    def least_share(self) -> float:
        """Of all full-feed peers, those without a route where `outage_share` of the ones that are up have none."""
        steps = sorted({start for times in self.downs.values() for start, _ in times})
        full = self.full_feed[4] | self.full_feed[6]
        up = [sum(not _within(self.downs.get(peer, ()), at) for peer in full) for at in steps]
        return (
            self._settings.outage_share * min((count for count in up if count), default=len(full)) / max(1, len(full))
        )


def _within(times: Iterable[Stretch], at: float) -> bool:
    return any(start <= at and (end is None or at < end) for start, end in times)
