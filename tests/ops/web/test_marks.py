"""Spans cut into pieces: nothing is lost, nothing crosses, offsets are code points."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from indexer.model import ClaimRecord
from nlp.model import Annotation, Claim, Entity, EntityType
from ops.web.marks import ClaimMark, highlighted, paragraphs

SPANS = st.lists(st.tuples(st.integers(-3, 60), st.integers(-3, 60)), max_size=6)


def mark(number: int, start: int, end: int) -> ClaimMark:
    claim = Claim(id=f"c{number}", type="outage_start", actor=None, target=None, quote="", quote_span=(start, end))
    return ClaimMark(number, ClaimRecord(id=f"x{number}", document_id="d", document_version=1, claim=claim), None)


def entity(start: int, end: int) -> Entity:
    return Entity(text="", type=EntityType.ORG, start=start, end=end, id="AS64500")


def read(*entities: Entity) -> Annotation:
    return Annotation(id="d", lang="en", version="1", depth="full", relevant=True, entities=entities)


@given(st.text(alphabet="ab \n🐠é", max_size=50), SPANS, SPANS)
def test_every_word_stands_once_and_in_order(
    text: str, claims: list[tuple[int, int]], entities: list[tuple[int, int]]
) -> None:
    marks = [mark(n, *span) for n, span in enumerate(claims)]
    found = paragraphs(text, read(*(entity(*span) for span in entities)), marks)
    assert ["".join(p.text for p in line) for line in found] == [x for x in text.split("\n") if x.strip()]
    begun = [m.number for line in found for piece in line for m in piece.begins]
    assert len(begun) == len(set(begun))


def test_overlapping_quotes_share_the_middle() -> None:
    (line,) = paragraphs("one two three", None, [mark(1, 0, 7), mark(2, 4, 13)])
    assert [(p.text, [m.number for m in p.claims]) for p in line] == [("one ", [1]), ("two", [1, 2]), (" three", [2])]
    assert [[m.number for m in p.ends] for p in line] == [[], [1], [2]]


def test_offsets_count_code_points() -> None:
    (line,) = paragraphs("🐠🐠 Reef", read(entity(3, 7)), [])
    assert [(p.text, p.entity is not None) for p in line] == [("🐠🐠 ", False), ("Reef", True)]


def test_the_longer_of_two_entities_stands() -> None:
    (line,) = paragraphs("Reef Telecom Ltd", read(entity(0, 4), entity(0, 12)), [])
    assert [(p.text, p.entity is not None) for p in line] == [("Reef Telecom", True), (" Ltd", False)]


def test_a_quote_over_two_paragraphs_ends_once() -> None:
    first, second = paragraphs("one\n\ntwo", None, [mark(1, 0, 8)])
    assert [m.number for p in first for m in p.ends] == []
    assert [m.number for p in second for m in p.ends] == [1]
    assert first[0].begins
    assert not second[0].begins


@given(st.text(max_size=40), SPANS)
def test_highlights_lose_nothing(text: str, spans: list[tuple[int, int]]) -> None:
    assert "".join(run for run, _ in highlighted(text, spans)) == text


def test_highlights_are_where_they_were_asked_for() -> None:
    assert highlighted("a cut cable", [(2, 5), (6, 11)]) == [
        ("a ", False), ("cut", True), (" ", False), ("cable", True),
    ]  # fmt: skip
