import shutil
from pathlib import Path

import pytest

from crawler.errors import Permanent
from nlp import tables
from nlp.doubts import misfits
from nlp.entities import find_entities
from nlp.entries import Entry
from nlp.mentions import Names
from nlp.model import EntityType, Text
from nlp.models import tokens
from nlp.registry import Registry

ORDINARY = (
    "The marea was high at noon and the boats came in.",
    "Jupiter's moons were first seen with a telescope, and Apollo 11 landed on ours.",
    "They promised a faster service, faster cable television and faster repairs to all customers.",
    "A unity government was formed in Libya. Unity is strength, said the minister.",
    "The ace of the team is a falcon among pigeons. A Falcon 9 rocket rose at dawn.",
    "Sat 3 May and Sat 2 June are free. Columbus 2, Toronto 1. Danice sang; the ECFS took comments from Akorn.",
    "Grace Hopper wrote the first compiler. Marie Curie and Henry Dunant won prizes.",
    "Peace talks between Georgia and Russia began in Geneva; the China-US summit follows.",
    "Medusa turned men to stone, Poseidon ruled the sea and Hannibal crossed the Alps.",
    "The topaz, the apricot and the echo of an old song. Echo answered.",
    "Italy beat Greece 2-1 and Finland-Estonia 2 ended in a draw. Bahamas 2, Haiti 0.",
    "Safe cable routes matter. Share this story. Teams went out. Yellow cable ties held it.",
    "The MENA region grew; the Ionian Sea was calm; Saudi Vision 2030 was praised.",
    "Alexander von Humboldt sailed on. Equiano was born in 1745. Monet painted the lilies.",
)
CABLES = (
    ("The Jupiter cable was cut off Oregon.", "cable:jupiter"),
    ("A fault on the Apollo submarine cable slowed traffic.", "cable:apollo"),
    ("Google's Grace Hopper subsea cable lands in Bude.", "cable:grace-hopper"),
    ("The Marea cable lands in Bilbao.", "cable:marea"),
    ("Repairs of the PEACE cable system took weeks.", "cable:peace"),
    ("The ACE cable was damaged near Dakar.", "cable:ace"),
    ("The Africa Coast to Europe system was damaged.", "cable:ace"),
    ("The FASTER cable system lost a repeater.", "cable:faster"),
    ("The Unity undersea cable is back.", "cable:unity"),
    ("SMW5 and other systems carried it.", "cable:smw5"),
    ("SeaMeWe-5 and other systems carried it.", "cable:smw5"),
    ("SEA-ME-WE 5 and other systems carried it.", "cable:smw5"),
    ("The Georgia-Russia submarine cable was out of service.", "cable:georgia-russia"),
    ("The C-Lion1 cable was severed.", "cable:c-lion1"),
    ("The SAT-3 cable broke off Abidjan.", "cable:sat-3"),
    ("SAT-3/WASC broke off Abidjan.", "cable:sat-3"),
    ("Traffic of the FALCON cable moved to others.", "cable:falcon"),
    ("The 2Africa cable landed in Yanbu.", "cable:2africa"),
    ("A ship hit the SHEFA-2 cable.", "cable:shefa-2"),
    ("The Southern Cross NEXT cable was switched on.", "cable:southern-cross-next"),
    ("The TAT-14 cable was retired.", "cable:tat-14"),
)


def cables() -> list[Entry]:
    return [e for e in Registry.load().entries.values() if e.type is EntityType.CABLE]


def linked(text: str) -> set[str]:
    """Ids of the cables that are found in an English text."""
    found = find_entities(Text(id="t", text=text, lang="en"), tokens(text, "en"), Registry.load())
    return {e.id for e in found if e.type is EntityType.CABLE and e.id}


def unmarked(text: str) -> set[str]:
    """Ids of the cables whose name stands in the text without needing anything else."""
    found = Names.of(Registry.load()).find(text, "en")
    return {a.id for name in found for a in name.aliases if a.type is EntityType.CABLE and not a.flag}


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_words_and_people_are_no_cables(text: str) -> None:
    assert unmarked(text) == set()
    assert linked(text) == set()


@pytest.mark.parametrize(("text", "cable"), CABLES)
def test_a_cable_is_met_in_a_sentence_about_it(text: str, cable: str) -> None:
    assert linked(text) == {cable}


def test_a_short_name_is_linked_beside_other_cables() -> None:
    assert linked("Damage to SEA-ME-WE 4, IMEWE and FALCON slowed traffic.") == {
        "cable:sea-me-we-4",
        "cable:imewe",
        "cable:falcon",
    }
    assert linked("WACS, ACE and SAT-3 were cut on the same day.") == {"cable:wacs", "cable:ace", "cable:sat-3"}
    assert linked("The Dunant cable lands in France. Dunant was built in 2020.") == {"cable:dunant"}


