"""Leaks and legitimate changes in archives whose RIB shows little, without relationships: what is told, and all of it.

10, 20 and 30 buy no transit, 40 (Dutch) and 41 are carriers with few addresses, 50 sells anywhere; 60 is an incumbent
in Germany, 62 and 63 in France, 64 in the Netherlands, 61 in Malaysia; 70 and 71 are one giant's, 75 and 76 are
content, 77 is a cloud, 80 shields, 85 is a route server; 300, 301 and 302 (in France) are small networks, 90 says at
PeeringDB that it sells; of 999 nothing is known. 500 is a customer somewhere, 666 a stranger. Twelve peers at three
collectors look on; each path is written without the peer.
"""

from collections.abc import Set
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from crawler.routing.detect.inferred import RibRelations
from crawler.routing.detect.middlemen import Middlemen
from crawler.routing.knowledge import Knowledge, Relationship, Trade
from crawler.routing.model import ElemType, RoutingEvent
from crawler.routing.reference.known import Reference
from crawler.routing.thresholds import DetectSettings
from tests.crawler.routing.elements import detect, elem

PEERS = [(f"rrc{n % 3:02}", 64601 + n) for n in range(12)]
TOPS = frozenset({10, 20, 30})
PREFIX, PART, OTHER = "198.51.100.0/24", "198.51.100.0/25", "203.0.113.0/24"
ONE, FEW, ALL = 1, 3, 12  # peers
EVERY, SOME = slice(None), slice(0, 3)
HOME = {
    60: "DE",
    62: "FR",
    61: "MY",
    63: "FR",
    64: "NL",
    300: "CH",
    301: "CH",
    302: "FR",
    70: "US",
    75: "US",
    40: "NL",
    41: "GB",
}
SIZE = {
    10: 18.0,
    20: 24.0,
    40: 15.0,
    41: 16.0,
    60: 23.0,
    61: 22.0,
    62: 23.0,
    63: 23.0,
    70: 21.0,
    75: 14.0,
    76: 18.0,
    77: 20.0,
    500: 10.0,
}
NO_SELLER = "who sells transit, a test"

Way = tuple[int, ...]
Held = list[tuple[Way, slice]]


@dataclass(frozen=True)
class SmallMarket:
    source: str = NO_SELLER
    size_source: str = "sizes, a test"

    def trade(self, asn: int) -> Trade | None:
        kinds = {
            Trade.CARRIER: {40, 41},
            Trade.WORLD: {50},
            Trade.REGION: {60, 61, 62, 63, 64},
            Trade.SELLER: {90},
            Trade.GIANT: {70, 71},
            Trade.CONTENT: {75, 76},
            Trade.CLOUD: {77},
            Trade.OTHER: {80},
            Trade.EXCHANGE: {85},
        }
        return next((kind for kind, members in kinds.items() if asn in members), None)

    def size(self, asn: int) -> float | None:
        return None if asn == 999 else SIZE.get(asn, 11.0)

    def regions(self, asn: int) -> Set[str]:
        return {"MY": {"AS"}, "US": {"NA"}}.get(HOME[asn], {"EU"}) if asn in HOME else set()

    def siblings(self, one: int, other: int) -> bool:
        return {one, other} == {70, 71}


@dataclass(frozen=True)
class KnownRelations:
    source: str = "relationships, a test"

    def between(self, one: int, other: int) -> Relationship | None:
        return {(40, 300): Relationship.CUSTOMER, (300, 40): Relationship.PROVIDER}.get((one, other))


@dataclass(frozen=True)
class Change:
    """`before` stood in the RIBs for `prefix`, `more` for other prefixes; then so many peers told `way` for `told`."""

    before: Held
    way: Way
    events: list[str]
    peers: int = FEW
    told: str = PREFIX
    more: Held = field(default_factory=list)
    relations: KnownRelations | None = None


def at_the_top(origin: int) -> Held:
    """The origin is heard directly by three networks that buy no transit."""
    return [((10, origin), slice(0, 4)), ((20, origin), slice(4, 8)), ((30, origin), slice(8, None))]


