"""What every record promises: work that is due until it is done, results that are saved once, an order of changes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, event, text
from sqlalchemy.exc import IntegrityError

from crawler.errors import Permanent, RoutewireError, Transient
from crawler.model import Outcome, ResourceKind, RevisionKind
from crawler.routing.model import Coverage, Gap, RoutingView
from indexer.model import Kind, Story, Subscription, VerdictKind, Work
from indexer.record.digests import digest_key
from indexer.record.protocol import Record
from indexer.record.sql import SqlRecord
from indexer.record.tables import claims
from tests.conftest import NO_POSTGRES, POSTGRES_URL
from tests.contracts.dump import logical_dump
from tests.indexer import making
from tests.indexer.making import NOW, VERSIONS, later

BACKENDS = [
    "sqlite",
    pytest.param(
        "postgresql",
        marks=[pytest.mark.services, pytest.mark.skipif(POSTGRES_URL is None, reason=NO_POSTGRES)],
    ),
]
DAY = timedelta(days=1)
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture(params=BACKENDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'record.db'}"
        return
    base = os.environ["ROUTEWIRE_TEST_POSTGRES_URL"]
    schema = f"routewire_{uuid4().hex}"
    engine = create_engine(base)
    with engine.begin() as conn:
        conn.execute(text(f"CREATE SCHEMA {schema}"))
    yield f"{base}{'&' if '?' in base else '?'}options=-csearch_path%3D{schema}"
    with engine.begin() as conn:
        conn.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    engine.dispose()


@pytest.fixture
def record(url: str) -> Iterator[SqlRecord]:
    opened = SqlRecord.open(url, VERSIONS)
    yield opened
    opened.close()


@contextmanager
def other_code(record: SqlRecord, **versions: str) -> Iterator[SqlRecord]:
    """The same record, opened by code of other versions."""
    url = record.engine.url.render_as_string(hide_password=False)
    opened = SqlRecord.open(url, replace(VERSIONS, **versions))
    yield opened
    opened.close()


def annotated(record: Record, *found: object, name: str = "doc1") -> None:
    made = making.extracted(record, name)
    record.save_annotation(made.id, 1, making.annotation(*(found or (making.claim(),)), name=name))  # type: ignore[arg-type]


def changed(record: Record, after: int) -> set[tuple[Kind, str]]:
    return {(change.kind, change.id) for change in record.changes(after, 1000)}


# -- the life of a piece of work --------------------------------------------------------------------------------------
def test_a_source_is_due_when_its_time_has_come(record: Record) -> None:
    record.put_source(making.source(later(seconds=10), "late"))
    record.put_source(making.source(NOW, "now"))
    record.put_source(making.source(later(seconds=-10), "early"))
    assert record.due(Work.POLL, NOW) == ["early", "now"]
    assert record.due(Work.POLL, NOW, limit=1) == ["early"]


def test_a_lease_holds_a_key_until_it_runs_out_or_is_given_back(record: Record) -> None:
    record.put_source(making.source())
    assert record.lease(Work.POLL, "a", "me", NOW, 60)
    assert record.due(Work.POLL, NOW) == []
    assert not record.lease(Work.POLL, "a", "you", later(seconds=59), 60)
    assert record.lease(Work.POLL, "a", "me", NOW, 60)
    record.release(Work.POLL, "a", "you")
    assert record.due(Work.POLL, NOW) == []
    assert record.due(Work.POLL, later(seconds=60)) == ["a"]
    assert record.lease(Work.POLL, "a", "you", later(seconds=60), 60)
    record.release(Work.POLL, "a", "you")
    assert record.due(Work.POLL, NOW) == ["a"]


def test_two_processes_cannot_hold_one_lease(record: SqlRecord) -> None:
    with other_code(record) as other:
        held = [r.lease(Work.FETCH, "https://a.example/", who, NOW, 60) for who, r in (("x", record), ("y", other))]
    assert held == [True, False]


def test_what_a_dead_process_held_can_be_given_back(record: Record) -> None:
    for key, owner in (("a", "dead"), ("b", "dead"), ("c", "alive")):
        record.put_source(making.source(name=key))
        assert record.lease(Work.POLL, key, owner, NOW, 600)
    assert record.lease_owners() == ["alive", "dead"]
    record.release_all("dead")
    assert record.due(Work.POLL, NOW) == ["a", "b"]
    assert record.lease_owners() == ["alive"]


def test_a_failure_puts_off_then_quarantines_and_a_person_can_retry(record: Record) -> None:
    record.put_source(making.source())
    record.fail(Work.POLL, "a", "no answer", NOW, later(minutes=1))
    assert record.due(Work.POLL, NOW) == []
    assert record.due(Work.POLL, later(minutes=1)) == ["a"]
    record.fail(Work.POLL, "a", "gone", later(minutes=1), None)
    assert record.due(Work.POLL, later(days=99)) == []
    (failure,) = record.failures()
    assert (failure.attempts, failure.error, failure.at, failure.retry_at) == (2, "gone", later(minutes=1), None)
    record.retry(Work.POLL, "a")
    assert record.due(Work.POLL, later(minutes=1)) == ["a"]


def test_a_success_takes_the_failure_off(record: Record) -> None:
    record.fail(Work.POLL, "a", "no answer", NOW, NOW)
    listing = making.capture(kind=ResourceKind.LISTING)
    record.save_poll(making.source(later(hours=1)), listing, [])
    assert record.failures() == []


def test_other_code_tries_again_what_failed(record: SqlRecord) -> None:
    making.extracted(record)
    record.fail(Work.ANNOTATE, "doc1", "a defect", NOW, None)
    assert record.due(Work.ANNOTATE, NOW) == []
    with other_code(record, pipeline="p2") as newer:
        assert newer.due(Work.ANNOTATE, NOW) == ["doc1"]


# -- crawling ---------------------------------------------------------------------------------------------------------
def test_a_poll_returns_the_pages_that_are_new(record: Record) -> None:
    listing = making.capture(kind=ResourceKind.LISTING)
    state = making.source(later(hours=1))
    pages = [making.page("https://a.example/1"), making.page("https://a.example/2", later(hours=2))]
    assert record.save_poll(state, listing, pages) == pages
    third = making.page("https://a.example/3")
    assert record.save_poll(state, listing, [*pages, third, third]) == [third]
    assert record.due(Work.FETCH, NOW) == ["https://a.example/1", "https://a.example/3"]
    assert record.due(Work.EXTRACT, NOW) == []
    assert record.sources() == {"a": state}
    assert record.pages(["https://a.example/2", "https://b.example/"]) == {pages[1].url: pages[1]}
    assert record.entry("https://a.example/1") == pages[0].entry


def test_a_fetched_page_is_due_to_extract_and_not_to_fetch(record: Record) -> None:
    record.save_fetch(making.page(next_fetch_at=None), making.capture())
    assert record.due(Work.FETCH, later(days=99)) == []
    assert record.due(Work.EXTRACT, NOW) == ["c1"]
    assert record.capture("c1") == making.capture()
    assert record.capture("c2") is None


@pytest.mark.parametrize("outcome", [Outcome.UNCHANGED, Outcome.FAILED, Outcome.UNREACHABLE, Outcome.REFUSED])
def test_an_answer_without_news_is_not_extracted(record: Record, outcome: Outcome) -> None:
    record.save_capture(making.capture(outcome=outcome, warc=None))
    assert record.due(Work.EXTRACT, NOW) == []


def test_the_last_body_of_an_address_is_known(record: Record) -> None:
    body = making.capture("c2", at=later(hours=1))
    for known in (body, making.capture("c1"), making.capture("c3", at=later(hours=2), outcome=Outcome.UNCHANGED)):
        record.save_capture(known)
    assert record.last_body(body.url) == body
    assert record.last_body("https://a.example/other") is None


def test_the_captures_of_a_page_are_extracted_one_after_the_other(record: Record) -> None:
    first, second = making.document(), making.document(version=2, capture_id="c2")
    record.save_capture(making.capture("c2", at=later(hours=1)))
    record.save_capture(making.capture("c1"))
    assert record.due(Work.EXTRACT, NOW) == ["c1"]
    record.save_document("c1", "e1", first, None)
    assert record.due(Work.EXTRACT, NOW) == ["c2"]
    record.fail(Work.EXTRACT, "c2", "unreadable", NOW, None)
    record.save_capture(making.capture("c3", at=later(hours=2), outcome=Outcome.GONE))
    assert record.due(Work.EXTRACT, NOW) == ["c3"]
    record.save_document("c2", "e1", second, making.revision(RevisionKind.EDITED, "c2", later(hours=1), 2))
    assert record.due(Work.EXTRACT, NOW) == ["c3"]


def test_another_extractor_reads_the_last_word_of_each_page_again(record: SqlRecord) -> None:
    for name, at in (("c1", NOW), ("c2", later(hours=1))):
        record.save_capture(making.capture(name, at=at))
        record.save_document(name, "e1", None, None, "no article")
    record.save_capture(making.capture("x1", "https://a.example/x"))
    record.save_capture(making.capture("x2", "https://a.example/x", later(hours=1), outcome=Outcome.GONE))
    for name in ("x1", "x2"):
        record.save_document(name, "e1", None, None, "gone")
    assert record.due(Work.EXTRACT, NOW) == []
    with other_code(record, extractor="e2") as newer:
        assert newer.due(Work.EXTRACT, NOW) == ["c2"]


# -- documents --------------------------------------------------------------------------------------------------------
def test_a_document_keeps_its_versions_and_its_addresses(record: Record) -> None:
    first = making.extracted(record, url="https://a.example/doc1?utm_source=x")
    record.save_capture(making.capture("c2", "https://a.example/doc1", later(hours=1)))
    second = making.document(version=2, capture_id="c2", fetched_at=later(hours=1))
    edit = making.revision(RevisionKind.EDITED, "c2", later(hours=1), 2)
    record.save_document("c2", "e1", second, edit)
    known = record.document("doc1")
    assert known is not None
    assert (known.document, known.versions, known.first_fetched_at) == (second, 2, NOW)
    old = record.document("doc1", 1)
    assert old is not None
    assert old.document == first
    assert record.document("doc1", 3) is None
    assert record.revisions("doc1") == [edit]
    assert [c.id for c in record.captures_of("doc1")] == ["capture of doc1", "c2"]
    for address in ("https://a.example/doc1?utm_source=x", "https://a.example/doc1"):
        assert record.document_id_of(address) == "doc1"
    assert [known.document.id for known in record.all_documents()] == ["doc1"]


def test_saving_a_document_twice_is_saving_it_once(record: SqlRecord) -> None:
    made = making.extracted(record)
    before, seq = logical_dump(record), record.last_change()
    record.save_document(made.capture_id, "e1", made, None)
    assert logical_dump(record) == before
    assert record.last_change() == seq


def test_a_version_that_does_not_follow_is_told(record: Record) -> None:
    made = making.extracted(record)
    with pytest.raises(Transient, match="does not follow"):
        record.save_document(made.capture_id, "e1", replace(made, version=3), None)
    with pytest.raises(Transient, match="does not follow"):
        record.save_document(made.capture_id, "e1", replace(made, title="Another"), None)


def test_a_removal_stands_until_the_page_answers_again(record: Record) -> None:
    making.extracted(record)
    seq = record.last_change()
    for name, kind, at, removed_at in (
        ("c2", RevisionKind.REMOVED, later(hours=2), later(hours=2)),
        ("c1", RevisionKind.RESTORED, later(hours=1), later(hours=2)),  # of an older look: says nothing of today
        ("c3", RevisionKind.RESTORED, later(hours=3), None),
    ):
        record.save_capture(making.capture(name, "https://a.example/doc1", at))
        record.save_document(name, "e1", None, making.revision(kind, name, at))
        known = record.document("doc1")
        assert known is not None
        assert known.removed_at == removed_at
    assert changed(record, seq) == {(Kind.DOCUMENT, "doc1")}


# -- reading ----------------------------------------------------------------------------------------------------------
def test_a_document_is_due_until_its_newest_version_is_read_by_todays_pipeline(record: SqlRecord) -> None:
    made = making.extracted(record)
    assert record.due(Work.ANNOTATE, NOW) == ["doc1"]
    read = making.annotation(making.claim())
    record.save_annotation("doc1", 1, read)
    assert record.due(Work.ANNOTATE, NOW) == []
    assert record.annotation("doc1") == read
    with other_code(record, pipeline="p2") as newer:
        assert newer.due(Work.ANNOTATE, NOW) == ["doc1"]
    record.save_capture(making.capture("c2", made.url, later(hours=1)))
    record.save_document("c2", "e1", making.document(version=2, capture_id="c2"), None)
    assert record.due(Work.ANNOTATE, NOW) == ["doc1"]
    record.save_annotation("doc1", 1, making.annotation())  # of a version that is history by now
    assert record.due(Work.ANNOTATE, NOW) == ["doc1"]
    assert record.annotation("doc1") == read
    with pytest.raises(Permanent, match="no such version"):
        record.save_annotation("doc1", 3, read)


def test_claims_that_stay_keep_id_and_verdict(record: Record) -> None:
    annotated(record, making.claim("c1"), making.claim("c2", quote="another"))
    stays, goes = record.claims_of("doc1")
    for known in (stays, goes):
        record.save_verdict(making.verdict(known.id), "j1", record.evidence_version())
    assert record.due(Work.VERIFY, NOW) == []
    moved = making.claim("c9", quote_span=(7, 32))
    record.save_annotation("doc1", 1, making.annotation(moved, making.claim("c3", type="outage")))
    kept, new = record.claims_of("doc1")
    assert kept.id == stays.id
    assert kept.claim == moved
    assert record.verdict(stays.id) is not None
    assert (record.claim(goes.id), record.verdict(goes.id)) == (None, None)
    assert record.due(Work.VERIFY, NOW) == [new.id]
    assert {known.id for known in record.all_claims()} == {kept.id, new.id}


def test_a_claim_that_says_another_time_is_judged_again(record: Record) -> None:
    annotated(record)
    (known,) = record.claims_of("doc1")
    record.save_verdict(making.verdict(known.id), "j1", record.evidence_version())
    record.save_annotation("doc1", 1, making.annotation(making.claim(start_utc="2026-02")))
    assert record.due(Work.VERIFY, NOW) == [known.id]
    assert record.verdict(known.id) == making.verdict(known.id)


def test_two_claims_in_the_same_words_are_two(record: Record) -> None:
    annotated(record, making.claim("c1"), making.claim("c2", start_utc="2026-02-28"))
    assert len({known.id for known in record.claims_of("doc1")}) == 2


# -- routing ----------------------------------------------------------------------------------------------------------
def test_an_archive_is_due_when_it_its_files_or_the_detector_are_new(record: SqlRecord) -> None:
    record.put_archive(making.archive(fingerprint=None))
    assert record.due(Work.DETECT, NOW) == ["ar1"]
    record.save_detection(making.archive(detector="d1"), making.view(making.event()))
    record.put_archive(making.archive(fingerprint=None))
    record.put_archive(making.archive())
    assert record.due(Work.DETECT, NOW) == []
    (known,) = record.archives()
    assert (known.fingerprint, known.detector, known.coverage) == ("f1", "d1", making.view().coverage)
    with other_code(record, detector="d2") as newer:
        assert newer.due(Work.DETECT, NOW) == ["ar1"]
    record.put_archive(replace(known, fingerprint="f2"))
    assert record.due(Work.DETECT, NOW) == ["ar1"]
    assert record.event("e1") == making.event()


def test_claims_are_due_again_when_the_evidence_changed_and_only_then(record: Record) -> None:
    annotated(record)
    (known,) = record.claims_of("doc1")
    assert record.due(Work.VERIFY, NOW) == [known.id]
    record.save_verdict(making.verdict(known.id, kind=VerdictKind.NO_DATA), "j1", record.evidence_version())
    assert record.due(Work.VERIFY, NOW) == []
    record.save_detection(making.archive(detector="d1"), making.view(making.event()))
    assert record.due(Work.VERIFY, NOW) == [known.id]
    record.save_verdict(making.verdict(known.id, "e1"), "j1", record.evidence_version())
    seq, evidence = record.last_change(), record.evidence_version()
    record.save_detection(making.archive(detector="d1"), making.view(making.event()))
    assert (record.last_change(), record.evidence_version()) == (seq, evidence)
    assert record.due(Work.VERIFY, NOW) == []


def test_another_judge_judges_again(record: SqlRecord) -> None:
    annotated(record)
    (known,) = record.claims_of("doc1")
    record.save_verdict(making.verdict(known.id), "j1", record.evidence_version())
    with other_code(record, judge="j2") as newer:
        assert newer.due(Work.VERIFY, NOW) == [known.id]


def test_a_detection_replaces_and_tells_what_came_went_and_changed(record: Record) -> None:
    first = making.view(making.event("stays"), making.event("goes"), making.event("grows"))
    record.save_detection(making.archive(detector="d1"), first)
    seq = record.last_change()
    grown = making.event("grows", last_seen=later(hours=1))
    record.save_detection(making.archive(detector="d1"), making.view(making.event("stays"), making.event("new"), grown))
    assert changed(record, seq) == {(Kind.EVENT, name) for name in ("goes", "grows", "new")}
    assert record.event("goes") is None
    assert record.event("grows") == grown


def test_a_view_takes_what_concerns_the_networks_prefixes_and_countries(record: Record) -> None:
    far = making.event("far", origin_asn=64700, upstream_asn=64701, prefixes=("2001:db8:7::/48",))
    spells = (making.spell(), making.spell("2001:db8:7::/48", 64700, None))
    seen = making.view(making.event(), far, spells=spells, countries={64500: "KE", 64700: "PE"})
    record.save_detection(making.archive(detector="d1"), seen)
    for found in (
        record.view([64501], [], []),
        record.view([], ["192.0.0.0/16"], []),
        record.view([], ["192.0.2.77/32"], []),
        record.view([], [], ["KE"]),
    ):
        assert (found.events, found.spells) == ((making.event(),), (spells[0],))
        assert found.countries == {64500: "KE"}
    assert record.view([], ["2001:db8::/32"], []).spells == (spells[1],)
    assert record.view([], ["198.51.100.0/24"], []).events == ()
    everything = record.view([], [], [])
    assert ([e.id for e in everything.events], everything.countries) == (["e1", "far"], {64500: "KE", 64700: "PE"})
    with pytest.raises(Permanent, match="not a prefix"):
        record.view([], ["192.0.2"], [])


def test_archives_make_one_view_and_the_hole_between_them_is_a_gap(record: Record) -> None:
    assert record.view([], [], []).coverage.collectors == ()
    record.save_detection(making.archive("ar1", detector="d1"), making.view(making.event()))
    second = making.view(making.event(), making.event("e2"), start=later(days=3))
    record.save_detection(making.archive("ar2", detector="d1"), second)
    found = record.view([64500], [], [])
    assert [known.id for known in found.events] == ["e1", "e2"]
    assert len(found.spells) == 1
    assert (found.coverage.start, found.coverage.end) == (NOW, later(days=4))
    hole = Gap(collector="*", start=later(days=1), end=later(days=3), reason="no archive covers this span")
    assert found.coverage.gaps == (hole,)
    assert [entry.id for entry in record.timeline("AS64500")] == ["e1", "e2"]


def test_a_monitors_events_are_in_the_view_and_its_window_is_no_coverage(record: Record) -> None:
    record.save_detection(making.archive("ar1", detector="d1"), making.view(making.event()))
    seen = record.view([], [], []).coverage
    told = making.event("told", source="ioda", source_text="a drop", upstream_asn=None)
    blank = Coverage(start=later(days=-30), end=later(days=30), collectors=(), peers_total=0,
                     gaps=(Gap(collector="ioda", start=NOW, end=later(days=1), reason="503"),))  # fmt: skip
    monitor = making.archive("monitor:ioda?asn=64500", path="monitor:ioda?asn=64500", detector="d1")
    record.save_detection(monitor, RoutingView(coverage=blank, events=(told,)))
    found = record.view([64500], [], [])
    assert {event.id for event in found.events} == {"e1", "told"}
    assert found.coverage == seen
    assert {entry.id for entry in record.timeline("AS64500")} == {"e1", "told"}


def test_claims_are_found_by_party_and_time(record: Record) -> None:
    annotated(record, making.claim("c1"), making.claim("c2", actor="AS64777", start_utc="2026-02-01"))
    (first, second) = record.claims_of("doc1")
    start, end = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)
    assert {c.id for c in record.claims_about(["AS64500"], start, end)} == {first.id, second.id}
    assert record.claims_about(["AS64777", "AS64999"], start, end) == [second]
    assert record.claims_about(["AS64500"], later(days=400), later(days=500)) == []
    assert record.claims_about([], start, end) == []


# -- stories and verdicts ---------------------------------------------------------------------------------------------
def story(*documents: str, name: str = "s1", title: str = "A story") -> Story:
    return Story(id=name, title=title, start=NOW, end=NOW, document_ids=documents, entity_ids=("AS64500",))


def test_stories_are_due_when_annotations_changed_even_while_they_are_grouped(record: Record) -> None:
    assert record.due(Work.GROUP, NOW) == []
    annotated(record)
    assert record.due(Work.GROUP, NOW) == ["stories"]
    assert record.lease(Work.GROUP, "stories", "me", NOW, 60)
    annotated(record, name="doc2")  # after the worker has read
    record.save_stories([story("doc1")])
    record.release(Work.GROUP, "stories", "me")
    assert record.due(Work.GROUP, NOW) == ["stories"]
    assert record.lease(Work.GROUP, "stories", "me", NOW, 60)
    record.save_stories([story("doc1", "doc2")])
    record.release(Work.GROUP, "stories", "me")
    assert record.due(Work.GROUP, NOW) == []


def test_saving_stories_tells_those_that_changed_and_their_documents(record: Record) -> None:
    for name in ("doc1", "doc2", "doc3"):
        annotated(record, name=name)
    record.save_stories([story("doc1"), story("doc2", name="s2"), story("doc3", name="s3")])
    seq = record.last_change()
    record.save_stories([story("doc1"), story("doc2", name="s2", title="Retold")])
    assert changed(record, seq) == {
        (Kind.STORY, "s2"),
        (Kind.STORY, "s3"),
        (Kind.DOCUMENT, "doc2"),
        (Kind.DOCUMENT, "doc3"),
    }
    assert record.stories_of("doc1") == [story("doc1")]
    assert (record.story("s3"), record.stories_of("doc3")) == (None, [])


def test_a_verdict_changes_its_claim_its_document_and_the_events_it_names(record: Record) -> None:
    annotated(record)
    (known,) = record.claims_of("doc1")
    seq = record.last_change()
    record.save_verdict(making.verdict(known.id, "e1"), "j1", "v")
    assert changed(record, seq) == {(Kind.CLAIM, known.id), (Kind.DOCUMENT, "doc1"), (Kind.EVENT, "e1")}
    assert [claim.id for claim in record.claims_on_event("e1")] == [known.id]
    seq = record.last_change()
    record.save_verdict(making.verdict(known.id, "e1"), "j1", "v")
    assert record.last_change() == seq
    record.save_verdict(making.verdict(known.id, "e2"), "j1", "v")
    assert changed(record, seq) >= {(Kind.EVENT, "e1"), (Kind.EVENT, "e2")}
    assert record.claims_on_event("e1") == []
    assert record.verdicts_of("doc1") == {known.id: making.verdict(known.id, "e2")}


def test_a_verdict_on_a_claim_that_is_gone_is_passed_over(record: Record) -> None:
    record.save_verdict(making.verdict("nothing"), "j1", "v")
    assert record.verdict("nothing") is None


# -- entities ---------------------------------------------------------------------------------------------------------
def test_a_timeline_has_all_that_concerns_a_network_in_order(record: Record) -> None:
    annotated(record, making.claim(), making.claim("c2", quote="undated", start_utc=None))
    (dated, undated) = record.claims_of("doc1")
    record.save_detection(making.archive(detector="d1"), making.view(making.event(last_seen=later(hours=1))))
    record.save_verdict(making.verdict(dated.id, "e1"), "j1", record.evidence_version())
    record.save_capture(making.capture("c2", "https://a.example/doc1", later(hours=2), outcome=Outcome.GONE))
    record.save_document("c2", "e1", None, making.revision(RevisionKind.REMOVED, "c2", later(hours=2)))
    axis = record.timeline("AS64500")
    assert [(entry.time, entry.kind, entry.id) for entry in axis] == [
        (datetime(2026, 3, 1, 10, tzinfo=UTC), "claim", dated.id),
        (later(days=-1), "claim", undated.id),
        (later(days=-1), "document", "doc1"),
        (NOW, "event", "e1"),
        (later(hours=2), "revision", "doc1/1"),
    ]
    assert axis[0].verdict is VerdictKind.CONFIRMED
    assert (axis[0].parent_id, axis[0].title, axis[1].verdict) == ("doc1", dated.claim.quote, None)
    assert (axis[3].end, axis[3].ongoing) == (later(hours=1), False)
    assert axis[4].title == "Removed: Title of doc1"
    assert record.timeline("AS64500", limit=2) == axis[:2]
    assert record.timeline("AS64500", NOW, later(hours=2)) == [axis[3]]


def test_a_country_has_the_events_of_its_networks(record: Record) -> None:
    record.save_detection(making.archive(detector="d1"), making.view(making.event()))
    (entry,) = record.timeline("KE")
    assert (entry.kind, entry.id, entry.ongoing) == ("event", "e1", True)


def test_an_entity_is_known_as_a_mention_a_party_or_a_partys_country(record: Record) -> None:
    annotated(record, making.claim(place="KZ", other=("cable:x",)))
    record.save_detection(making.archive(detector="d1"), making.view(countries={64501: "UZ", 65000: "AQ"}))
    for name in ("AS64500", "KZ", "cable:x", "KE", "UZ"):
        assert record.knows_entity(name), name
    for name in ("AS1", "AQ", "org:somebody"):
        assert not record.knows_entity(name), name


# -- digests ----------------------------------------------------------------------------------------------------------
def test_a_subscription_is_due_for_each_period_that_is_over_since_it_was_made(record: Record) -> None:
    record.put_subscription(Subscription(id="s", query="q", recipient="a@b.example"), since=MONDAY + 2 * DAY)
    record.put_subscription(Subscription(id="s", query="other", recipient="a@b.example"))
    assert record.subscriptions()[0].query == "other"
    assert record.due(Work.DIGEST, MONDAY + 6 * DAY) == []
    first, second = (digest_key("s", MONDAY + n * DAY, MONDAY + (n + 7) * DAY) for n in (0, 7))
    assert record.due(Work.DIGEST, MONDAY + 7 * DAY) == [first]
    assert record.due(Work.DIGEST, MONDAY + 14 * DAY) == [first, second]


def test_a_digest_begins_once_and_again_only_after_a_failure_or_a_dead_sender(record: Record) -> None:
    record.put_subscription(Subscription(id="s", query="q", recipient="a@b.example"), since=MONDAY)
    period = ("s", MONDAY, MONDAY + 7 * DAY)
    assert record.begin_digest(*period, "me", NOW)
    assert not record.begin_digest(*period, "you", later(minutes=9))
    assert record.begin_digest(*period, "you", later(minutes=10))
    record.end_digest(*period, sent_at=None)
    assert record.begin_digest(*period, "me", later(minutes=11))
    record.end_digest(*period, sent_at=later(minutes=12))
    assert not record.begin_digest(*period, "you", later(days=9))
    assert record.due(Work.DIGEST, MONDAY + 7 * DAY) == []


# -- the change log, and the database itself --------------------------------------------------------------------------
def test_a_thing_that_changed_twice_is_read_once_at_its_last_place(record: Record) -> None:
    annotated(record)
    annotated(record, name="doc2")
    record.save_stories([story("doc1")])
    log = record.changes(0, 1000)
    assert [change.seq for change in log] == sorted(change.seq for change in log)
    assert len({(change.kind, change.id) for change in log}) == len(log)
    assert log[-1].seq == record.last_change()
    assert [change.id for change in log].index("doc1") > [change.id for change in log].index("doc2")
    assert record.changes(log[0].seq, 2) == log[1:3]


def test_a_record_is_opened_again_as_it_was(record: SqlRecord) -> None:
    annotated(record)
    before = dict(record.counts())
    with other_code(record) as again:
        assert dict(again.counts()) == before


def test_a_record_of_a_newer_version_is_not_touched(record: SqlRecord) -> None:
    with record.engine.execution_options(routewire_write=True).begin() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = 'v9999'"))
    with pytest.raises(Permanent, match="newer version"):
        SqlRecord.open(record.engine.url.render_as_string(hide_password=False), VERSIONS)


def test_references_are_kept(record: SqlRecord) -> None:
    with pytest.raises(IntegrityError), record.engine.execution_options(routewire_write=True).begin() as conn:
        conn.execute(
            claims.insert().values(
                id="x", document_id="none", version=1, ordinal=0, time=NOW, quote="", data=making.claim()
            )
        )
    with pytest.raises(Permanent, match="refused"):
        record.save_stories([story("no such document")])
    with pytest.raises(Permanent, match="refused"):
        record.begin_digest("no such subscription", MONDAY, NOW, "me", NOW)
    assert record.story("s1") is None


def test_a_value_that_no_store_can_hold_is_told(record: Record) -> None:
    record.save_capture(making.capture())
    with pytest.raises(RoutewireError):
        record.save_document("c1", "e1", making.document(title="half a pair: \ud800"), None)
    with pytest.raises(Permanent, match="without a zone"):
        record.save_capture(making.capture("c2", at=datetime(2026, 1, 1)))
    assert record.document("doc1") is None
    assert record.due(Work.EXTRACT, NOW) == ["c1"]


def _page(record: Record) -> None:
    """What a document's page asks."""
    ask = (record.document, record.annotation, record.claims_of, record.verdicts_of, record.revisions)
    for part in (*ask, record.captures_of, record.stories_of):
        part("doc0")


@pytest.mark.parametrize(
    ("ask", "count"),
    [
        (lambda record: record.timeline("AS64500"), 1),
        (lambda record: record.timeline("AS64500", limit=3), 1),
        (_page, 7),
    ],
    ids=["timeline", "part of a timeline", "page"],
)
def test_the_statements_do_not_grow_with_what_they_find(
    record: SqlRecord, ask: Callable[[Record], object], count: int
) -> None:
    for n in range(5):
        annotated(record, *(making.claim(f"c{i}", quote=f"quote {i}") for i in range(4)), name=f"doc{n}")
    statements: list[str] = []
    event.listen(record.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    ask(record)
    assert len([s for s in statements if "SELECT" in s]) == count
