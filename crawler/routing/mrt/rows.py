"""Routes gathered into the columns of a `Batch`: each peer, prefix and path once, the rows as numbers."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

import numpy as np

from crawler.routing.mrt.batch import AsPath, Batch, BatchPeer, Keep, SessionChange
from crawler.routing.mrt.bgp import (
    OTHER_WIDTH,
    SIZES,
    Nlri,
    attributes,
    fitting_path,
    path_segments,
    prefix_text,
    split,
)

_REMEMBERED = 1 << 16  # answers that may be asked for again are forgotten all at once beyond this
_REMEMBERED_PATHS = 1 << 18  # a full table has as many ways from two or three peers
NOT_KEPT = -1
WITHDRAWN = 0  # the index in `paths`
K = TypeVar("K")
V = TypeVar("V")


class Routes(NamedTuple):
    """`bgp.Attributes` with the path's index, NOT_KEPT where it is not asked for."""

    way: int
    path: AsPath = ()
    reach: tuple[Nlri, ...] = ()
    unreach: tuple[Nlri, ...] = ()
    notes: tuple[str, ...] = ()


GONE = Routes(WITHDRAWN)


class _Prefixes(dict[bytes, int]):
    """A family's prefixes as in messages, to their index in `texts`, NOT_KEPT where `keep` says no."""

    def __init__(self, family: int, index: dict[str, int], texts: list[str], keep: Keep | None) -> None:
        self._family, self._index, self._texts, self._keep = family, index, texts, keep
        self._refused = 0

    def __missing__(self, key: bytes) -> int:
        text = prefix_text(key, self._family)
        if self._keep is None or self._keep.prefix(text):
            at = self[key] = self.index(text)
            return at
        self._refused += 1
        if self._refused > _REMEMBERED:
            self._forget()
        self[key] = NOT_KEPT
        return NOT_KEPT

    def index(self, text: str) -> int:
        at = self._index.setdefault(text, len(self._texts))
        if at == len(self._texts):
            self._texts.append(text)
        return at

    def _forget(self) -> None:
        kept = {key: at for key, at in self.items() if at != NOT_KEPT}
        self.clear()
        self.update(kept)
        self._refused = 0


