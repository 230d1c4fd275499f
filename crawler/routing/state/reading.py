"""One file of an archive to the columns that are wanted of it: what a worker does."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import dataclass, field, replace
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import NamedTuple

import numpy as np

from crawler.errors import Permanent
from crawler.routing.archive.tree import ArchiveFile
from crawler.routing.detect import paths
from crawler.routing.model import ElemType, RouteElem
from crawler.routing.mrt.batch import AsPath, Batch, BatchPeer
from crawler.routing.mrt.file import read_batch
from crawler.routing.state.columns import NO_FLOATS, NO_INTS, Bools, Floats, Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which prefixes to keep, all rows of each: those in `names` or in `names_file` (pickled: they may be many, and a
    worker loads them once), those that overlap one of `inside`, and those of which a path in the file runs through one
    of `asns`, runs behind its peer through one of `behind`, or ends at one of `origins`.

    Of a peer with `burst` withdrawals or more in a file, the times of those are kept too.
    """

    names: frozenset[str] = frozenset()
    names_file: Path | None = None
    inside: tuple[str, ...] = ()
    asns: frozenset[int] = frozenset()
    behind: frozenset[int] = frozenset()
    origins: frozenset[int] = frozenset()
    burst: int = 1

    def named(self) -> frozenset[str]:
        return self.names | _names(self.names_file) if self.names_file else self.names

    def path(self, path: AsPath) -> bool:
        if self.asns and not self.asns.isdisjoint(paths.hops(path)):
            return True
        if self.behind and not self.behind.isdisjoint(paths.hops(path)[1:]):
            return True
        ends = paths.ends(path) if self.origins else None
        return ends is not None and ends[0] in self.origins


def overlapping(asked: Iterable[str]) -> Callable[[str], bool]:
    """Whether a prefix overlaps one of those asked for; quick for the many that do not."""
    networks = [ip_network(prefix) for prefix in asked]
    covering = {str(net.supernet(new_prefix=length)) for net in networks for length in range(net.prefixlen + 1)}
    heads = tuple(_head(net) for net in networks)

    def test(prefix: str) -> bool:
        if prefix in covering:
            return True
        if not prefix.startswith(heads):
            return False
        net = ip_network(prefix)
        return any(net.version == other.version and net.overlaps(other) for other in networks)

    return test


@lru_cache(1)
def _names(file: Path) -> frozenset[str]:
    names: frozenset[str] = pickle.loads(file.read_bytes())  # noqa: S301  # written by our parent
    return names


def _head(net: IPv4Network | IPv6Network) -> str:
    """What the text of each prefix inside begins with."""
    if net.version == 4:
        return f"{net.network_address}".partition(".")[0] + "." if net.prefixlen >= 8 else ""
    first = f"{net.network_address}".partition(":")[0]
    return f"{first}:" if net.prefixlen >= 16 and first else ""


