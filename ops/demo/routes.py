"""The demo's routes, as MRT files in the layouts of RouteViews and RIS.

A reconstruction: the times of North Korea's network (AS131279), TransTeleCom (AS20485) and China Unicom (AS4837) are
those that were published of 1 and 2 October 2017; which peers saw them, by which paths and how the four outages lay
between 10:47 and 12:26, is ours. The peers' AS numbers are real networks', their addresses (192.0.2.0/24,
198.51.100.0/24, 203.0.113.0/24) are for documentation. All other prefixes (of 198.18.0.0/15) and their origins
(64496 to 64511) belong to nobody: they are there so that something else moves in the files.
"""

from __future__ import annotations

import bz2
import gzip
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatch
from pathlib import Path

from ops.demo import mrt
from ops.demo.mrt import Neighbour

START = datetime(2017, 10, 1, tzinfo=UTC)
END = datetime(2017, 10, 2, 12, tzinfo=UTC)

KP, UNICOM, TRANSTELECOM = 131279, 4837, 20485
ALL_FOUR = tuple(f"175.45.{third}.0/24" for third in range(176, 180))
THREE = (ALL_FOUR[0], ALL_FOUR[2], ALL_FOUR[3])
OUTAGES = (("10:47:20", "10:51:05"), ("11:08:30", "11:12:10"), ("11:36:05", "11:41:40"), ("12:16:40", "12:21:55"))
BACKGROUND = tuple(f"198.18.{third}.0/24" for third in range(200))
PARTIAL = Neighbour(64511, "192.0.2.99")
"""A peer that tells the collector of four prefixes alone; it is no full-feed peer, and must not count."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A full-feed peer of a collector.

    `old` and `new` are the networks between it and AS131279; `new` is empty where it never prefers that way. `transit`
    stands between it and the background.
    """

    collector: str
    neighbour: Neighbour
    old: tuple[int, ...]
    new: tuple[int, ...] = ()
    transit: tuple[int, ...] = ()


PEERS = (
    Peer("route-views2", Neighbour(3356, "192.0.2.1"), (UNICOM,), (TRANSTELECOM,)),
    Peer("route-views2", Neighbour(1299, "192.0.2.2"), (UNICOM,), (TRANSTELECOM,)),
    Peer("route-views2", Neighbour(6939, "192.0.2.3"), (UNICOM,), (TRANSTELECOM,)),
    Peer("route-views2", Neighbour(7018, "192.0.2.4"), (UNICOM,), (3356, TRANSTELECOM), (3356,)),
    Peer("route-views2", Neighbour(2914, "192.0.2.5"), (UNICOM,)),
    Peer("route-views.sg", Neighbour(24482, "198.51.100.1"), (6939, UNICOM), (TRANSTELECOM,), (6939,)),
    Peer("route-views.sg", Neighbour(4826, "198.51.100.2"), (6939, UNICOM), (), (6939,)),
    Peer("route-views.sg", Neighbour(7713, "198.51.100.3"), (UNICOM,), (), (2914,)),
    Peer("route-views.sg", Neighbour(3491, "198.51.100.4"), (UNICOM,)),
    Peer("rrc12", Neighbour(13030, "203.0.113.1"), (1299, UNICOM), (1299, TRANSTELECOM), (1299,)),
    Peer("rrc12", Neighbour(20764, "203.0.113.2"), (1299, UNICOM), (TRANSTELECOM,), (1299,)),
    Peer("rrc12", Neighbour(9002, "203.0.113.3"), (3356, UNICOM), (TRANSTELECOM,), (3356,)),
    Peer("rrc12", Neighbour(6453, "203.0.113.4"), (UNICOM,), (TRANSTELECOM,)),
)
COLLECTORS = tuple(dict.fromkeys(peer.collector for peer in PEERS))


@dataclass(frozen=True, slots=True, order=True)
class Message:
    at: datetime
    collector: str
    neighbour: Neighbour
    prefixes: tuple[str, ...]
    path: tuple[int, ...]


