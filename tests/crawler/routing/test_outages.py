"""Outages of networks and of countries: which are told, from when to when, and of what."""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.routing.detect.covering import covering, halves, wider, widest
from crawler.routing.detect.drafts import DetectSettings
from crawler.routing.detect.outages import Loss, Outage, outages
from crawler.routing.detect.sweep import Stretch
from crawler.routing.knowledge import Knowledge
from crawler.routing.model import ElemType, EventKind, RouteElem, RoutingEvent
from tests.crawler.routing.elements import PEERS, T0, detect, elem, seconds, told

# Networks 201 to 205 are of XA, 301 of XB, 401 and 402 of XC; each has two prefixes.
COUNTRIES = {201: "XA", 202: "XA", 203: "XA", 204: "XA", 205: "XA", 301: "XB", 401: "XC", 402: "XC"}
PREFIXES = {asn: [f"10.{asn % 256}.{n}.0/24" for n in range(2)] for asn in COUNTRIES}


def networks(country: str) -> tuple[int, ...]:
    return tuple(asn for asn, own in COUNTRIES.items() if own == country)


KNOWN = Knowledge(frozenset(), COUNTRIES.get, networks_of=networks, country_source="delegations of 2020-01-01, a test")


def rib(asns: Iterable[int] = COUNTRIES) -> list[RouteElem]:
    return [
        elem(0, peer, prefix, [100, asn], ElemType.RIB) for asn in asns for prefix in PREFIXES[asn] for peer in PEERS
    ]


def change(at: float, asns: Iterable[int], *, back: bool = False) -> list[RouteElem]:
    return [e for asn in asns for prefix in PREFIXES[asn] for e in told(at, [100, asn] if back else [], prefix)]


def of_countries(events: Iterable[RoutingEvent]) -> list[RoutingEvent]:
    return [event for event in events if event.origin_asn is None]


def test_a_country_whose_networks_are_all_lost_is_out() -> None:
    lost = [*change(60, [201, 202, 203]), *change(90, [204, 205]), *change(900, networks("XA"), back=True)]
    (event,) = of_countries(detect(rib(), lost, KNOWN))
    assert (event.kind, event.countries, event.origin_asn) == (EventKind.OUTAGE, ("XA",), None)
    assert seconds(event) == (90, 900)
    assert set(event.prefixes) == {prefix for asn in networks("XA") for prefix in PREFIXES[asn]}
    assert event.basis == ("delegations of 2020-01-01, a test",)
    assert {e.collector for e in event.evidence} == {"rrc00", "rrc01"}


def test_a_part_of_a_country() -> None:
    lost = [*change(60, [201, 202]), *change(900, [202], back=True), *change(1000, [201], back=True)]
    (event,) = of_countries(detect(rib(), lost, KNOWN))
    assert (event.kind, seconds(event)) == (EventKind.PARTIAL_OUTAGE, (60, 1000))
    # The prefixes of the one that came back first have an end of their own.
    assert [prefix for prefix, _ in event.prefix_ends] == PREFIXES[202]


@pytest.mark.parametrize(
    ("lost", "told_of"),
    [([201], []), ([301], []), ([401], []), ([401, 402], ["XC"]), ([401, 301, 201], [])],
    ids=["one of five", "the only one", "one of two, with half of the prefixes", "both", "one each"],
)
def test_a_loss_of_one_network_is_not_told_of_its_country_too(lost: list[int], told_of: list[str]) -> None:
    events = detect(rib(), change(60, lost), KNOWN)
    assert [event.countries[0] for event in of_countries(events)] == told_of
    assert len(events) == len(lost) + len(told_of)


def test_a_table_that_hardly_shows_a_country_does_not_speak_for_it() -> None:
    many = Knowledge(frozenset(), COUNTRIES.get, networks_of=lambda _: tuple(range(1000, 1100)))
    assert of_countries(detect(rib(), change(60, networks("XA")), many)) == []


