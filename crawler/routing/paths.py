"""What an AS path tells by itself: its hops, its origin and the origin's upstream."""

from __future__ import annotations

from itertools import groupby

from crawler.routing.state import Path

AS_TRANS = 23456  # stands for any four-byte number where two bytes were spoken (RFC 6793): no network


def hops(path: Path) -> tuple[int, ...]:
    """Peer first, origin last, without prepends and sets."""
    return tuple(hop for hop, _ in groupby(path) if isinstance(hop, int))


def ends(path: Path) -> tuple[int, int | None] | None:
    """Origin and upstream; None without a path, or where a set of several networks ends it."""
    if not path:
        return None
    last = path[-1]
    if isinstance(last, tuple):
        if len(last) != 1:
            return None
        path = (*path[:-1], last[0])
    plain = hops(path)
    return plain[-1], plain[-2] if len(plain) > 1 else None


def private(asn: int) -> bool:
    """Whether a number is for use behind one network alone (RFC 6996)."""
    return 64512 <= asn <= 65534 or 4200000000 <= asn <= 4294967294