def write_archive(folder: Path, *, without_asn: int | None = None, without_files: Collection[str] = ()) -> None:
    """Writes the archive under `folder`, the same bytes each time.

    For tests: in a copy `without_asn` no peer ever takes a path through that network, and files whose path in the
    archive fits a pattern of `without_files` (as in `rrc12/*/updates.20171001.09*`) are left out.
    """
    for name, content in _files(without_asn):
        if any(fnmatch(name, pattern) for pattern in without_files):
            continue
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(content, 6, mtime=0) if name.endswith(".gz") else bz2.compress(content))


def _files(without_asn: int | None) -> Iterator[tuple[str, bytes]]:
    story = sorted([*_Story(without_asn).messages, *_background()])
    buckets: dict[tuple[str, datetime], list[Message]] = defaultdict(list)
    for message in story:
        buckets[message.collector, _stamp(message.collector, message.at)].append(message)
    for collector in COLLECTORS:
        yield _name(collector, "rib", START), _rib(collector)
        stamp = START
        while stamp < END:
            told = buckets[collector, stamp]
            yield _name(collector, "updates", stamp), b"".join(_bytes(message) for message in told)
            stamp += _step(collector)


def _bytes(message: Message) -> bytes:
    return mrt.update(int(message.at.timestamp()), message.neighbour, message.prefixes, message.path)


def _step(collector: str) -> timedelta:
    return timedelta(minutes=5 if collector.startswith("rrc") else 15)


def _stamp(collector: str, at: datetime) -> datetime:
    return at - (at - START) % _step(collector)


def _name(collector: str, kind: str, stamp: datetime) -> str:
    month, minute = f"{stamp:%Y.%m}", f"{stamp:%Y%m%d.%H%M}"
    if collector.startswith("rrc"):
        return f"{collector}/{month}/{'bview' if kind == 'rib' else kind}.{minute}.gz"
    # RouteViews' first collector has no folder of its own on its server.
    top = "bgpdata" if collector == "route-views2" else f"{collector}/bgpdata"
    return f"{top}/{month}/{'RIBS' if kind == 'rib' else 'UPDATES'}/{kind}.{minute}.bz2"


def _rib(collector: str) -> bytes:
    at = int(START.timestamp())
    peers = [peer for peer in PEERS if peer.collector == collector]
    partial = [PARTIAL] if collector == COLLECTORS[0] else []
    records = [mrt.peer_index(at, "", [*(peer.neighbour for peer in peers), *partial])]
    for number, prefix in enumerate((*ALL_FOUR, *BACKGROUND)):
        routes: list[tuple[int, str, Sequence[int]]] = [
            (position, peer.neighbour.ip, _old_path(peer) if prefix in ALL_FOUR else _elsewhere(peer, prefix))
            for position, peer in enumerate(peers)
        ]
        if partial and prefix in BACKGROUND[:4]:
            routes.append((len(peers), PARTIAL.ip, (PARTIAL.asn, _origin(prefix))))
        records.append(mrt.rib_entry(at, number, prefix, routes))
    return b"".join(records)


def _old_path(peer: Peer) -> tuple[int, ...]:
    return (peer.neighbour.asn, *peer.old, KP)


def _origin(prefix: str) -> int:
    return 64496 + BACKGROUND.index(prefix) % 15


def _elsewhere(peer: Peer, prefix: str, prepends: int = 0) -> tuple[int, ...]:
    origin = _origin(prefix)
    return (peer.neighbour.asn, *peer.transit, *(origin for _ in range(prepends + 1)))


def _clock(text: str, day: int = 1) -> datetime:
    return datetime.fromisoformat(f"2017-10-{day:02}T{text}+00:00")


