from datetime import UTC, datetime
from itertools import pairwise

import pytest

from nlp.entities import find_entities
from nlp.model import Entity, EntityType, Text
from nlp.models import tokens
from nlp.registry import Registry

DAY = datetime(2019, 6, 1, tzinfo=UTC)


def read(text: str, *, lang: str = "en", title: str = "") -> tuple[Entity, ...]:
    doc = tokens(text, "en") if lang == "en" else None
    return find_entities(Text(id="t", text=text, title=title, lang=lang, published=DAY), doc, Registry.load())


def ids(text: str, *, lang: str = "en", title: str = "") -> dict[str, str | None]:
    return {entity.text: entity.id for entity in read(text, lang=lang, title=title)}


def test_offsets_point_at_the_words() -> None:
    text = "Zayo (AS6461) cut its session with RETN in Vienna, said Ann Example of Kentik."
    entities = read(text)
    assert [text[e.start : e.end] for e in entities] == [e.text for e in entities]
    assert all(a.end <= b.start for a, b in pairwise(entities))


def test_a_company_that_no_table_knows_is_linked_by_the_number_beside_it() -> None:
    found = ids("Quux Fibre (AS64500) and AS64501 (Blorb Net) lost routes. Quux Fibre came back.")
    assert found["Quux Fibre"] == "AS64500"
    assert found["Blorb Net"] == "AS64501"


def test_an_alias_that_the_text_declares_is_linked_everywhere() -> None:
    found = read("Zork Backbone Networks (ZBN, AS64500) is new. Traffic through ZBN grew in Peru.")
    assert [e.id for e in found if e.text == "ZBN"] == ["AS64500", "AS64500"]


def test_a_short_name_needs_support() -> None:
    assert ids("The provider TTK carried the routes of Mongolia.")["TTK"] is None
    assert ids("The provider TTK carried the routes of Russia.")["TTK"] == "AS20485"
    assert ids("TransTeleCom said that TTK carried the routes.")["TTK"] == "AS20485"


def test_an_unsupported_name_says_what_it_could_be() -> None:
    entity = next(e for e in read("The provider TTK carried the routes of Mongolia.") if e.text == "TTK")
    assert entity.candidates == ("AS20485",)
    assert entity.reason == "ambiguous"


def test_a_brand_is_the_company_of_the_country_beside_it() -> None:
    assert ids("Subscribers of Orange in Mali lost service.")["Orange"] == "AS30985"
    assert ids("MTN Uganda and Zain Kuwait were cut.") == {"MTN Uganda": "AS20294", "Zain Kuwait": "AS42961"}


def test_a_number_that_slips_from_the_name_beside_it_stays_and_is_marked() -> None:
    entities = {e.text: e for e in read("Turk Telekom (AS9112) withdrew its routes.")}
    assert (entities["AS9112"].id, entities["AS9112"].likely) == ("AS9112", "AS9121")
    assert entities["Turk Telekom"].id == "AS9121"


def test_another_number_of_the_company_is_believed() -> None:
    entities = {e.text: e for e in read("TransTeleCom (AS8427) withdrew its routes.")}
    assert (entities["AS8427"].likely, entities["TransTeleCom"].id) == (None, "AS8427")


def test_a_capital_that_acts_is_its_government() -> None:
    found = read("Ankara denied the order. The cable lands near Athens.")
    assert {e.text: (e.type, e.id) for e in found} == {
        "Ankara": (EntityType.PLACE, "TR"),
        "Athens": (EntityType.PLACE, "place:athens"),
    }


def test_a_state_behind_its_town_is_no_country() -> None:
    assert ids("A network in Atlanta, Georgia, failed.") == {"Atlanta, Georgia": "place:atlanta"}
    assert ids("A network in Georgia failed.") == {"Georgia": "GE"}


def test_a_surname_is_the_person_introduced_before() -> None:
    found = ids("The cut was confirmed by Maria Keller, an engineer at Swisscom. Keller said that it was mended.")
    assert found["Keller"] == found["Maria Keller"] == "person:maria-keller"


@pytest.mark.parametrize("name", ["UTC", "BGP", "DNS"])
def test_protocols_and_zones_are_no_companies(name: str) -> None:
    assert name not in ids(f"At 10:47 {name} sessions fell and {name} was blamed by Lumen.")


@pytest.mark.parametrize("name", ["AAE-1", "AAE1", "SEA-ME-WE 4", "SeaMeWe-4"])
def test_cables_are_met_however_they_are_written(name: str) -> None:
    first = read(f"A cut of {name} slowed Oman.")[0]
    assert (first.text, first.type) == (name, EntityType.CABLE)


def test_other_languages_are_read_without_a_model() -> None:
    assert ids("Ростелеком и ТрансТелеКом (ТТК) вернули связь жителям Казахстана. Сеть ТТК цела.", lang="ru") == {
        "Ростелеком": "AS12389",
        "ТрансТелеКом": "AS20485",
        "ТТК": "AS20485",
        "Казахстана": "KZ",
    }
    assert ids("L'opérateur sénégalais Sonatel a perdu ses routes vers l'Allemagne.", lang="fr") == {
        "sénégalais": "SN",
        "Sonatel": "AS8346",
        "Allemagne": "DE",
    }


def test_a_company_outside_the_tables_is_linked_by_its_holders_name_and_country() -> None:
    registry = Registry.load()
    assert registry.networks_named("Radiobaylanys", "KZ") == ("AS29046",)
    assert ids("The provider Radiobaylanys lost its routes in Kazakhstan.")["Radiobaylanys"] == "AS29046"
    assert ids("The provider Radiobaylanys lost its routes in Peru.")["Radiobaylanys"] is None


def test_a_service_in_latin_letters_is_meant_in_a_text_of_another_script() -> None:
    assert ids("Роскомнадзор заблокировал мессенджер Signal.", lang="ru")["Signal"] == "org:signal"


def test_a_text_that_names_no_country_is_of_its_language_s() -> None:
    assert ids("Bei Vodafone ist das Festnetz ausgefallen.", lang="de")["Vodafone"] == "AS3209"
    assert ids("In Ägypten ist das Netz von Vodafone ausgefallen.", lang="de")["Vodafone"] == "AS24835"
