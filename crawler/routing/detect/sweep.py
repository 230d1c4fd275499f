"""Over one prefix's changes: from when to when did a fact hold at one full-feed peer or more?

A peer whose session is down neither holds a route nor looks on: it says nothing until it is back. Then it holds what it
held before, for a route that is told again is no change; but not what others that looked on have given up meanwhile.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from crawler.routing.detect import paths
from crawler.routing.state.table import Path, Seen

Stretch = tuple[float, float | None]
# By peer, when its sessions were down: from, to (None: until the peer says something, or to the end of the data).
Silences = Mapping[int, Sequence[Stretch]]
NO_SILENCES: Silences = {}


class Fact(NamedTuple):
    """`pair`: reached over `origin` through `other`; `origin`: reached over it; `leak`: leaked by `other`."""

    what: str
    origin: int
    other: int | None = None


def plain_facts(path: Path) -> tuple[Fact, ...]:
    """Origin and pair; none for a path that does not tell a network."""
    ends = paths.ends(path)
    if ends is None or ends[0] == paths.AS_TRANS:
        return ()
    origin = Fact("origin", ends[0])
    return (origin,) if ends[1] == paths.AS_TRANS else (origin, Fact("pair", *ends))


@dataclass(slots=True)
class Span:
    """A fact held from `start` to `end` (None: to the end of the data); `since_before`: it stood in the RIB.

    `first` has for each peer that saw it the element that told so, `last` the element that took it away there. `peak`
    is the most sessions that held it at once; `weak_since`, since when no more than a few that may be stuck do.
    """

    start: float
    end: float | None
    since_before: bool
    peak: int = 0
    first: dict[int, Seen] = field(default_factory=dict)
    last: dict[int, Seen] = field(default_factory=dict)
    weak_since: float | None = None


class Ghosts(NamedTuple):
    """Which holders are stuck: `settings.ghost_share`, `ghost_s` and `min_peers`; `until` is the end of the data."""

    share: float
    after_s: float
    few: int
    until: float


class Step(NamedTuple):
    """What happened at one time: peers back, each peer's last word, peers gone silent."""

    at: float
    up: list[int]
    words: dict[int, Seen]
    down: list[int]


def steps(changes: Sequence[Seen], silences: Silences) -> Iterator[Step]:
    """In order of time. What comes and goes within one time stamp is not seen. `changes` are in order of time."""
    found: dict[float, Step] = {}
    for seen in changes:
        step = found.get(seen.at)
        if step is None:
            step = found[seen.at] = Step(seen.at, [], {}, [])
        step.words[seen.peer] = seen
    for peer, stretches in silences.items():
        for start, end in stretches:
            found.setdefault(start, Step(start, [], {}, [])).down.append(peer)
            if end is not None:
                found.setdefault(end, Step(end, [], {}, [])).up.append(peer)
    return (found[at] for at in (sorted(found) if silences else found))


def spans(
    base: Mapping[int, Seen],
    changes: Sequence[Seen],
    facts: Callable[[Path], Collection[Fact]],
    silences: Silences = NO_SILENCES,
    ghosts: Ghosts | None = None,
    sessions: Sequence[int] = (),
) -> dict[Fact, list[Span]]:
    """All spans of all facts of one prefix. `changes` are in order of time; `facts` is asked often.

    `sessions` has for each peer the first one of its session (RFC 7911: a session may send several paths, each by a
    peer of its own here); empty where each peer is a session.
    """
    sweep = _Sweep(facts, ghosts, sessions)
    for seen in base.values():
        sweep.enter(seen, before=True)
    sweep.settle(None)
    for step in steps(changes, silences):
        sweep.take(step)
    sweep.finish()
    return sweep.found


