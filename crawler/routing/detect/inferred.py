"""What the paths of the RIBs show of who stands above whom, for a time without a file of relationships.

The idea is L. Gao's ("On Inferring Autonomous System Relationships in the Internet", IEEE/ACM ToN 9(6), 2001), with the
transit-free networks for the top instead of degrees, as in M. Luckie et al. (IMC 2013): a network passes only its
customers' routes up. So below the last transit-free network of a path each network is the provider of the next, and
before the first one, each is the customer of the next.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cache, cached_property
from itertools import chain

import numpy as np
import numpy.typing as npt

from crawler.routing.knowledge import Relationship
from crawler.routing.state.table import Path

Keys = npt.NDArray[np.int64]


class RibRelations:
    """Over the paths of the RIBs, which are read when something is asked. Its answers are inferences."""

    def __init__(self, paths: Iterable[Path], transit_free: Collection[int]) -> None:
        self._given = paths
        self._transit_free = np.array(sorted(transit_free), np.int64)
        self.hearers = cache(self._hearers)
        self.heard_by = cache(self._heard_by)
        self.degree = cache(self._degree)

    @cached_property
    def _hops(self) -> tuple[Keys, npt.NDArray[np.int64]]:
        """The hops of all paths one after the other, and the path of each. A path with a set is left out."""
        plain = [path for path in self._given if tuple not in map(type, path)]
        sizes = np.fromiter(map(len, plain), np.int64, len(plain))
        flat = np.fromiter(chain.from_iterable(plain), np.int64, int(sizes.sum()))
        of = np.repeat(np.arange(len(plain)), sizes)
        new = np.append(True, (flat[1:] != flat[:-1]) | (of[1:] != of[:-1]))[: len(flat)]
        return flat[new], of[new]

    @cached_property
    def _pairs(self) -> tuple[Keys, Keys, Keys]:
        """Each ascending: neighbours (who hears << 32 | whom), providers (of whom), and three in a row.

        Three in a row are two indexes of neighbours.
        """
        flat, of = self._hops
        whole = of[1:] == of[:-1]
        left, right, at = flat[:-1], flat[1:], np.arange(max(0, len(flat) - 1))
        first, last = self._tops(flat, of)
        below = whole & (at > last[of[:-1]]) & (last[of[:-1]] >= 0)
        above = whole & (at + 1 < first[of[:-1]]) & (last[of[:-1]] >= 0)
        key = left << 32 | right
        pairs = np.unique(key[whole])
        providers = np.unique(np.concatenate((key[below], (right << 32 | left)[above])))
        index = np.searchsorted(pairs, key)
        row = whole[:-1] & whole[1:]
        return pairs, providers, np.unique((index[:-1] << 32 | index[1:])[row])

    @cached_property
    def _neighbours(self) -> frozenset[int]:
        return frozenset(self._pairs[0].tolist())

    @cached_property
    def _providers(self) -> frozenset[int]:
        return frozenset(self._pairs[1].tolist())

    def _tops(self, flat: Keys, of: npt.NDArray[np.int64]) -> tuple[Keys, Keys]:
        """For each path where its first and its last transit-free network stand; the last is -1 where there is none."""
        top = np.flatnonzero(np.isin(flat, self._transit_free))
        count = int(of[-1]) + 1 if len(of) else 0
        first, last = np.full(count, len(flat), np.int64), np.full(count, -1, np.int64)
        np.minimum.at(first, of[top], top)
        np.maximum.at(last, of[top], top)
        return first, last

    def between(self, one: int, other: int) -> Relationship | None:
        """What `one` is to `other`; None where the paths do not show it, or show both."""
        up, down = one << 32 | other in self._providers, other << 32 | one in self._providers
        if up == down:
            return None
        return Relationship.PROVIDER if up else Relationship.CUSTOMER

    def hears(self, one: int, other: int) -> bool:
        """Whether `one` had routes from `other` itself in the RIBs."""
        return one << 32 | other in self._neighbours

    def passed(self, one: int, through: int, other: int) -> bool:
        """Whether `through` passed routes of `other` to `one` in the RIBs."""
        upper = _at(self._pairs[0], one << 32 | through)
        lower = _at(self._pairs[0], through << 32 | other)
        return upper is not None and lower is not None and _at(self._pairs[2], upper << 32 | lower) is not None

    def _hearers(self, asn: int) -> tuple[int, ...]:
        """The networks that have routes from this one itself."""
        pairs = self._pairs[0]
        return tuple((pairs[(pairs & 0xFFFFFFFF) == asn] >> 32).tolist())

    def _heard_by(self, asn: int) -> int:
        """How many networks have routes from this one itself."""
        return len(self.hearers(asn))

    def _degree(self, asn: int) -> int:
        """How many neighbours a network has in the RIBs."""
        left, right = self._pairs[0] >> 32, self._pairs[0] & 0xFFFFFFFF
        return len(np.union1d(left[right == asn], right[left == asn]))


def _at(keys: Keys, key: int) -> int | None:
    index = int(np.searchsorted(keys, key))
    return index if index < len(keys) and keys[index] == key else None
