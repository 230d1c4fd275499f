"""Routes and their changes as columns: what a table is made of. Peers, prefixes, paths and files are indexes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int32]
Keys = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
PEER_BITS = 20  # of a key; what is above them is the prefix
PEER = (1 << PEER_BITS) - 1
NO_INTS, NO_KEYS, NO_FLOATS = np.zeros(0, np.int32), np.zeros(0, np.int64), np.zeros(0, np.float64)


class Base(NamedTuple):
    """The routes of the RIBs, in order of `key`: the prefix above `PEER_BITS`, the peer below, by their indexes."""

    key: Keys
    path: Ints
    file: Ints
    record: Ints

    @property
    def prefix(self) -> Ints:
        return (self.key >> PEER_BITS).astype(np.int32)

    @property
    def peer(self) -> Ints:
        return (self.key & PEER).astype(np.int32)


class Changes(NamedTuple):
    """What came after the RIBs, as columns; all but `at` and `record` are indexes."""

    at: Floats
    prefix: Ints
    peer: Ints
    path: Ints
    file: Ints
    record: Ints

    @property
    def key(self) -> Keys:
        return (self.prefix.astype(np.int64) << PEER_BITS) | self.peer

    def take(self, rows: Keys | Bools) -> Changes:
        return Changes(
            self.at[rows], self.prefix[rows], self.peer[rows], self.path[rows], self.file[rows], self.record[rows]
        )

    @staticmethod
    def joined(parts: Sequence[Changes]) -> Changes:
        """One after the other."""
        return Changes(
            np.concatenate([NO_FLOATS, *(part.at for part in parts)]),
            *(np.concatenate([NO_INTS, *(part[column] for part in parts)]) for column in range(1, 6)),
        )
