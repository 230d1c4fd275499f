"""What each collector's peers held, from a RIB and the updates after it: a base and the changes, by prefix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from crawler.routing.model import RouteElem

Path = tuple[int | tuple[int, ...], ...]


class Peer(NamedTuple):
    """A session of a collector; of a peer that sends several paths (RFC 7911), one `Peer` a path id."""

    collector: str
    asn: int
    ip: str
    path_id: int = 0


class Seen(NamedTuple):
    """What `peer` (an index) held from `at` on: a path, or () after a withdrawal. `file` and `record` bear it out."""

    at: float
    peer: int
    path: Path
    file: str
    record: int


class Table:
    """Grows by `load` (RIB elements) and `update` (updates of one collector, in order of time).

    Peers are told by their index in `peers`. Each collector's own files must come in order; collectors may come in any
    order.
    """

    def __init__(self) -> None:
        self.peers: list[Peer] = []
        self._base: dict[str, dict[int, Seen]] = {}
        self._changes: dict[str, list[Seen]] = {}
        self._index: dict[Peer, int] = {}
        self._latest: dict[tuple[str, int], Path] = {}
        self._paths: dict[Path, Path] = {}

    def load(self, elems: Iterable[RouteElem], at: float) -> None:
        """`at` is the RIB's time, seconds since the epoch."""
        for elem in elems:
            peer = self._peer(elem)
            seen = Seen(at, peer, self._intern(elem.as_path), elem.file, elem.record)
            self._base.setdefault(elem.prefix, {})[peer] = seen

    def update(self, elems: Iterable[RouteElem]) -> None:
        for elem in elems:
            peer = self._peer(elem)
            held = self._held(elem.prefix, peer)
            if held == elem.as_path:
                continue
            path = self._intern(elem.as_path)
            self._latest[elem.prefix, peer] = path
            self._changes.setdefault(elem.prefix, []).append(Seen(elem.observed_at, peer, path, elem.file, elem.record))

    def prefixes(self) -> Collection[str]:
        """The prefixes of the RIBs."""
        return self._base.keys()

    def changed(self) -> Collection[str]:
        """The prefixes that some peer told otherwise after its RIB."""
        return self._changes.keys()

    def base(self, prefix: str) -> Mapping[int, Seen]:
        """What stood in the RIBs, by peer; empty for a prefix that none had."""
        return self._base.get(prefix, {})

    def changes(self, prefix: str) -> Sequence[Seen]:
        """What came after, each collector's in order of time; a repetition of what stands is none."""
        return self._changes.get(prefix, ())

    def base_paths(self) -> Collection[Path]:
        """All paths of the RIBs, each once."""
        return {seen.path for held in self._base.values() for seen in held.values()}

    def _held(self, prefix: str, peer: int) -> Path:
        latest = self._latest.get((prefix, peer))
        if latest is not None:
            return latest
        seen = self._base.get(prefix, {}).get(peer)
        return seen.path if seen else ()

    def _peer(self, elem: RouteElem) -> int:
        key = Peer(elem.collector, elem.peer_asn, elem.peer_ip, elem.path_id)
        index = self._index.get(key)
        if index is None:
            index = self._index[key] = len(self.peers)
            self.peers.append(key)
        return index

    def _intern(self, path: Path) -> Path:
        return self._paths.setdefault(path, path)

    def full_feed(self, share: float) -> Mapping[int, frozenset[int]]:
        """By address family (4, 6), the peers whose RIB holds at least `share` of the prefixes of the largest one."""
        counts: dict[int, Counter[int]] = {4: Counter(), 6: Counter()}
        for prefix, held in self._base.items():
            counts[family(prefix)].update(held.keys())
        found = {}
        for version, sizes in counts.items():
            least = share * max(sizes.values(), default=0)
            found[version] = frozenset(peer for peer, size in sizes.items() if size >= least)
        return found


def family(prefix: str) -> int:
    return 6 if ":" in prefix else 4
