"""What each collector's peers held, from a RIB and the updates after it: a base and the changes, by prefix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from crawler.routing.model import RouteElem

Path = tuple[int | tuple[int, ...], ...]


class Peer(NamedTuple):
    collector: str
    asn: int
    ip: str


class Seen(NamedTuple):
    """What `peer` (an index) held from `at` on: a path, or () after a withdrawal. `file` and `record` bear it out."""

    at: float
    peer: int
    path: Path
    file: str
    record: int


class Table:
    """Grows by `load` (RIB elements) and `update` (updates of one collector, in order of time).

    `base[prefix][peer]` is what stood in the RIB, `changes[prefix]` what came after. Each collector's own files must
    come in order; collectors may come in any order.
    """

    def __init__(self) -> None:
        self.peers: list[Peer] = []
        self.base: dict[str, dict[int, Seen]] = {}
        self.changes: dict[str, list[Seen]] = {}
        self._index: dict[Peer, int] = {}
        self._latest: dict[tuple[str, int], Path] = {}
        self._paths: dict[Path, Path] = {}

    def load(self, elems: Iterable[RouteElem], at: float) -> None:
        """`at` is the RIB's time, seconds since the epoch."""
        for elem in elems:
            peer = self._peer(elem)
            seen = Seen(at, peer, self._intern(elem.as_path), elem.file, elem.record)
            self.base.setdefault(elem.prefix, {})[peer] = seen

    def update(self, elems: Iterable[RouteElem]) -> None:
        for elem in elems:
            peer = self._peer(elem)
            held = self._held(elem.prefix, peer)
            if held == elem.as_path:
                continue
            path = self._intern(elem.as_path)
            self._latest[elem.prefix, peer] = path
            self.changes.setdefault(elem.prefix, []).append(Seen(elem.observed_at, peer, path, elem.file, elem.record))

    def _held(self, prefix: str, peer: int) -> Path:
        latest = self._latest.get((prefix, peer))
        if latest is not None:
            return latest
        seen = self.base.get(prefix, {}).get(peer)
        return seen.path if seen else ()

    def _peer(self, elem: RouteElem) -> int:
        key = Peer(elem.collector, elem.peer_asn, elem.peer_ip)
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
        for prefix, held in self.base.items():
            counts[family(prefix)].update(held.keys())
        found = {}
        for version, sizes in counts.items():
            least = share * max(sizes.values(), default=0)
            found[version] = frozenset(peer for peer, size in sizes.items() if size >= least)
        return found


def family(prefix: str) -> int:
    return 6 if ":" in prefix else 4