class _Sweep:
    def __init__(
        self, facts: Callable[[Path], Collection[Fact]], ghosts: Ghosts | None, sessions: Sequence[int]
    ) -> None:
        self._sessions = sessions
        self.found: dict[Fact, list[Span]] = {}
        self._facts = facts
        self._ghosts = ghosts
        self._holders: dict[Fact, set[int]] = {}
        self._held: dict[int, tuple[Fact, ...]] = {}
        self._silent: dict[int, tuple[float, tuple[Fact, ...]]] = {}
        self._given_up: dict[Fact, float] = {}  # when a peer last said that it no longer holds it
        self._touched: dict[Fact, None] = {}

    def take(self, step: Step) -> None:
        for peer in step.up:
            if peer in self._silent and peer not in step.words:
                self._back(peer, step.at)
        for peer, seen in step.words.items():
            self._leave(peer, seen)
        for seen in step.words.values():
            self.enter(seen, before=False)
        for peer in step.down:
            held = self._held.pop(peer, ())
            self._silent[peer] = step.at, held
            for fact in held:
                self._unseen(fact, peer, step.at)
        self.settle(step.at)

    def _unseen(self, fact: Fact, peer: int, at: float) -> None:
        """Its last holder no longer tells, while others have said otherwise: stuck, unless it is soon back."""
        holders, span = self._holders[fact], self.found[fact][-1]
        holders.discard(peer)
        if not holders and span.last and span.weak_since is None:
            span.weak_since = at

    def enter(self, seen: Seen, *, before: bool) -> None:
        facts = tuple(self._facts(seen.path))
        self._held[seen.peer] = facts
        for fact in facts:
            self._hold(fact, seen.peer, seen.at, before=before).first.setdefault(seen.peer, seen)

    def _hold(self, fact: Fact, peer: int, at: float, *, before: bool) -> Span:
        known = self.found.setdefault(fact, [])
        if known and known[-1].end is None and self._stuck(known[-1], at) and not before:
            known[-1].end = known[-1].weak_since
        if not known or known[-1].end is not None:
            known.append(Span(at, None, before))
        self._holders.setdefault(fact, set()).add(peer)
        self._touched[fact] = None
        return known[-1]

    def _leave(self, peer: int, seen: Seen) -> None:
        _, silent = self._silent.pop(peer, (0.0, ()))
        now = self._facts(seen.path)
        for fact in self._held.pop(peer, silent):
            if fact in now:
                continue
            self._holders[fact].discard(peer)
            if self.found[fact][-1].end is None:
                self.found[fact][-1].last[peer] = seen
            self._given_up[fact] = seen.at
            self._touched[fact] = None

    def _back(self, peer: int, at: float) -> None:
        since, facts = self._silent.pop(peer)
        kept = tuple(f for f in facts if self._holders[f] or self._given_up.get(f, since - 1) < since)
        self._held[peer] = kept
        for fact in kept:
            self._hold(fact, peer, at, before=False)

    def settle(self, at: float | None) -> None:
        """Closes what nobody holds any more since somebody said so; None: after the RIB."""
        for fact in self._touched:
            span, holders = self.found[fact][-1], self._count(self._holders[fact])
            span.peak = max(span.peak, holders)
            if span.end is not None or at is None:
                continue
            if not holders and self._given_up.get(fact) == at:
                span.end = span.weak_since if self._stuck(span, at) else at
            elif self._ghosts and holders < self._ghosts.few and holders <= self._ghosts.share * span.peak:
                span.weak_since = at if span.weak_since is None else span.weak_since
            else:
                span.weak_since = None
        self._touched.clear()

    def _count(self, peers: set[int]) -> int:
        return len({self._sessions[peer] for peer in peers}) if self._sessions else len(peers)

    def finish(self) -> None:
        for known in self.found.values():
            if self._ghosts and known[-1].end is None and self._stuck(known[-1], self._ghosts.until):
                known[-1].end = known[-1].weak_since

    def _stuck(self, span: Span, at: float) -> bool:
        return self._ghosts is not None and span.weak_since is not None and at - span.weak_since > self._ghosts.after_s


def merge(found: Sequence[Span], gap_s: float) -> list[list[Span]]:
    """Spans in clusters: what is away for `gap_s` seconds or less is away for a flap only."""
    clusters: list[list[Span]] = []
    for span in found:
        before = clusters[-1][-1].end if clusters else None
        if before is not None and span.start - before <= gap_s:
            clusters[-1].append(span)
        else:
            clusters.append([span])
    return clusters


def losses(
    base: Mapping[int, Seen],
    changes: Sequence[Seen],
    share: float,
    silences: Silences = NO_SILENCES,
    sessions: Sequence[int] = (),
) -> list[Stretch]:
    """When at least `share` of the sessions that held the prefix in the RIB, and were up, had no route to it: from, to.

    A session has a route as long as one of its peers does; `sessions` as in `spans`.
    """
    watch = _Watch(sessions)
    watch.routes.update(watch.session(peer) for peer, seen in base.items() if seen.path)
    watch.paths = {peer: seen.path for peer, seen in base.items() if seen.path}
    watch.looking = set(watch.routes)
    found: list[Stretch] = []
    for step in steps(changes, silences):
        watch.take(step)
        if not watch.looking:
            continue
        lost, open_ = watch.lost(share), bool(found) and found[-1][1] is None
        if lost and not open_:
            found.append((step.at, None))
        elif open_ and not lost:
            found[-1] = (found[-1][0], step.at)
    return [(start, end) for start, end in found if end is None or end > start]


class _Watch:
    """Which sessions look on, and how many routes each has."""

    def __init__(self, sessions: Sequence[int]) -> None:
        self._sessions = sessions
        self.routes: Counter[int] = Counter()
        self.paths: dict[int, Path] = {}
        self.looking: set[int] = set()
        self._silent: set[int] = set()

    def session(self, peer: int) -> int:
        return self._sessions[peer] if self._sessions else peer

    def lost(self, share: float) -> bool:
        without = sum(not self.routes[session] for session in self.looking)
        return without >= share * len(self.looking)

    def take(self, step: Step) -> None:
        for peer in step.up:
            # Back, and as long as others have a route, believed to have told its own again.
            if peer in self._silent and peer not in step.words and (not self.looking or not self.lost(1.0)):
                self._silent.discard(peer)
                self.looking.add(self.session(peer))
        for peer, seen in step.words.items():
            session = self.session(peer)
            self.routes[session] += bool(seen.path) - bool(self.paths.get(peer))
            self.paths[peer] = seen.path
            if peer in self._silent:
                self._silent.discard(peer)
                self.looking.add(session)
            elif seen.path:
                self.looking.add(session)
        for peer in step.down:
            if self.session(peer) in self.looking:
                self._silent.add(peer)
                self.looking.discard(self.session(peer))
