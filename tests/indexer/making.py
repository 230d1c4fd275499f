"""Small captures, documents, claims and events for the tests of the record."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from crawler.model import (
    Capture,
    Document,
    Entry,
    Outcome,
    PageState,
    ResourceKind,
    Revision,
    RevisionKind,
    SourceState,
    WarcRef,
)
from crawler.routing.model import Coverage, EventKind, RouteEvidence, RouteSpell, RoutingEvent, RoutingView
from indexer.model import ArchiveRecord, Verdict, VerdictKind, Versions
from indexer.record.protocol import Record
from nlp.model import Annotation, Claim, Entity, EntityType

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
VERSIONS = Versions(extractor="e1", pipeline="p1", detector="d1", judge="j1")


def later(**by: float) -> datetime:
    return NOW + timedelta(**by)


def capture(name: str = "c1", url: str = "https://a.example/1", at: datetime = NOW, **changes: object) -> Capture:
    values: dict[str, object] = {
        "id": name,
        "url": url,
        "source_id": "a",
        "kind": ResourceKind.PAGE,
        "outcome": Outcome.FETCHED,
        "fetched_at": at,
        "status": 200,
        "payload_digest": f"sha256:{name}",
        "warc": WarcRef("a.warc.gz", 0, 10),
    }
    return Capture(**(values | changes))  # type: ignore[arg-type]


def document(name: str = "doc1", version: int = 1, capture_id: str = "c1", **changes: object) -> Document:
    values: dict[str, object] = {
        "id": name,
        "version": version,
        "url": f"https://a.example/{name}",
        "source_id": "a",
        "capture_id": capture_id,
        "title": f"Title of {name}",
        "text": f"AS64500 buys from AS64501. Version {version}.",
        "lang": "en",
        "published_at": NOW - timedelta(days=1),
        "published_precision": "minute",
        "fetched_at": NOW,
        "content_hash": f"{name}-{version}",
        "signature": (1, 2, 4294967295),
        "provenance": {"title": "h1"},
    }
    return Document(**(values | changes))  # type: ignore[arg-type]


def claim(name: str = "c1", **changes: object) -> Claim:
    values: dict[str, object] = {
        "id": name,
        "type": "transit_added",
        "actor": "AS64501",
        "target": "AS64500",
        "quote": "AS64500 buys from AS64501",
        "quote_span": (0, 25),
        "start_utc": "2026-03-01T10:00:00Z",
    }
    return Claim(**(values | changes))  # type: ignore[arg-type]


def annotation(*claims: Claim, version: str = "p1", name: str = "doc1") -> Annotation:
    entities = (
        Entity(text="AS64500", type=EntityType.ASN, start=0, end=7, id="AS64500", country="KE"),
        Entity(text="AS64501", type=EntityType.ASN, start=18, end=25, id="AS64501"),
        Entity(text="Somebody", type=EntityType.ORG, start=26, end=34),
    )
    return Annotation(
        id=name, lang="en", version=version, depth="full", relevant=True, entities=entities, claims=claims
    )


def event(name: str = "e1", first_seen: datetime = NOW, **changes: object) -> RoutingEvent:
    values: dict[str, object] = {
        "id": name,
        "kind": EventKind.UPSTREAM_ADDED,
        "prefixes": ("192.0.2.0/24",),
        "origin_asn": 64500,
        "upstream_asn": 64501,
        "offender_asn": None,
        "countries": (),
        "first_seen": first_seen,
        "last_seen": None,
        "peers_seen": 3,
        "peers_total": 4,
        "collectors": ("rrc00",),
        "evidence": (evidence(first_seen),),
    }
    return RoutingEvent(**(values | changes))  # type: ignore[arg-type]


def evidence(at: datetime) -> RouteEvidence:
    return RouteEvidence(
        file="u.gz",
        record=7,
        collector="rrc00",
        peer_asn=64510,
        peer_ip="198.51.100.1",
        prefix="192.0.2.0/24",
        observed_at=at,
        as_path=(64510, 64501, (64500, 64502)),
    )


def spell(prefix: str = "192.0.2.0/24", origin: int = 64500, upstream: int | None = 64501) -> RouteSpell:
    return RouteSpell(
        prefix=prefix,
        origin_asn=origin,
        upstream_asn=upstream,
        start=NOW,
        end=None,
        since_before=True,
        peers_seen=3,
        peers_total=4,
        evidence=evidence(NOW),
    )


def view(*events: RoutingEvent, start: datetime = NOW, days: int = 1, **changes: object) -> RoutingView:
    coverage = Coverage(start=start, end=start + timedelta(days=days), collectors=("rrc00",), peers_total=4)
    values: dict[str, object] = {
        "coverage": coverage,
        "events": events,
        "spells": (spell(),),
        "countries": {64500: "KE"},
    }
    return RoutingView(**(values | changes))  # type: ignore[arg-type]


def archive(name: str = "ar1", **changes: object) -> ArchiveRecord:
    values: dict[str, object] = {"id": name, "path": "/routes", "start": NOW, "end": later(days=1), "fingerprint": "f1"}
    return ArchiveRecord(**(values | changes))  # type: ignore[arg-type]


def verdict(claim_id: str, *events: str, kind: VerdictKind = VerdictKind.CONFIRMED) -> Verdict:
    return Verdict(claim_id=claim_id, verdict=kind, reasons=("It was seen.",), events=events, delta_s=-9)


def source(next_poll_at: datetime = NOW, name: str = "a") -> SourceState:
    return SourceState(source_id=name, next_poll_at=next_poll_at, interval_s=900.0)


def page(url: str = "https://a.example/1", next_fetch_at: datetime | None = NOW) -> PageState:
    return PageState(
        url=url, source_id="a", entry=Entry(url=url, source_id="a", title="Listed"), next_fetch_at=next_fetch_at
    )


def revision(kind: RevisionKind, capture_id: str, at: datetime, to_version: int = 1) -> Revision:
    before = to_version - 1 if kind is RevisionKind.EDITED else to_version
    return Revision(
        document_id="doc1", kind=kind, from_version=before, to_version=to_version, capture_id=capture_id, at=at
    )


def extracted(record: Record, name: str = "doc1", url: str | None = None) -> Document:
    """A document in the record, with the capture that it was made from."""
    made = document(name, capture_id=f"capture of {name}")
    record.save_capture(capture(made.capture_id, url or made.url))
    record.save_document(made.capture_id, "e1", made, None)
    return made
