"""Prefixes as networks, and what of many overlaps with one, without asking each."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network

Network = IPv4Network | IPv6Network
_Key = tuple[int, int, int]
"""Version, first address, length."""


@lru_cache(maxsize=65_536)
def prefix_of(stated: str | None) -> Network | None:
    """The prefix or address (as a host's prefix) that a string names; None where it names none."""
    if not stated or not ({".", ":"} & set(stated)):
        return None
    try:
        return ip_network(stated.strip(), strict=False)
    except ValueError:
        return None


def touches(named: Network, seen: str) -> bool:
    """Whether the two share addresses."""
    other = prefix_of(seen)
    return other is not None and other.version == named.version and named.overlaps(other)


def covers(seen: str, named: Network) -> bool:
    """Whether the prefix that was seen holds all of the named one."""
    other = prefix_of(seen)
    return (
        other is not None
        and other.version == named.version
        and other.prefixlen <= named.prefixlen
        and named.overlaps(other)
    )


class PrefixIndex:
    """Numbers (positions in a list of one's own) by the prefixes that they are given with."""

    def __init__(self, rows: Iterable[tuple[int, str]]) -> None:
        self._at: dict[_Key, list[int]] = defaultdict(list)
        for number, prefix in rows:
            if (net := prefix_of(prefix)) is not None:
                self._at[_key(net)].append(number)
        self._keys = sorted(self._at)
        self._lengths = sorted({(version, length) for version, _, length in self._at})

    def exact(self, net: Network) -> list[int]:
        return self._at.get(_key(net), [])

    def around(self, net: Network) -> Iterator[int]:
        """The numbers of the prefix itself and of those that cover it."""
        version, address, own = _key(net)
        for family, length in self._lengths:
            if family == version and length <= own:
                host = net.max_prefixlen - length
                yield from self._at.get((version, address >> host << host, length), ())

    def touching(self, net: Network) -> Iterator[int]:
        """The numbers of every prefix that shares addresses: prefixes nest or are apart."""
        yield from self.around(net)
        low = bisect_left(self._keys, _key(net))
        high = bisect_right(self._keys, (net.version, int(net.broadcast_address), net.max_prefixlen))
        for inner in self._keys[low:high]:
            if inner[2] > net.prefixlen:
                yield from self._at[inner]


def _key(net: Network) -> _Key:
    return net.version, int(net.network_address), net.prefixlen
