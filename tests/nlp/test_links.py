"""Which network a company's name means, and which number a wrong one stands for, on sentences of our own."""

from collections import Counter
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from nlp.entities import find_entities
from nlp.entries import Alias
from nlp.mentions import fold
from nlp.model import Entity, EntityType, Text
from nlp.models import tokens
from nlp.registry import Registry

HERE = Path(__file__).parent
SURE = 0.7
"""A link with a lower score says by itself that it is a guess, and names the others."""


def read(text: str, *, year: int = 2024, country: str | None = None) -> tuple[Entity, ...]:
    published = datetime(year, 6, 1, tzinfo=UTC)
    return find_entities(
        Text(id="t", text=text, lang="en", published=published, country=country), tokens(text, "en"), Registry.load()
    )


def table(name: str) -> list[list[str]]:
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")][1:]


@cache
def companies() -> dict[str, list[Alias]]:
    found: dict[str, list[Alias]] = {}
    for alias in Registry.load().names:
        if alias.type in {EntityType.ORG, EntityType.IXP}:
            found.setdefault(fold(alias.text), []).append(alias)
    return found


def outcome(name: str, ids: str, text: str) -> str:
    found = [e for e in read(text) if e.text == name and e.type is EntityType.ORG]
    entity = next((e for e in found if e.id), found[0] if found else None)
    if entity is None or entity.id is None:
        return "right" if ids == "-" else "open"
    if entity.id in ids.split("/"):
        return "right"
    return "wrong" if entity.score >= SURE else "shown as a guess"


def test_companies_are_linked_or_left_open_but_not_mistaken() -> None:
    counts = Counter(outcome(name, ids, text) for _, name, ids, text in table("links.tsv"))
    assert counts.total() == 316
    assert counts["wrong"] == 0
    assert counts["right"] >= 305


@pytest.mark.parametrize(("name", "ids"), table("best_known.tsv"))
def test_the_best_known_companies_are_their_networks(name: str, ids: str) -> None:
    bearers = companies()[fold(name)]
    assert {alias.id for alias in bearers} & set(ids.split())
    assert len({alias.id for alias in bearers if not alias.flag}) <= 1


def told(text: str) -> dict[str, str]:
    return {e.id or "": e.likely for e in read(text, year=2019) if e.likely}


def test_a_number_that_disagrees_with_the_name_beside_it_is_flagged_with_the_one_that_is_meant() -> None:
    wrong = [row for row in table("numbers.tsv") if row[0] != "-"]
    missed = [text for likely, printed, text in wrong if told(text) != {printed: likely}]
    assert len(wrong) == 43
    assert len(missed) <= 2, missed


@pytest.mark.parametrize("text", [row[2] for row in table("numbers.tsv") if row[0] == "-"])
def test_a_number_of_the_company_or_of_its_group_is_not_flagged(text: str) -> None:
    assert told(text) == {}


def test_a_number_known_as_another_companys_is_flagged_and_stays_as_printed() -> None:
    entities = {e.text: e for e in read("PLDT (AS4775) lost a cable.")}
    assert (entities["AS4775"].id, entities["AS4775"].likely) == ("AS4775", "AS9299")
    assert (entities["PLDT"].id, entities["PLDT"].candidates) == ("AS9299", ("AS4775",))


def linked(text: str, name: str, *, country: str | None = None) -> Entity:
    return next(e for e in read(text, country=country) if e.text == name)


def test_the_other_parties_tell_the_country_and_the_carriers_of_the_world_do_not() -> None:
    entity = linked("Irancell and RighTel went dark first; MCI followed.", "MCI")
    assert (entity.id, entity.reason) == ("AS197207", "alias, the other parties' country")
    assert linked("Google and Cogent lost routes; MCI followed.", "MCI").id is None


def test_the_owners_of_a_cable_that_is_named_are_meant() -> None:
    entity = linked("The SEA-ME-WE 4 cable was cut, and SLT lost half of its capacity.", "SLT")
    assert (entity.id, entity.reason) == ("AS9329", "alias, owner of a cable named")


def test_the_country_of_the_source_counts_where_the_text_names_none() -> None:
    assert linked("The operator MCI was cut off.", "MCI", country="IR").reason == "alias, the source's country"
    assert linked("The operator MCI was cut off.", "MCI", country="IR").id == "AS197207"
    assert linked("In Iran, the operator MCI was cut off.", "MCI", country="US").id == "AS197207"


