"""Copies and their first publisher; stories of the record with their independent voices."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.fingerprint import signature
from crawler.model import Document
from indexer.lineage import CopyItem, CopySet, copies, stories
from indexer.model import ClaimRecord, DocumentRecord
from nlp.model import Claim, Text
from nlp.pipeline import Pipeline

DAY_ONE = datetime(2020, 6, 1, 8, tzinfo=UTC)
WIRE = (
    "A ship dragged its anchor over the cable off the northern harbour on Tuesday night, and the only operator there "
    "moved what it could to the satellite, said its director, who expects the repair vessel before the month is over."
)
OWN = (
    "Residents queued at the bank this morning because no card would work; the telephone company blames a torn line at "
    "sea and asks for patience, while schools and the hospital share the little capacity that a dish on the hill gives."
)
UNLIKE = [WIRE, OWN, WIRE.replace("Tuesday", "Wednesday"), ""]


def copy_item(name: str, day: float, text: str) -> CopyItem:
    return CopyItem(
        document_id=name, url=f"https://{name}.example/x", published_at=DAY_ONE + timedelta(days=day),
        signature=signature(text),
    )  # fmt: skip


def record(name: str, day: float | None, text: str, host: str | None = None) -> DocumentRecord:
    published = None if day is None else DAY_ONE + timedelta(days=day)
    document = Document(
        id=name, version=1, url=f"https://{host or name}.example/{name}", source_id="s", capture_id="c",
        title=f"T {name}", text=text, lang="en", published_at=published, published_precision="second",
        fetched_at=DAY_ONE, content_hash="h", signature=signature(text),
    )  # fmt: skip
    return DocumentRecord(document=document, versions=1, first_fetched_at=DAY_ONE + timedelta(days=2))


def claim(document: str, target: str | None = "AS64510", **more: object) -> ClaimRecord:
    said = Claim(id="c1", type="cable_cut", actor=None, target=target, quote="q", quote_span=(0, 1), **more)  # type: ignore[arg-type]
    return ClaimRecord(id=f"{document}-c1", document_id=document, document_version=1, claim=said)


def test_the_first_publisher_is_told_from_its_copies() -> None:
    found = copies(
        [
            copy_item("late", 2, WIRE),
            copy_item("first", 0, WIRE),
            copy_item("cut", 1, WIRE[:-20]),
            copy_item("own", 1, OWN),
        ]
    )
    assert found == (CopySet("first", ("cut", "late")),)


def test_published_at_one_moment_the_address_decides() -> None:
    assert copies([copy_item("b", 0, WIRE), copy_item("a", 0, WIRE)]) == (CopySet("a", ("b",)),)


def test_texts_without_a_signature_are_nobodys_copies() -> None:
    assert copies([copy_item("a", 0, "Cable cut."), copy_item("b", 1, "Cable cut.")]) == ()


@settings(max_examples=50, deadline=None)
@given(
    items=st.lists(
        st.builds(copy_item, st.text("abc", min_size=1, max_size=3), st.integers(0, 3), st.sampled_from(UNLIKE)),
        max_size=10,
        unique_by=lambda i: i.document_id,
    ),
    data=st.data(),
)
def test_the_order_of_arrival_does_not_matter(items: list[CopyItem], data: st.DataObject) -> None:
    assert copies(items) == copies(data.draw(st.permutations(items)))


def test_a_syndicated_copy_is_no_voice_of_its_own() -> None:
    documents = [record("a", 0, WIRE), record("b", 1, WIRE), record("c", 1, OWN), record("d", 2, WIRE, host="c")]
    (story,) = stories(documents, [claim(name) for name in "abcd"])
    assert story.document_ids == ("a", "b", "c", "d")
    assert story.voices == 2
    assert (story.title, story.start, story.end) == ("T a", DAY_ONE, DAY_ONE + timedelta(days=2))
    assert story.entity_ids == ("AS64510",)


def test_a_report_with_a_wrong_number_joins_the_story_of_the_network_it_means() -> None:
    wrong = claim("b", target="AS64501", likely=(("target", "AS64510"),))
    (story,) = stories([record("a", 0, WIRE), record("b", 1, OWN)], [claim("a"), wrong])
    assert story.document_ids == ("a", "b")
    assert set(story.entity_ids) == {"AS64501", "AS64510"}


def test_background_does_not_tie_two_stories() -> None:
    found = stories([record("a", 0, WIRE), record("b", 1, OWN)], [claim("a"), claim("b", background=True)])
    assert [s.document_ids for s in found] == [("a",)]


def test_a_document_without_a_date_counts_from_its_first_fetch() -> None:
    (story,) = stories([record("a", None, WIRE)], [claim("a")])
    assert story.start == DAY_ONE + timedelta(days=2)


def test_a_story_is_called_as_the_first_that_leads_with_what_most_of_it_tells() -> None:
    side = claim("a", target="AS64599")
    late = ClaimRecord(
        id="a-c2", document_id="a", document_version=1, claim=replace(claim("a").claim, quote_span=(5, 6))
    )
    (story,) = stories([record("a", 0, WIRE), record("b", 1, OWN)], [side, late, claim("b")])
    assert (story.title, story.document_ids) == ("T b", ("a", "b"))


BLACKOUT = {
    "en": "Internet access in Gabon was cut on Tuesday evening. Gabon Telecom has not said why.",
    "fr": "L'accès à internet a été coupé mardi soir au Gabon. Gabon Telecom n'a pas dit pourquoi.",
    "de": "In Gabun ist seit Dienstagabend das Internet ausgefallen. Gabon Telecom nannte keinen Grund.",
    "ru": "В Габоне во вторник вечером отключили интернет. Gabon Telecom не назвал причину.",
    "zh": "加蓬互联网周二晚间中断。加蓬电信没有说明原因。",
    "ar": "انقطع الإنترنت في الغابون مساء الثلاثاء.",
    "pt": "A internet foi cortada no Gabão na noite de terça-feira.",
}


def test_one_happening_is_one_story_in_seven_languages() -> None:
    """And the same evening's outage of a neighbour is another one."""
    texts = {**BLACKOUT, "elsewhere": "Internet access in Cameroon was cut on Tuesday evening."}
    documents = [record(name, 0.1 * n, text) for n, (name, text) in enumerate(texts.items())]
    pipeline, claims = Pipeline(), list[ClaimRecord]()
    for one in documents:
        known = one.document
        lang = known.id if known.id in BLACKOUT else "en"
        read = pipeline.annotate(Text(id=known.id, text=known.text, lang=lang, published=DAY_ONE + timedelta(days=2)))
        claims += [
            ClaimRecord(id=f"{known.id}-{c.id}", document_id=known.id, document_version=1, claim=c) for c in read.claims
        ]
    assert [story.document_ids for story in stories(documents, claims)] == [tuple(BLACKOUT), ("elsewhere",)]
