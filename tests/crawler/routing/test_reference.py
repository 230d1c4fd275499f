from crawler.routing.reference import Reference

REFERENCE = Reference.load()


def test_the_snapshot_names_the_networks_of_the_world() -> None:
    assert len(REFERENCE) >= 90_000
    assert REFERENCE.name(20485) == "Joint Stock Company TransTeleCom"
    assert REFERENCE.name(64512) is None
    assert REFERENCE.date.isoformat() == "2026-06-17"


def test_most_networks_have_a_country() -> None:
    countries = {country for asn in (20485, 4837, 3356, 17557) if (country := REFERENCE.country(asn))}
    assert countries == {"RU", "CN", "US", "PK"}
    assert sum(REFERENCE.country(asn) is not None for asn in range(1, 410_000)) >= 85_000


def test_a_country_with_one_network_is_told_from_one_with_many() -> None:
    assert REFERENCE.sole_network("KP") == 131279
    assert REFERENCE.networks("kp") == (131279,)
    assert REFERENCE.sole_network("RU") is None
    assert REFERENCE.sole_network("XX") is None


def test_transit_free_networks_depend_on_the_year() -> None:
    assert 3561 in REFERENCE.transit_free(2008)
    assert 3561 not in REFERENCE.transit_free(2021)
    assert 3356 in REFERENCE.transit_free(2021)