def test_the_nearest_country_of_the_sentence_is_that_of_the_brand() -> None:
    text = "The cut was in Kenya. Airtel in Uganda and Airtel in Rwanda were down."
    assert [e.id for e in read(text) if e.text == "Airtel"] == ["AS37075", "AS327707"]


def test_a_brand_without_a_country_shows_the_others_that_bear_it() -> None:
    entity = linked("Vodafone said that its spending would fall.", "Vodafone")
    assert entity.score < SURE
    assert {"AS12353", "AS24835"} <= set(entity.candidates)


def test_a_name_out_of_use_says_so() -> None:
    assert linked("Telia Carrier dropped invalid routes.", "Telia Carrier").reason == "alias of another time"
    assert linked("Arelion dropped invalid routes.", "Arelion").reason == "alias"


def found(text: str) -> dict[str, tuple[EntityType, str | None]]:
    return {e.text: (e.type, e.id) for e in read(text)}


def test_a_company_in_a_list_of_cables_is_its_cable() -> None:
    text = "Cables were cut in the Red Sea: Seacom, AAE-1 and EIG. Faults of SAT-3 and MainOne followed."
    assert found(text)["Seacom"] == (EntityType.CABLE, "cable:seacom")
    assert found(text)["MainOne"] == (EntityType.CABLE, "cable:mainone")
    assert found("Seacom said that the AAE-1 cable was cut.")["Seacom"] == (EntityType.ORG, "AS37100")


def test_what_is_called_like_a_cable_and_has_a_legal_form_is_a_company() -> None:
    assert found("The Tonga Cable Ltd board met.")["Tonga Cable Ltd"] == (EntityType.ORG, "AS132579")
    assert found("The board of Marea Ltd met, said BT.")["Marea Ltd"] == (EntityType.ORG, None)


def test_a_company_with_its_number_may_be_called_like_a_small_town_and_no_large_one() -> None:
    assert found("The routes of Reading (AS64500) vanished.")["Reading"] == (EntityType.ORG, "AS64500")
    assert found("The routes in Karachi (AS64500) vanished.")["Karachi"][0] is EntityType.PLACE


def test_a_declared_name_may_be_shortened_to_its_first_word() -> None:
    text = "Quuxico Technologies (AS64500) leaked 20,000 routes. At noon Quuxico stopped."
    assert [e.id for e in read(text) if e.text.startswith("Quuxico")] == ["AS64500", "AS64500"]
    assert "National" not in found("National Quux (AS64500) leaked. The National Day was quiet.")


def test_a_large_town_tells_its_country() -> None:
    assert found("The Dubai operator du lost a cable.")["du"] == (EntityType.ORG, "AS15802")


def test_the_brand_beside_carriers_is_the_carrier() -> None:
    entity = linked("Arelion and Orange have not withdrawn their services.", "Orange")
    assert (entity.id, entity.reason) == ("AS5511", "alias, among carriers")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Trouble began at 12:22 Japan Standard Time on the network of BIGLOBE.", "Japan"),
        ("Prices rose in Almaty. Mobile data had been cut before.", "Mobile"),
        ("Reading the routes of BT took an hour; reading others took two.", "Reading"),
    ],
)
def test_a_word_that_is_also_a_place_is_no_place(text: str, word: str) -> None:
    assert word not in found(text)


@pytest.mark.parametrize(
    ("text", "name", "entity_id"),
    [
        ("The cable near Bombay was cut.", "Bombay", "place:mumbai"),
        ("Fighting in Kharkov cut the fibre of Triolan in Ukraine.", "Kharkov", "place:kharkiv"),
        ("The exchange in Rangoon was closed in Myanmar.", "Rangoon", "place:yangon"),
    ],
)
def test_towns_are_met_by_their_former_names(text: str, name: str, entity_id: str) -> None:
    assert found(text)[name] == (EntityType.PLACE, entity_id)


def test_a_ministry_is_an_organisation_by_its_name_alone() -> None:
    assert found("INA - The Ministry of Communications announced cuts.")["Ministry of Communications"][1] is None


@pytest.mark.parametrize(("country", "_millions", "incumbents", "mobile"), table("markets.tsv"))
def test_a_country_has_its_incumbent_and_its_mobile_operators(
    country: str, _millions: str, incumbents: str, mobile: str
) -> None:
    missing = [name for name in (*incumbents.split("; "), *mobile.split("; ")) if fold(name) not in companies()]
    assert missing == []
    assert Registry.load().get(country) is not None
