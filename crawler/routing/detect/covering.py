"""Which prefix holds which. Pure text and numbers: a table of a million prefixes is asked, not copied."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_network

# By address family the shortest prefix that is somebody's addresses; what is shorter is a default route.
SHORTEST = {4: 8, 6: 16}


def wider(prefix: str) -> Iterator[str]:
    """All prefixes that hold this one and are not it, the longest first, without default routes."""
    network = ip_network(prefix)
    address, size = int(network.network_address), network.max_prefixlen
    for length in range(network.prefixlen - 1, SHORTEST[network.version] - 1, -1):
        address = address >> size - length << size - length
        yield f"{_text(address, network.version)}/{length}"


def _text(address: int, version: int) -> str:
    """As `ipaddress` writes it, for IPv4 ten times as fast."""
    if version == 6:
        return str(IPv6Address(address))
    return f"{address >> 24}.{address >> 16 & 255}.{address >> 8 & 255}.{address & 255}"


def covering(prefix: str, known: Collection[str]) -> str | None:
    """The longest of `known` that holds this prefix and is not it."""
    return next((other for other in wider(prefix) if other in known), None)


def halves(prefix: str) -> tuple[str, ...]:
    """The two prefixes of which one consists; none of a host's."""
    network = ip_network(prefix)
    return tuple(map(str, network.subnets())) if network.prefixlen < network.max_prefixlen else ()


def widest(prefixes: Iterable[str]) -> frozenset[str]:
    """Those that no other of them holds, without default routes. In the order of n log n."""
    found = []
    last: IPv4Network | IPv6Network | None = None
    networks = (n for n in map(ip_network, prefixes) if n.prefixlen >= SHORTEST[n.version])
    for network in sorted(networks, key=lambda n: (n.version, int(n.network_address), n.prefixlen)):
        if last is None or last.version != network.version or network.network_address > last.broadcast_address:  # type: ignore[operator]
            found.append(str(network))
            last = network
    return frozenset(found)