class Task(NamedTuple):
    """A file, and what of it: from `since` to `end` (exclusive, seconds since the epoch), but all of a RIB; all rows
    where `wanted` is None.
    """

    file: ArchiveFile
    since: float
    end: float
    wanted: Wanted | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a file gave. `found` are prefixes that are kept for their paths alone. `signs` are elements that show a peer
    to be up: its first of the file, and its first after each change of its session. `burst_at` and `burst_peer` (an
    index of the batch's peers) are the withdrawals of peers with many, among the rows that were not kept.
    """

    batch: Batch
    found: frozenset[str] = frozenset()
    signs: tuple[RouteElem, ...] = ()
    burst_at: Floats = field(default_factory=lambda: NO_FLOATS)
    burst_peer: Ints = field(default_factory=lambda: NO_INTS)


def read_part(task: Task) -> Part:
    """A file that cannot be read gives an empty batch whose `damage` says why."""
    try:
        batch = read_batch(task.file.path, task.file.collector, name=task.file.name)
    except Permanent as error:
        return Part(batch=_nothing(task, error.message))
    if task.file.is_rib:
        return Part(batch=batch) if task.wanted is None else _kept(batch, task.wanted)
    batch.sessions = [change for change in batch.sessions if task.since <= change.at < task.end]
    batch = _rows(batch, (batch.at >= task.since) & (batch.at < task.end))
    signs = tuple(_signs(batch))
    part = Part(batch=_reduced(batch)) if task.wanted is None else _kept(_reduced(batch), task.wanted)
    return replace(part, signs=signs)


def _nothing(task: Task, damage: str) -> Batch:
    return Batch(
        file=task.file.name,
        collector=task.file.collector,
        peers=[],
        prefixes=[],
        paths=[()],
        at=NO_FLOATS,
        peer=NO_INTS,
        prefix=NO_INTS,
        path=NO_INTS,
        record=NO_INTS,
        is_rib=task.file.is_rib,
        records=0,
        damage=damage,
    )


def _rows(batch: Batch, rows: Bools) -> Batch:
    if rows.all():
        return batch
    return replace(
        batch,
        at=batch.at[rows],
        peer=batch.peer[rows],
        prefix=batch.prefix[rows],
        path=batch.path[rows],
        record=batch.record[rows],
    )


def _reduced(batch: Batch) -> Batch:
    """Without what a table would not take as a change: a word before the last of a time, and a repetition."""
    if not len(batch):
        return batch
    key = (batch.prefix.astype(np.int64) << 32) | batch.peer
    order = np.lexsort((batch.at, key))
    key, at = key[order], batch.at[order]
    last_word = np.append((key[1:] != key[:-1]) | (at[1:] != at[:-1]), True)
    key, order = key[last_word], order[last_word]
    path = batch.path[order]
    told = np.append(True, (key[1:] != key[:-1]) | (path[1:] != path[:-1]))
    rows = np.zeros(len(batch), bool)
    rows[order[told]] = True
    return _rows(batch, rows)


def _kept(batch: Batch, wanted: Wanted) -> Part:
    """The rows of the prefixes that are wanted, with the prefixes and paths that they use."""
    names, overlaps = wanted.named(), overlapping(wanted.inside)
    known = np.fromiter((name in names or overlaps(name) for name in batch.prefixes), bool, len(batch.prefixes))
    fits = np.fromiter(map(wanted.path, batch.paths), bool, len(batch.paths))
    found = np.setdiff1d(batch.prefix[fits[batch.path]], np.flatnonzero(known))
    known[found] = True
    rows = known[batch.prefix]
    gone = ~rows & (batch.path == 0)
    many = np.bincount(batch.peer[gone], minlength=len(batch.peers)) >= wanted.burst
    burst = gone & many[batch.peer]
    return Part(
        batch=_used(_rows(batch, rows)),
        found=frozenset(batch.prefixes[prefix] for prefix in found.tolist()),
        burst_at=batch.at[burst],
        burst_peer=batch.peer[burst],
    )


def parted(batch: Batch, names: Set[str]) -> tuple[Batch, Batch]:
    """The rows of all other prefixes, and those of `names`."""
    if not names:
        return batch, _used(_rows(batch, np.zeros(len(batch), bool)))
    own = np.fromiter((name in names for name in batch.prefixes), bool, len(batch.prefixes))[batch.prefix]
    return _rows(batch, ~own), _used(_rows(batch, own))


def _used(batch: Batch) -> Batch:
    """Prefixes and paths without rows are left out; the peers stay."""
    prefixes, prefix = np.unique(batch.prefix, return_inverse=True)
    own, path = np.unique(np.append(batch.path, np.int32(0)), return_inverse=True)
    return replace(
        batch,
        prefixes=[batch.prefixes[index] for index in prefixes.tolist()],
        paths=[batch.paths[index] for index in own.tolist()],
        prefix=prefix.astype(np.int32),
        path=path[:-1].astype(np.int32),
    )


def _signs(batch: Batch) -> Iterator[RouteElem]:
    """In order of time."""
    _, first = np.unique(batch.peer, return_index=True)
    rows = set(first.tolist())
    for change in batch.sessions:
        peers = [index for index, peer in enumerate(batch.peers) if peer.ip == change.peer_ip]
        after = (batch.at > change.at) | ((batch.at == change.at) & (batch.record > change.record))
        later = np.flatnonzero(after & np.isin(batch.peer, peers))
        rows.update(later[:1].tolist())
    for row in sorted(rows, key=lambda row: (batch.at[row], row)):
        yield _elem(batch, row, batch.peers[batch.peer[row]])


def _elem(batch: Batch, row: int, peer: BatchPeer) -> RouteElem:
    path = int(batch.path[row])
    return RouteElem(
        ElemType.ANNOUNCE if path else ElemType.WITHDRAW,
        float(batch.at[row]),
        batch.collector,
        peer.asn,
        peer.ip,
        batch.prefixes[batch.prefix[row]],
        batch.paths[path],
        batch.file,
        int(batch.record[row]),
        peer.path_id,
    )