class _Story:
    """What the peers told of AS131279, in order of time."""

    def __init__(self, without_asn: int | None) -> None:
        self.messages: list[Message] = []
        self._without = without_asn
        self._held = {(peer, prefix): _old_path(peer) for peer in PEERS for prefix in ALL_FOUR}
        self._gain("09:07:51", THREE)
        self._lose("10:14:45", THREE)
        for start, end in OUTAGES[:-1]:
            self._out(start)
            for place, peer in enumerate(PEERS):
                self._say(_clock(end) + timedelta(seconds=place // 2), peer, ALL_FOUR, _old_path(peer))
            self._tremble(_clock(end) + timedelta(minutes=8))
        self._out(OUTAGES[-1][0])
        self._return(OUTAGES[-1][1])
        self._tremble(_clock("12:25:40"))
        self._lose("07:56:39", (ALL_FOUR[0],), day=2)
        self._lose("09:10:29", (ALL_FOUR[3],), day=2)

    def _say(self, at: datetime, peer: Peer, prefixes: tuple[str, ...], path: tuple[int, ...]) -> None:
        if self._without in path:
            path = _old_path(peer)
        changed = tuple(prefix for prefix in prefixes if self._held[peer, prefix] != path)
        for prefix in changed:
            self._held[peer, prefix] = path
        if changed:
            self.messages.append(Message(at, peer.collector, peer.neighbour, changed, path))

    def _gain(self, at: str, prefixes: tuple[str, ...]) -> None:
        """The first two peers at once, the others after them."""
        for place, peer in enumerate(_followers()):
            path = (peer.neighbour.asn, *peer.new, KP)
            self._say(_clock(at) + timedelta(seconds=place // 2 * 3), peer, prefixes, path)

    def _lose(self, at: str, prefixes: tuple[str, ...], day: int = 1) -> None:
        """The last peer at that second, the others before it."""
        leaving = _followers()
        for place, peer in enumerate(leaving):
            before = timedelta(seconds=(len(leaving) - 1 - place) * 2)
            self._say(_clock(at, day) - before, peer, prefixes, _old_path(peer))

    def _out(self, at: str) -> None:
        """All peers have withdrawn all four by that second."""
        for place, peer in enumerate(PEERS):
            before = timedelta(seconds=max(0, len(PEERS) - 2 - place) // 2)
            self._say(_clock(at) - before, peer, ALL_FOUR, ())

    def _return(self, at: str) -> None:
        """By the new way first; by the old one a little later, and alone for the fourth prefix."""
        self._gain(at, THREE)
        for place, peer in enumerate(PEERS):
            later = _clock(at) + timedelta(seconds=20 + place)
            self._say(later, peer, ALL_FOUR if not peer.new else (ALL_FOUR[1],), _old_path(peer))

    def _tremble(self, at: datetime) -> None:
        """Three peers lose all four for twenty seconds."""
        for peer in PEERS[2:5]:
            paths = {prefix: self._held[peer, prefix] for prefix in ALL_FOUR}
            self._say(at, peer, ALL_FOUR, ())
            for prefix, path in paths.items():
                self._say(at + timedelta(seconds=20), peer, (prefix,), path)


def _followers() -> list[Peer]:
    return [peer for peer in PEERS if peer.new]


def _background() -> Iterator[Message]:
    """At each collector one peer or another prepends, drops or changes a path, every three minutes or so."""
    for collector in COLLECTORS:
        peers = [peer for peer in PEERS if peer.collector == collector]
        at, turn = START + timedelta(seconds=41), 0
        while at < END - timedelta(minutes=2):
            peer, prefix = peers[turn % len(peers)], BACKGROUND[turn * 7 % len(BACKGROUND)]
            away = () if turn % 3 == 0 else _elsewhere(peer, prefix, prepends=turn % 3)
            yield Message(at, collector, peer.neighbour, (prefix,), away)
            back = at + timedelta(seconds=30 + turn % 5 * 11)
            yield Message(back, collector, peer.neighbour, (prefix,), _elsewhere(peer, prefix))
            at, turn = at + timedelta(seconds=173 + turn % 7), turn + 1
    yield from _withdrawn_for_two_minutes()
    yield from _told_again()


def _withdrawn_for_two_minutes() -> Iterator[Message]:
    """One prefix of a network with thirteen goes away for everybody, and comes back."""
    for peer in PEERS:
        yield Message(_clock("05:40:02"), peer.collector, peer.neighbour, (BACKGROUND[30],), ())
        path = _elsewhere(peer, BACKGROUND[30])
        yield Message(_clock("05:42:07"), peer.collector, peer.neighbour, (BACKGROUND[30],), path)


def _told_again() -> Iterator[Message]:
    """A peer tells its whole table once more, as after a route refresh."""
    peer = PEERS[9]
    for prefix in BACKGROUND:
        path = _elsewhere(peer, prefix)
        yield Message(_clock("16:02:30"), peer.collector, peer.neighbour, (prefix,), path)
