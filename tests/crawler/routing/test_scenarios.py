"""Incidents and everyday changes of many shapes, as routes: what is called an event, and that nothing else is.

10, 20 and 30 buy no transit; 100 and 200 are regional providers below 10 and 20; 500 is the network that it is about,
666 a stranger. Twelve peers at three collectors look on; each path is written without the peer.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import pytest

from crawler.routing.detect.drafts import DetectSettings
from crawler.routing.knowledge import Knowledge, Relationship, Validity
from crawler.routing.model import ElemType, RouteElem, RoutingEvent
from tests.crawler.routing.elements import T0, detect, elem

PEERS = [(f"rrc{n % 3:02}", 64601 + n) for n in range(12)]
TOPS = frozenset({10, 20, 30})
WIDE, PREFIX, PART, OTHER = "198.51.100.0/23", "198.51.100.0/24", "198.51.100.0/25", "203.0.113.0/24"
MANY = [f"192.0.{n}.0/24" for n in range(20)]

Way = tuple[int, ...]
Told = tuple[float, str, Way, slice]
Expected = tuple[str, int | None, int | None, int | None, tuple[str, ...], float, float | None]
ALL, FEW, MOST, REST = slice(None), slice(0, 2), slice(0, 11), slice(2, None)


@dataclass(frozen=True)
class KnownRelations:
    """Providers with their customers, and peers."""

    below: dict[int, set[int]]
    beside: Sequence[frozenset[int]] = ()
    source: str = "relationships of 2020-01, a test"

    def between(self, one: int, other: int) -> Relationship | None:
        if other in self.below.get(one, ()):
            return Relationship.PROVIDER
        if one in self.below.get(other, ()):
            return Relationship.CUSTOMER
        return Relationship.PEER if {one, other} in self.beside else None


@dataclass(frozen=True)
class KnownVrps:
    allowed: dict[str, set[int]]
    source: str = "VRPs of 2020-01-01, a test"

    def validity(self, prefix: str, origin: int) -> Validity:
        if prefix not in self.allowed:
            return Validity.NOT_FOUND
        return Validity.VALID if origin in self.allowed[prefix] else Validity.INVALID


@dataclass(frozen=True)
class Scenario:
    base: dict[str, list[tuple[Way, slice]]]
    told: list[Told]
    events: list[Expected] = field(default_factory=list)
    relations: KnownRelations | None = None
    vrps: KnownVrps | None = None
    settings: DetectSettings = field(default_factory=DetectSettings)
    rpki: list[str] | None = None
    country: Callable[[int], str | None] = lambda asn: None


HELD: list[tuple[Way, slice]] = [((10, 100, 500), ALL)]
TWO: list[tuple[Way, slice]] = [((10, 100, 500), slice(0, 6)), ((20, 200, 500), slice(6, None))]
# What else a RIB shows of who passes whose routes: 300 buys from both regional providers.
RIB: dict[str, list[tuple[Way, slice]]] = {
    "192.0.2.0/25": [((10, 100, 300), ALL)],
    "192.0.2.128/25": [((20, 200, 300), ALL)],
}
FAR: dict[str, list[tuple[Way, slice]]] = {prefix: [((10, 100, 700 + n), ALL)] for n, prefix in enumerate(MANY)}
BETWEEN = KnownRelations({100: {300, *range(700, 720)}, 200: {300}})
LEAKED_MANY: list[Told] = [(60 + n, prefix, (10, 300, 20, 700 + n), FEW) for n, prefix in enumerate(MANY)]
AROUND: list[tuple[Way, slice]] = [((10, 500), slice(0, 2)), ((20, 500), slice(2, 3)), ((500,), slice(3, None))]

SCENARIOS = {
    # -- hijacks -----------------------------------------------------------------------------------------------------
    "a prefix that a stranger announces too, at few peers": Scenario(
        {PREFIX: HELD}, [(60, PREFIX, (20, 666), FEW), (4000, PREFIX, (10, 100, 500), FEW)],
        [("moas", 500, None, 666, (PREFIX,), 60, 4000)],
    ),
    "a prefix that a stranger announces too, at nearly all": Scenario(
        {PREFIX: HELD}, [(60, PREFIX, (20, 666), MOST)], [("moas", 500, None, 666, (PREFIX,), 60, None)]
    ),
    "a prefix that a stranger takes over": Scenario(
        {PREFIX: HELD}, [(60, PREFIX, (20, 666), ALL)], [("origin_change", 500, None, 666, (PREFIX,), 60, None)]
    ),
    "a more-specific of a stranger": Scenario(
        {PREFIX: HELD}, [(60, PART, (20, 666), ALL), (600, PART, (), ALL)],
        [("subprefix_origin_change", 500, None, 666, (PART,), 60, 600)],
    ),
    "a stranger who claims to be next to the origin is a new upstream, as far as routes tell": Scenario(
        {PREFIX: HELD}, [(60, PREFIX, (20, 666, 500), MOST)],
        [("upstream_added", 500, 666, None, (PREFIX,), 60, None)],
    ),
    "and so in a more-specific": Scenario(
        {PREFIX: HELD}, [(60, PART, (20, 666, 500), MOST)], [("upstream_added", 500, 666, None, (PART,), 60, None)]
    ),
    "a stuck route of a hijack that is over": Scenario(
        {PREFIX: HELD},
        [(60, PREFIX, (20, 666), MOST), (600, PREFIX, (10, 100, 500), slice(1, 11)), (9000, OTHER, (9,), ALL)],
        [("moas", 500, None, 666, (PREFIX,), 60, 600)],
    ),
    "a stranger is believed by one peer after the other": Scenario(
        {PREFIX: TWO}, [(60 + n, PREFIX, (20, 666), slice(n, n + 1)) for n in range(12)],
        [("origin_change", 500, None, 666, (PREFIX,), 60, None)],
    ),
    "a stranger is believed by all who came through one upstream": Scenario(
        {PREFIX: TWO}, [(60, PREFIX, (20, 666), slice(0, 8)), (4000, PREFIX, (10, 100, 500), slice(0, 8))],
        [("moas", 500, None, 666, (PREFIX,), 60, 4000)],
    ),
    # -- leaks -------------------------------------------------------------------------------------------------------
    "a customer of two transit-free networks passes the routes of one to the other": Scenario(
        {PREFIX: [((10, 20, 500), ALL)]}, [(60, PREFIX, (10, 77, 20, 500), FEW)],
        [("route_leak", 500, None, 77, (PREFIX,), 60, None)],
    ),
    "a withdrawn route on strange ways before it is gone": Scenario(
        {PREFIX: [((10, 20, 500), ALL)], OTHER: [((10, 20, 500), ALL)]},
        [(60, PREFIX, (10, 77, 20, 500), FEW), (90, PREFIX, (), REST), (110, PREFIX, (), FEW)],
        [("partial_outage", 500, None, None, (PREFIX,), 110, None)],
    ),
    "one of two networks in a row did it": Scenario(
        {PREFIX: [((10, 20, 500), ALL)]}, [(60, PREFIX, (10, 78, 77, 20, 500), FEW)],
        [("route_leak", 500, None, 78, (PREFIX,), 60, None)],
    ),
    "by the routes at others it was the second": Scenario(
        {PREFIX: [((10, 20, 500), ALL)]},
        [(60, PREFIX, (10, 78, 77, 20, 500), FEW), (60, PREFIX, (30, 77, 20, 500), slice(2, 4))],
        [("route_leak", 500, None, 77, (PREFIX,), 60, None)],
    ),
    "between two providers of which neither is transit-free, as the RIB shows them": Scenario(
        {PREFIX: HELD, **RIB}, [(60, PREFIX, (200, 300, 100, 500), FEW)],
        [("route_leak", 500, None, 300, (PREFIX,), 60, None)],
    ),
    "the same, by the relationships of the month": Scenario(
        {PREFIX: HELD}, [(60, PREFIX, (200, 300, 100, 500), FEW)],
        [("route_leak", 500, None, 300, (PREFIX,), 60, None)],
        relations=KnownRelations({100: {300, 500}, 200: {300}}),
    ),
    "a peer's routes passed to another peer": Scenario(
        {PREFIX: HELD}, [(60, PREFIX, (200, 300, 100, 500), FEW)],
        [("route_leak", 500, None, 300, (PREFIX,), 60, None)],
        relations=KnownRelations({100: {500}}, (frozenset({200, 300}), frozenset({300, 100}))),
    ),
    "a customer's routes passed to a peer are none": Scenario(
        {PREFIX: HELD}, [(60, PREFIX, (200, 300, 100, 500), FEW)],
        relations=KnownRelations({300: {100}, 100: {500}}, (frozenset({200, 300}),)),
    ),
    "many prefixes at once by one network": Scenario(
        {prefix: [((10, 20, 700 + n), ALL)] for n, prefix in enumerate(MANY)}, LEAKED_MANY,
        [("route_leak", None, None, 300, tuple(sorted(MANY)), 60, None)],
    ),
    "a network that peers with all is heard through one that it does not buy from": Scenario(
        {PREFIX: AROUND},
        [(60, PREFIX, (10, 41, 42, 43, 500), FEW), (61, PREFIX, (20, 42, 43, 500), slice(2, 4)),
         (62, PREFIX, (30, 43, 500), slice(4, 6))],
        [("route_leak", 500, None, 43, (PREFIX,), 60, None), ("upstream_added", 500, 43, None, (PREFIX,), 60, None),
         ("upstream_removed", 500, 10, None, (PREFIX,), 60, None)],
    ),
    "and at those who hear it from where it was passed to": Scenario(
        {PREFIX: [((10, 20, 500), ALL)]},
        [(60, PREFIX, (10, 77, 20, 500), slice(0, 1)), (61, PREFIX, (30, 10, 77, 20, 500), slice(1, 2)),
         (59, PREFIX, (99, 10, 77, 20, 500), slice(2, 3))],
        [("route_leak", 500, None, 77, (PREFIX,), 59, None)],
    ),
    "a new more-specific that comes the long way to the holder's own neighbour": Scenario(
        {PREFIX: HELD}, [(60, PART, (10, 41, 43, 42, 100, 500), FEW), (600, PART, (), FEW)],
        [("route_leak", 500, None, 43, (PART,), 60, 600)],
    ),
    "a leak that one prefix alone shows, in a table of which it is no part to speak of": Scenario(
        {PREFIX: HELD, **RIB}, [(60, PREFIX, (200, 300, 100, 500), FEW)], settings=DetectSettings(leak_share=0.9)
    ),
    "three prefixes at once where three are asked for": Scenario(
        FAR, [(60 + n, prefix, (200, 300, 100, 700 + n), FEW) for n, prefix in enumerate(MANY[:3])],
        [("route_leak", None, None, 300, tuple(MANY[:3]), 60, None)],
        relations=BETWEEN, settings=DetectSettings(leak_share=0.15),
    ),
    "many prefixes one after the other, never three at once": Scenario(
        FAR,
        [(60 + 60 * n + later, prefix, (200, 300, 100, 700 + n) if later == 0 else (10, 100, 700 + n), FEW)
         for n, prefix in enumerate(MANY) for later in (0, 90)],
        relations=BETWEEN, settings=DetectSettings(leak_share=0.15),
    ),
    "a valley of the RIB is how these networks are connected": Scenario(
        {PREFIX: [((10, 20, 500), ALL)], OTHER: [((10, 77, 20, 501), ALL)]},
        [(60, PREFIX, (10, 77, 20, 500), FEW)],
    ),
    # -- everyday ----------------------------------------------------------------------------------------------------
    "a new upstream": Scenario(
        {PREFIX: HELD, **RIB}, [(60, PREFIX, (20, 200, 500), FEW)],
        [("upstream_added", 500, 200, None, (PREFIX,), 60, None)],
    ),
    "a new upstream two below the top": Scenario(
        {PREFIX: HELD}, [(60, PREFIX, (10, 201, 202, 500), FEW)],
        [("upstream_added", 500, 202, None, (PREFIX,), 60, None)],
    ),
    "a prefix of two origins, at one peer by one, then by the other": Scenario(
        {PREFIX: [((10, 500), slice(0, 6)), ((20, 501), slice(6, None))]},
        [(60, PREFIX, (20, 501), FEW), (900, PREFIX, (10, 500), slice(1, 9)), (1900, PREFIX, (20, 501), MOST)],
    ),
    "more-specifics by the holder": Scenario(
        {WIDE: HELD}, [(60, PREFIX, (10, 100, 500), ALL), (61, PART, (10, 100, 500), ALL)]
    ),
    "and the wide one withdrawn then": Scenario(
        {PREFIX: HELD, OTHER: HELD},
        [(60, PART, HELD[0][0], ALL), (60, "198.51.100.128/25", HELD[0][0], ALL), (120, PREFIX, (), ALL)],
    ),
    "two prefixes become one": Scenario(
        {PREFIX: HELD, "198.51.101.0/24": HELD, OTHER: HELD},
        [(60, WIDE, HELD[0][0], ALL), (120, PREFIX, (), ALL), (120, "198.51.101.0/24", (), ALL)],
    ),
    "a black hole asked for by the holder": Scenario({WIDE: HELD}, [(60, "198.51.100.9/32", HELD[0][0], ALL)]),
    "traffic moved between two upstreams and back": Scenario(
        {PREFIX: TWO},
        [(60, PREFIX, (20, 200, 500), ALL), (200, PREFIX, (10, 100, 500), FEW), (2000, PREFIX, (10, 100, 500), MOST)],
    ),
    "prepends": Scenario(
        {PREFIX: TWO},
        [(60, PREFIX, (10, 100, 500, 500, 500), FEW), (70, PREFIX, (20, 20, 200, 500), slice(6, None))],
    ),
    "an upstream lost, the other takes all": Scenario(
        {PREFIX: TWO}, [(60, PREFIX, (20, 200, 500), slice(0, 6))],
        [("upstream_removed", 500, 100, None, (PREFIX,), 60, None)],
    ),
    "an upstream lost, and the network itself an hour later": Scenario(
        {PREFIX: TWO}, [(60, PREFIX, (20, 200, 500), slice(0, 6)), (3660, PREFIX, (), ALL)],
        [("upstream_removed", 500, 100, None, (PREFIX,), 60, None), ("outage", 500, None, None, (PREFIX,), 3660, None)],
    ),
    "an upstream lost, and a stranger takes over what is left an hour later": Scenario(
        {PREFIX: TWO}, [(60, PREFIX, (20, 200, 500), slice(0, 6)), (3660, PREFIX, (10, 666), ALL)],
        [("upstream_removed", 500, 100, None, (PREFIX,), 60, None),
         ("origin_change", 500, None, 666, (PREFIX,), 3660, None)],
    ),
    "an upstream lost, the other takes all after a blink": Scenario(
        {PREFIX: TWO}, [(60, PREFIX, (20, 200, 500), slice(0, 6)), (70, PREFIX, (), ALL),
                        (90, PREFIX, (20, 200, 500), ALL)],
        [("upstream_removed", 500, 100, None, (PREFIX,), 60, None)],
    ),
    "a route of an upstream that one peer alone ever had": Scenario(
        {PREFIX: [((20, 200, 500), slice(0, 1)), ((10, 100, 500), slice(1, None))]},
        [(60, PREFIX, (10, 100, 500), slice(0, 1))],
    ),
    "a scrubber takes the prefix over": Scenario(
        {PREFIX: HELD}, [(60, PREFIX, (30, 900), ALL), (5000, PREFIX, (10, 100, 500), ALL)],
        [("origin_change", 500, None, 900, (PREFIX,), 60, 5000)],
    ),
    "a scrubber stands before the holder": Scenario(
        {PREFIX: HELD}, [(60, PREFIX, (30, 900, 500), ALL)],
        [("upstream_added", 500, 900, None, (PREFIX,), 60, None),
         ("upstream_removed", 500, 100, None, (PREFIX,), 60, None)],
    ),
    "a more-specific behind the holder": Scenario({WIDE: HELD}, [(60, PREFIX, (10, 100, 500, 501), ALL)]),
    "the number that stands for four-byte ones": Scenario(
        {PREFIX: [((10, 100, 23456), slice(0, 4)), ((10, 100, 196615), slice(4, None))]},
        [(60, PREFIX, (10, 100, 196615), slice(0, 4)), (900, PREFIX, (10, 23456, 196615), FEW)],
    ),
    "a more-specific of a customer, by another way too": Scenario(
        {WIDE: HELD}, [(60, PREFIX, (20, 200, 501), MOST), (60, PREFIX, (10, 100, 500, 501), slice(11, None))]
    ),
    "a more-specific of one that is the holder's customer elsewhere, by its other provider": Scenario(
        {WIDE: HELD, OTHER: [((10, 100, 500, 501), ALL)]}, [(60, PREFIX, (20, 200, 501), ALL)]
    ),
    "or by the relationships of the month": Scenario(
        {WIDE: HELD}, [(60, PREFIX, (20, 200, 501), ALL)], relations=KnownRelations({500: {501}})
    ),
    "a new prefix under a default route": Scenario({"0.0.0.0/0": HELD, OTHER: HELD}, [(60, PREFIX, (20, 666), ALL)]),
    "a stranger's more-specific that one of many hears through the holder": Scenario(
        {WIDE: HELD}, [(60, PREFIX, (20, 200, 666), MOST), (60, PREFIX, (500, 200, 666), slice(11, None))],
        [("subprefix_origin_change", 500, None, 666, (PREFIX,), 60, None)],
    ),
    "a private number that shows behind the holder": Scenario(
        {PREFIX: HELD}, [(60, PREFIX, (10, 100, 500, 65010), ALL)]
    ),
    # -- outages -----------------------------------------------------------------------------------------------------
    "one prefix of many withdrawn": Scenario(dict.fromkeys(MANY, HELD), [(60, MANY[0], (), ALL)]),
    "some prefixes withdrawn": Scenario(
        dict.fromkeys(MANY, HELD), [(60, prefix, (), ALL) for prefix in MANY[:5]],
        [("partial_outage", 500, None, None, tuple(sorted(MANY[:5])), 60, None)],
    ),
    "nearly all withdrawn one after the other, and back": Scenario(
        dict.fromkeys(MANY, HELD),
        [*((60 + n, prefix, (), ALL) for n, prefix in enumerate(MANY)),
         *((600 + n, prefix, (10, 100, 500), ALL) for n, prefix in enumerate(MANY[1:]))],
        [("outage", 500, None, None, tuple(sorted(MANY)), 77, 602)],
    ),
    "withdrawn by one peer after the other, and back": Scenario(
        {PREFIX: TWO},
        [*((60 + n, PREFIX, (), slice(n, n + 1)) for n in range(12)),
         *((1860 + n, PREFIX, way, slice(n, n + 1)) for way, own in TWO for n in range(12)[own])],
        [("outage", 500, None, None, (PREFIX,), 70, 1861)],
    ),
    "withdrawn by one peer after the other, the last of them two minutes late": Scenario(
        {PREFIX: TWO},
        [(60, PREFIX, (), slice(0, 6)), (62, PREFIX, (), slice(6, 11)), (180, PREFIX, (), slice(11, 12))],
        [("outage", 500, None, None, (PREFIX,), 62, None)],
    ),
    "two outages that are soon over are one": Scenario(
        {PREFIX: HELD},
        [(60, PREFIX, (), ALL), (600, PREFIX, (10, 100, 500), ALL),
         (700, PREFIX, (), ALL), (900, PREFIX, (10, 100, 500), ALL)],
        [("outage", 500, None, None, (PREFIX,), 60, 900)],
    ),
    # -- RPKI --------------------------------------------------------------------------------------------------------
    "a change of origin that the RPKI does not allow is told once": Scenario(
        {PREFIX: HELD}, [(60, PREFIX, (20, 666), ALL)], [("origin_change", 500, None, 666, (PREFIX,), 60, None)],
        vrps=KnownVrps({PREFIX: {500}}), rpki=["invalid"],
    ),
    "one that it allows": Scenario(
        {PREFIX: HELD}, [(60, PREFIX, (20, 900), ALL)], [("origin_change", 500, None, 900, (PREFIX,), 60, None)],
        vrps=KnownVrps({PREFIX: {500, 900}}), rpki=["valid"],
    ),
    "one of which it says nothing": Scenario(
        {PREFIX: HELD}, [(60, PREFIX, (20, 900), ALL)], [("origin_change", 500, None, 900, (PREFIX,), 60, None)],
        vrps=KnownVrps({OTHER: {500}}), rpki=["not_found"],
    ),
    "a new prefix that nobody held": Scenario(
        {PREFIX: HELD}, [(60, OTHER, (20, 666), ALL), (900, OTHER, (), ALL)],
        [("rpki_invalid", None, None, 666, (OTHER,), 60, 900)], vrps=KnownVrps({OTHER: {500}}), rpki=["invalid"],
    ),
    "a more-specific of the holder's that is longer than allowed": Scenario(
        {PREFIX: HELD}, [(60, PART, (10, 100, 500), ALL)],
        [("rpki_invalid", 500, None, 500, (PART,), 60, None)], vrps=KnownVrps({PART: {501}}), rpki=["invalid"],
    ),
    "a route that was invalid before": Scenario(
        {PREFIX: HELD}, [(60, PREFIX, (), FEW), (200, PREFIX, (10, 100, 500), FEW)], vrps=KnownVrps({PREFIX: {501}})
    ),
    "a new invalid route at one peer": Scenario(
        {PREFIX: HELD}, [(60, PART, (10, 100, 500), slice(0, 1))], vrps=KnownVrps({PART: {501}})
    ),
}  # fmt: skip


def base_of(scenario: Scenario) -> list[RouteElem]:
    return [
        elem(0, peer, prefix, way, ElemType.RIB)
        for prefix, ways in scenario.base.items()
        for way, part in ways
        for peer in PEERS[part]
    ]


def found_in(scenario: Scenario) -> list[RoutingEvent]:
    changes = [elem(at, peer, prefix, way) for at, prefix, way, part in scenario.told for peer in PEERS[part]]
    known = Knowledge(TOPS, scenario.country, relations=scenario.relations, vrps=scenario.vrps)
    return detect(base_of(scenario), changes, known, scenario.settings)


def short(events: Iterable[RoutingEvent]) -> list[Expected]:
    return [
        (
            event.kind.value,
            event.origin_asn,
            event.upstream_asn,
            event.offender_asn,
            event.prefixes,
            event.first_seen.timestamp() - T0,
            event.last_seen.timestamp() - T0 if event.last_seen else None,
        )
        for event in events
    ]


@pytest.mark.parametrize("name", SCENARIOS)
def test_what_is_told_and_nothing_else(name: str) -> None:
    scenario = SCENARIOS[name]
    events = found_in(scenario)
    assert short(events) == scenario.events
    if scenario.rpki is not None:
        assert [event.rpki for event in events] == scenario.rpki