BEHIND_41: Held = [((10, 41, 500), slice(0, 6)), ((20, 41, 500), slice(6, None))]

LEAKS = {
    "a small network passes a giant's routes to a carrier": Change(
        at_the_top(70), (40, 300, 70), ["route_leak 300", "upstream_added 300"]
    ),
    "the carrier passes them on to the top": Change(
        at_the_top(70), (20, 40, 300, 70), ["route_leak 300", "upstream_added 300"]
    ),
    "an incumbent passes routes of the top to a carrier of another country": Change(
        BEHIND_41, (40, 60, 10, 41, 500), ["route_leak 60"]
    ),
    "an incumbent passes a giant's routes to a carrier": Change(
        at_the_top(70), (40, 60, 70), ["route_leak 60", "upstream_added 60"]
    ),
    "an incumbent passes a giant's routes to its provider at the top": Change(
        at_the_top(70), (10, 60, 70), ["route_leak 60", "upstream_added 60"]
    ),
    "an incumbent passes the routes of one on another continent": Change(
        at_the_top(62), (10, 61, 62), ["route_leak 61", "upstream_added 61"]
    ),
    "a small network abroad passes the routes of an incumbent": Change(
        at_the_top(62), (10, 300, 62), ["route_leak 300", "upstream_added 300"]
    ),
    "a customer of two carriers": Change(BEHIND_41, (40, 300, 41, 500), ["route_leak 300"]),
    "a customer of a carrier and of a network at the top": Change(BEHIND_41, (30, 300, 41, 500), ["route_leak 300"]),
    "a customer of a network at the top and of a carrier": Change(
        BEHIND_41, (40, 300, 10, 41, 500), ["route_leak 300"]
    ),
    "content passes an incumbent's routes": Change(
        at_the_top(60), (10, 70, 60), ["route_leak 70", "upstream_added 70"]
    ),
    "content passes a carrier's routes to another": Change(BEHIND_41, (40, 75, 41, 500), ["route_leak 75"]),
    "one of two small networks in a row": Change(BEHIND_41, (40, 301, 300, 41, 500), ["route_leak 301"]),
    "a very small network passes the routes of content that many hear directly": Change(
        at_the_top(76), (10, 300, 76), ["route_leak 300", "upstream_added 300"]
    ),
    "and those of a cloud": Change(at_the_top(77), (40, 300, 77), ["route_leak 300", "upstream_added 300"]),
    "a part of a giant's prefix": Change(
        at_the_top(70), (40, 300, 70), ["route_leak 300", "upstream_added 300"], told=PART
    ),
}

