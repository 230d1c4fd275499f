"""Over one prefix's changes: from when to when did a fact hold at one full-feed peer or more?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from crawler.routing.state import Path, Seen


class Fact(NamedTuple):
    """`pair`: reached over `origin` through `other`; `origin`: reached over it; `leak`: leaked by `other`."""

    what: str
    origin: int
    other: int | None = None


@dataclass(slots=True)
class Span:
    """A fact held from `start` to `end` (None: to the end of the data); `since_before`: it stood in the RIB.

    `first` has for each peer that saw it the element that told so, `last` the element that took it away there.
    """

    start: float
    end: float | None
    since_before: bool
    peak: int = 0
    first: dict[int, Seen] = field(default_factory=dict)
    last: dict[int, Seen] = field(default_factory=dict)


def spans(
    base: Mapping[int, Seen], changes: Sequence[Seen], facts: Callable[[Path], Iterable[Fact]]
) -> dict[Fact, list[Span]]:
    """All spans of all facts of one prefix. `changes` are in order of time.

    What comes and goes within one time stamp is not seen: the last word of a peer at a time is what it says.
    """
    found: dict[Fact, list[Span]] = {}
    holders: dict[Fact, set[int]] = {}
    held: dict[int, tuple[Fact, ...]] = {}
    for peer, seen in base.items():
        _enter(seen, tuple(facts(seen.path)), found, holders, held, before=True)
        held[peer] = tuple(facts(seen.path))
    _mark_peaks(found, holders)
    for at, group in groupby(changes, key=lambda seen: seen.at):
        latest = {seen.peer: seen for seen in group}
        for peer, seen in latest.items():
            for fact in held.pop(peer, ()):
                holders[fact].discard(peer)
                found[fact][-1].last[peer] = seen
        for seen in latest.values():
            _enter(seen, tuple(facts(seen.path)), found, holders, held, before=False)
        _close(at, found, holders)
        _mark_peaks(found, holders)
    return found


def _enter(
    seen: Seen,
    facts: tuple[Fact, ...],
    found: dict[Fact, list[Span]],
    holders: dict[Fact, set[int]],
    held: dict[int, tuple[Fact, ...]],
    *,
    before: bool,
) -> None:
    held[seen.peer] = facts
    for fact in facts:
        known = found.setdefault(fact, [])
        if not known or known[-1].end is not None:
            known.append(Span(seen.at, None, before))
        holders.setdefault(fact, set()).add(seen.peer)
        known[-1].first.setdefault(seen.peer, seen)


def _close(at: float, found: dict[Fact, list[Span]], holders: dict[Fact, set[int]]) -> None:
    for fact, peers in holders.items():
        if not peers and found[fact][-1].end is None:
            found[fact][-1].end = at


def _mark_peaks(found: dict[Fact, list[Span]], holders: dict[Fact, set[int]]) -> None:
    for fact, peers in holders.items():
        span = found[fact][-1]
        span.peak = max(span.peak, len(peers))


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


def losses(base: Mapping[int, Seen], changes: Sequence[Seen], share: float) -> list[tuple[float, float | None]]:
    """When at least `share` of the peers that held the prefix in the RIB had no route to it: from, to."""
    have = {peer for peer, seen in base.items() if seen.path}
    most_left = (1 - share) * len(have)
    found: list[tuple[float, float | None]] = []
    for at, group in groupby(changes, key=lambda seen: seen.at):
        for seen in group:
            (have.add if seen.path else have.discard)(seen.peer)
        lost = bool(found) and found[-1][1] is None
        if len(have) <= most_left and not lost:
            found.append((at, None))
        elif len(have) > most_left and lost:
            found[-1] = (found[-1][0], at)
    return [(start, end) for start, end in found if end is None or end > start]
