"""The API under `/api/v1`: the record and the index as JSON, in the forms of the command line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query

from crawler.model import Capture, Revision
from crawler.routing.codec import event_to_json
from indexer.entities import known_entities, widened
from indexer.model import ClaimRecord, Kind, TimelineEntry, Verdict
from indexer.record.protocol import Record
from indexer.titles import event_title
from indexer.verdict_codec import verdict_to_json
from nlp.codec import annotation_to_json, claim_to_json
from ops.answers import explanations
from ops.cli.asking import entry_row, hit_row
from ops.web import schemas
from ops.web.entities import entity_facts
from ops.web.problems import WrongRequest, not_found
from ops.web.site import Site, site_of
from ops.web.timeline import stands_at_article
from ops.web.views import lineage, story_documents
from ops.web.words import iso, path

router = APIRouter(prefix="/api/v1", tags=["api"])
Here = Annotated[Site, Depends(site_of)]
Json = dict[str, Any]

MOST_HITS = 200


def moment(value: str | None, name: str) -> datetime | None:
    """An ISO time or day as aware UTC (no zone given: UTC). Raises `WrongRequest`."""
    if not value:
        return None
    try:
        time = datetime.fromisoformat(value)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        remedy = "give ISO 8601, such as 2017-10-01 or 2017-10-01T09:00:00Z"
        raise WrongRequest(f"{value!r} is not a time", subject=name, remedy=remedy) from None


@router.get("/search", response_model=schemas.SearchOut)
def search(
    site: Here,
    q: Annotated[str, Query(description="the query language of the search page; empty matches everything")] = "",
    kind: Kind | None = None,
    limit: Annotated[int, Query(ge=1, le=MOST_HITS)] = 20,
    offset: Annotated[int, Query(ge=0, le=10_000)] = 0,
    sort: Literal["relevance", "time"] = "relevance",
    facets: bool = False,
) -> Json:
    """Documents, claims, routing events and stories, best first."""
    found = site.index.search(widened(q), kind=kind, limit=limit, offset=offset, facets=facets, sort=sort)
    hits = [{**hit_row(hit), "source": hit.source, "highlights": hit.highlights} for hit in found.hits]
    counted = {name: [{"value": v, "count": n} for v, n in values] for name, values in found.facets.items()}
    named = [{"id": i, "name": site.name(i)} for i in known_entities(q, site.record, site.registry)]
    return {"query": q, "total": found.total, "entities": named, "hits": hits, "facets": counted}


@router.get("/documents/{document_id}", response_model=schemas.DocumentOut)
def document(site: Here, document_id: str) -> Json:
    """A document with its captures, revisions, entities, times, claims and verdicts."""
    record = site.record
    known = record.document(document_id)
    if known is None:
        raise not_found("document", document_id)
    verdicts = record.verdicts_of(document_id)
    annotation = record.annotation(document_id)
    read = annotation_to_json(annotation) if annotation else {"relevant": None, "entities": [], "times": []}
    this = known.document
    return {
        **{name: getattr(this, name) for name in ("id", "version", "url", "title", "text", "lang", "author")},
        "versions": known.versions,
        "source": this.source_id,
        "published_at": iso(this.published_at),
        "published_precision": this.published_precision,
        "first_fetched_at": iso(known.first_fetched_at),
        "fetched_at": iso(this.fetched_at),
        "removed_at": iso(known.removed_at),
        "provenance": dict(this.provenance),
        "capture_id": this.capture_id,
        "captures": [_capture(c) for c in record.captures_of(document_id)],
        "revisions": [_revision(r) for r in record.revisions(document_id)],
        **{name: read[name] for name in ("relevant", "entities", "times")},
        "claims": [claim_row(c, verdicts.get(c.id)) for c in record.claims_of(document_id)],
        "stories": [story.id for story in record.stories_of(document_id)],
    }


def _capture(capture: Capture) -> Json:
    names = ("id", "url", "outcome", "status", "content_type", "payload_digest")
    warc = capture.warc
    return {
        **{name: getattr(capture, name) for name in names},
        "fetched_at": iso(capture.fetched_at),
        "warc_file": warc.file if warc else None,
        "warc_offset": warc.offset if warc else None,
        "warc_length": warc.length if warc else None,
    }


def _revision(revision: Revision) -> Json:
    names = ("kind", "from_version", "to_version", "capture_id")
    changes = [{"op": c.op, "before": c.before, "after": c.after} for c in revision.changes]
    return {**{name: getattr(revision, name) for name in names}, "at": iso(revision.at), "changes": changes}


def claim_row(known: ClaimRecord, verdict: Verdict | None) -> Json:
    return {
        **claim_to_json(known.claim),
        "id": known.id,
        "document_id": known.document_id,
        "document_version": known.document_version,
        "verdict": verdict_to_json(verdict) if verdict else None,
    }


@router.get("/claims/{claim_id}", response_model=schemas.ClaimOut)
def claim(site: Here, claim_id: str) -> Json:
    """A claim with its verdict."""
    known = site.record.claim(claim_id)
    if known is None:
        raise not_found("claim", claim_id)
    return claim_row(known, site.record.verdict(claim_id))


@router.get("/events/{event_id}", response_model=schemas.EventOut)
def event(site: Here, event_id: str) -> Json:
    """A routing event with its evidence, the claims judged by it and the articles that explain it."""
    known = site.record.event(event_id)
    if known is None:
        raise not_found("routing event", event_id)
    return {
        **event_to_json(known),
        "title": event_title(known, site.name),
        "claims": [c.id for c in site.record.claims_on_event(event_id)],
        "articles": explanations(site.record, event_id),
    }


@router.get("/entities/{entity_id:path}/timeline", response_model=schemas.TimelineOut)
def timeline(
    site: Here,
    entity_id: str,
    since: Annotated[str | None, Query(alias="from", description="not before this time")] = None,
    until: Annotated[str | None, Query(alias="to", description="before this time")] = None,
    limit: Annotated[int, Query(ge=1, le=5000)] = 1000,
) -> Json:
    """Documents, claims, revisions and routing events of an entity on one axis, oldest first."""
    start, end = moment(since, "from"), moment(until, "to")
    if not site.record.knows_entity(entity_id):
        raise not_found("entity in the record", entity_id)
    entries = site.record.timeline(entity_id, start, end, limit)
    return {"entity_id": entity_id, "entries": _entries(site.record, entries)}


def _entries(record: Record, entries: Sequence[TimelineEntry]) -> list[Json]:
    parents = dict.fromkeys(e.parent_id for e in entries if e.kind == "claim" and e.parent_id)
    dateless = {c.id for parent in parents for c in record.claims_of(parent) if stands_at_article(c.claim)}
    return [
        {**entry_row(e), "time_of": "article" if e.id in dateless else "claim" if e.kind == "claim" else e.kind}
        for e in entries
    ]


@router.get("/entities/{entity_id:path}", response_model=schemas.EntityOut)
def entity(site: Here, entity_id: str) -> Json:
    """A network, company, country, cable or exchange that the record knows."""
    facts = entity_facts(site, entity_id)
    names = ("id", "name", "kind", "country", "aliases", "note")
    address = f"/api/v1{path('entities', entity_id)}/timeline"
    return {**{name: getattr(facts, name) for name in names}, "timeline": address}


@router.get("/stories/{story_id}", response_model=schemas.StoryOut)
def story(site: Here, story_id: str) -> Json:
    """Documents on one happening, who copied whom, and a count of the verdicts on their claims."""
    known = site.record.story(story_id)
    if known is None:
        raise not_found("story", story_id)
    judged = Counter(v.verdict.value for d in known.document_ids for v in site.record.verdicts_of(d).values())
    copied = lineage(story_documents(site.record, known))
    return {
        **{name: getattr(known, name) for name in ("id", "title", "document_ids", "entity_ids", "voices")},
        "start": iso(known.start),
        "end": iso(known.end),
        "verdicts": dict(judged),
        "copies": {c.first.document.id: [d.document.id for d in c.copies] for c in copied},
    }
