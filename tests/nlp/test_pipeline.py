"""The stages of reading together: other networks and other words than any report we were shown."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from nlp.doubts import Doubt
from nlp.model import Text
from nlp.pipeline import MAX_CHARACTERS, Pipeline
from nlp.registry import Registry
from nlp.versions import PIPELINE


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return Pipeline()


def text(body: str, **more: str) -> Text:
    return Text(id="d", text=body, published=datetime(2022, 7, 10, tzinfo=UTC), **more)


def test_a_report_becomes_claims(pipeline: Pipeline) -> None:
    body = "AS64500 began carrying traffic for AS64510 at 14:05 UTC on 8 July 2022, NetBlocks said."
    annotation = pipeline.annotate(text(body))
    (claim,) = annotation.claims
    assert (claim.type, claim.actor, claim.target) == ("transit_added", "AS64500", "AS64510")
    assert claim.start_utc == "2022-07-08T14:05:00Z"
    assert (annotation.version, annotation.lang, annotation.depth, annotation.relevant) == (
        PIPELINE,
        "en",
        "full",
        True,
    )


def test_another_subject_has_no_claims(pipeline: Pipeline) -> None:
    body = "The goalkeeper went down, the coach shouted, and the league leaders lost to Wales on 8 July 2022."
    annotation = pipeline.annotate(text(body))
    assert (annotation.relevant, annotation.claims, annotation.entities) == (False, (), ())
    assert "relevance: other subjects: goalkeeper" in annotation.flags


def test_the_same_text_gives_the_same_annotation(pipeline: Pipeline) -> None:
    report = text("Rogers suffered an internet outage on 8 July 2022. Service was restored the next day.")
    assert pipeline.annotate(report) == pipeline.annotate(report) == Pipeline().annotate(report)


def test_how_many_companies_are_linked_is_told(pipeline: Pipeline) -> None:
    body = "Rogers and the operator TTK lost their BGP routes, and so did the provider Blorb Networks in Canada."
    assert "companies: 1 linked, 1 ambiguous, 1 not linked" in pipeline.annotate(text(body)).flags


def test_a_row_in_doubt_is_told_when_the_tables_are_loaded(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("nlp.pipeline.of_operators", lambda: (Doubt("AS20485", "name", "Quux", "TransTeleCom"),))
    assert Pipeline().registry is Registry.load()
    assert "AS20485: name is 'Quux', the bundled AS names say 'TransTeleCom'" in caplog.text


def test_what_is_too_long_is_cut_and_told(pipeline: Pipeline) -> None:
    annotation = pipeline.annotate(text("The recipe needs flour.\n" * 4000))
    assert any(f"read up to character {MAX_CHARACTERS}" in flag for flag in annotation.flags)


@pytest.mark.parametrize(
    "body",
    [
        "",
        " ",
        "\x00\x01 BGP \ud800",
        "BGP " + "(" * 500,
        "AS1 " * 300,
        "BGP 10.0.0.0/8" + "\n" * 300,
        "\u202eBGP\u200b hijack 🛰️",
    ],
)
def test_hostile_text_is_read(pipeline: Pipeline, body: str) -> None:
    annotation = pipeline.annotate(text(body))
    assert all(body[c.quote_span[0] : c.quote_span[1]] == c.quote or "\ud800" in body for c in annotation.claims)


def test_russian_is_read_by_cues(pipeline: Pipeline) -> None:
    annotation = pipeline.annotate(text("В Казахстане отключили интернет 5 июля 2022 года.", lang="ru"))
    assert annotation.depth == "cues"
    assert [(c.type, c.target) for c in annotation.claims] == [("outage_start", "KZ")]


def test_a_sentence_without_end_is_not_read_for_claims_and_the_next_one_is() -> None:
    text = "AS64500 hijacked AS64501, and " * 300 + "left.\n\nOn Monday AS64500 hijacked prefixes of AS64502."
    found = Pipeline().annotate(Text(id="x", text=text))
    assert [claim.target for claim in found.claims][-1:] == ["AS64502"]
    assert len(found.claims) < 3
