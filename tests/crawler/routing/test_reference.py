from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.errors import Permanent
from crawler.routing.knowledge import Relationship, Validity
from crawler.routing.reference.known import Reference
from tests.crawler.routing.referencefiles import (
    AS_NAMES,
    as_org,
    as_rel,
    delegated,
    peeringdb,
    put,
    roas_csv,
    vrps_json,
)

REFERENCE = Reference.load()
BUNDLED_FREE = "the bundled list of transit-free networks (2026-11-22), as of 2021"
MOMENT = datetime(2021, 2, 11, 12, tzinfo=UTC)


def test_the_snapshot_names_the_networks_of_the_world() -> None:
    assert len(REFERENCE) >= 90_000
    assert sum(REFERENCE.name(asn) is not None for asn in range(1, 410_000)) >= 90_000
    assert REFERENCE.name(20485) == "Joint Stock Company TransTeleCom"
    assert REFERENCE.name(64512) is None
    assert REFERENCE.date.isoformat() == "2026-06-17"


def test_most_networks_have_a_country() -> None:
    countries = {country for asn in (20485, 4837, 3356, 17557) if (country := REFERENCE.country(asn))}
    assert countries == {"RU", "CN", "US", "PK"}
    assert sum(REFERENCE.country(asn) is not None for asn in range(1, 410_000)) >= 85_000


def test_a_country_with_one_network_is_told_from_one_with_many() -> None:
    assert REFERENCE.sole_network("KP") == 131279
    assert REFERENCE.sole_network("RU") is None
    assert len(REFERENCE.networks("ru")) > 3000
    assert REFERENCE.networks("XX") == ()


def test_a_network_buys_no_transit_in_its_years_only() -> None:
    assert 701 in REFERENCE.transit_free(1999)
    assert 3561 in REFERENCE.transit_free(2005)
    assert 3561 not in REFERENCE.transit_free(2020)
    assert 3491 not in REFERENCE.transit_free(2016)
    assert {174, 3491, 12956} < REFERENCE.transit_free(2021)


def test_without_files_the_bundle_serves_and_says_so(tmp_path: Path) -> None:
    reference = Reference.load(tmp_path / "not there")
    assert reference.name(20485) == REFERENCE.name(20485)
    assert reference.organisation(20485) is None
    assert reference.peeringdb(20485) is None
    knowledge = reference.knowledge(MOMENT)
    assert knowledge.relations is None
    assert knowledge.vrps is None
    assert 1299 in knowledge.transit_free
    assert knowledge.transit_free_source == BUNDLED_FREE
    assert knowledge.country_source == "where a network's addresses lay on 2026-06-17 (bundled)"
    assert knowledge.networks_of("KP") == (131279,)


def test_fetched_names_are_preferred_where_they_are_newer(tmp_path: Path) -> None:
    put(tmp_path, "as-names", "2026-11-22.txt", AS_NAMES + "20485 TTK-AS Newer Name, RU\n")
    reference = Reference.load(tmp_path)
    assert reference.name(64500) == "EXAMPLE-NET Example, Inc."
    assert reference.name(20485) == "TTK-AS Newer Name"
    assert reference.name(3356) == REFERENCE.name(3356)
    assert reference.name(64496) is None
    assert (reference.country(64500), reference.country(64501)) == ("DE", None)
    assert reference.names_source.startswith("RIPE NCC's AS names, 2026-11-22; else names bundled")


def test_older_names_are_not(tmp_path: Path) -> None:
    put(tmp_path, "as-names", "2020-01-01.txt", "20485 OLD-NAME Former, RU\n")
    assert Reference.load(tmp_path).name(20485) == REFERENCE.name(20485)


def test_the_delegations_tell_the_country_and_their_day(tmp_path: Path) -> None:
    rows = [
        "ripencc|HU|asn|64500|2|20200101|allocated|abc",
        "ripencc|EU|asn|3356|1|19990826|assigned|def",
        "ripencc||asn|64510|5||available|",
        "ripencc|DE|ipv4|192.0.2.0|256|20200101|assigned|ghi",
    ]
    put(tmp_path, "as-names", "2026-11-22.txt", AS_NAMES)
    put(
        tmp_path,
        "delegations",
        "2026-11-20.ripencc.txt",
        delegated("ripencc", ["ripencc|FR|asn|64500|1|2020|assigned"]),
    )
    put(tmp_path, "delegations", "2026-11-21.ripencc.txt", delegated("ripencc", rows))
    reference = Reference.load(tmp_path)
    assert (reference.country(64500), reference.country(64501)) == ("HU", "HU")
    assert reference.country(64510) is None
    assert reference.country(3356) == "US"
    assert {64500, 64501} <= set(reference.networks("HU"))
    assert reference.country_source.startswith("the registries' delegations (ripencc 2026-11-21); else where")


def test_organisations_and_peeringdb_tell_who_runs_a_network(tmp_path: Path) -> None:
    put(tmp_path, "organisations", "2026-10-01.txt.gz", as_org())
    network = {"asn": 64500, "name": "Example", "aka": "ExNet, Ex / Old Example", "info_type": "NSP", "name_long": ""}
    put(tmp_path, "peeringdb", "2026-11-22.net.json", peeringdb([network, {"asn": 64501, "name": "Other"}]))
    reference = Reference.load(tmp_path)
    organisation = reference.organisation(64500)
    assert organisation is not None
    assert (organisation.name, organisation.country, organisation.asns) == ("Example, Inc.", "DE", (64500, 64501))
    assert reference.organisation(64503) is None
    found = reference.peeringdb(64500)
    assert found is not None
    assert (found.name, found.also, found.kind) == ("Example", ("ExNet", "Ex", "Old Example"), "NSP")
    assert found.exchanges == ()


