"""The elements of one MRT file as columns: what is read by the million and crosses process borders."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from crawler.routing.model import ElemType, RouteElem

AsPath = tuple[int | tuple[int, ...], ...]


class SessionChange(NamedTuple):
    """A collector's session with `peer_ip` was established at `at` (seconds since the epoch), or no longer was."""

    at: float
    peer_ip: str
    established: bool
    record: int


class BatchPeer(NamedTuple):
    asn: int
    ip: str
    path_id: int = 0


@dataclass(slots=True, kw_only=True)
class Batch:
    """Row by row in the file's order: `at` (float64, seconds since the epoch) and `record` (MRT records from 0);
    `peer`, `prefix` and `path` (int32) are indexes of `peers`, `prefixes`, `paths`. `paths[0]` is `()`: a withdrawal;
    an announcement with an empty path has another index. All rows are of a RIB, or none (`is_rib`). `damage`
    says what could not be read, None where all was; `records` counts what was. Batches that are parts of one file share
    `peers`, `prefixes` and `paths`, which grow; all else is the part's own, and `damage` stands in the last.
    """

    file: str
    collector: str
    peers: list[BatchPeer]
    prefixes: list[str]
    paths: list[AsPath]
    at: npt.NDArray[np.float64]
    peer: npt.NDArray[np.int32]
    prefix: npt.NDArray[np.int32]
    path: npt.NDArray[np.int32]
    record: npt.NDArray[np.int32]
    is_rib: bool
    records: int
    damage: str | None = None
    sessions: list[SessionChange] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.at)

    @classmethod
    def of(cls, elems: Iterable[RouteElem]) -> Batch:
        """The elements of one file, of which there is at least one."""
        rows = list(elems)
        peers: dict[BatchPeer, int] = {}
        prefixes: dict[str, int] = {}
        paths: dict[tuple[AsPath, bool], int] = {((), True): 0}
        columns = array("i"), array("i"), array("i")
        for elem in rows:
            peer = peers.setdefault(BatchPeer(elem.peer_asn, elem.peer_ip, elem.path_id), len(peers))
            gone = elem.type is ElemType.WITHDRAW
            columns[0].append(peer)
            columns[1].append(prefixes.setdefault(elem.prefix, len(prefixes)))
            columns[2].append(paths.setdefault((() if gone else elem.as_path, gone), len(paths)))
        return cls(
            file=rows[0].file,
            collector=rows[0].collector,
            peers=list(peers),
            prefixes=list(prefixes),
            paths=[path for path, _ in paths],
            at=np.array([elem.observed_at for elem in rows], np.float64),
            peer=np.array(columns[0], np.int32),
            prefix=np.array(columns[1], np.int32),
            path=np.array(columns[2], np.int32),
            record=np.array([elem.record for elem in rows], np.int32),
            is_rib=rows[0].type is ElemType.RIB,
            records=1 + max(elem.record for elem in rows),
        )