LEGITIMATE = {
    "a carrier is a new upstream": Change(BEHIND_41, (40, 500), ["upstream_added 40"]),
    "a small network is a new upstream of a customer": Change(BEHIND_41, (10, 300, 500), ["upstream_added 300"]),
    "and so is one below a carrier": Change(BEHIND_41, (40, 300, 500), ["upstream_added 300"]),
    "a small network takes over when the upstream is lost": Change(
        BEHIND_41, (40, 300, 500), ["upstream_added 300", "upstream_removed 41"], peers=ALL
    ),
    "a carrier with few addresses comes between the top and an incumbent": Change(
        at_the_top(62), (20, 40, 62), ["upstream_added 40"]
    ),
    "a carrier comes between two carriers": Change(BEHIND_41, (20, 40, 41, 500), []),
    "a seller on several continents comes between": Change(at_the_top(62), (40, 50, 62), ["upstream_added 50"]),
    "a giant has a carrier for a new upstream": Change(at_the_top(70), (20, 40, 70), ["upstream_added 40"]),
    "a giant's routes come by its other network": Change(at_the_top(70), (10, 71, 70), ["upstream_added 71"]),
    "a shield stands before an incumbent": Change(at_the_top(62), (10, 80, 62), ["upstream_added 80"]),
    "an exchange point's route server stands between its members": Change(
        at_the_top(62), (40, 85, 62), ["upstream_added 85"]
    ),
    "an incumbent sells to its neighbour": Change(at_the_top(62), (10, 60, 62), ["upstream_added 60"]),
    "a wholesaler in the incumbent's own country": Change(at_the_top(62), (10, 302, 62), ["upstream_added 302"]),
    "an incumbent whom few hear directly buys abroad": Change(
        [((10, 63), EVERY)], (10, 300, 63), ["upstream_added 300"]
    ),
    "a carrier buys of an incumbent of its country": Change(BEHIND_41, (40, 64, 10, 41, 500), []),
    "a network that says itself that it sells gives a carrier all routes": Change(BEHIND_41, (40, 90, 10, 41, 500), []),
    "a carrier buys local transit of an incumbent": Change(BEHIND_41, (40, 60, 41, 500), []),
    "content buys where it likes": Change(at_the_top(75), (40, 300, 75), ["upstream_added 300"]),
    "content whom few hear directly buys of a small network": Change(
        [((10, 76), EVERY)], (40, 300, 76), ["upstream_added 300"]
    ),
    "a cloud stands before an incumbent": Change(at_the_top(62), (10, 77, 62), ["upstream_added 77"]),
    "a network hosted by a giant keeps its number": Change(BEHIND_41, (10, 70, 500), ["upstream_added 70"]),
    "a network that says itself that it sells": Change(BEHIND_41, (40, 90, 41, 500), []),
    "a network of which nothing is known": Change(BEHIND_41, (40, 999, 41, 500), []),
    "a small network gives its customer all routes": Change(BEHIND_41, (301, 300, 41, 500), []),
    "it passes them so in the RIB": Change(
        at_the_top(70), (40, 300, 70), ["upstream_added 300"], more=[((20, 300, 70), SOME)]
    ),
    "one peer alone has it": Change(at_the_top(70), (40, 300, 70), [], peers=ONE),
    "a hijack by the small network itself": Change(at_the_top(70), (40, 300), ["moas 300"]),
    "a hijack behind it": Change(at_the_top(70), (40, 300, 41, 666), ["moas 666"]),
    "a hijack of a part": Change(at_the_top(70), (40, 300, 666), ["subprefix_origin_change 666"], told=PART),
    "by the relationships of the month it is the carrier's provider": Change(
        BEHIND_41, (40, 300, 41, 500), [], relations=KnownRelations()
    ),
}


def events_of(change: Change) -> list[RoutingEvent]:
    held = [(PREFIX, change.before), (OTHER, change.more or change.before)]
    base = [
        elem(0, peer, prefix, way, ElemType.RIB) for prefix, ways in held for way, part in ways for peer in PEERS[part]
    ]
    told = [elem(60, peer, change.told, change.way) for peer in PEERS[: change.peers]]
    known = Knowledge(TOPS, HOME.get, "top, a test", relations=change.relations, market=SmallMarket())
    # With two prefixes a peer that has one of them is a full feed only if that is asked for.
    return detect(base, told, known, DetectSettings(full_feed_share=0.4))


def short(events: list[RoutingEvent]) -> list[str]:
    return sorted(f"{event.kind.value} {event.offender_asn or event.upstream_asn}" for event in events)


@pytest.mark.parametrize("name", LEAKS)
def test_a_leak_is_told_with_who_leaked(name: str) -> None:
    assert short(events_of(LEAKS[name])) == LEAKS[name].events


@pytest.mark.parametrize("name", LEGITIMATE)
def test_a_legitimate_change_and_a_hijack_are_no_leak(name: str) -> None:
    assert short(events_of(LEGITIMATE[name])) == LEGITIMATE[name].events


