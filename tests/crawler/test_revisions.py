from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from crawler.fingerprint import content_hash
from crawler.model import Capture, Document, Outcome, ResourceKind, RevisionKind
from crawler.revisions import differences, removed, restored, revise, sentences

AT = datetime(2017, 10, 3, 8, tzinfo=UTC)


def _document(text: str, version: int = 1, title: str = "A cable is cut") -> Document:
    return Document(
        id="d1",
        version=version,
        url="http://news.example/a",
        source_id="news",
        capture_id=f"capture-{version}",
        title=title,
        text=text,
        lang="en",
        published_at=None,
        published_precision=None,
        fetched_at=AT,
        content_hash=content_hash(title, text),
    )


def _capture(outcome: Outcome) -> Capture:
    return Capture(
        id="c9", url="http://news.example/a", source_id="news", kind=ResourceKind.PAGE, outcome=outcome, fetched_at=AT
    )


def test_an_edit_names_the_sentence_that_changed() -> None:
    old = _document("The cable was cut at 04:10. Three networks lost their path.\nRepair takes days.")
    new = _document("The cable was cut at 04:10. Two networks lost their path.\nRepair takes days.", version=2)
    revision = revise(old, new, AT)
    assert revision is not None
    assert (revision.kind, revision.from_version, revision.to_version) == (RevisionKind.EDITED, 1, 2)
    assert (revision.capture_id, revision.at) == ("capture-2", AT)
    changed = [c for c in revision.changes if c.op != "equal"]
    assert [(c.op, c.before, c.after) for c in changed] == [
        ("replace", "Three networks lost their path.", "Two networks lost their path.")
    ]


def test_a_sentence_that_went_and_one_that_came() -> None:
    old = _document("First stays. Second goes. Third stays.")
    new = _document("First stays. Third stays. Fourth comes.", version=2)
    revision = revise(old, new, AT)
    assert revision is not None
    assert [(c.op, c.before, c.after) for c in revision.changes if c.op != "equal"] == [
        ("delete", "Second goes.", ""),
        ("insert", "", "Fourth comes."),
    ]


def test_a_new_headline_alone_is_an_edit() -> None:
    revision = revise(_document("The text."), _document("The text.", version=2, title="A cable is mended"), AT)
    assert revision is not None
    assert revision.changes[0].op == "replace"
    assert (revision.changes[0].before, revision.changes[0].after) == ("A cable is cut", "A cable is mended")


def test_a_page_set_anew_is_not_edited() -> None:
    assert revise(_document("One.  Two.\nThree."), _document("One. Two. Three.", version=2), AT) is None


def test_a_removal_keeps_the_last_version_and_names_its_proof() -> None:
    gone = removed(replace(_document("Text."), version=3), _capture(Outcome.GONE))
    assert (gone.kind, gone.from_version, gone.to_version) == (RevisionKind.REMOVED, 3, 3)
    assert (gone.capture_id, gone.at, gone.changes) == ("c9", AT, ())
    back = restored(_document("Text."), _capture(Outcome.FETCHED))
    assert (back.kind, back.changes) == (RevisionKind.RESTORED, ())


def test_sentences_in_several_scripts() -> None:
    assert [s.strip() for s in sentences('He left. "It works." В Москве тихо. Связь есть.\n网络中断。已恢复。')] == [
        "He left.",
        '"It works."',
        "В Москве тихо.",
        "Связь есть.",
        "网络中断。",
        "已恢复。",
    ]
    assert [s.strip() for s in sentences("At 3.5 Tbps, e.g. on a cable, it fell.")] == [
        "At 3.5 Tbps, e.g. on a cable, it fell."
    ]


@given(st.text(alphabet="ab. ?!\nZ“”。", max_size=80))
def test_sentences_joined_are_the_text(text: str) -> None:
    assert "".join(sentences(text)) == text


@given(st.lists(st.sampled_from(["A. ", "B. ", "C.\n"])), st.lists(st.sampled_from(["A. ", "B. ", "C.\n"])))
def test_the_two_sides_of_a_difference_are_the_two_texts(before: list[str], after: list[str]) -> None:
    changes = differences(before, after)
    assert " ".join(c.before for c in changes).split() == "".join(before).split()
    assert " ".join(c.after for c in changes).split() == "".join(after).split()
