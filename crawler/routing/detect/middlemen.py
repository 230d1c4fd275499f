"""Networks that stand between two others to neither of which they sell, where relationships were not fetched.

A route that a network has of a provider or a peer goes to its customers alone (L. Gao 2001; RFC 7908). So who passes it
to a network that is no customer either has leaked it. Here "no customer" is said of pairs for which the sale would be
out of all proportion, as operators do who filter their peers' and the largest networks' routes on other sessions
("peer lock", J. Snijders 2016): nobody sells to the networks at the top, a network that is not known to sell transit
does not sell to a carrier, content sells to none, and an incumbent does not sell on another continent.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from crawler.routing.detect.inferred import RibRelations
from crawler.routing.knowledge import Knowledge, Market, Relationship, Trade
from crawler.routing.thresholds import DetectSettings

FROM_THE_RIB = "who is heard directly at the top in the RIB itself"
# Who sells anywhere, and who passes routes for reasons of their own.
_BEYOND = {Trade.CARRIER, Trade.WORLD, Trade.CLOUD, Trade.OTHER, Trade.EXCHANGE}
_REGIONAL = {Trade.WORLD, Trade.REGION}
_EVERYWHERE = {Trade.CONTENT, Trade.CLOUD}
_CONTENT = {Trade.GIANT, Trade.CONTENT}


class Middle(NamedTuple):
    """One of `networks` (peer side first) leaked; `basis` says by what."""

    networks: tuple[int, ...]
    basis: tuple[str, ...]


class Middlemen:
    """`find` is a function of a path alone, over what is known and the RIBs."""

    def __init__(self, knowledge: Knowledge, rib: RibRelations, settings: DetectSettings) -> None:
        self._tops, self._tops_source = knowledge.transit_free, knowledge.transit_free_source
        self._country = knowledge.country
        self._market = None if knowledge.relations else knowledge.market
        self._rib = rib
        self._settings = settings
        # Asked for every new path of a table.
        self._high = cache(self._carrier)
        self._passes = cache(self._beyond)
        self._sells_not = cache(self._no_seller)

    def find(self, plain: tuple[int, ...]) -> Middle | None:
        """In a path without prepends (peer first). None where nobody is in the middle, or all of it may be.

        Only paths to an origin of the RIBs tell anything: another one is a matter of hijacks.
        """
        if self._market is None:
            return None
        return next(self._found(self._market, plain), None)

    def _found(self, market: Market, plain: tuple[int, ...]) -> Iterator[Middle]:
        high = [at for at, network in enumerate(plain[:-2]) if self._high(network)]
        for hops in range(1, self._settings.middle_hops + 1):
            for at in high:
                part = plain[at : at + hops + 2]
                basis = self._basis(market, part) if len(part) == hops + 2 else ()
                if basis and self._rib.heard_by(plain[-1]) and self._new(part) and self._apart(market, part):
                    yield Middle(part[1:-1], basis)

    def _basis(self, market: Market, part: tuple[int, ...]) -> tuple[str, ...]:
        """Why neither end of `part` buys from the network next to it; empty where one of them may."""
        if any(map(self._passes, part[1:-1])):
            return ()
        of = self._sells_not(part[-2], part[-1])
        to = self._sells_up_not(market, part) if of else ()
        return tuple(dict.fromkeys((*to, *of))) if to else ()

    def _apart(self, market: Market, part: tuple[int, ...]) -> bool:
        """Neither end is the same organisation's as the network next to it, nor its customer by the RIBs."""
        pairs = ((part[1], part[0]), (part[-2], part[-1]))
        return not any(market.siblings(*pair) or self._rib.between(*pair) is Relationship.PROVIDER for pair in pairs)

    def _beyond(self, network: int) -> bool:
        """Whether it may pass anybody's routes to anybody, or nothing at all is known of it."""
        if self._market is None or network in self._tops:
            return True
        trade = self._market.trade(network)
        return trade in _BEYOND or (trade is None and self._market.size(network) is None)

    def _new(self, part: tuple[int, ...]) -> bool:
        """Whether the RIBs do not have them pass such routes: these, or others of the same network to a carrier."""
        if all(self._rib.passed(*three) for three in zip(part, part[1:], part[2:], strict=False)):
            return False
        through, of = part[-2:]
        return not any(self._rib.passed(one, through, of) for one in self._rib.hearers(through) if self._high(one))

    def _carrier(self, network: int) -> bool:
        return network in self._tops or (self._market is not None and self._market.trade(network) is Trade.CARRIER)

    # -- two networks ------------------------------------------------------------------------------------------------
    def _sells_up_not(self, market: Market, part: tuple[int, ...]) -> tuple[str, ...]:
        """By what the first network of `part`, a carrier, buys nothing of the next; empty where it may.

        A regional seller may have a carrier of its country for a customer, though not for the routes of a giant, which
        every carrier has of itself.
        """
        to, one, of = part[0], part[1], part[-1]
        if to in self._tops:
            return (self._tops_source,)
        own = market.trade(one)
        home = self._country(one)
        abroad = own is Trade.REGION and of in self._tops and home not in (None, self._country(to))
        strange = own is None or own in _CONTENT or market.trade(of) is Trade.GIANT
        return (market.source,) if strange or abroad else ()

    def _no_seller(self, one: int, to: int) -> tuple[str, ...]:
        """By what `to`, whose routes come from there, buys nothing of `one`; empty where it may."""
        market = self._market
        if market is None:
            return ()
        if to in self._tops:
            return (self._tops_source,)
        own, other = market.trade(one), market.trade(to)
        if other is Trade.GIANT:
            return (market.source,)
        if own in _CONTENT:
            return (market.source,) if other is Trade.CARRIER or other in _REGIONAL else ()
        if other is Trade.CARRIER:
            return (market.source,) if own is None else ()
        known = other in _REGIONAL | _EVERYWHERE and self._wide(to)
        return self._out_of_reach(market, one, to) if known else ()

    def _wide(self, network: int) -> bool:
        """Whether so many at the top hear it directly that it needs no help of a small or a distant network."""
        return sum(self._high(one) for one in self._rib.hearers(network)) >= self._settings.middle_tops

    def _out_of_reach(self, market: Market, one: int, to: int) -> tuple[str, ...]:
        """`to` is an incumbent or content. A seller that says so itself may sell anywhere."""
        own, regional = market.trade(one), market.trade(to) in _REGIONAL
        here, there = market.regions(one), market.regions(to)
        if regional and own is not Trade.SELLER and here and there and not here & there:
            return (market.source, FROM_THE_RIB)
        small, large = market.size(one), market.size(to)
        homes = self._country(one), self._country(to)
        # In an incumbent's own country a small network may be a wholesaler of which little is known.
        foreign = not regional or (None not in homes and homes[0] != homes[1])
        if own is None and foreign and small and large and large - small >= self._settings.middle_bits:
            return (market.source, market.size_source, FROM_THE_RIB)
        return ()
