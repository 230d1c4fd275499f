"""What a page shows of a document, an event or a story, read from the record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crawler.model import Capture, Revision, Source
from crawler.routing.model import RoutingEvent
from indexer.claimtime import claimed
from indexer.documents import leading
from indexer.lineage import CopyItem, CopySet, copies
from indexer.model import ClaimRecord, DocumentRecord, Story, TimelineEntry, Verdict, VerdictKind
from indexer.record.protocol import Record
from nlp.model import Annotation, Claim, TimeSpan
from ops.answers import explanations
from ops.web.marks import ClaimMark, Paragraph, paragraphs
from ops.web.problems import not_found
from ops.web.site import Site
from ops.web.timeline import Timeline, timeline
from ops.web.words import path


@dataclass(frozen=True, slots=True)
class ClaimView:
    mark: ClaimMark
    verdict: Verdict | None
    said: TimeSpan | None
    events: tuple[RoutingEvent, ...]


@dataclass(frozen=True, slots=True)
class Badges:
    """The verdict that a document is known by, and how many of its other claims got another."""

    first: VerdictKind
    others: tuple[tuple[VerdictKind, int], ...]


@dataclass(frozen=True, slots=True)
class Copies:
    """Who published a text first, and who after it."""

    first: DocumentRecord
    copies: tuple[DocumentRecord, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentView:
    record: DocumentRecord
    source: Source | None
    badges: Badges | None
    annotation: Annotation | None
    paragraphs: list[Paragraph]
    claims: list[ClaimView]
    captures: Sequence[Capture]
    revisions: Sequence[Revision]
    stories: Sequence[Story]
    lineage: Copies | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventView:
    event: RoutingEvent
    explanations: list[dict[str, Any]]
    claims: list[tuple[ClaimRecord, Verdict | None]]
    timeline: Timeline | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryView:
    story: Story
    about: list[str]
    documents: list[DocumentRecord]
    badges: Mapping[str, Badges | None]
    summary: list[tuple[VerdictKind, int]]
    lineage: list[Copies]
    timeline: Timeline | None


def badges(record: Record, document_id: str) -> Badges | None:
    """None where nothing of the document is judged."""
    verdicts = record.verdicts_of(document_id)
    first = leading(c for c in record.claims_of(document_id) if c.id in verdicts)
    if first is None:
        return None
    own = verdicts[first.id].verdict
    count = Counter(v.verdict for v in verdicts.values())
    return Badges(own, tuple((kind, count[kind]) for kind in VerdictKind if count[kind] and kind is not own))


def document_view(site: Site, document_id: str) -> DocumentView:
    """Raises `NotFound`."""
    record = site.record
    known = record.document(document_id)
    if known is None:
        raise not_found("document", document_id)
    annotation = record.annotation(document_id)
    verdicts = record.verdicts_of(document_id)
    judged = {claim_id: verdict.verdict for claim_id, verdict in verdicts.items()}
    records = sorted(record.claims_of(document_id), key=lambda c: (c.claim.quote_span, c.id))
    marks = [ClaimMark(number, c, judged.get(c.id)) for number, c in enumerate(records, 1)]
    stories = record.stories_of(document_id)
    return DocumentView(
        record=known,
        source=site.sources.get(known.document.source_id),
        badges=badges(record, document_id),
        annotation=annotation,
        paragraphs=paragraphs(known.document.text, annotation, marks),
        claims=[_claim(record, mark, verdicts.get(mark.record.id), annotation) for mark in marks],
        captures=record.captures_of(document_id),
        revisions=record.revisions(document_id),
        stories=stories,
        lineage=next(
            (c for s in stories for c in lineage(story_documents(record, s)) if known in (c.first, *c.copies)), None
        ),
    )


def _claim(record: Record, mark: ClaimMark, verdict: Verdict | None, annotation: Annotation | None) -> ClaimView:
    events = [record.event(event_id) for event_id in verdict.events] if verdict else []
    said = _said(mark.record, annotation.times if annotation else ())
    return ClaimView(mark, verdict, said, tuple(event for event in events if event is not None))


def _said(claim: ClaimRecord, times: Sequence[TimeSpan]) -> TimeSpan | None:
    """The expression that the claim's time comes from: in its quote, else the nearest before it with that time."""
    if claim.claim.start_utc is None:
        return None
    start, end = claim.claim.quote_span
    same = [t for t in times if t.start_utc == claim.claim.start_utc and t.start < end]
    return max(same, key=lambda t: (start <= t.start, t.start), default=None)


