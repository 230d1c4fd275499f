"""What a reader's words name."""

from __future__ import annotations

import pytest

from indexer.entities import as_number, resolve, widened
from nlp.registry import Registry


@pytest.mark.parametrize("text", ["174", "AS174", "as174", " asn 174 ", "AS 174"])
def test_an_as_number_is_known_in_each_form(text: str) -> None:
    assert resolve(text, Registry.load()) == ("AS174",)


@pytest.mark.parametrize("text", ["", "0", "4294967296", "AS", "174 routes", "1.74"])
def test_what_is_no_as_number(text: str) -> None:
    assert as_number(text) is None
    assert widened(text) == text


@pytest.mark.parametrize(("text", "entity"), [("cogent", "AS174"), ("fr", "FR"), ("FRANCE", "FR"), ("Франция", "FR")])
def test_names_and_codes_in_any_case(text: str, entity: str) -> None:
    assert entity in resolve(text, Registry.load())


def test_a_network_alone_is_searched_by_its_number_too() -> None:
    assert widened("AS174") == '"AS174" OR asn:174'
