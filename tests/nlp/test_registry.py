import re
import shutil
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.errors import Permanent
from crawler.routing.reference.known import Reference
from nlp import tables
from nlp.doubts import doubts
from nlp.entities import find_entities
from nlp.entries import COLUMNS
from nlp.mentions import fold
from nlp.model import Entity, EntityType, Text
from nlp.models import tokens
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
    assert registry.sole_network("FR") is None
    assert registry.sole_network_reason("KP").startswith("only network of KP by the delegations of 20")


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


def operators() -> list[tables.Row]:
    return list(tables.rows("operators.tsv", COLUMNS["operators"]))


def test_what_the_bundled_names_and_countries_do_not_bear_out_is_explained() -> None:
    assert list(doubts(operators(), Reference.load())) == []


def row_of(**cells: str) -> tables.Row:
    return tables.Row("operators.tsv:2", {"aliases": "", "other_asns": "", "parent": "", "note": "", **cells})


def test_a_row_that_is_not_borne_out_is_listed_until_its_note_says_why() -> None:
    reference = Reference.load()
    wrong = {"asn": "20485", "name": "Quux Fibre", "country": "FR", "other_asns": "6939"}
    assert [doubt[1:] for doubt in doubts([row_of(**wrong)], reference)] == [
        ("name", "Quux Fibre", "Joint Stock Company TransTeleCom"),
        ("country", "FR", "RU"),
        ("other number", "AS6939", "Hurricane Electric LLC"),
    ]
    assert not list(doubts([row_of(**wrong, note="bought and moved")], reference))


def test_the_words_of_a_country_do_not_bear_a_name_out() -> None:
    wrong = row_of(asn="37094", name="Lonestar Liberia", country="LR")
    assert [doubt[1] for doubt in doubts([wrong], Reference.load())] == ["name"]


def test_there_are_operators_of_every_region_each_with_its_source() -> None:
    rows = operators()
    assert len(rows) >= 1050
    assert all(row["source"] for row in rows)


def test_every_parent_has_a_row(registry: Registry) -> None:
    parents = {entry.parent for entry in registry.entries.values() if entry.parent}
    assert parents <= set(registry.entries)


def test_a_name_that_needs_no_support_is_one_operators(registry: Registry) -> None:
    owners: dict[str, set[str]] = {}
    for alias in registry.names:
        if re.fullmatch(r"AS\d+", alias.id) and not alias.flag:
            owners.setdefault(fold(alias.text), set()).add(alias.id)
    assert {name: ids for name, ids in owners.items() if len(ids) > 1} == {}


def test_a_brand_is_one_company_in_each_country(registry: Registry) -> None:
    brands = {
        (fold(alias.text), registry.country_of(alias.id), alias.id) for alias in registry.names if alias.flag == "^"
    }
    assert [pair for pair, times in Counter((name, land) for name, land, _ in brands).items() if times > 1] == []


def linked(text: str) -> dict[str, str | None]:
    found = Text(id="t", text=text, title="", lang="en", published=datetime(2024, 6, 1, tzinfo=UTC))
    return {e.text: e.id for e in find_entities(found, tokens(text, "en"), Registry.load()) if e.type is EntityType.ORG}


TRAPS = [
    ("Orange", "Orange trees line the road to the lighthouse.", "Poland", "AS5617"),
    ("Orange", "The code turned from yellow to Orange within minutes.", "Tunisia", "AS37492"),
    ("Orange", "Orange juice was served to the engineers.", "Botswana", "AS36963"),
    ("Claro", "Claro is what the poet called the light of the morning.", "Peru", "AS12252"),
    ("Movistar", "Riders of the Movistar team won the last stage.", "Ecuador", "AS19114"),
    ("Ooredoo", "The club wears the name of Ooredoo on its shirts.", "Oman", "AS50010"),
    ("Zain", "Zain, twelve years old, plays the lead in the film.", "Iraq", "AS59588"),
    ("Digicel", "The cricket series bore the name of Digicel for years.", "Suriname", "AS52398"),
    ("Free", "Free tickets were handed out at the gate.", "Senegal", "AS37649"),
    ("Free", "Free software was what the group had in mind.", "France", "AS12322"),
    ("Play", "Play was stopped twice because of rain.", "Poland", "AS39603"),
    ("Bell", "Bell rang twice before the session began.", "Canada", "AS577"),
    ("Smart", "Smart buildings need fewer switches.", "the Philippines", "AS10139"),
    ("Globe", "Globe lamps hung over the tables.", "the Philippines", "AS4775"),
    ("True", "True or not, the rumour spread.", "Thailand", "AS7470"),
    ("Flow", "Flow charts covered the wall of the control room.", "Barbados", "AS14813"),
    ("Viva", "Viva voce examinations were held in June.", "Bolivia", "AS28024"),
    ("Nova", "Nova is the word for a star that flares up.", "Greece", "AS1241"),
    ("Bite", "Bite marks were found on the wire.", "Latvia", "AS20910"),
    ("Unitel", "The former Unitel building is now a school.", "Laos", "AS131267"),
    ("Tigo", "Tigo, the cat of the caretaker, slept on the rack.", "Colombia", "AS13489"),
    ("Converge", "Converge the two paths and compare the times.", "the Philippines", "AS17639"),
    ("Fusion", "Fusion energy was the subject of the lecture.", "Palestine", "AS42314"),
    ("Partner", "Partner organisations sent their comments by May.", "Israel", "AS12400"),
    ("Salt", "Salt water had entered the housing.", "Switzerland", "AS15796"),
    ("Magenta", "Magenta ink had run out in the printer.", "Austria", "AS8412"),
    ("Beeline", "Beeline is the shortest way between two points.", "Uzbekistan", "AS41202"),
    ("Spark", "Spark plugs and batteries were replaced.", "New Zealand", "AS4771"),
    ("Jazz", "Jazz was played in the yard until midnight.", "Pakistan", "AS45669"),
    ("Dialog", "Dialog boxes asked the user to wait.", "Sri Lanka", "AS18001"),
    ("Sunrise", "Sunrise was at six, and the divers went down.", "Switzerland", "AS6730"),
    ("Mobitel", "The Mobitel handset of the exhibition dates from 1989.", "Sri Lanka", "AS45356"),
    ("Entel", "The tower that everybody calls Entel is a landmark.", "Peru", "AS21575"),
    ("Telkom", "The word Telkom stood on the old handset.", "Kenya", "AS12455"),
    ("Altice", "The stadium was called Altice for some years.", "the Dominican Republic", "AS28118"),
    ("Epic", "Epic poems are told by heart in the valley.", "Malta", "AS33874"),
    ("Hutch", "Hutch doors were left open and the rabbits ran.", "Sri Lanka", "AS132447"),
    ("Kakao", "Kakao is the German word for cocoa.", "South Korea", "AS38099"),
    ("Neotel", "A Neotel telephone card was found in the drawer.", "North Macedonia", "AS34772"),
    ("Tele2", "The race was sponsored by Tele2 in its first years.", "Kazakhstan", "AS48503"),
    ("MTS", "The MTS format holds video of older cameras.", "Belarus", "AS25106"),
    ("STC", "The abbreviation STC stands for sound transmission class.", "Saudi Arabia", "AS39386"),
    ("BTC", "The price of BTC fell again on Monday.", "the Bahamas", "AS8014"),
    ("Inter", "Inter drew at home on Sunday.", "Venezuela", "AS21826"),
    ("O2", "The O2 sensor of the engine failed.", "Slovakia", "AS28952"),
    ("A1", "The A1 motorway was closed for an hour.", "Slovenia", "AS21283"),
    ("Glo", "Glo in the dark stickers marked the exits.", "Nigeria", "AS37148"),
    ("Vi", "Vi and Emacs were compared at length.", "India", "AS55410"),
    ("Oi", "Oi was all that the guard said.", "Brazil", "AS7738"),
    ("Lonestar", "A Lonestar steak house opened opposite.", "Liberia", "AS37410"),
]


