"""The join of claims with the routing table: which networks a claim is about, and where and when it is looked for.

Nothing here says whether a claim is true; `indexer.verdict` does. Nothing here reads a clock, a file or a socket.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from crawler.routing.model import RoutingView
from indexer.claimtime import Span, claimed, stamp
from indexer.lookup import Lookup
from indexer.prefixes import Network, prefix_of
from indexer.telling import as_id
from nlp.model import Claim

MAX_ASN = 2**32 - 1

_AS_ID = re.compile(r"(?:AS|ASN)\s?(\d{1,10})", re.IGNORECASE)
_COUNTRY_ID = re.compile(r"[A-Z]{2}")


class Scope(NamedTuple):
    """What a view must hold to judge claims: AS numbers, prefixes and ISO 3166-1 alpha-2 countries, each sorted."""

    asns: tuple[int, ...]
    prefixes: tuple[str, ...]
    countries: tuple[str, ...]


def scope(claims: Iterable[Claim]) -> Scope:
    """The networks that a view must hold to judge the claims.

    Besides those that are named: the ones that a name points to, and the numbers one slip of the pen away from a
    printed one, without which a misprint could not be told from an untruth.
    """
    asns: set[int] = set()
    prefixes: set[str] = set()
    countries: set[str] = set()
    for claim in claims:
        for stated in (claim.actor, claim.target):
            number = asn_of(stated)
            asns |= misprints(number) | {number} if number is not None else set()
        for stated in (*claim.other, *(likely for _, likely in claim.likely)):
            asns |= {number} if (number := asn_of(stated)) is not None else set()
        named = (claim.actor, claim.target, claim.place, *claim.other)
        prefixes |= {str(p) for stated in named if (p := prefix_of(stated)) is not None}
        countries |= {c for stated in named if (c := country_of(stated)) is not None}
    return Scope(tuple(sorted(asns)), tuple(sorted(prefixes)), tuple(sorted(countries)))


def asn_of(stated: str | None) -> int | None:
    """The number of an id like `AS20485`; None for anything else and for numbers that do not fit 32 bits."""
    found = _AS_ID.fullmatch(stated.strip()) if stated else None
    return number if found and (number := int(found[1])) <= MAX_ASN else None


def country_of(stated: str | None) -> str | None:
    return stated if stated and _COUNTRY_ID.fullmatch(stated) else None


@lru_cache(maxsize=4096)
def misprints(number: int) -> frozenset[int]:
    """The numbers one slip away: a digit replaced, or two neighbouring digits exchanged. Length stays."""
    digits = str(number)
    slips = {digits[:i] + d + digits[i + 1 :] for i in range(len(digits)) for d in "0123456789"}
    slips |= {digits[:i] + digits[i + 1] + digits[i] + digits[i + 2 :] for i in range(len(digits) - 1)}
    return frozenset(n for s in slips if s[0] != "0" and (n := int(s)) != number and n <= MAX_ASN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One side of a claim, as networks. `asns` is empty where `stated` is no network that the view knows.

    `sole` says that the claim means one network; else any of `asns` may be meant (a country's).
    """

    stated: str | None
    asns: frozenset[int] = frozenset()
    sole: bool = False

    @property
    def name(self) -> str:
        return self.stated or "a network that is not named"


def party(stated: str | None, view: Lookup) -> Party:
    """The networks that an id stands for in this view."""
    if (number := asn_of(stated)) is not None:
        return Party(stated=as_id(number), asns=frozenset({number}), sole=True)
    if (country := country_of(stated)) is not None:
        return Party(stated=stated, asns=view.networks_in(country))
    if (prefix := prefix_of(stated)) is not None:
        return Party(stated=stated, asns=frozenset(s.origin_asn for s in view.touching([prefix])))
    return Party(stated=stated)


def foreign(stated: Party, number: int, view: Lookup) -> bool:
    """Whether the network is known not to be the stated one: a country is not wrong for a network of unknown place."""
    return number not in stated.asns and (stated.sole or country_of(stated.stated) is None or number in view.countries)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A claim laid beside the view it is judged from. `span` is None where the claim gives no readable time."""

    claim_id: str
    claim: Claim
    view: Lookup
    span: Span | None
    actor: Party
    target: Party
    prefixes: tuple[Network, ...]

    @property
    def until(self) -> Span | None:
        """The claimed end where the claim gives an end alone."""
        return claimed(self.claim.end_utc, None) if self.span is None else None

    @property
    def window(self) -> tuple[datetime, datetime]:
        """From when to when the claim is about, at its own precision.

        Up to the claimed end where it gives an end alone, and the whole coverage where it gives no time.
        """
        coverage = self.view.coverage
        if self.until is not None:
            return coverage.start, min(self.until.high, coverage.end)
        return (self.span.low, self.span.high) if self.span else (coverage.start, coverage.end)

    @property
    def family(self) -> int | None:
        """4 or 6 where the claim names prefixes of one address family alone."""
        families = {prefix.version for prefix in self.prefixes}
        return families.pop() if len(families) == 1 else None

    def when(self) -> str:
        """The time that was judged, for people."""
        if self.span is None:
            coverage = self.view.coverage
            if self.until is not None:
                return f"from {stamp(coverage.start)} up to the claimed end ({self.until.text})"
            return f"in all of the archive ({stamp(coverage.start)} to {stamp(coverage.end)}; the claim gives no time)"
        return f"at the claimed time ({self.span.text})"

    def in_time(self, moment: datetime) -> bool:
        return self.span is None or self.span.holds(moment)

    def delta(self, moment: datetime) -> int | None:
        return self.span.delta(moment) if self.span else None

    def tell(self, moment: datetime) -> str:
        if self.span is not None:
            return self.span.tell(moment)
        return "the claim gives no time" if self.until is None else f"the claim gives an end alone ({self.until.text})"


def lay(claim_id: str, claim: Claim, view: Lookup | RoutingView) -> Case:
    """The claim with its parties and time made out. A target that is a prefix counts among the named prefixes."""
    if isinstance(view, RoutingView):
        view = Lookup(view)
    named = (prefix_of(stated) for stated in dict.fromkeys((claim.target, *claim.other)))
    return Case(
        claim_id=claim_id,
        claim=claim,
        view=view,
        span=claimed(claim.start_utc, claim.precision),
        actor=party(claim.actor, view),
        target=party(claim.target if claim.target is not None else country_of(claim.place), view),
        prefixes=tuple(p for p in named if p is not None),
    )