def test_thresholds_of_countries_are_settings() -> None:
    lost = change(60, [201, 202])
    assert of_countries(detect(rib(), lost, KNOWN, DetectSettings(country_partial_share=0.5))) == []
    (event,) = of_countries(detect(rib(), lost, KNOWN, DetectSettings(country_share=0.4)))
    assert (event.kind, event.thresholds["country_share"]) == (EventKind.OUTAGE, 0.4)


def test_the_last_peers_to_hear_of_it_are_counted_too() -> None:
    """It is out when half of them have lost it, and soon after for all."""
    share = DetectSettings(outage_share=0.5)
    lost = [elem(60 + 5 * n, peer, prefix, []) for n, peer in enumerate(PEERS) for prefix in PREFIXES[301]]
    (event,) = detect(rib(), lost, KNOWN, share)
    assert (event.kind, event.peers_seen, event.peers_total, seconds(event)) == (EventKind.OUTAGE, 4, 4, (65, None))
    assert {(e.observed_at.timestamp() - T0, e.as_path) for e in event.evidence} == {(60, ()), (70, ())}
    # Who withdraws an hour later, or when it is over, is no part of it.
    late = [*lost[:6], *(elem(3665, PEERS[3], prefix, []) for prefix in PREFIXES[301])]
    assert [e.peers_seen for e in detect(rib(), late, KNOWN, share)] == [3]


# -- levels ----------------------------------------------------------------------------------------------------------
def losses(*stretches: Sequence[Stretch]) -> list[Loss]:
    return [Loss(f"10.0.{n}.0/24", 1, tuple(own), ()) for n, own in enumerate(stretches)]


def levels(*stretches: Sequence[Stretch], prefixes: int) -> list[Outage]:
    return list(outages(losses(*stretches), prefixes, 1, DetectSettings()))


def test_a_part_on_its_way_to_all_is_no_outage_of_its_own() -> None:
    assert levels([(60, 900)], [(100, 950)], prefixes=2) == [Outage(True, 100, 900)]


def test_a_part_that_stays_is() -> None:
    found = levels([(60, 900)], [(500, 5000)], prefixes=2)
    assert found == [Outage(True, 500, 900), Outage(False, 60, 500), Outage(False, 900, 5000)]


def test_flaps_are_merged_and_counted() -> None:
    assert levels([(60, 900), (1000, 1200), (1600, None)], prefixes=1) == [
        Outage(True, 60, 1200, 1),
        Outage(True, 1600, None),
    ]


def test_less_than_half_a_minute_is_none() -> None:
    assert levels([(60, 80)], prefixes=1) == []


# -- prefixes in prefixes --------------------------------------------------------------------------------------------
def test_the_longest_wider_prefix_is_found() -> None:
    known = {"10.0.0.0/8", "10.1.0.0/16", "2001:db8::/32"}
    assert covering("10.1.2.0/24", known) == "10.1.0.0/16"
    assert covering("10.1.0.0/16", known) == "10.0.0.0/8"
    assert covering("2001:db8:1::/48", known) == "2001:db8::/32"
    assert covering("192.0.2.0/24", known) is None
    assert covering("10.1.2.0/24", {"0.0.0.0/0"}) is None
    assert next(wider("0.0.0.0/0"), None) is None


@given(st.ip_addresses(), st.integers(0, 128))
def test_wider_prefixes_are_those_of_the_library(address: IPv4Address | IPv6Address, length: int) -> None:
    network = ip_network(f"{address}/{min(length, address.max_prefixlen)}", strict=False)
    shortest = 8 if network.version == 4 else 16
    lengths = range(network.prefixlen - 1, shortest - 1, -1)
    assert list(wider(str(network))) == [str(network.supernet(new_prefix=n)) for n in lengths]


def test_the_widest_hold_all_others() -> None:
    assert widest(["10.1.0.0/16", "10.0.0.0/8", "10.1.2.0/24", "11.0.0.0/8", "::/0", "2001:db8::/32"]) == {
        "10.0.0.0/8",
        "11.0.0.0/8",
        "2001:db8::/32",
    }


def test_a_host_has_no_halves() -> None:
    assert halves("10.0.0.0/31") == ("10.0.0.0/32", "10.0.0.1/32")
    assert halves("10.0.0.0/32") == ()