@pytest.mark.parametrize(("name", "ordinary", "country", "asn"), TRAPS)
def test_a_common_name_is_an_operator_only_with_its_country(name: str, ordinary: str, country: str, asn: str) -> None:
    assert not any(linked(ordinary).values())
    assert linked(f"Traffic fell in {country}: {name} lost its routes.")[name] == asn


@pytest.mark.parametrize(
    ("text", "name", "asn"),
    [
        ("Vodafone said that its network in Portugal was attacked.", "Vodafone", "AS12353"),
        ("Airtel lost its routes in Rwanda.", "Airtel", "AS327707"),
        ("Airtel lost its routes.", "Airtel", "AS9498"),
        ("Telia in Estonia was cut off.", "Telia", "AS3249"),
        ("Lonestar Cell MTN of Liberia was attacked.", "Lonestar Cell MTN", "AS37410"),
        ("In Iran, MCI lost its routes.", "MCI", "AS197207"),
        ("In the United States, MCI lost its routes.", "MCI", "AS701"),
        ("The operator Cellfie in Georgia, once Beeline Georgia, was cut off.", "Beeline Georgia", "AS41738"),
    ],
)
def test_the_company_of_the_country_is_meant(text: str, name: str, asn: str) -> None:
    assert linked(text)[name] == asn


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Networks in Russia and Belarus were cut off for most of the day, and MTS told nothing.", "MTS"),
        ("Traffic in Chile, Peru and Bolivia fell for two hours after noon, as Entel admitted.", "Entel"),
        ("In France and in Belgium calls failed for hours, said Orange.", "Orange"),
        ("Users of Digi were cut off for most of the day, in Spain as in Romania.", "Digi"),
    ],
)
def test_a_brand_of_two_countries_in_the_text_is_not_guessed(text: str, name: str) -> None:
    assert linked(text).get(name) is None


@pytest.mark.parametrize(
    ("text", "lang", "name", "asn"),
    [
        ("Оператор Кселл остался без связи.", "ru", "Кселл", "AS29355"),
        ("Сбой у МегаФона и Таттелекома.", "ru", "Таттелекома", "AS28840"),
        ("انقطعت خدمة سيريتل صباح اليوم", "ar", "سيريتل", "AS48065"),
        ("اختلال در همراه اول گزارش شد", "fa", "همراه اول", "AS197207"),
        ("腾讯的服务中断", "zh", "腾讯", "AS45090"),
        ("네이버 접속 장애", "ko", "네이버", "AS23576"),
        ("ドコモの通信障害", "ja", "ドコモ", "AS9605"),
        ("სილქნეტი გაითიშა", "ka", "სილქნეტი", "AS35805"),
        ("תקלה ברשת של פרטנר", "he", "פרטנר", "AS12400"),
        ("ኢትዮ ቴሌኮም አገልግሎት ተቋርጧል", "am", "ኢትዮ ቴሌኮም", "AS24757"),
    ],
)
def test_operators_are_met_in_their_own_script(text: str, lang: str, name: str, asn: str) -> None:
    found = Text(id="t", text=text, title="", lang=lang, published=datetime(2024, 6, 1, tzinfo=UTC))
    assert {e.text: e.id for e in find_entities(found, None, Registry.load())}.get(name) == asn
