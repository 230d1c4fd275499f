"""What is known of who sells transit: the table that ships, and what PeeringDB and CAIDA change in it."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.routing.knowledge import Market, Trade
from crawler.routing.reference import bundle
from crawler.routing.reference.known import Reference
from tests.crawler.routing.referencefiles import as_org, peeringdb, put

MOMENT = datetime(2021, 2, 11, 12, tzinfo=UTC)


def market(folder: Path | None = None, moment: datetime = MOMENT) -> Market:
    known = Reference.load(folder).knowledge(moment).market
    assert known is not None
    return known


def words(name: str) -> set[str]:
    return set(re.findall(r"[a-z0-9]{2,}", name.lower()))


def test_each_row_has_the_name_that_the_registries_print_or_says_why_not() -> None:
    reference = Reference.load()
    wrong = [
        (asn, row.name, reference.name(asn))
        for asn, row in bundle.trade().items()
        if row.note == "-" and not words(row.name) & words(reference.name(asn) or "")
    ]
    assert wrong == []


def test_rows_are_in_order_and_a_region_is_named_where_one_is_meant() -> None:
    rows = bundle.trade()
    assert list(rows) == sorted(rows)
    assert all(bool(row.regions) == (row.trade is Trade.REGION) for row in rows.values())
    assert {region for row in rows.values() for region in row.regions} == {"AF", "AS", "EU", "ME", "NA", "OC", "SA"}
    assert len(rows) > 500


def test_the_kinds_of_well_known_networks() -> None:
    kinds = {asn: market().trade(asn) for asn in (6939, 9002, 4766, 4788, 15169, 14907, 13335, 19551, 5459, 131279)}
    assert kinds == {
        6939: Trade.CARRIER,
        9002: Trade.CARRIER,
        4766: Trade.WORLD,
        4788: Trade.REGION,
        15169: Trade.GIANT,
        14907: Trade.CONTENT,
        13335: Trade.CLOUD,
        19551: Trade.OTHER,
        5459: Trade.EXCHANGE,
        131279: None,
    }


def test_a_transit_free_network_of_another_year_is_a_carrier() -> None:
    assert 3320 not in bundle.transit_free(2003)
    assert market(moment=datetime(2003, 1, 1, tzinfo=UTC)).trade(3320) is Trade.CARRIER


def test_before_its_first_year_a_row_is_no_reason_for_anything() -> None:
    assert market(moment=datetime(2004, 1, 1, tzinfo=UTC)).trade(9002) is Trade.SELLER


def test_sizes_are_those_of_the_announced_addresses() -> None:
    assert market().size(15169) == pytest.approx(21.2)
    assert market().size(21217) == pytest.approx(13.0)
    assert market().size(64512) is None


def test_regions_are_the_tables_else_the_countrys() -> None:
    assert market().regions(4788) == {"AS"}
    assert market().regions(131279) == {"AS"}
    assert market().regions(21217) == {"EU"}
    assert market().regions(64512) == set()


def test_every_country_of_the_bundle_has_a_region() -> None:
    reference = Reference.load()
    homes = {country: reference.networks(country)[0] for country in _countries(reference)}
    without = {country for country, asn in homes.items() if asn not in bundle.trade() and not market().regions(asn)}
    assert without <= {"EU", "AP", "AQ", "ZZ"}


def _countries(reference: Reference) -> set[str]:
    return {country for asn in bundle.networks() if (country := reference.country(asn))}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (15169, 396982, True),  # Google LLC
        (4134, 4837, False),  # Chinanet, CHINA UNICOM
        (4809, 36678, True),  # China Telecom, in both
        (4788, 2119, False),
        (3356, 3549, True),  # Level 3
        (701, 1299, False),
        (22927, 7303, False),  # Telefonica de Argentina, Telecom Argentina
        (2119, 8434, True),  # Telenor in Norway and in Sweden
        (64512, 64513, False),
    ],
)
def test_networks_whose_names_begin_alike_are_siblings(one: int, other: int, same: bool) -> None:
    assert market().siblings(one, other) is same
    assert market().siblings(other, one) is same


def test_caidas_organisations_tell_siblings_too(tmp_path: Path) -> None:
    put(tmp_path, "organisations", "2026-10-01.txt.gz", as_org())
    assert market(tmp_path).siblings(64500, 64501)
    assert not market().siblings(64500, 64501)


def test_what_a_network_says_at_peeringdb_goes_before_the_table(tmp_path: Path) -> None:
    told = {64500: "NSP", 64501: "Content", 64502: "Cable/DSL/ISP", 64503: "Route Server", 6939: "NSP", 15169: "NSP"}
    rows = [{"asn": asn, "name": "n", "info_type": kind} for asn, kind in told.items()]
    put(tmp_path, "peeringdb", "2026-11-22.net.json", peeringdb(rows))
    known = market(tmp_path)
    assert {asn: known.trade(asn) for asn in told} == {
        64500: Trade.SELLER,
        64501: Trade.CONTENT,
        64502: None,
        64503: Trade.EXCHANGE,
        6939: Trade.CARRIER,
        15169: Trade.OTHER,  # the two contradict each other
    }
    assert known.source == (
        "PeeringDB's info_type, 2026-11-22; else a list of who sells transit, compiled by hand (2026-11-22), as of 2021"
    )


def test_the_sources_are_told_with_their_days() -> None:
    assert market().source == "a list of who sells transit, compiled by hand (2026-11-22), as of 2021"
    assert market().size_source == "IPv4 addresses announced on 2026-06-17 (bundled)"
