"""What an AS path tells: its origin, the origin's upstream, and whether it goes down into a network and up again."""

from __future__ import annotations

from collections.abc import Iterable, Set
from itertools import groupby, pairwise

from crawler.routing.state import Path

Triple = tuple[int, int, int]


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


def triples(paths: Iterable[Path]) -> frozenset[Triple]:
    """All three networks in a row: who passed whose routes to whom."""
    found: set[Triple] = set()
    for path in paths:
        plain = hops(path)
        found.update(zip(plain, plain[1:], plain[2:], strict=False))
    return frozenset(found)


def valley(path: Path, transit_free: Set[int], known: Set[Triple]) -> int | None:
    """The network that passed a transit-free network's route up to another; None where none did, or did so before.

    A transit-free network has no provider: what stands between two of them is the customer of one and customer or peer
    of the other, and must not carry the routes of one to the other (RFC 7908, types 1 to 4).
    """
    plain = hops(path)
    tops = [at for at, hop in enumerate(plain) if hop in transit_free]
    for upper, lower in pairwise(tops):
        if lower - upper > 1 and plain[upper : upper + 3] not in known:
            return plain[upper + 1]
    return None


def detour(path: Path, direct: Set[int], transit_free: Set[int], known: Set[Triple]) -> int | None:
    """The network that carried a customer's route around to the customer's own provider; None where there is none.

    For a new more-specific prefix. `direct` are the networks that the origin hands the covering prefix to. Where one of
    them is transit-free and now hears the new prefix through three or more networks that never passed routes on like
    this, the route went out by a neighbour that is no provider of the origin's, and the network behind that neighbour
    passed it up. A guess by shape: relationships of the month would tell it better.
    """
    plain = hops(path)
    top = max((at for at, hop in enumerate(plain) if hop in transit_free), default=-1)
    chain = plain[top + 1 : -1]
    if top < 0 or plain[top] not in direct or len(chain) < 3 or chain[-1] in direct:
        return None
    if any(triple in known for triple in zip(plain[top:], plain[top + 1 :], plain[top + 2 :], strict=False)):
        return None
    return chain[-2]
