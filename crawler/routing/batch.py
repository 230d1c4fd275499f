"""The elements of one MRT file as columns: what is read by the million and crosses process borders."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

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
    """Row by row in the file's order: `at` (float64, seconds since the epoch), `record` (MRT records from 0) and
    `is_rib`; `peer`, `prefix` and `path` (int32) are indexes of `peers`, `prefixes` and `paths`. `paths[0]` is `()`:
    a withdrawal. `damage` says what could not be read, None where all was; `records` counts what was.
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
