"""What of the record goes into the index: one `IndexDoc` for a document, a claim, an event or a story."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from crawler.routing.model import RoutingEvent
from indexer.claimtime import claimed
from indexer.model import ClaimRecord, IndexDoc, Kind, Story, Verdict, VerdictKind
from indexer.record.protocol import Record
from indexer.titles import Name, claim_title, event_title
from nlp.model import Entity, EntityType

_ORDER = {
    kind: rank
    for rank, kind in enumerate(
        (
            VerdictKind.CONTRADICTED,
            VerdictKind.CORRECTED,
            VerdictKind.PARTLY,
            VerdictKind.CONFIRMED,
            VerdictKind.NO_DATA,
            VerdictKind.NOT_OBSERVABLE,
        )
    )
}


def index_doc(record: Record, kind: Kind, item_id: str, name: Name) -> IndexDoc | None:
    """The thing as the index holds it, None if the record has it no longer."""
    return _MAKERS[kind](record, item_id, name)


def _asns(ids: Iterable[str | None]) -> tuple[int, ...]:
    return tuple(sorted({int(i[2:]) for i in ids if i and re.fullmatch(r"AS\d+", i)}))


def _countries(ids: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(sorted({i for i in ids if i and re.fullmatch(r"[A-Z]{2}", i)}))


def _verdicts(kinds: Iterable[VerdictKind]) -> tuple[VerdictKind, ...]:
    return tuple(sorted(set(kinds), key=_ORDER.__getitem__))


def leading(claims: Iterable[ClaimRecord]) -> ClaimRecord | None:
    """What a document says first: the first claim of its text that is not told as background, else the first of all."""
    return min(claims, key=lambda c: (c.claim.background, c.claim.quote_span, c.id), default=None)


def standing(claims: Iterable[ClaimRecord], verdicts: Mapping[str, Verdict]) -> tuple[VerdictKind, ...]:
    """The verdicts on a document, each once: that of its leading claim first, the others by how telling they are.

    A document is known by the first: a side claim never vouches for a headline. Claims not judged yet are passed over.
    """
    first = leading(c for c in claims if c.id in verdicts)
    others = _verdicts(v.verdict for v in verdicts.values())
    return tuple(dict.fromkeys((verdicts[first.id].verdict, *others))) if first else others


def _document(record: Record, document_id: str, name: Name) -> IndexDoc | None:
    known = record.document(document_id)
    if known is None:
        return None
    document = known.document
    annotation = record.annotation(document_id)
    entities: tuple[Entity, ...] = annotation.entities if annotation else ()
    claims = record.claims_of(document_id)
    verdicts = record.verdicts_of(document_id)
    ids = {e.id for e in entities} | {e.likely for e in entities} | {p for c in claims for p in _parties(c)}
    return IndexDoc(
        kind=Kind.DOCUMENT,
        id=document_id,
        title=document.title,
        body=document.text,
        time=document.published_at or known.first_fetched_at,
        url=document.url,
        lang=annotation.lang if annotation else document.lang,
        source=document.source_id,
        document_id=document_id,
        verdicts=standing(claims, verdicts),
        asns=_asns(ids),
        countries=_countries(ids),
        types=tuple(sorted({c.claim.type for c in claims})),
        prefixes=tuple(sorted({e.id for e in entities if e.type is EntityType.PREFIX and e.id})),
        entities=tuple(sorted(i for i in ids if i)),
        related=tuple(sorted({event for v in verdicts.values() for event in v.events})),
    )


def _parties(record: ClaimRecord) -> tuple[str, ...]:
    claim = record.claim
    likely = [asn for _, asn in claim.likely]
    return tuple(p for p in (claim.actor, claim.target, claim.place, *claim.other, *likely) if p)


def _claim(record: Record, claim_id: str, name: Name) -> IndexDoc | None:
    known = record.claim(claim_id)
    parent = record.document(known.document_id) if known else None
    if known is None or parent is None:
        return None
    verdict = record.verdict(claim_id)
    parties = _parties(known)
    span = claimed(known.claim.start_utc, known.claim.precision)
    return IndexDoc(
        kind=Kind.CLAIM,
        id=claim_id,
        title=claim_title(known.claim, name),
        body=known.claim.quote,
        time=span.start if span else parent.document.published_at or parent.first_fetched_at,
        url=parent.document.url,
        lang=parent.document.lang,
        source=parent.document.source_id,
        document_id=known.document_id,
        verdicts=(verdict.verdict,) if verdict else (),
        asns=_asns(parties),
        countries=_countries(parties),
        types=(known.claim.type,),
        prefixes=tuple(p for p in known.claim.other if "/" in p),
        entities=tuple(sorted(set(parties))),
        related=verdict.events if verdict else (),
    )


def _event(record: Record, event_id: str, name: Name) -> IndexDoc | None:
    event = record.event(event_id)
    if event is None:
        return None
    ids = [f"AS{asn}" for asn in networks(event)]
    related = [claim.document_id for claim in record.claims_on_event(event_id)]
    return IndexDoc(
        kind=Kind.EVENT,
        id=event_id,
        title=event_title(event, name),
        body=" ".join((*event.prefixes, *(name(i) for i in ids), *ids, *(name(c) for c in event.countries))),
        time=event.first_seen,
        source=event.source,
        asns=_asns(ids),
        countries=event.countries,
        types=(event.kind.value,),
        prefixes=event.prefixes,
        entities=tuple(sorted({*ids, *event.countries})),
        related=tuple(sorted(set(related))),
    )


def networks(event: RoutingEvent) -> tuple[int, ...]:
    """The networks that an event is about: origin, upstream, offender."""
    found = (event.origin_asn, event.upstream_asn, event.offender_asn)
    return tuple(sorted({asn for asn in found if asn is not None}))


def _story(record: Record, story_id: str, name: Name) -> IndexDoc | None:
    story: Story | None = record.story(story_id)
    if story is None:
        return None
    told = [standing(record.claims_of(d), record.verdicts_of(d)) for d in story.document_ids]
    firsts = Counter(kinds[0] for kinds in told if kinds)
    verdicts = sorted({k for kinds in told for k in kinds}, key=lambda k: (-firsts[k], _ORDER[k]))
    when: datetime = story.start
    return IndexDoc(
        kind=Kind.STORY,
        id=story_id,
        title=story.title,
        body=" ".join(name(entity_id) for entity_id in story.entity_ids),
        time=when,
        verdicts=tuple(verdicts),
        asns=_asns(story.entity_ids),
        countries=_countries(story.entity_ids),
        entities=story.entity_ids,
        related=story.document_ids,
    )


_MAKERS: dict[Kind, Callable[[Record, str, Name], IndexDoc | None]] = {
    Kind.DOCUMENT: _document,
    Kind.CLAIM: _claim,
    Kind.EVENT: _event,
    Kind.STORY: _story,
}