def test_the_registry_knows_the_worlds_cables() -> None:
    known = cables()
    assert len(known) >= 420
    assert all(cable.landings for cable in known)
    assert sum(bool(cable.owners) for cable in known) >= 0.75 * len(known)
    assert sum(cable.since is not None for cable in known) >= 0.6 * len(known)
    assert len({code for cable in known for code in cable.landings}) >= 150


def test_a_cable_has_its_countries_owners_and_years() -> None:
    cable = Registry.load()["cable:tat-14"]
    assert set(cable.landings) == {"US", "GB", "FR", "NL", "DE", "DK"}
    assert "BT" in cable.owners
    assert (cable.since, cable.until) == (2001, 2020)
    planned = Registry.load()["cable:medusa"]
    assert (planned.since, planned.until) == (None, None)


def test_exchanges_of_every_region_have_their_country() -> None:
    known = [e for e in Registry.load().entries.values() if e.type is EntityType.IXP]
    assert len(known) >= 120
    assert {"BR", "KE", "JP", "DE", "AU", "US", "IN", "EG", "RU"} <= {e.country for e in known}
    assert all(e.country for e in known)


@pytest.mark.parametrize(
    ("table", "row", "message"),
    [
        ("cables", "cable:x\tXyzzy-1\t\tXX\t\t\t\tours", "no country"),
        ("cables", "cable:x\tXyzzy-1\t\tFR; UK\t\t\t\tours", "no country"),
        ("cables", "cable:x\tXyzzy-1\t\tFR\t\tsoon\t\tours", "since is 'soon'"),
        ("cables", "cable:x\tXyzzy-1\t\tFR\t\t1492\t\tours", "since is '1492'"),
        ("cables", "cable:x\tXyzzy-1\t\tFR\t\t2001\t1999\tours", "retired in 1999"),
        ("cables", "cable:tat-14\tXyzzy-1\t\tFR\t\t\t\tours", "taken"),
        ("cables", "cable:x\ttat 14\t\tFR\t\t\t\tours", "taken"),
        ("cables", "cable:x\tXyzzy-1\tSMW5?\tFR\t\t\t\tours", "taken"),
        ("ixps", "ixp:x\tXyzzy-IX\tXX\t\t\tours", "no country"),
        ("ixps", "ixp:x\tAMSIX\tNL\t\t\tours", "taken"),
    ],
)
def test_a_row_that_does_not_fit_is_told_by_file_and_line(tmp_path: Path, table: str, row: str, message: str) -> None:
    for source in tables.DATA.glob("*.tsv"):
        shutil.copy(source, tmp_path)
    with (tmp_path / f"{table}.tsv").open("a", encoding="utf-8") as out:
        out.write(row + "\n")
    line = len((tmp_path / f"{table}.tsv").read_text(encoding="utf-8").splitlines())
    with pytest.raises(Permanent) as error:
        Registry.load(tmp_path)
    assert message in error.value.message
    assert f"{table}.tsv:{line}" in error.value.subject


def test_owners_may_be_unknown(tmp_path: Path) -> None:
    for source in tables.DATA.glob("*.tsv"):
        shutil.copy(source, tmp_path)
    with (tmp_path / "cables.tsv").open("a", encoding="utf-8") as out:
        out.write("cable:xyzzy\tXyzzy-1\t\tFR; GB\t\t\t\tours\n")
    assert Registry.load(tmp_path)["cable:xyzzy"].landings == ("FR", "GB")


def test_every_row_fits_the_other_tables() -> None:
    assert misfits(Registry.load()) == []


def test_an_owner_written_otherwise_than_the_operators_table_is_listed(tmp_path: Path) -> None:
    for source in tables.DATA.glob("*.tsv"):
        shutil.copy(source, tmp_path)
    with (tmp_path / "cables.tsv").open("a", encoding="utf-8") as out:
        out.write("cable:xyzzy\tXyzzy-1\t\t\tTTK\t\t\tours\n")
        out.write("cable:xyzzy-2\tPlugh-2\t\tFR\tTranstelecom; aqua comms\t\t\tours\n")
    found = {(row, column, said) for row, column, said, _ in misfits(Registry.load(tmp_path))}
    assert ("cable:xyzzy", "landings", "Xyzzy-1") in found
    assert ("cable:xyzzy-2", "owner", "aqua comms") in found
