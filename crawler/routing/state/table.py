"""What each collector's peers held, from a RIB and the updates after it: a base and the changes, by prefix.

Kept as columns, so that a route of a RIB takes 24 bytes beside its prefix and its path,
which are kept once.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np

from crawler.routing.model import RouteElem
from crawler.routing.mrt.batch import Batch
from crawler.routing.state.columns import NO_INTS, NO_KEYS, PEER, PEER_BITS, Base, Changes, Floats, Ints, Keys
from crawler.routing.state.index import Index
from crawler.routing.state.standing import Standing

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
    """Grows by `load` (a RIB) and `update` (updates of one collector, in order of time), or by batches of the same.

    Peers, prefixes and paths are told by their indexes in `peers`, `names` and `paths`; path 0 is (): no route.
    Each collector's own files must come in order; collectors may come in any order.
    """

    def __init__(self) -> None:
        self._peers, self._prefixes, self._files = Index[Peer](), Index[str](), Index[str]()
        self._paths = Index[Path]([()])
        self.peers, self.names, self.paths = self._peers.known, self._prefixes.known, self._paths.known
        self._rib_at: dict[int, float] = {}
        self._loaded: list[Base] = []
        self._base = Base(NO_KEYS, NO_INTS, NO_INTS, NO_INTS)
        self._standing = Standing()
        self._told: list[Changes] = []
        self._noted: list[tuple[Floats, Ints]] = []
        self._by_prefix: tuple[Changes, Ints, Keys] | None = None

    # -- growing -----------------------------------------------------------------------------------------------------
    def load(self, elems: Iterable[RouteElem], at: float) -> None:
        """`at` is the RIB's time, seconds since the epoch."""
        for batch in _batches(elems):
            self.load_batch(batch, at)

    def load_batch(self, batch: Batch, at: float) -> None:
        """A RIB or a part of one. A route that is told again counts as told last."""
        rows = self._told_by(batch)
        self._rib_at[self._files.of(batch.file)] = at
        self._loaded.append(Base(rows.key, rows.path, rows.file, rows.record))

    def update(self, elems: Iterable[RouteElem]) -> None:
        self.update_batches(_batches(elems))

    def update_batches(self, batches: Iterable[Batch]) -> None:
        """Updates of one collector in one stretch of time, such as a file and its copies; they are put in order."""
        told = [self._told_by(batch) for batch in batches]
        if not told:
            return
        rows = Changes.joined(told)
        if (rows.at[1:] < rows.at[:-1]).any():
            rows = rows.take(np.argsort(rows.at, kind="stable"))
        self._apply(rows)

    def repair(self, batches: Iterable[Batch], at: float, among: Container[str] | None = None) -> None:
        """A later RIB (its files) after a gap: where a peer of it holds another route now, or none, that is a change.

        A peer that is not in it was not connected, and keeps what it held. A route that is gone has the RIB's first
        record for evidence; a damaged RIB takes none away. `among` are the prefixes of which all rows are there, None:
        all.
        """
        self._settle()
        whole = list(batches)
        rows = Changes.joined([self._told_by(batch) for batch in whole])
        if whole and all(batch.damage is None for batch in whole):
            peers = {self._peers.of(Peer(batch.collector, *peer)) for batch in whole for peer in batch.peers}
            gone = np.setdiff1d(self._standing.keys_of(peers), rows.key)
            prefix, peer = (gone >> PEER_BITS).astype(np.int32), (gone & PEER).astype(np.int32)
            if among is not None:
                names, where = np.unique(prefix, return_inverse=True)
                own = np.fromiter((self.names[index] in among for index in names.tolist()), bool, len(names))[where]
                prefix, peer = prefix[own], peer[own]
            nothing = np.zeros(len(prefix), np.int32)
            file = np.full(len(prefix), self._files.of(whole[0].file), np.int32)
            rows = Changes.joined((rows, Changes(nothing.astype(np.float64), prefix, peer, nothing, file, nothing)))
        self._apply(rows._replace(at=np.full(len(rows.at), at)))

    def note_withdrawals(self, batch: Batch, at: Floats, peer: Ints) -> None:
        """Withdrawals of prefixes whose rows are not in the batch; `peer` are indexes of the batch's peers."""
        peers = np.array([self._peers.of(Peer(batch.collector, *one)) for one in batch.peers], np.int32)
        self._noted.append((at, peers[peer]))

    def _apply(self, rows: Changes) -> None:
        """Rows in order of time."""
        self._settle()
        self._told.append(self._standing.take(rows))
        self._by_prefix = None

    def _told_by(self, batch: Batch) -> Changes:
        """The rows by the table's own indexes."""
        peers = [self._peers.of(Peer(batch.collector, *peer)) for peer in batch.peers]
        prefixes = self._prefixes.of_all(batch.prefixes)
        paths = self._paths.of_all(batch.paths)
        return Changes(
            batch.at,
            np.array(prefixes, np.int32)[batch.prefix],
            np.array(peers, np.int32)[batch.peer],
            np.array(paths, np.int32)[batch.path],
            np.full(len(batch), self._files.of(batch.file), np.int32),
            batch.record,
        )

    def _settle(self) -> None:
        """What was loaded becomes part of the base; what other collectors' peers hold by now stays as it is."""
        if not self._loaded:
            return
        parts = [self._base, *self._loaded]
        now = np.concatenate([self._standing.of_base, *(part.path for part in self._loaded)])
        self._loaded = []
        key = np.concatenate([part.key for part in parts])
        order = np.argsort(key, kind="stable")
        key = key[order]
        last = np.append(key[1:] != key[:-1], True)
        key, order = key[last], order[last]
        path, file, record = (np.concatenate(column)[order] for column in list(zip(*parts, strict=True))[1:])
        self._base = Base(key, path, file, record)
        self._standing.rebase(key, now[order])

    # -- asking ------------------------------------------------------------------------------------------------------
    def prefixes(self) -> Collection[str]:
        """The prefixes of the RIBs."""
        return _BasePrefixes(self)

    def changed(self) -> Collection[str]:
        """The prefixes that some peer told otherwise after its RIB."""
        return [self.names[prefix] for prefix in self._sorted()[1].tolist()]

    def base(self, prefix: str) -> Mapping[int, Seen]:
        """What stood in the RIBs, by peer; empty for a prefix that none had."""
        rows = self._rows(prefix)
        base = self._base
        columns = (base.key[rows] & PEER, base.path[rows], base.file[rows], base.record[rows])
        return {
            peer: Seen(self._rib_at[file], peer, self.paths[path], self._files.known[file], record)
            for peer, path, file, record in zip(*(column.tolist() for column in columns), strict=True)
        }

    def changes(self, prefix: str) -> Sequence[Seen]:
        """What came after, each collector's in order of time; a repetition of what stands is none, and so is all but
        the last word that a peer says at one time.
        """
        columns, prefixes, starts = self._sorted()
        index = self._prefixes.get(prefix, -1)
        at = int(np.searchsorted(prefixes, index))
        if at == len(prefixes) or prefixes[at] != index:
            return ()
        rows = slice(starts[at], starts[at + 1])
        wanted = (columns.at, columns.peer, columns.path, columns.file, columns.record)
        return [
            Seen(at, peer, self.paths[path], self._files.known[file], record)
            for at, peer, path, file, record in zip(*(column[rows].tolist() for column in wanted), strict=True)
        ]

    def base_paths(self) -> Collection[Path]:
        """All paths of the RIBs, each once."""
        self._settle()
        return [self.paths[path] for path in np.unique(self._base.path).tolist()]

    def full_feed(self, share: float) -> Mapping[int, frozenset[int]]:
        """By address family (4, 6), the peers whose RIB holds at least `share` of the prefixes of the largest one.

        A session that sends several paths is measured as one: all its `Peer`s are in, or none.
        """
        self._settle()
        sessions = np.array(self.sessions(), np.int64)
        held = self._base.key
        if any(peer.path_id for peer in self.peers):
            held = np.unique((held >> PEER_BITS << PEER_BITS) | sessions[held & PEER])
        six = np.fromiter((":" in name for name in self.names), bool, len(self.names))[held >> PEER_BITS]
        found = {}
        for version, rows in ((4, held[~six]), (6, held[six])):
            sizes = np.bincount(rows & PEER, minlength=len(self.peers))[sessions]
            enough = (sizes > 0) & (sizes >= share * sizes.max(initial=0))
            found[version] = frozenset(np.flatnonzero(enough).tolist())
        return found

    def sessions(self) -> Sequence[int]:
        """For each peer the first one of the same session: of the same collector and address."""
        first: dict[tuple[str, str], int] = {}
        return [first.setdefault((peer.collector, peer.ip), index) for index, peer in enumerate(self.peers)]

    def withdrawals(self) -> tuple[Floats, Ints]:
        """Times and peers of all withdrawals after the RIBs, those of prefixes that are not kept too; in no order."""
        rows = self.change_rows()
        gone = rows.path == 0
        at, peer = zip((rows.at[gone], rows.peer[gone]), *self._noted, strict=True)
        return np.concatenate(at), np.concatenate(peer)

    # -- as columns --------------------------------------------------------------------------------------------------
    def base_rows(self) -> Base:
        """All routes of the RIBs, by prefix, then peer."""
        self._settle()
        return self._base

    def change_rows(self) -> Changes:
        """All changes, by prefix, then as they came."""
        return self._sorted()[0]

    def _rows(self, prefix: str) -> slice:
        """The rows of the base for a prefix."""
        self._settle()
        index = self._prefixes.get(prefix, -1)
        if index < 0:
            return slice(0, 0)
        ends = np.array((index << PEER_BITS, (index + 1) << PEER_BITS), np.int64)
        start, end = np.searchsorted(self._base.key, ends).tolist()
        return slice(start, end)

    def _sorted(self) -> tuple[Changes, Ints, Keys]:
        """The changes by prefix, the prefixes that have some, ascending, and where each one's begin (and the end)."""
        if self._by_prefix is None:
            joined = Changes.joined(self._told)
            joined = joined.take(np.argsort(joined.prefix, kind="stable"))
            self._told = [joined]
            prefixes, starts = np.unique(joined.prefix, return_index=True)
            self._by_prefix = joined, prefixes, np.append(starts, len(joined.at))
        return self._by_prefix


class _BasePrefixes(Collection[str]):
    """The names of the prefixes in a table's base, without a copy of them."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __contains__(self, prefix: object) -> bool:
        if not isinstance(prefix, str):
            return False
        rows = self._table._rows(prefix)
        return bool(rows.stop > rows.start)

    def __iter__(self) -> Iterator[str]:
        names = self._table.names
        return (names[index] for index in self._indexes().tolist())

    def __len__(self) -> int:
        return len(self._indexes())

    def _indexes(self) -> Ints:
        prefix = self._table.base_rows().prefix
        own: Ints = prefix[np.append(True, prefix[1:] != prefix[:-1])[: len(prefix)]]
        return own


def _batches(elems: Iterable[RouteElem]) -> Iterator[Batch]:
    """One for each stretch of elements of one file."""
    for _, group in groupby(elems, key=lambda elem: (elem.collector, elem.file)):
        yield Batch.of(group)


def family(prefix: str) -> int:
    return 6 if ":" in prefix else 4