def lineage(documents: Sequence[DocumentRecord]) -> list[Copies]:
    """The texts among these that were published more than once."""
    known = {d.document.id: d for d in documents}
    items = [
        CopyItem(
            document_id=d.document.id,
            url=d.document.url,
            published_at=d.document.published_at or d.first_fetched_at,
            signature=d.document.signature,
        )
        for d in documents
    ]
    sets: tuple[CopySet, ...] = copies(items)
    return [Copies(known[s.first], tuple(known[i] for i in s.copies)) for s in sets]


def story_documents(record: Record, story: Story) -> list[DocumentRecord]:
    found = [record.document(document_id) for document_id in story.document_ids]
    return [d for d in found if d is not None]


def event_view(site: Site, event_id: str, start: datetime | None, end: datetime | None) -> EventView:
    """Raises `NotFound`."""
    record = site.record
    event = record.event(event_id)
    if event is None:
        raise not_found("routing event", event_id)
    rows = explanations(record, event_id)
    claims = [(claim, record.verdict(claim.id)) for claim in record.claims_on_event(event_id)]
    told = [known for row in rows if (known := record.document(row["document_id"])) is not None]
    entries = [_event_entry(event), *_claim_entries(claims), *map(_document_entry, told)]
    axis = timeline(
        _ordered(entries),
        {event.id: event},
        {known.id: known.claim for known, _ in claims},
        path("event", event_id),
        site.name,
        start,
        end,
    )
    return EventView(event=event, explanations=rows, claims=claims, timeline=axis)


def _event_entry(event: RoutingEvent) -> TimelineEntry:
    ongoing = event.last_seen is None
    return TimelineEntry(
        time=event.first_seen, kind="event", id=event.id, title=event.id, end=event.last_seen, ongoing=ongoing
    )


def _document_entry(known: DocumentRecord) -> TimelineEntry:
    document = known.document
    time = document.published_at or known.first_fetched_at
    return TimelineEntry(time=time, kind="document", id=document.id, title=document.title, url=document.url)


def _claim_entries(claims: Iterable[tuple[ClaimRecord, Verdict | None]]) -> Iterator[TimelineEntry]:
    """Claims without a time are left out."""
    for known, verdict in claims:
        span = claimed(known.claim.start_utc, known.claim.precision)
        if span is not None:
            kind = verdict.verdict if verdict else None
            title, parent = known.claim.quote, known.document_id
            yield TimelineEntry(time=span.start, kind="claim", id=known.id, title=title, verdict=kind, parent_id=parent)


def _ordered(entries: Iterable[TimelineEntry]) -> list[TimelineEntry]:
    return sorted(entries, key=lambda e: (e.time, e.kind, e.id))


def _about(record: Record, story: Story) -> list[str]:
    """Its entities by how many of its documents name them; an AS number that stands only as a misprint names none."""
    count, misprints = Counter[str](), set[str]()
    for document_id in story.document_ids:
        annotation = record.annotation(document_id)
        mentions = annotation.entities if annotation else ()
        count.update({meant for e in mentions if (meant := e.likely or e.id)})
        misprints |= {e.id for e in mentions if e.id and e.likely}
    kept = [i for i in story.entity_ids if count[i] or i not in misprints]
    return sorted(kept, key=lambda i: (-count[i], i))


def story_view(site: Site, story_id: str, start: datetime | None, end: datetime | None) -> StoryView:
    """Raises `NotFound`."""
    record = site.record
    story = record.story(story_id)
    if story is None:
        raise not_found("story", story_id)
    documents = story_documents(record, story)
    entries = [_document_entry(d) for d in documents]
    count: Counter[VerdictKind] = Counter()
    events: dict[str, RoutingEvent] = {}
    claims: dict[str, Claim] = {}
    for document in documents:
        judged = record.verdicts_of(document.document.id)
        count.update(v.verdict for v in judged.values())
        made = record.claims_of(document.document.id)
        claims |= {known.id: known.claim for known in made}
        entries += _claim_entries((c, judged.get(c.id)) for c in made if not c.claim.background)
        named = {event for v in judged.values() for event in v.events}
        events |= {i: event for i in named - events.keys() if (event := record.event(i)) is not None}
    entries += [_event_entry(event) for event in events.values()]
    return StoryView(
        story=story,
        about=_about(record, story),
        documents=documents,
        badges={d.document.id: badges(record, d.document.id) for d in documents},
        summary=[(kind, count[kind]) for kind in VerdictKind if count[kind]],
        lineage=lineage(documents),
        timeline=timeline(_ordered(entries), events, claims, path("story", story_id), site.name, start, end),
    )