def test_a_network_is_at_exchange_points(tmp_path: Path) -> None:
    present = [
        {"asn": 64500, "ix_id": 7},
        {"asn": 64500, "ix_id": 3},
        {"asn": 64500, "ix_id": 3},
        {"asn": 1, "ix_id": 9},
    ]
    put(tmp_path, "peeringdb", "2026-11-22.net.json", peeringdb([{"asn": 64500, "name": "Example"}]))
    put(
        tmp_path,
        "peeringdb",
        "2026-11-22.ix.json",
        peeringdb([{"id": 3, "name": "North-IX"}, {"id": 7, "name": "IX-A"}]),
    )
    put(tmp_path, "peeringdb", "2026-11-22.netixlan.json", peeringdb(present))
    found = Reference.load(tmp_path).peeringdb(64500)
    assert found is not None
    assert found.exchanges == ("IX-A", "North-IX")


def relationships(folder: Path, *days: str, clique: tuple[int, ...] = (64500, 64501)) -> None:
    for day in days:
        put(folder, "relationships", f"{day}.txt.bz2", as_rel(["64500|64510|-1|bgp"], clique))


def test_relationships_are_those_of_the_month(tmp_path: Path) -> None:
    relationships(tmp_path, "2021-01-01", "2021-02-01", "2021-03-01")
    knowledge = Reference.load(tmp_path).knowledge(MOMENT)
    assert knowledge.relations is not None
    assert knowledge.relations.source == "CAIDA AS relationships serial-2, 2021-02-01"
    assert knowledge.relations.between(64500, 64510) is Relationship.PROVIDER
    assert knowledge.transit_free == {64500, 64501}
    assert knowledge.transit_free_source == "the clique of CAIDA AS relationships serial-2, 2021-02-01"


@pytest.mark.parametrize(
    ("days", "source"),
    [
        (("2021-04-01",), "CAIDA AS relationships serial-2, 2021-04-01 (2 months after the time asked for)"),
        (
            ("2021-01-01", "2021-03-01"),
            "CAIDA AS relationships serial-2, 2021-01-01 (1 month before the time asked for)",
        ),
        (("2020-11-01",), "CAIDA AS relationships serial-2, 2020-11-01 (3 months before the time asked for)"),
        (("2020-10-01", "2021-06-01"), None),
    ],
)
def test_the_nearest_month_serves_and_says_so(tmp_path: Path, days: tuple[str, ...], source: str | None) -> None:
    relationships(tmp_path, *days)
    relations = Reference.load(tmp_path).relations(MOMENT)
    assert (relations.source if relations else None) == source


def test_a_file_with_its_publishers_own_name_is_found(tmp_path: Path) -> None:
    put(tmp_path, "relationships", "20210201.as-rel2.txt.bz2", as_rel(["1|2|0"], clique=()))
    put(tmp_path, "relationships", "README.txt", "not data")
    knowledge = Reference.load(tmp_path).knowledge(MOMENT)
    assert knowledge.relations is not None
    assert knowledge.relations.source.endswith("2021-02-01")
    assert knowledge.transit_free_source == BUNDLED_FREE


def test_payloads_are_those_of_the_day_from_all_trust_anchors(tmp_path: Path) -> None:
    put(tmp_path, "vrps", "2021-02-11.ripencc.csv.xz", roas_csv([(64500, "192.0.2.0/24", 24)]))
    put(tmp_path, "vrps", "2021-02-11.arin.csv.xz", roas_csv([(64501, "198.51.100.0/24", 24)]))
    put(tmp_path, "vrps", "2021-02-12.json", vrps_json([(64502, "192.0.2.0/24", 24)]))
    reference = Reference.load(tmp_path)
    vrps = reference.vrps(MOMENT)
    assert vrps is not None
    assert vrps.source == "VRPs by RIPE NCC, 2021-02-11 (without afrinic, apnic, lacnic)"
    assert vrps.validity("192.0.2.0/24", 64500) is Validity.VALID
    assert vrps.validity("198.51.100.0/24", 64500) is Validity.INVALID
    whole = reference.vrps(datetime(2021, 2, 14, tzinfo=UTC))
    assert whole is not None
    assert whole.source == "VRPs by rpki-client, 2021-02-12 (2 days before the time asked for)"
    assert reference.vrps(datetime(2021, 2, 20, tzinfo=UTC)) is None


def test_an_update_is_seen_at_the_next_load(tmp_path: Path) -> None:
    assert Reference.load(tmp_path).relations(MOMENT) is None
    relationships(tmp_path, "2021-02-01")
    assert Reference.load(tmp_path).relations(MOMENT) is not None


def test_a_cut_file_is_named(tmp_path: Path) -> None:
    path = put(tmp_path, "organisations", "2026-10-01.txt.gz", as_org()[:-9])
    with pytest.raises(Permanent, match="cannot be read whole") as caught:
        Reference.load(tmp_path).organisation(64500)
    assert caught.value.subject == str(path)


def test_a_link_to_nothing_is_no_file(tmp_path: Path) -> None:
    for kind, name in (("relationships", "2021-02-01.txt.bz2"), ("vrps", "2021-02-11.json")):
        (tmp_path / kind).mkdir()
        (tmp_path / kind / name).symlink_to(tmp_path / "nothing")
    knowledge = Reference.load(tmp_path).knowledge(datetime(2021, 2, 11, tzinfo=UTC))
    assert (knowledge.relations, knowledge.vrps) == (None, None)
