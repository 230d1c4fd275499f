"""What an AS path tells by itself: its hops, its origin and the origin's upstream."""

from __future__ import annotations

from crawler.routing.state.table import Path

AS_TRANS = 23456  # stands for any four-byte number where two bytes were spoken (RFC 6793): no network


def hops(path: Path) -> tuple[int, ...]:
    """Peer first, origin last, without prepends and sets."""
    found = []
    last: int | tuple[int, ...] | None = None
    for hop in path:
        if hop != last:
            last = hop
            if isinstance(hop, int):
                found.append(hop)
    return tuple(found)


def ends(path: Path) -> tuple[int, int | None] | None:
    """Origin and upstream; None without a path, or where a set of several networks ends it."""
    if not path:
        return None
    origin = path[-1]
    if isinstance(origin, tuple):
        if len(origin) != 1:
            return None
        origin = origin[0]
    for hop in reversed(path):
        if hop != origin and isinstance(hop, int):
            return origin, hop
    return origin, None


def private(asn: int) -> bool:
    """Whether a number is for use behind one network alone (RFC 6996)."""
    return 64512 <= asn <= 65534 or 4200000000 <= asn <= 4294967294