class Rows:
    """Added to the part that `take` closes; the tables of peers, prefixes and paths stay and grow."""

    def __init__(self, keep: Keep | None = None) -> None:
        self._keep = keep
        self._peers: list[BatchPeer] = []
        self._prefixes: list[str] = []
        self._paths: list[AsPath] = [()]
        self._peer_index: dict[BatchPeer, int] = {}
        self._path_index: dict[AsPath, int] = {}  # an announcement's empty path is not the withdrawals' one
        self._ways: dict[AsPath, int] = {}  # the same, NOT_KEPT where `keep` says no
        index: dict[str, int] = {}
        self._known = {family: _Prefixes(family, index, self._prefixes, keep) for family in (4, 6)}
        self._blocks: dict[tuple[int, bool], dict[bytes, Routes]] = {}
        self._rib_blocks: dict[bytes, Routes] = {}
        self._rib_paths: dict[bytes, Routes] = {}
        self._records = 0
        self._new_part()

    def _new_part(self) -> None:
        self.is_rib = False
        self._at, self._prefix = array("d"), array("i")
        self._peer, self._path, self._record, self._count = (array("i") for _ in range(4))
        self._held: dict[int, list[int]] = {family: [0] * len(self._peers) for family in (4, 6)}
        self.sessions: list[SessionChange] = []

    def __len__(self) -> int:
        return len(self._prefix)

    def peer(self, asn: int, ip: str, path_id: int = 0) -> int:
        peer = BatchPeer(asn, ip, path_id)
        at = self._peer_index.setdefault(peer, len(self._peers))
        if at == len(self._peers):
            self._peers.append(peer)
            for counts in self._held.values():
                counts.append(0)
        return at

    def routes(self, block: bytes, width: int, *, rib: bool = False) -> Routes:
        """The path attributes' routes; raises as `bgp.attributes` does. Remembered, as many messages share them."""
        known = self._blocks.setdefault((width, rib), {})
        routes = known.get(block)
        if routes is None:
            found = attributes(block, width, rib=rib)
            routes = Routes(self._way(found.path), *found)
            _remember(known, block, routes)
        return routes

    def rib_routes(self, block: bytes) -> Routes:
        """The same of an entry of TABLE_DUMP_V2, which has numbers of four bytes (RFC 6396, 4.3.4).

        Remembered by the attributes, which neighbouring prefixes share, and by the path, which many more do.
        """
        routes = self._rib_blocks.get(block)
        if routes is None:
            segments = path_segments(block)
            routes = self._rib_paths.get(segments)
            if routes is None:
                path, width = fitting_path(segments, 4)
                routes = Routes(self._way(path), path, notes=() if width == 4 else (OTHER_WIDTH,))
                _remember(self._rib_paths, segments, routes, _REMEMBERED_PATHS)
            _remember(self._rib_blocks, block, routes)
        return routes

    def _way(self, path: AsPath) -> int:
        if self._keep is None:
            return self._index(path)
        way = self._ways.get(path)
        if way is None:
            way = self._index(path) if self._keep.path(path) else NOT_KEPT
            _remember(self._ways, path, way)
        return way

    def _index(self, path: AsPath) -> int:
        at = self._path_index.setdefault(path, len(self._paths))
        if at == len(self._paths):
            self._paths.append(path)
        return at

    def prefixes(self, family: int, nlri: bytes) -> list[int]:
        """The index of each, NOT_KEPT where it is not asked for. Raises for what `bgp.split_odd` has to look at."""
        known, sizes = self._known[family], SIZES[family]
        found = []
        at, end = 0, len(nlri)
        while at < end:
            start = at
            at += sizes[nlri[at]]
            found.append(known[nlri[start:at]])
        if at != end or (end > 1 and not nlri[0]):
            raise ValueError("odd prefixes")
        return found

    def add(
        self, seconds: float, peer: int, record: int, routes: Routes, prefixes: list[int], family: int, nlri: bytes
    ) -> None:
        """The prefixes of one message that took the same way; `prefixes` is `self.prefixes(family, nlri)`."""
        way = routes.way
        if self._keep is not None and (way == NOT_KEPT or NOT_KEPT in prefixes):
            if way > WITHDRAWN:
                index = self._known[family].index
                prefixes = [index(prefix_text(key, family)) for key in split(nlri, family)]
            else:
                prefixes = [prefix for prefix in prefixes if prefix != NOT_KEPT]
                way = self._index(routes.path) if way and prefixes else way
        if prefixes:
            self._prefix.extend(prefixes)
            self._at.append(seconds)
            self._peer.append(peer)
            self._path.append(way)
            self._record.append(record)
            self._count.append(len(prefixes))

    def add_rib(self, record: int, family: int, key: bytes, entries: Sequence[tuple[float, int, Routes]]) -> None:
        """One prefix of a RIB: (seconds, peer, routes) of each that holds it."""
        self.is_rib = True
        held = self._held[family]
        prefix = self._known[family][key]
        for seconds, peer, routes in entries:
            held[peer] += 1
            way = routes.way
            if way != NOT_KEPT and prefix != NOT_KEPT:
                self._prefix.append(prefix)
                self._at.append(seconds)
                self._peer.append(peer)
                self._path.append(way)
                self._record.append(record)
                self._count.append(1)
            elif way != prefix:
                self.add(seconds, peer, record, routes, [prefix], family, key)

    def take(self, file: str, collector: str, records: int, damage: str | None) -> Batch:
        """Close a part; `records` counts those of the file so far."""
        count = np.frombuffer(self._count, np.int32)
        held = enumerate(zip(self._held[4], self._held[6], strict=True))
        batch = Batch(
            file=file,
            collector=collector,
            peers=self._peers,
            prefixes=self._prefixes,
            paths=self._paths,
            at=np.repeat(np.frombuffer(self._at, np.float64), count),
            peer=np.repeat(np.frombuffer(self._peer, np.int32), count),
            prefix=np.frombuffer(self._prefix, np.int32),
            path=np.repeat(np.frombuffer(self._path, np.int32), count),
            record=np.repeat(np.frombuffer(self._record, np.int32), count),
            is_rib=self.is_rib,
            records=records - self._records,
            damage=damage,
            sessions=self.sessions,
            held={peer: (four, six) for peer, (four, six) in held if four or six},
        )
        self._records = records
        self._new_part()
        return batch


def _remember(known: dict[K, V], key: K, value: V, most: int = _REMEMBERED) -> None:
    if len(known) > most:
        known.clear()
    known[key] = value