def test_what_it_rests_on_is_told_with_each_leak() -> None:
    def basis(name: str) -> tuple[str, ...]:
        return next(event.basis for event in events_of(LEAKS[name]) if event.offender_asn)

    assert basis("a customer of two carriers") == (NO_SELLER,)
    assert basis("a customer of a carrier and of a network at the top") == ("top, a test", NO_SELLER)
    assert basis("a small network abroad passes the routes of an incumbent") == (
        "top, a test",
        NO_SELLER,
        "sizes, a test",
        "who is heard directly at the top in the RIB itself",
    )
    assert basis("one of two small networks in a row") == (NO_SELLER, "a guess which network leaked: AS301, or AS300")


# -- by the list that ships --------------------------------------------------------------------------------------------
GOOGLE: list[Way] = [(3356, 15169), (1299, 15169), (2914, 15169), (6453, 15169)]
REAL_LEAKS: dict[str, tuple[int, list[Way], Way, tuple[int, ...]]] = {
    "an Indian cable operator passes Google's routes to its provider": (
        2015, GOOGLE, (5511, 9498, 17488, 15169), (17488,)
    ),
    "an Indonesian network passes them to its provider": (2012, GOOGLE, (3491, 23947, 15169), (23947,)),
    "a Turkish incumbent passes its provider's routes to an Italian carrier": (
        2004, [(6762, 701, 5555), (3356, 1239, 5555)], (6762, 9121, 1239, 5555), (9121,)
    ),
    "Google passes the routes of a Japanese network": (
        2017, [(2914, 4713), (3356, 2914, 4713)], (701, 15169, 4713), (15169,)
    ),
    "a hoster passes the routes of one European carrier to a Chinese one": (
        2019, [(1299, 13237, 8674), (174, 13237, 8674)], (4134, 21217, 13237, 8674), (21217,)
    ),
}  # fmt: skip
REAL_CHANGES: dict[str, tuple[int, list[Way], Way]] = {
    "a Russian carrier is North Korea's second way out": (2017, [(3356, 4837, 131279)], (3356, 20485, 131279)),
    "RETN between Level 3 and KPN": (2019, [(1299, 1136), (174, 1136), (2914, 1136)], (3356, 9002, 1136)),
    "Singtel between NTT and Telstra": (2020, [(2914, 1221), (3356, 1221), (6453, 1221)], (2914, 7473, 1221)),
    "Telstra's own carrier": (2020, [(2914, 1221), (3356, 1221), (6453, 1221)], (6453, 4637, 1221)),
    "Hurricane Electric between two carriers": (2020, [(1299, 37100, 36874)], (8220, 6939, 37100, 36874)),
    "Chinanet's other networks": (2020, [(3356, 4134), (1299, 4134), (2914, 4134)], (3356, 23764, 4134)),
    "a Danish carrier for a Swedish network": (2020, [(1299, 39351), (174, 39351)], (3257, 31027, 39351)),
    "a shield before a Dutch incumbent": (2020, [(1299, 1136), (174, 1136), (2914, 1136)], (1299, 32787, 1136)),
    "Google's cloud by Google": (2022, [(3356, 396982), (1299, 396982)], (1299, 15169, 396982)),
    "Level 3's other network": (2015, [(1299, 3356), (174, 3356)], (1299, 3549, 3356)),
}  # fmt: skip


def suspects(year: int, base: list[Way], way: Way) -> tuple[int, ...] | None:
    known = Reference.load().knowledge(datetime(year, 6, 1, tzinfo=UTC))
    found = Middlemen(known, RibRelations(base, known.transit_free), DetectSettings()).find(way)
    return found.networks if found else None


@pytest.mark.parametrize("name", REAL_LEAKS)
def test_real_networks_that_stood_between(name: str) -> None:
    year, base, way, expected = REAL_LEAKS[name]
    assert suspects(year, base, way) == expected


@pytest.mark.parametrize("name", REAL_CHANGES)
def test_real_networks_that_sell(name: str) -> None:
    assert suspects(*REAL_CHANGES[name]) is None


def test_without_a_market_nothing_is_told() -> None:
    known = Knowledge(TOPS, HOME.get)
    assert Middlemen(known, RibRelations([(10, 70)], TOPS), DetectSettings()).find((40, 300, 70)) is None
