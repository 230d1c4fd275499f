"""When peers and whole collectors were blind: sessions were down, so that nothing could be seen there.

A session that goes takes no route out of the story (no withdrawal is told), but until it is back its peer sees nothing.
RIS tells of sessions (STATE_CHANGE); RouteViews does not, but there a peer that withdraws its whole table shows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np

from crawler.routing.detect.sweep import Stretch
from crawler.routing.model import Gap, RouteElem
from crawler.routing.mrt.batch import SessionChange
from crawler.routing.state.table import Peer, Table
from crawler.routing.thresholds import DetectSettings


class Down(NamedTuple):
    """The session with `ip` at `collector` was down from `start` to `end` (None: to the end of the data)."""

    collector: str
    ip: str
    start: float
    end: float | None


class Sessions:
    """Follows one collector's peers from a RIB on, where all were up; `take` its files in order of time."""

    def __init__(self, collector: str) -> None:
        self._collector = collector
        self._since: dict[str, float] = {}
        self._over: list[Down] = []

    @property
    def downs(self) -> list[Down]:
        still = [Down(self._collector, ip, since, None) for ip, since in self._since.items()]
        return self._over + still

    def take(self, elems: Iterable[RouteElem], changes: Iterable[SessionChange]) -> None:
        """Both in order of time. A session is up again once established, or when its peer sends updates."""
        waiting = sorted(changes, key=lambda change: (change.at, change.record), reverse=True)
        if waiting or self._since:
            for elem in elems:
                while waiting and (waiting[-1].at, waiting[-1].record) < (elem.observed_at, elem.record):
                    self._apply(waiting.pop())
                if elem.peer_ip in self._since:
                    self._up(elem.peer_ip, elem.observed_at)
        while waiting:
            self._apply(waiting.pop())

    def _apply(self, change: SessionChange) -> None:
        if not change.established:
            self._since.setdefault(change.peer_ip, change.at)
        elif change.peer_ip in self._since:
            self._up(change.peer_ip, change.at)

    def _up(self, ip: str, at: float) -> None:
        self._over.append(Down(self._collector, ip, self._since.pop(ip), at))


def stretches(downs: Iterable[Down], peers: Sequence[Peer]) -> dict[int, list[Stretch]]:
    """By index of `peers`, when the peer's session was down, in order of time. One that is back at once never was."""
    found: dict[int, list[Stretch]] = {}
    by_session: dict[tuple[str, str], list[int]] = {}
    for index, peer in enumerate(peers):
        by_session.setdefault((peer.collector, peer.ip), []).append(index)
    for down in sorted(set(downs), key=lambda down: (down.start, down.end or down.start)):
        if down.end is None or down.end > down.start:
            for index in by_session.get((down.collector, down.ip), ()):
                found.setdefault(index, []).append((down.start, down.end))
    return found


def tables_lost(table: Table, settings: DetectSettings) -> dict[int, list[tuple[float, float]]]:
    """By peer, the times (first withdrawal, last one) in which it withdrew its whole table: its own feed went."""
    sizes = np.bincount(table.base_rows().peer, minlength=len(table.peers))
    large = np.flatnonzero(sizes >= settings.session_loss_prefixes)
    if not len(large):
        return {}
    at, by = table.withdrawals()
    found: dict[int, list[tuple[float, float]]] = {}
    for peer in large.tolist():
        times = np.sort(at[by == peer])
        many = int(np.ceil(settings.session_loss_share * sizes[peer]))
        if len(times) < many:
            continue
        within = np.flatnonzero(times[many - 1 :] - times[: len(times) - many + 1] <= settings.session_loss_s)
        for start, end in zip(times[within].tolist(), times[within + many - 1].tolist(), strict=True):
            told = found.setdefault(peer, [])
            if told and start <= told[-1][1]:
                told[-1] = (told[-1][0], end)
            else:
                told.append((start, end))
    return found


def blind_gaps(
    downs: Iterable[Down],
    peers: Sequence[Peer],
    full_feed: Mapping[int, Set[int]],
    start: datetime,
    end: datetime,
    share: float = DetectSettings().blind_share,
) -> list[Gap]:
    """The spans from `start` to `end` in which a collector was blind, as more than `share` of its peers were down.

    `full_feed` are indexes of `peers` by family.
    """
    known = list(downs)
    found = []
    for family, members in sorted(full_feed.items()):
        for collector in sorted({peers[member].collector for member in members}):
            ips = [peers[member].ip for member in members if peers[member].collector == collector]
            own = [down for down in known if down.collector == collector and down.ip in ips]
            for since, until, most in _blind(own, share * len(ips), end.timestamp()):
                found.append(
                    Gap(
                        collector=collector,
                        start=max(datetime.fromtimestamp(since, UTC), start),
                        end=datetime.fromtimestamp(until, UTC),
                        reason=f"the sessions of {most} of {len(ips)} full-feed peers (IPv{family}) of this collector"
                        " were down",
                        family=family,
                    )
                )
    return [gap for gap in found if gap.start < gap.end]


def _blind(downs: Iterable[Down], enough: float, end: float) -> list[tuple[float, float, int]]:
    """(from, to, most peers down at once) for each span in which more than `enough` were down."""
    steps: list[tuple[float, int]] = []
    for down in downs:
        steps += [(down.start, 1), (end if down.end is None else down.end, -1)]
    found: list[tuple[float, float, int]] = []
    count, most, since = 0, 0, None
    for at, step in sorted(steps):
        count += step
        if count > enough:
            since = at if since is None else since
            most = max(most, count)
        elif since is not None:
            found.append((since, at, most))
            most, since = 0, None
    return found
