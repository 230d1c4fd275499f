"""An entity's axis: one statement whatever its length, from four tables that are each sorted by entity and time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Select, Text, cast, func, literal, null, select, union_all

from indexer.model import TimelineEntry, VerdictKind
from indexer.record.codec import Key, Utc
from indexer.record.database import Database
from indexer.record.tables import (
    claim_parties,
    claims,
    documents,
    event_parties,
    events,
    mentions,
    networks,
    revisions,
    verdicts,
)


class EntityPart(Database):
    """See `indexer.record.protocol.Record`."""

    def knows_entity(self, entity_id: str) -> bool:
        party_of = literal("AS", Text) + cast(networks.c.asn, Text)
        known = (
            select(mentions.c.entity_id).where(mentions.c.entity_id == entity_id),
            select(claim_parties.c.entity_id).where(claim_parties.c.entity_id == entity_id),
            select(event_parties.c.entity_id).where(event_parties.c.entity_id == entity_id),
            select(mentions.c.entity_id).where(mentions.c.country == entity_id),
            select(claim_parties.c.entity_id)
            .join_from(networks, claim_parties, claim_parties.c.entity_id == party_of)
            .where(networks.c.country == entity_id),
        )
        with self.reading() as conn:
            return any(conn.execute(query.limit(1)).first() is not None for query in known)

    def timeline(
        self, entity_id: str, start: datetime | None = None, end: datetime | None = None, limit: int | None = None
    ) -> Sequence[TimelineEntry]:
        branches = [
            _window(query, time, name, start, end, limit)
            for query, time, name in (
                _documents(entity_id),
                _claims(entity_id),
                _events(entity_id),
                _revisions(entity_id),
            )
        ]
        axis = union_all(*(select(branch.subquery()) for branch in branches)).subquery()
        ordered = select(axis).order_by(axis.c.time, axis.c.kind, axis.c.id).limit(limit)
        with self.reading() as conn:
            return [_entry(*row) for row in conn.execute(ordered)]


def _entry(
    time: datetime,
    kind: str,
    name: str,
    title: str,
    end: datetime | None,
    ongoing: bool,
    verdict: str | None,
    parent_id: str | None,
    url: str | None,
) -> TimelineEntry:
    return TimelineEntry(
        time=time,
        kind=kind,
        id=name,
        title=title,
        end=end,
        ongoing=ongoing,
        verdict=VerdictKind(verdict) if verdict is not None else None,
        parent_id=parent_id,
        url=url,
    )


Branch = tuple[Select[Any], ColumnElement[Any], ColumnElement[Any]]  # with the columns to sort by


def _columns(
    time: ColumnElement[Any],
    kind: str,
    name: ColumnElement[Any],
    title: ColumnElement[Any],
    *,
    end: ColumnElement[Any] | None = None,
    ongoing: ColumnElement[Any] | None = None,
    verdict: ColumnElement[Any] | None = None,
    parent: ColumnElement[Any] | None = None,
    url: ColumnElement[Any] | None = None,
) -> Select[Any]:
    """A row of `_entry`'s arguments. What a branch does not have is typed, for a union wants the same types."""
    return select(
        time.label("time"),
        literal(kind, Text).label("kind"),
        name.label("id"),
        title.label("title"),
        (cast(null(), Utc) if end is None else end).label("end"),
        (literal(False, Boolean) if ongoing is None else ongoing).label("ongoing"),
        (cast(null(), Text) if verdict is None else verdict).label("verdict"),
        (cast(null(), Key) if parent is None else parent).label("parent_id"),
        (cast(null(), Key) if url is None else url).label("url"),
    )


def _window(
    query: Select[Any],
    time: ColumnElement[Any],
    name: ColumnElement[Any],
    start: datetime | None,
    end: datetime | None,
    limit: int | None,
) -> Select[Any]:
    """Each branch gives no more than the whole may have, read off its index."""
    if start is not None:
        query = query.where(time >= start)
    if end is not None:
        query = query.where(time < end)
    return query if limit is None else query.order_by(time, name).limit(limit)


def _documents(entity_id: str) -> Branch:
    m, d = mentions.c, documents.c
    query = _columns(m.time, "document", d.id, d.title, url=d.url).join_from(mentions, documents)
    return query.where(m.entity_id == entity_id), m.time, m.document_id


def _claims(entity_id: str) -> Branch:
    p, c, d = claim_parties.c, claims.c, documents.c
    query = (
        _columns(p.time, "claim", c.id, c.quote, end=c.until, verdict=verdicts.c.verdict, parent=d.id, url=d.url)
        .join_from(claim_parties, claims)
        .join(documents, c.document_id == d.id)
        .outerjoin(verdicts, verdicts.c.claim_id == c.id)
    )
    return query.where(p.entity_id == entity_id), p.time, p.claim_id


def _events(entity_id: str) -> Branch:
    """An event that two archives hold is taken from the first of them."""
    p, e, other = event_parties.c, events.c, event_parties.alias().c
    first = select(func.min(other.archive_id)).where(other.entity_id == p.entity_id, other.event_id == p.event_id)
    query = _columns(p.time, "event", e.id, e.title, end=e.last_seen, ongoing=e.last_seen.is_(None))
    query = query.join_from(event_parties, events)
    return query.where(p.entity_id == entity_id, p.archive_id == first.scalar_subquery()), p.time, p.event_id


def _revisions(entity_id: str) -> Branch:
    r, m, d = revisions.c, mentions.c, documents.c
    query = (
        _columns(r.at, "revision", r.id, r.title, parent=d.id, url=d.url)
        .join_from(mentions, revisions, m.document_id == r.document_id)
        .join(documents, d.id == r.document_id)
    )
    return query.where(m.entity_id == entity_id), r.at, r.id
