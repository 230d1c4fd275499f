"""What is known beside the routes: countries, who sells transit to whom, and which origins the RPKI allows."""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Relationship(StrEnum):
    """What one network is to another."""

    CUSTOMER = "customer"
    PROVIDER = "provider"
    PEER = "peer"


class Validity(StrEnum):
    """RFC 6811: `invalid` where VRPs cover the prefix and none allows the origin; `not_found` where none covers it."""

    VALID = "valid"
    INVALID = "invalid"
    NOT_FOUND = "not_found"


class Trade(StrEnum):
    """What a network does with the routes of others, as commonly known; data/trade.tsv says what each kind means.

    `seller` sells transit, and where is not known. `exchange` is an exchange point's route server, which stands between
    its members' routes and is nobody's provider.
    """

    CARRIER = "carrier"
    WORLD = "world"
    REGION = "region"
    SELLER = "seller"
    GIANT = "giant"
    CONTENT = "content"
    CLOUD = "cloud"
    OTHER = "other"
    EXCHANGE = "exchange"


class Market(Protocol):
    """Who may sell transit to whom, without contracts. `source` and `size_source` say what that is known from, and of
    which day.
    """

    @property
    def source(self) -> str: ...

    @property
    def size_source(self) -> str: ...

    def trade(self, asn: int) -> Trade | None:
        """None for a network of which it is not known."""
        ...

    def size(self, asn: int) -> float | None:
        """The binary logarithm of the IPv4 addresses that it announces; None where it announces none."""
        ...

    def regions(self, asn: int) -> Set[str]:
        """Of data/trade.tsv; where the network is at home, or sells. Empty where that is not known."""
        ...

    def siblings(self, one: int, other: int) -> bool:
        """Whether both may be one organisation's."""
        ...


class Relations(Protocol):
    """AS relationships of one time. `source` names the file and its date."""

    @property
    def source(self) -> str: ...

    def between(self, one: int, other: int) -> Relationship | None:
        """What `one` is to `other`; None where nothing is known of the two."""
        ...


class Vrps(Protocol):
    """The validated ROA payloads of one day. `source` names the file and its date."""

    @property
    def source(self) -> str: ...

    def validity(self, prefix: str, origin: int) -> Validity: ...


@dataclass(frozen=True, slots=True)
class Knowledge:
    """`transit_free` are networks without a provider, `transit_free_source` where that is known from.

    `relations` and `vrps` are those of the window's time; None where none were fetched. `networks_of` counts the
    networks of a country by the delegations. `country_source` says where countries are known from, and of which day:
    it is one day's knowledge, whatever the window's time. `market` is None where nothing is known of it.
    """

    transit_free: Set[int]
    country: Callable[[int], str | None]
    transit_free_source: str = "a bundled list of transit-free networks"
    relations: Relations | None = None
    vrps: Vrps | None = None
    networks_of: Callable[[str], tuple[int, ...]] = lambda _country: ()
    country_source: str = "a bundled snapshot"
    market: Market | None = None
