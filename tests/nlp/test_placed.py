from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from nlp.model import Entity, EntityType
from nlp.placed import Placed, everywhere, merged

SPANS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 12)).map(
        lambda pair: Entity(text="x", type=EntityType.ORG, start=pair[0], end=pair[0] + pair[1])
    ),
    max_size=30,
)


def touch(a: Entity, b: Entity) -> bool:
    return a.start < b.end and b.start < a.end


@given(SPANS, SPANS)
def test_merging_keeps_the_first_and_what_touches_none_of_those_kept(first: list[Entity], second: list[Entity]) -> None:
    kept: list[Entity] = []
    for entity in (*first, *second):  # the plain way, which looks through all
        if not any(touch(entity, other) for other in kept):
            kept.append(entity)
    found = merged(first, second)
    assert found == sorted(kept, key=lambda e: e.start)
    assert all(a.end <= b.start for a, b in pairwise(found))


@given(SPANS, st.integers(0, 60), st.integers(1, 12))
def test_what_stands_in_a_span_is_found(entities: list[Entity], start: int, length: int) -> None:
    placed = Placed(entities)
    end = start + length
    assert placed.touching(start, end) == [e for e in placed if e.start < end and start < e.end]
    for entity in placed.touching(start, end):
        placed.remove(entity)
    assert placed.touching(start, end) == []


def test_a_name_is_found_only_as_a_word_of_its_own() -> None:
    assert everywhere("ABC, ABCD and (ABC)", "ABC") == [(0, 3), (15, 18)]
