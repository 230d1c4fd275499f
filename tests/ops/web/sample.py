"""A small record of an invented island's two networks: made through the Record protocol, with hostile texts in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crawler.model import (
    Capture,
    Change,
    Document,
    Outcome,
    ResourceKind,
    Revision,
    RevisionKind,
    SourceState,
    WarcRef,
)
from crawler.routing.model import (
    Coverage,
    EventKind,
    Gap,
    Interval,
    RouteEvidence,
    RouteSpell,
    RoutingEvent,
    RoutingView,
)
from indexer.model import (
    ArchiveRecord,
    Correction,
    Story,
    Verdict,
    VerdictKind,
    Versions,
    Work,
)
from indexer.record.protocol import Record
from indexer.record.sql import SqlRecord
from indexer.search.tantivy import TantivyIndex
from indexer.sync import follow
from nlp.model import Annotation, Claim, Entity, EntityType, TimeSpan
from ops.settings import load_settings
from ops.wiring import System

VERSIONS = Versions(extractor="e1", pipeline="p1", detector="d1", judge="j1")
DAY = datetime(2031, 5, 1, tzinfo=UTC)
TEXT = (
    "On Thursday at 09:10 UTC, Reef Telecom (AS64501) began to carry Lagoon Net.\n\n"
    "Since May 2019 Lagoon Net had only AS64510. Half of the traffic moved, the paper says.\n"
    "A <script>alert(1)</script> stood here 🐠 too."
)
HOSTILE_TITLE = '<img src=x onerror="alert(1)"> & "quotes"'


def at(clock: str, day: int = 0) -> datetime:
    hour, minute, second = (int(part) for part in clock.split(":"))
    return DAY + timedelta(days=day, hours=hour, minutes=minute, seconds=second)


def capture(name: str, url: str, when: datetime, outcome: Outcome = Outcome.FETCHED) -> Capture:
    return Capture(
        id=f"00000000-0000-4000-8000-{name:0>12}",
        url=url,
        source_id="gazette",
        kind=ResourceKind.PAGE,
        outcome=outcome,
        fetched_at=when,
        status=200 if outcome is Outcome.FETCHED else 410,
        content_type="text/html",
        payload_digest="sha256:" + name * 8,
        warc=WarcRef(f"2031/{name}.warc.gz", 1234, 567),
    )


def document(name: str, url: str, title: str, text: str, when: datetime, capture_id: str) -> Document:
    return Document(
        id=name,
        version=1,
        url=url,
        source_id="gazette",
        capture_id=capture_id,
        title=title,
        text=text,
        lang="en",
        published_at=when,
        published_precision="second",
        fetched_at=when + timedelta(minutes=5),
        content_hash=f"hash-{name}",
        author="A. Writer",
        provenance={"title": "h1", "published_at": "json-ld", "author": "meta", "text": "trafilatura"},
    )


def span(part: str) -> tuple[int, int]:
    start = TEXT.index(part)
    return start, start + len(part)


def _claims() -> tuple[Claim, ...]:
    carry = "Reef Telecom (AS64501) began to carry Lagoon Net"
    only = "Since May 2019 Lagoon Net had only AS64510"
    half = "Half of the traffic moved"
    inside = "began to carry Lagoon Net"
    return (
        Claim(id="c1", type="transit_added", actor="AS64501", target="AS64500", quote=carry, quote_span=span(carry),
              start_utc="2031-05-01T09:10:00Z", precision="minute", other=("192.0.2.0/25",)),
        Claim(id="c2", type="transit_state", actor="AS64510", target="AS64500", quote=only, quote_span=span(only),
              start_utc="2019-05", precision="month", exclusive=True, background=True),
        Claim(id="c3", type="capacity_state", actor="AS64501", target="AS64500", quote=half, quote_span=span(half),
              start_utc="2031-05-01", precision="day", quantity="half of the traffic", attribution=("org:paper",)),
        Claim(id="c4", type="transit_added", actor=None, target="AS64500", quote=inside, quote_span=span(inside),
              start_utc="2031-05-01T09:10:00Z", precision="minute", place="FJ"),
    )  # fmt: skip


def _annotation(name: str) -> Annotation:
    entities = []
    for part, kind, entity_id in (
        ("Reef Telecom", EntityType.ORG, "AS64501"),
        ("AS64501", EntityType.ASN, "AS64501"),
        ("Lagoon Net", EntityType.ORG, "AS64500"),
        ("AS64510", EntityType.ASN, "AS64510"),
        ("the paper", EntityType.ORG, "org:paper"),
        ("traffic", EntityType.WORK, None),
    ):
        start, end = span(part)
        entities.append(
            Entity(text=part, type=kind, start=start, end=end, id=entity_id, reason="printed" if entity_id else "")
        )
    start, end = span("Thursday at 09:10 UTC")
    times = (
        TimeSpan(text="Thursday at 09:10 UTC", start=start, end=end, start_utc="2031-05-01T09:10:00Z",
                 granularity="minute", tz="UTC", why="the day of publication"),
    )  # fmt: skip
    return Annotation(
        id=name, lang="en", version="p1", depth="full", relevant=True, entities=tuple(entities), times=times,
        claims=_claims(),
    )  # fmt: skip


def evidence(second: int, path: tuple[int | tuple[int, ...], ...]) -> RouteEvidence:
    return RouteEvidence(
        file="rrc90/2031.05/updates.20310501.0905.gz", record=17 + second, collector="rrc90", peer_asn=64496,
        peer_ip="198.51.100.1", prefix="192.0.2.0/25", observed_at=at("09:10:03") + timedelta(seconds=second),
        as_path=path,
    )  # fmt: skip


def events() -> tuple[RoutingEvent, ...]:
    gap = Gap(collector="rrc91", start=at("12:00:00"), end=at("13:00:00"), reason="updates.20310501.1200.gz is missing")
    added = RoutingEvent(
        id="ev-added", kind=EventKind.UPSTREAM_ADDED, prefixes=("192.0.2.0/25", "192.0.2.128/25"), origin_asn=64500,
        upstream_asn=64501, offender_asn=None, countries=("FJ",), first_seen=at("09:10:03"), last_seen=at("10:14:45"),
        peers_seen=9, peers_total=13, collectors=("rrc90", "rrc91"), gaps=(gap,),
        thresholds={"min_peers": 2.0, "min_s": 10.0, "merge_s": 300.0},
        evidence=(evidence(0, (64496, 64501, 64500)), evidence(1, (64496, (64498, 64499), 64501, 64500)),
                  evidence(2, ())),
    )  # fmt: skip
    outage = RoutingEvent(
        id="ev-outage", kind=EventKind.OUTAGE, prefixes=("192.0.2.0/25",), origin_asn=64500, upstream_asn=None,
        offender_asn=None, countries=("FJ",), first_seen=at("10:47:00"), last_seen=at("12:26:00"), peers_seen=13,
        peers_total=13, collectors=("rrc90",),
        intervals=(Interval(at("10:47:00"), at("10:55:00")), Interval(at("12:10:00"), at("12:26:00"))),
    )  # fmt: skip
    back = replace(added, id="ev-back", first_seen=at("12:21:55"), last_seen=None, gaps=(), evidence=(),
                   prefix_ends=(("192.0.2.0/25", at("20:00:00")),))  # fmt: skip
    return added, outage, back


def spells() -> tuple[RouteSpell, ...]:
    """AS64510 carried both prefixes all the time, but for the outage."""
    return tuple(
        RouteSpell(prefix=prefix, origin_asn=64500, upstream_asn=64510, start=start, end=end,
                   since_before=start == DAY, peers_seen=13, peers_total=13,
                   evidence=evidence(0, (64496, 64510, 64500)))
        for prefix in ("192.0.2.0/25", "192.0.2.128/25")
        for start, end in ((DAY, at("10:47:00")), (at("10:55:00"), None))
    )  # fmt: skip


def _coverage() -> Coverage:
    return Coverage(
        start=DAY, end=at("00:00:00", 2), collectors=("rrc90", "rrc91"), peers_total=13, gaps=events()[0].gaps
    )


def verdicts(ids: dict[str, str]) -> Iterator[Verdict]:
    coverage = _coverage()
    yield Verdict(
        claim_id=ids["c1"], verdict=VerdictKind.CONFIRMED, delta_s=3, peers_seen=9, peers_total=13,
        prefixes_matched=1, prefixes_total=2, events=("ev-added",), coverage=coverage,
        reasons=("upstream AS64501 of AS64500 first seen 2031-05-01T09:10:03Z, 3 s after the claimed minute",
                 "9 of 13 peers saw it"),
    )  # fmt: skip
    yield Verdict(claim_id=ids["c2"], verdict=VerdictKind.NO_DATA, reasons=("no archive of 2019",), coverage=coverage)
    yield Verdict(
        claim_id=ids["c3"], verdict=VerdictKind.NOT_OBSERVABLE,
        reasons=("routes do not show volumes", "Seen then: an upstream was added."),
        coverage=coverage,
    )  # fmt: skip
    yield Verdict(
        claim_id=ids["c4"], verdict=VerdictKind.CORRECTED, reasons=("the number is another",),
        correction=Correction("target", "AS64599", "AS64500"), events=("ev-added",), coverage=coverage,
    )  # fmt: skip


def fill(record: Record) -> None:
    """Three documents (one with claims and an edit, one removed, one hostile), events, verdicts, a story, failures."""
    url = "https://gazette.example/reef"
    first = capture("1", url, at("11:05:00"))
    record.save_capture(first)
    old = document(
        "doc-reef", url, "Reef Telecom carries the lagoon", "Another text stood here first.", at("11:00:00"), first.id
    )
    record.save_document(first.id, "e1", old, None)
    second = capture("2", url, at("15:00:00"))
    record.save_capture(second)
    changes = (
        Change("equal", old.title, old.title),
        Change("replace", "Another text stood here first.", TEXT),
    )
    edit = Revision(document_id=old.id, kind=RevisionKind.EDITED, from_version=1, to_version=2, capture_id=second.id,
                    at=at("15:00:00"), changes=changes)  # fmt: skip
    new = replace(old, version=2, text=TEXT, capture_id=second.id, fetched_at=at("15:00:00"), content_hash="hash-2")
    record.save_document(second.id, "e1", new, edit)
    record.save_annotation(old.id, 2, _annotation(old.id))
    _hostile(record)
    _gone(record)
    coverage = _coverage()
    archive = ArchiveRecord(id="isle", path="/nowhere", start=DAY, end=at("00:00:00", 2), fingerprint="f",
                            detector="d1", coverage=coverage)  # fmt: skip
    record.put_archive(archive)
    record.save_detection(
        archive, RoutingView(coverage=coverage, events=events(), spells=spells(), countries={64500: "FJ"})
    )
    _watched(record)
    ids = {known.claim.id: known.id for known in record.claims_of(old.id)}
    for verdict in verdicts(ids):
        record.save_verdict(verdict, "j1", record.evidence_version())
    record.save_stories(
        [Story(id="story-1", title="The lagoon's second way out", start=at("11:00:00"), end=at("12:00:00"),
               document_ids=("doc-reef", "doc-gone"), entity_ids=("AS64500", "AS64501"), voices=2)]
    )  # fmt: skip
    _sources(record)


def _watched(record: Record) -> None:
    """A monitor that tells of an outage of another country, in words that no page may run."""
    told = RoutingEvent(
        id="ev-told", kind=EventKind.OUTAGE, prefixes=(), origin_asn=None, upstream_asn=None, offender_asn=None,
        countries=("TV",), first_seen=at("10:00:00"), last_seen=at("11:00:00"), peers_seen=0, peers_total=0,
        collectors=(), basis=("signals of 30 April",), source="ioda", source_text="<b>drop</b> of a signal",
        licence="all rights reserved",
    )  # fmt: skip
    end = at("00:00:00", 1)
    archive = ArchiveRecord(
        id="told", path="monitor:ioda?country=TV", start=DAY, end=end, fingerprint="a", detector="d1"
    )
    record.put_archive(archive)
    coverage = Coverage(start=DAY, end=end, collectors=(), peers_total=0)
    record.save_detection(archive, RoutingView(coverage=coverage, events=(told,)))


def _hostile(record: Record) -> None:
    url = "javascript:alert(document.domain)"
    taken = capture("3", url, at("11:30:00"))
    record.save_capture(taken)
    record.save_document(
        taken.id, "e1", document("doc-hostile", url, HOSTILE_TITLE, "Coral \x0b news.", at("11:20:00"), taken.id), None
    )
    found = Entity(text="Coral", type=EntityType.ORG, start=0, end=5, id="AS64501", reason='<b>"because"</b>')
    record.save_annotation("doc-hostile", 1, Annotation(id="doc-hostile", lang="en", version="p1", depth="full",
                                                        relevant=False, entities=(found,)))  # fmt: skip


def _gone(record: Record) -> None:
    url = "https://mirror.example/lagoon"
    taken = capture("4", url, at("12:00:00"))
    record.save_capture(taken)
    known = document("doc-gone", url, "The lagoon, again", "Lagoon Net was out for a while.", at("12:00:00"), taken.id)
    record.save_document(taken.id, "e1", known, None)
    record.save_annotation(known.id, 1, replace(_annotation(known.id), claims=(), times=(), entities=(
        Entity(text="Lagoon Net", type=EntityType.ORG, start=0, end=10, id="AS64500", reason="alias"),)))  # fmt: skip
    away = capture("5", url, at("18:00:00"), Outcome.GONE)
    record.save_capture(away)
    removal = Revision(document_id=known.id, kind=RevisionKind.REMOVED, from_version=1, to_version=1,
                       capture_id=away.id, at=at("18:00:00"))  # fmt: skip
    record.save_document(away.id, "e1", None, removal)


def _sources(record: Record) -> None:
    record.put_source(
        SourceState(source_id="gazette", next_poll_at=at("00:00:00", 400), interval_s=900.0, failures=3,
                    last_outcome=Outcome.UNREACHABLE, last_error="no answer within 10 s", last_polled_at=at("11:00:00"))
    )  # fmt: skip
    record.fail(Work.EXTRACT, "00000000-0000-4000-8000-000000000009", "capture 9: the page is cut; fetch it again",
                at("11:00:00"), None)  # fmt: skip


@contextmanager
def system(folder: Path) -> Iterator[System]:
    settings = load_settings(data_dir=folder, public_url="http://routewire.example", demo=False)
    record = SqlRecord.open(settings.database, VERSIONS)
    index = TantivyIndex.open(settings.index_dir)
    try:
        fill(record)
        follow(record, index)
        yield System(settings, record, index)
    finally:
        index.close()
        record.close()
