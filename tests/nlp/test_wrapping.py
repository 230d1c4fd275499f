"""Lines broken for their length go on; headlines and list items end."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.model import Text
from nlp.pipeline import Pipeline
from nlp.wrapping import unwrapped


@pytest.mark.parametrize(
    "text",
    [
        "AS12389 lost\ntransit from\nAS174 on October 1.",
        "AS12389 lost\r\ntransit from\r\nAS174 on October 1.",
        "The operator said on Monday that the whole of its network had lost\nAS174 as a provider.",
    ],
)
def test_a_sentence_goes_on_in_the_next_line(text: str) -> None:
    assert "\n" not in unwrapped(text)


@pytest.mark.parametrize(
    "text",
    ["Internet cut in Gabon\nThe minister said so.", "- 10:30: AS1 leaks\n- 10:34: AS2 stops it", "One.\n\nTwo."],
)
def test_a_headline_an_item_and_a_paragraph_end(text: str) -> None:
    assert unwrapped(text) == text


@given(st.text(st.sampled_from("aA ,.\r\n-of")))
def test_nothing_moves(text: str) -> None:
    plain = unwrapped(text)
    assert len(plain) == len(text)
    assert all(a == b or (a == " " and b in "\r\n") for a, b in zip(plain, text, strict=True))


def test_a_claim_of_a_wrapped_sentence_is_quoted_as_it_is_printed() -> None:
    text = "AS12389 lost\ntransit from\nAS174 on October 1."
    (claim,) = Pipeline().annotate(Text(id="t", text=text, published=datetime(2022, 10, 3, tzinfo=UTC))).claims
    assert (claim.type, claim.actor, claim.target) == ("transit_removed", "AS174", "AS12389")
    assert claim.quote == text[slice(*claim.quote_span)] == text[:-1]
