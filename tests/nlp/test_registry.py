import shutil
from pathlib import Path

import pytest

from crawler.errors import Permanent
from crawler.routing.reference import Reference
from nlp import tables
from nlp.model import Entity, EntityType
from nlp.registry import Registry


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.load()


def test_an_operator_has_its_names_country_and_number(registry: Registry) -> None:
    assert registry.name("AS20485") == "TransTeleCom"
    assert {"TTK", "ТрансТелеКом", "Transtelecom"} <= set(registry.aliases("AS20485"))
    assert registry.country_of("AS20485") == "RU"


def test_a_number_without_a_row_shows_its_holder(registry: Registry) -> None:
    assert registry.name("AS5543") == "Joint Stock Company TransTeleCom"
    assert registry.name("org:nobody") == "org:nobody"
    assert registry.aliases("org:nobody") == ()


def test_only_a_country_with_one_network_has_a_sole_network(registry: Registry) -> None:
    assert registry.sole_network("KP") == "AS131279"
    assert registry.sole_network("RU") is None
    assert "delegations of 20" in registry.sole_network_reason("KP")


@pytest.mark.parametrize(
    ("entity_id", "zone"),
    [
        ("KP", "Asia/Pyongyang"),
        ("place:kyiv", "Europe/Kyiv"),
        ("UA", "Europe/Kyiv"),
        ("US", None),
        ("region:africa", None),
    ],
)
def test_zones(registry: Registry, entity_id: str, zone: str | None) -> None:
    entity = Entity(text="x", type=EntityType.PLACE, start=0, end=1, id=entity_id)
    assert registry.zone_of(entity) == zone


def test_monitors_tell_and_operators_do_not(registry: Registry) -> None:
    assert registry.is_monitor("org:kentik")
    assert registry.is_monitor("org:ripe-ncc")
    assert not registry.is_monitor("AS20485")
    assert not registry.is_monitor("AS1")


def test_every_id_has_one_row() -> None:
    for name, key in (("operators", "asn"), ("orgs", "id"), ("cables", "id"), ("ixps", "id")):
        columns = tuple((tables.DATA / f"{name}.tsv").read_text(encoding="utf-8").splitlines()[0].split("\t"))
        ids = [row[key] for row in tables.rows(f"{name}.tsv", columns)]
        assert len(ids) == len(set(ids)), name


def test_a_bad_row_is_told_by_file_and_line(tmp_path: Path) -> None:
    for table in tables.DATA.glob("*.tsv"):
        shutil.copy(table, tmp_path)
    with (tmp_path / "cables.tsv").open("a", encoding="utf-8") as out:
        out.write("cable:x\tX\n")
    line = len((tmp_path / "cables.tsv").read_text(encoding="utf-8").splitlines())
    with pytest.raises(Permanent) as error:
        Registry.load(tmp_path)
    assert f"cables.tsv:{line}" in error.value.subject
    assert error.value.remedy


def test_countries_of_operators_agree_with_the_delegations(registry: Registry) -> None:
    reference = Reference.load()
    operators = [entry for entry in registry.entries.values() if entry.kind == "operator"]
    apart = [e.id for e in operators if (c := reference.country(int(e.id[2:]))) and c != e.country]
    assert len(operators) >= 200
    assert len(apart) < len(operators) / 20, apart
