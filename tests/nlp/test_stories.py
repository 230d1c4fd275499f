"""Stories: what belongs together, what does not, and that the order of arrival does not matter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.fingerprint import signature
from nlp.stories import SPAN, ClaimKey, StoryItem, group

DAY_ONE = datetime(2020, 6, 1, 8, tzinfo=UTC)
LEAK: ClaimKey = ("route_leak", "AS64500", "AS64510")
OUTAGE: ClaimKey = ("outage", None, "TO")
TEXT = (
    "The carrier passed the routes of its customer on to every peer it had, and for forty minutes the traffic of three "
    "neighbouring countries took the long way round, until an engineer in the capital pulled the plug on the session."
)


def item(name: str, day: float, *keys: ClaimKey, text: str = "", also: frozenset[str] = frozenset()) -> StoryItem:
    parties = frozenset(p for k in keys for p in k[1:] if p)
    return StoryItem(
        document_id=name, published_at=DAY_ONE + timedelta(days=day), entity_ids=parties | also,
        claim_keys=frozenset(keys), signature=signature(text),
    )  # fmt: skip


def together(*items: StoryItem) -> list[tuple[str, ...]]:
    return [g.document_ids for g in group(items)]


def test_reports_of_one_claim_are_one_story_and_others_are_not() -> None:
    found = together(item("a", 0, LEAK), item("b", 1, LEAK), item("c", 1, OUTAGE), item("d", 2, OUTAGE, LEAK))
    assert found == [("a", "b", "d"), ("c",)]


def test_a_report_that_leaves_the_target_out_belongs_to_the_story_of_its_actor() -> None:
    assert together(item("a", 0, LEAK), item("b", 1, ("route_leak", "AS64500", None))) == [("a", "b")]


def test_one_actor_with_another_target_is_another_story() -> None:
    assert together(item("a", 0, LEAK), item("b", 1, ("route_leak", "AS64500", "AS64999"))) == [("a",), ("b",)]


def test_a_country_stands_for_its_network_where_the_other_report_names_both() -> None:
    named = item("a", 0, ("transit_added", "AS64500", "AS64510"), also=frozenset({"TO"}))
    assert together(named, item("b", 1, ("transit_added", "AS64500", "TO"))) == [("a", "b")]


def test_the_same_parties_weeks_later_are_another_story() -> None:
    assert together(item("a", 0, LEAK), item("b", 20, LEAK)) == [("a",), ("b",)]


def test_a_country_in_the_news_each_day_does_not_become_one_story() -> None:
    found = group(item(f"{n:02}", n, OUTAGE) for n in range(60))
    assert len(found) >= 5
    assert all(len(g.document_ids) <= SPAN.days + 1 for g in found)


def test_documents_without_claims_make_no_story_unless_they_copy_one() -> None:
    found = together(item("a", 1, LEAK, text=TEXT), item("b", 0, text=f"Agency. {TEXT}"), item("c", 0, text="x " * 50))
    assert found == [("b", "a")]
    assert together(item("b", 0, text=TEXT), item("c", 1, text=TEXT)) == []


def test_a_late_copy_belongs_to_the_story_of_its_text() -> None:
    assert together(item("a", 0, LEAK, text=TEXT), item("b", 40, LEAK, text=TEXT)) == [("a", "b")]


def test_the_id_stays_when_a_later_report_joins() -> None:
    first = group([item("a", 0, LEAK)])
    assert first[0].id == group([item("b", 1, LEAK), item("a", 0, LEAK)])[0].id


KEYS = st.tuples(
    st.sampled_from(["leak", "outage"]), st.sampled_from([None, "A", "B"]), st.sampled_from([None, "C", "D"])
)
ITEMS = st.lists(
    st.builds(
        item, st.text("abcdef", min_size=1, max_size=4), st.floats(0, 30), KEYS, KEYS, text=st.sampled_from(["", TEXT])
    ),
    max_size=25,
    unique_by=lambda i: i.document_id,
)


@settings(max_examples=100, deadline=None)
@given(items=ITEMS, data=st.data())
def test_the_order_of_arrival_does_not_matter(items: list[StoryItem], data: st.DataObject) -> None:
    assert group(items) == group(data.draw(st.permutations(items)))


@settings(max_examples=100, deadline=None)
@given(items=ITEMS)
def test_every_document_with_claims_is_in_one_story(items: list[StoryItem]) -> None:
    placed = [i for g in group(items) for i in g.document_ids]
    assert sorted(placed) == sorted(i.document_id for i in items if i.claim_keys)
    assert len({g.id for g in group(items)}) == len(group(items))
