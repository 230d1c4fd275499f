"""Annotations survive JSON; a bad row is told with what is wrong."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import Permanent
from nlp.codec import annotation_from_json, annotation_to_json, text_from_json
from nlp.model import Annotation, Claim, Entity, EntityType, Modality, Polarity, TimeSpan

WORDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)
MAYBE = st.none() | WORDS
ENTITIES = st.builds(
    Entity,
    text=WORDS,
    type=st.sampled_from(EntityType),
    start=st.integers(0, 99),
    end=st.integers(0, 99),
    id=MAYBE,
    country=MAYBE,
    candidates=st.lists(WORDS, max_size=2).map(tuple),
    likely=MAYBE,
)
TIMES = st.builds(TimeSpan, text=WORDS, start=st.integers(0, 99), end=st.integers(0, 99), start_utc=MAYBE, tz=MAYBE)
CLAIMS = st.builds(
    Claim,
    id=WORDS,
    type=WORDS,
    actor=MAYBE,
    target=MAYBE,
    quote=WORDS,
    quote_span=st.tuples(st.integers(0, 99), st.integers(0, 99)),
    other=st.lists(WORDS, max_size=2).map(tuple),
    polarity=st.sampled_from(Polarity),
    modality=st.sampled_from(Modality),
    attribution=st.lists(WORDS, max_size=2).map(tuple),
    exclusive=st.booleans(),
    likely=st.just(()) | st.just((("target", "AS64500"),)),
)
ANNOTATIONS = st.builds(
    Annotation,
    id=WORDS,
    lang=WORDS,
    version=WORDS,
    depth=st.sampled_from(["full", "cues", "none"]),
    relevant=st.booleans(),
    entities=st.lists(ENTITIES, max_size=2).map(tuple),
    times=st.lists(TIMES, max_size=2).map(tuple),
    claims=st.lists(CLAIMS, max_size=2).map(tuple),
    flags=st.lists(WORDS, max_size=2).map(tuple),
)


@given(ANNOTATIONS)
def test_an_annotation_survives_json(annotation: Annotation) -> None:
    assert annotation_from_json(json.loads(json.dumps(annotation_to_json(annotation)))) == annotation


def test_attribution_with_its_verb_is_read() -> None:
    row = {"id": "d", "claims": [{"id": "c1", "type": "outage_start", "actor": None, "target": "GA"}]}
    row["claims"][0]["attribution"] = [{"source": "org:kentik", "how": "said"}, {"source": None}]  # type: ignore[index]
    assert annotation_from_json(row).claims[0].attribution == ("org:kentik",)


def test_something_else_is_no_annotation() -> None:
    with pytest.raises(Permanent, match="annotation d: is not an annotation"):
        annotation_from_json({"id": "d", "claims": [{"type": "outage_start"}]})


def test_a_text_has_its_times_in_utc() -> None:
    text = text_from_json({"id": "a", "text": "x", "published": "2017-10-02T09:00:00+09:00"})
    assert (text.published, text.published_precision) == (datetime(2017, 10, 2, tzinfo=UTC), "second")
    assert text_from_json({"id": "a", "text": "x", "published": "2017-10-02"}).published_precision == "day"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ([], "not a JSON object"),
        ({"text": "x"}, "has no id"),
        ({"id": "", "text": "x"}, "has no id"),
        ({"id": "a"}, "text a: has no text"),
        ({"id": "a", "text": 7}, "has no text"),
        ({"id": "a", "text": "x", "title": 7}, "`title` is not a string"),
        ({"id": "a", "text": "x", "published": "last week"}, "`published` is not a time"),
        ({"id": "a", "text": "x", "published": "0001-01-01T00:00:00+23:59"}, "`published` is not a time"),
    ],
)
def test_a_bad_row_is_told(row: object, words: str) -> None:
    with pytest.raises(Permanent, match=words):
        text_from_json(row)
