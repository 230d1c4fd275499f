"""Which articles explain an event, best first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from crawler.model import Document
from crawler.routing.model import EventKind
from indexer.explain import Told, rank, shared
from indexer.model import ClaimRecord, DocumentRecord
from indexer.verdict import judge
from indexer.verdict_codec import claim_from_json
from tests.indexer.views import VIEWS

PUBLISHED = datetime(2031, 5, 2, 6, tzinfo=UTC)
VIEW = VIEWS["second_link"]()
EVENT = VIEW.events[0]


def told(name: str, *, judged: bool = True, published: datetime | None = PUBLISHED, **fields: Any) -> Told:
    """A claim of document `name`, that of the first upstream unless said otherwise."""
    base = {"type": "transit_added", "actor": "AS64520", "target": "AS64500", "start_utc": "2031-05-01T09:08:00Z"}
    _, claim = claim_from_json({"id": f"{name}:c1", "precision": "minute", **base, **fields})
    document = Document(
        id=name, version=1, url=f"https://{name}.example/", source_id="s", capture_id="x", title=name,
        text="", lang=None, published_at=published, published_precision=None, fetched_at=PUBLISHED, content_hash="",
    )  # fmt: skip
    record = ClaimRecord(id=f"{name}:c1", document_id=name, document_version=1, claim=claim)
    verdict = judge(record.id, claim, VIEW) if judged else None
    return Told(record, DocumentRecord(document=document, versions=1, first_fetched_at=PUBLISHED), verdict)


def names(*articles: Told) -> list[str]:
    return [found.document_id for found in rank(EVENT, articles)]


def test_best_is_the_confirmed_claim_then_the_corrected_then_what_shares_networks_and_time() -> None:
    right = told("right")
    wrong_number = told("wrong-number", target="AS64550")
    unjudged = told("unjudged", judged=False)
    country = told("country", judged=False, actor=None, target="XA", type="outage_start", start_utc="2031-05-01")
    event = replace(EVENT, countries=("XA",))
    found = rank(event, [country, unjudged, wrong_number, right])
    assert [f.document_id for f in found] == ["right", "wrong-number", "unjudged", "country"]
    assert [f.score for f in found] == sorted((f.score for f in found), reverse=True)
    assert "verdict" in found[0].reason
    assert "AS64500" in found[2].reason


def test_other_networks_and_other_times_explain_nothing() -> None:
    other = told("other", judged=False, actor="AS65123", target="AS65124")
    year = told("year", judged=False, start_utc="2021")
    late = told("late", judged=False, start_utc=None, published=PUBLISHED + timedelta(days=60))
    assert names(other, year, late) == []


def test_an_article_stands_once_with_its_best_claim() -> None:
    two = [told("one", judged=False), told("one")]
    (found,) = rank(EVENT, two)
    assert found.verdict == "confirmed"
    assert found.score == 1.0


def test_of_the_claims_that_rest_on_an_event_the_nearest_to_its_start_comes_first() -> None:
    # One event for both times, as the detector makes it of an upstream that comes back.
    event = replace(EVENT, last_seen=None)
    rests = told("x").verdict
    assert rests is not None

    def at(name: str, start: str | None, precision: str | None = "minute", claim: str = "c1") -> Told:
        found = told(name, start_utc=start, precision=precision)
        return replace(found, claim=replace(found.claim, id=f"{name}:{claim}"), verdict=rests)

    back, begun = at("both", "2031-05-01T12:22:00Z"), at("both", "2031-05-01T09:08:00Z", claim="c2")
    (found,) = rank(event, [back, begun])
    assert found.claim_id == "both:c2"
    told_all = [at("untimed", None, None), at("day", "2031-05-01", "day"), at("back", "2031-05-01T12:22:00Z"), begun]
    ranked = rank(event, told_all)
    assert [f.document_id for f in ranked] == ["both", "back", "day", "untimed"]
    assert len({f.score for f in ranked}) == len(ranked)
    assert ranked[-1].score > rank(event, [told("unjudged", judged=False)])[0].score


def test_equal_ones_are_in_the_order_of_publication() -> None:
    late = told("a", published=PUBLISHED + timedelta(hours=1))
    assert names(late, told("b"), told("c", published=None)) == ["b", "a", "c"]


def test_a_supposition_explains_nothing() -> None:
    assert names(told("maybe", judged=False, modality="hypothetical")) == []


def test_a_row_can_be_printed() -> None:
    row = rank(EVENT, [told("right")])[0].row()
    assert row["document_id"] == "right"
    assert row["published"] == "2031-05-02T06:00:00Z"
    assert row["verdict"] == "confirmed"
    assert shared(EVENT, told("x").claim) == ("AS64500", "AS64520")


def test_a_country_is_the_party_of_its_own_outage_and_a_hint_at_a_networks() -> None:
    claim = told("press", judged=False, actor=None, target="XA", type="outage_start", start_utc="2031-05-01")
    of_network = replace(EVENT, kind=EventKind.OUTAGE, upstream_asn=None, countries=("XA",))
    of_country = replace(of_network, origin_asn=None)
    (near,), (whole,) = rank(of_network, [claim]), rank(of_country, [claim])
    assert whole.score > near.score
