"""Routes gathered into the columns of a `Batch`: each peer, prefix and path once, the rows as numbers."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

import numpy as np

from crawler.routing.mrt.batch import AsPath, Batch, BatchPeer, SessionChange
from crawler.routing.mrt.bgp import (
    OTHER_WIDTH,
    SIZES,
    Nlri,
    attributes,
    fitting_path,
    path_segments,
    prefix_text,
)

_REMEMBERED = 1 << 16  # answers that may be asked for again are forgotten all at once beyond this
_REMEMBERED_PATHS = 1 << 18  # a full table has as many ways from two or three peers
WITHDRAWN = 0  # the index in `paths`
K = TypeVar("K")
V = TypeVar("V")


class Routes(NamedTuple):
    """`bgp.Attributes` with the path's index."""

    way: int
    reach: tuple[Nlri, ...] = ()
    unreach: tuple[Nlri, ...] = ()
    notes: tuple[str, ...] = ()


class _Prefixes(dict[bytes, int]):
    """A family's prefixes as in messages, to their index in `texts`."""

    def __init__(self, family: int, index: dict[str, int], texts: list[str]) -> None:
        self._family, self._index, self._texts = family, index, texts

    def __missing__(self, key: bytes) -> int:
        text = prefix_text(key, self._family)
        at = self[key] = self._index.setdefault(text, len(self._texts))
        if at == len(self._texts):
            self._texts.append(text)
        return at


class Rows:
    """Added to the part that `take` closes; the tables of peers, prefixes and paths stay and grow."""

    def __init__(self) -> None:
        self._peers: list[BatchPeer] = []
        self._prefixes: list[str] = []
        self._paths: list[AsPath] = [()]
        self._peer_index: dict[BatchPeer, int] = {}
        self._path_index: dict[AsPath, int] = {}  # an announcement's empty path is not the withdrawals' one
        index: dict[str, int] = {}
        self._known = {family: _Prefixes(family, index, self._prefixes) for family in (4, 6)}
        self._blocks: dict[tuple[int, bool], dict[bytes, Routes]] = {}
        self._rib_blocks: dict[bytes, Routes] = {}
        self._rib_paths: dict[bytes, Routes] = {}
        self._records = 0
        self._new_part()

    def _new_part(self) -> None:
        self.is_rib = False
        self._at, self._prefix = array("d"), array("i")
        self._peer, self._path, self._record, self._count = (array("i") for _ in range(4))
        self.sessions: list[SessionChange] = []

    def __len__(self) -> int:
        return len(self._prefix)

    def peer(self, asn: int, ip: str, path_id: int = 0) -> int:
        peer = BatchPeer(asn, ip, path_id)
        at = self._peer_index.setdefault(peer, len(self._peers))
        if at == len(self._peers):
            self._peers.append(peer)
        return at

    def routes(self, block: bytes, width: int, *, rib: bool = False) -> Routes:
        """The path attributes' routes; raises as `bgp.attributes` does. Remembered, as many messages share them."""
        known = self._blocks.setdefault((width, rib), {})
        routes = known.get(block)
        if routes is None:
            found = attributes(block, width, rib=rib)
            routes = Routes(self._index(found.path), found.reach, found.unreach, found.notes)
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
                routes = Routes(self._index(path), notes=() if width == 4 else (OTHER_WIDTH,))
                _remember(self._rib_paths, segments, routes, _REMEMBERED_PATHS)
            _remember(self._rib_blocks, block, routes)
        return routes

    def _index(self, path: AsPath) -> int:
        at = self._path_index.setdefault(path, len(self._paths))
        if at == len(self._paths):
            self._paths.append(path)
        return at

    def prefixes(self, family: int, nlri: bytes) -> list[int]:
        """The index of each. Raises for what `bgp.split_odd` has to look at."""
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

    def add(self, seconds: float, peer: int, record: int, way: int, prefixes: list[int]) -> None:
        """The prefixes of one message that took the same way; `way` is the path's index."""
        self._prefix.extend(prefixes)
        self._at.append(seconds)
        self._peer.append(peer)
        self._path.append(way)
        self._record.append(record)
        self._count.append(len(prefixes))

    def add_rib(self, record: int, family: int, key: bytes, entries: Sequence[tuple[float, int, Routes]]) -> None:
        """One prefix of a RIB: (seconds, peer, routes) of each that holds it."""
        self.is_rib = True
        prefixes = [self._known[family][key]]
        for seconds, peer, routes in entries:
            self.add(seconds, peer, record, routes.way, prefixes)

    def take(self, file: str, collector: str, records: int, damage: str | None) -> Batch:
        """Close a part; `records` counts those of the file so far."""
        count = np.frombuffer(self._count, np.int32)
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
        )
        self._records = records
        self._new_part()
        return batch


def _remember(known: dict[K, V], key: K, value: V, most: int = _REMEMBERED) -> None:
    if len(known) > most:
        known.clear()
    known[key] = value
