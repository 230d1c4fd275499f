"""Who bought transit from whom in one month, by CAIDA's inference.

Format and method: https://publicdata.caida.org/datasets/as-relationships/serial-2/README.txt (BGP paths and
multilateral peering; M. Luckie et al., "AS Relationships, Customer Cones, and Validation", IMC 2013).
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from crawler.routing.knowledge import Relationship
from crawler.routing.reference.snapshots import lines, told, unread

# `a|b|-1`: a is the provider of b; `a|b|0`: they are peers. serial-2 adds a fourth field with the method.
_LINE = re.compile(r"(\d{1,10})\|(\d{1,10})\|(-1|0)(?:\||$)")
_CLIQUE = re.compile(r"# (?:inferred|input) clique:([\d ]+)")
# Of a pair's lower number to its higher.
_KINDS = (Relationship.PEER, Relationship.PROVIDER, Relationship.CUSTOMER)
_TURNED = {
    Relationship.PEER: Relationship.PEER,
    Relationship.PROVIDER: Relationship.CUSTOMER,
    Relationship.CUSTOMER: Relationship.PROVIDER,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AsRelations:
    """One file: nine bytes a pair. `clique` are the networks at the top, which buy no transit; `bad_lines` counts those
    that could not be read.
    """

    source: str
    clique: frozenset[int]
    bad_lines: int
    _pairs: array[int] = field(repr=False)  # ascending: the lower number << 32 | the higher
    _kinds: bytes = field(repr=False)

    def __len__(self) -> int:
        return len(self._pairs)

    def between(self, one: int, other: int) -> Relationship | None:
        """What `one` is to `other`; None where nothing is known of the two."""
        low, high = (one, other) if one < other else (other, one)
        pair = low << 32 | high
        at = bisect_left(self._pairs, pair)
        if at == len(self._pairs) or self._pairs[at] != pair:
            return None
        kind = _KINDS[self._kinds[at]]
        return kind if one == low else _TURNED[kind]

    def neighbours(self, asn: int) -> Counter[Relationship]:
        """How many customers, providers and peers a network has."""
        found: Counter[Relationship] = Counter()
        for pair, kind in zip(self._pairs, self._kinds, strict=True):
            if pair >> 32 == asn:
                found[_TURNED[_KINDS[kind]]] += 1
            elif pair & 0xFFFFFFFF == asn:
                found[_KINDS[kind]] += 1
        return found


def read_relations(path: Path, source: str) -> AsRelations:
    """An `as-rel2` file, plain or compressed; of two lines on one pair the first stands.

    Raises `Permanent` where the file is cut, or is something else.
    """
    kinds: dict[int, int] = {}
    clique: frozenset[int] = frozenset()
    bad = 0
    for line in lines(path):
        match = _LINE.match(line)
        if match:
            one, other = int(match[1]), int(match[2])
            if max(one, other) >> 32 or one == other:
                bad += 1
            elif one < other:
                kinds.setdefault(one << 32 | other, 0 if match[3] == "0" else 1)
            else:
                kinds.setdefault(other << 32 | one, 0 if match[3] == "0" else 2)
        elif line.startswith("#"):
            head = _CLIQUE.match(line)
            clique = frozenset(map(int, head[1].split())) if head else clique
        elif line:
            bad += 1
    told(path, "AS relationships", len(kinds), bad)
    pairs = sorted(kinds)
    return AsRelations(
        source=source + unread(bad),
        clique=clique,
        bad_lines=bad,
        _pairs=array("Q", pairs),
        _kinds=bytes(kinds[pair] for pair in pairs),
    )
