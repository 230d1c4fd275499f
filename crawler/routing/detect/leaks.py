"""Routes that were passed on where they must not be: a path that comes down into a network and goes up again.

A network tells its customers all its routes, and its providers and peers only those of its customers (L. Gao 2001;
RFC 7908, types 1 to 4). Relationships are those of the month where they are known. Else a transit-free network has no
provider, and the RIBs' own paths show the rest as far as they go.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from crawler.routing.detect import paths
from crawler.routing.detect.inferred import RibRelations
from crawler.routing.detect.middlemen import Middlemen
from crawler.routing.knowledge import Knowledge, Relationship
from crawler.routing.state.table import Path
from crawler.routing.thresholds import DetectSettings

FROM_THE_RIB = "who passes whose routes in the RIB itself (method: Gao 2001)"
_UPPER = {Relationship.PROVIDER, Relationship.PEER}
_LOWER = {Relationship.CUSTOMER, Relationship.PEER}


@dataclass(frozen=True, slots=True)
class Suspicion:
    """One of `networks` leaked (peer side first). `sure`: it stands between two transit-free networks."""

    networks: tuple[int, ...]
    sure: bool
    basis: tuple[str, ...]


class Leaks:
    """Over the paths of the RIBs and what is known. `suspect` and `detour` are functions of a path alone."""

    def __init__(self, knowledge: Knowledge, base_paths: Iterable[Path], settings: DetectSettings) -> None:
        self._known = knowledge
        self._settings = settings
        self._rib = RibRelations(base_paths, knowledge.transit_free)
        self._between = cache(self._relationship)
        self._middlemen = Middlemen(knowledge, self._rib, settings)
        self.suspect = cache(self._suspect)

    def _suspect(self, path: Path) -> Suspicion | None:
        """None for a path that nobody leaked, as far as one can see, or that went this way in the RIBs already."""
        plain = paths.hops(path)
        if paths.AS_TRANS in plain:
            return None
        return self._valley(plain) or self._around(plain, wide=True) or self._in_the_middle(plain)

    def detour(self, path: Path) -> Suspicion | None:
        """For a new more-specific of the same origin: its own neighbour at the top hears it the long way, through a
        neighbour of the origin's that is not known for one. The prefix itself could not go there so: the neighbour at
        the top would take the short way.
        """
        return self._around(paths.hops(path), wide=False)

    def sells(self, one: int, other: int) -> bool:
        """Whether `one` is a provider of `other`, by the relationships of the month or by the RIBs."""
        found = self._known.relations.between(one, other) if self._known.relations else None
        return (found or self._rib.between(one, other)) is Relationship.PROVIDER

    # -- a valley ----------------------------------------------------------------------------------------------------
    def _relationship(self, one: int, other: int) -> tuple[Relationship | None, str]:
        """What `one` is to `other`, and where that is known from."""
        if self._known.relations and (found := self._known.relations.between(one, other)):
            return found, self._known.relations.source
        top, below = one in self._known.transit_free, other in self._known.transit_free
        if top or below:
            found = Relationship.PEER if top and below else Relationship.PROVIDER if top else Relationship.CUSTOMER
            return found, self._known.transit_free_source
        return self._rib.between(one, other), FROM_THE_RIB

    def _valley(self, plain: tuple[int, ...]) -> Suspicion | None:
        """The first stretch of `plain` into which the route came from above, and from which it went up or aside."""
        start, basis = None, ""
        for at in range(len(plain) - 1):
            found, source = self._between(plain[at], plain[at + 1])
            if start is not None and found in _LOWER and self._new(plain[start - 1 : at + 2]):
                return self._judged(plain[start - 1 : at + 2], (basis, source))
            if found is not None:
                start, basis = (at + 1, source) if found in _UPPER else (None, "")
        return None

    def _judged(self, part: tuple[int, ...], basis: tuple[str, ...]) -> Suspicion | None:
        """`part` is the suspects with who heard it of them and whom they heard."""
        tops = self._known.transit_free
        networks = part[1:-1]
        top = any(network in tops for network in networks)
        if top and self._known.transit_free_source in basis:
            return None  # three of the list in a row are sisters, or one is no longer what the list says
        sure = not top and part[0] in tops and part[-1] in tops
        return Suspicion(networks, sure, tuple(dict.fromkeys(basis)))

    def _new(self, part: tuple[int, ...]) -> bool:
        """Whether the RIBs do not have these networks pass routes on like this."""
        return not all(self._rib.passed(*three) for three in zip(part, part[1:], part[2:], strict=False))

    # -- a way around ------------------------------------------------------------------------------------------------
    def _around(self, plain: tuple[int, ...], *, wide: bool) -> Suspicion | None:
        """A transit-free network now hears its own neighbour through networks that never passed its routes on.

        `wide`: the neighbour is one that many hear directly, so that it peers and is no customer of theirs. Else there
        are many networks between.
        """
        tops = self._known.transit_free
        top = next((at for at in range(len(plain) - 1, -1, -1) if plain[at] in tops), -1)
        if top < 0 or self._known.relations:
            return None
        for at in range(top + 2 if wide else top + 1 + self._settings.detour_hops, len(plain)):
            if not self._rib.hears(plain[at - 1], plain[at]) and self._strange(plain[top : at + 1], wide=wide):
                basis = (self._known.transit_free_source, FROM_THE_RIB)
                return Suspicion(plain[top + 1 : at], False, basis)
        return None

    def _strange(self, part: tuple[int, ...], *, wide: bool) -> bool:
        triples = zip(part, part[1:], part[2:], strict=False)
        return (
            self._rib.hears(part[0], part[-1])
            and not any(self._rib.passed(*three) for three in triples)
            and (not wide or self._rib.heard_by(part[-1]) >= self._settings.wide_upstreams)
        )

    def _in_the_middle(self, plain: tuple[int, ...]) -> Suspicion | None:
        found = self._middlemen.find(plain)
        return Suspicion(found.networks, sure=False, basis=found.basis) if found else None

    # -- by whom -----------------------------------------------------------------------------------------------------
    def blame(self, found: Mapping[Path, Suspicion], told: Mapping[Path, int]) -> dict[Path, int]:
        """For each path of one prefix who leaked it; `told` is by how many peers it was told.

        Who is suspected by most; of equals, who has far fewer neighbours in the RIBs (by the power of eight), as a
        valley is where the network is smallest; and of equals again the highest AS number, as customers are mostly
        younger than their providers.
        """
        votes: Counter[int] = Counter()
        for path, suspicion in found.items():
            for network in suspicion.networks:
                votes[network] += told[path]
        blamed = {path: max(s.networks, key=lambda n: self._rank(votes, n)) for path, s in found.items()}
        return blamed | _spread(blamed, told.keys() - found.keys())

    def _rank(self, votes: Mapping[int, int], network: int) -> tuple[int, int, int]:
        return votes[network], -((self._rib.degree(network) + 1).bit_length() // 3), network


def _spread(blamed: Mapping[Path, int], others: Iterable[Path]) -> dict[Path, int]:
    """Those of the other paths on which a leaked route was passed on: by the same offender to the same network."""
    ways = {}
    for path, offender in blamed.items():
        plain = paths.hops(path)
        ways[plain[max(0, plain.index(offender) - 1) :]] = offender
    ends = {way[-1] for way in ways}
    found = {}
    for path in others:
        plain = paths.hops(path)
        parts = (plain[at:] for at in range(len(plain) - 2)) if plain and plain[-1] in ends else ()
        if known := next((part for part in parts if part in ways), None):
            found[path] = ways[known]
    return found


def guessed(suspicions: Iterable[Suspicion], offender: int) -> tuple[str, ...]:
    """What a leak rests on, and where the offender is one of several."""
    known = [suspicion for suspicion in suspicions if offender in suspicion.networks]
    basis = dict.fromkeys(source for suspicion in known for source in suspicion.basis)
    shared = set(known[0].networks).intersection(*(s.networks for s in known)) if known else set()
    if len(shared) > 1:
        others = ", ".join(f"AS{network}" for network in sorted(shared - {offender}))
        basis[f"a guess which network leaked: AS{offender}, or {others}"] = None
    return tuple(basis)
