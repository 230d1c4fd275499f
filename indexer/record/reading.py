"""Annotations, their mentions and claims."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, select, update

from crawler.errors import Permanent
from indexer.model import ClaimRecord, Kind, Work
from indexer.record.database import CHUNK, Database, chunks, count_up, log, put, succeeded
from indexer.record.tables import claim_parties, claims, documents, mentions, readings
from nlp.model import Annotation, Claim


class ReadingPart(Database):
    """See `indexer.record.protocol.Record`."""

    def save_annotation(self, document_id: str, version: int, annotation: Annotation) -> None:
        with self.writing() as conn:
            document = conn.execute(select(documents).where(documents.c.id == document_id).with_for_update()).first()
            if document is None or version > document.version:
                raise Permanent(
                    "the record has no such version",
                    subject=f"{document_id}/{version}",
                    remedy="save the document first",
                )
            if version < document.version:
                return
            put(conn, readings, [{"document_id": document_id, "version": version, "data": annotation}])
            _put_mentions(conn, document, annotation)
            touched = _put_claims(conn, document, annotation.claims)
            conn.execute(update(documents).where(documents.c.id == document_id).values(pipeline=annotation.version))
            count_up(conn, "read")
            succeeded(conn, Work.ANNOTATE, document_id)
            log(conn, [(Kind.DOCUMENT, document_id), *((Kind.CLAIM, name) for name in touched)])

    def annotation(self, document_id: str) -> Annotation | None:
        with self.reading() as conn:
            of = select(readings.c.data).where(readings.c.document_id == document_id)
            found: Annotation | None = conn.scalar(of)
            return found

    def claims_of(self, document_id: str) -> Sequence[ClaimRecord]:
        of = select(claims).where(claims.c.document_id == document_id).order_by(claims.c.ordinal)
        with self.reading() as conn:
            return [claim_record(row) for row in conn.execute(of)]

    def claim(self, claim_id: str) -> ClaimRecord | None:
        with self.reading() as conn:
            row = conn.execute(select(claims).where(claims.c.id == claim_id)).first()
            return None if row is None else claim_record(row)

    def claims_about(self, entity_ids: Iterable[str], start: datetime, end: datetime) -> Sequence[ClaimRecord]:
        party = claim_parties.c
        found: dict[str, ClaimRecord] = {}
        with self.reading() as conn:
            for part in chunks(sorted(set(entity_ids))):
                named = select(party.claim_id).where(party.entity_id.in_(part), party.time >= start, party.time < end)
                rows = conn.execute(select(claims).where(claims.c.id.in_(named)))
                found |= {row.id: claim_record(row) for row in rows}
        return [found[name] for name in sorted(found)]

    def all_claims(self) -> Iterator[ClaimRecord]:
        last = ""
        while True:
            part = select(claims).where(claims.c.id > last).order_by(claims.c.id).limit(CHUNK)
            with self.reading() as conn:
                found = [claim_record(row) for row in conn.execute(part)]
            if not found:
                return
            yield from found
            last = found[-1].id


def claim_id(document_id: str, claim: Claim) -> str:
    """16 hex digits over what makes a claim the same one in another reading: document, type, parties and quote."""
    key = "\x1f".join((document_id, claim.type, claim.actor or "", claim.target or "", claim.quote))
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def claim_ids(document_id: str, found: Iterable[Claim]) -> list[str]:
    """The ids of a document's claims in their order; a second one of the same key is numbered."""
    seen: Counter[str] = Counter()
    names = []
    for claim in found:
        name = claim_id(document_id, claim)
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name}-{seen[name]}")
    return names


def cut_time(value: str | None) -> datetime | None:
    """The first moment of a time that is cut to its precision (`2006-05`, `2017-W40`, `2017-10-01T09:08:00Z`); None
    where there is none, or it cannot be read.
    """
    if not value:
        return None
    day = {4: f"{value}-01-01", 7: f"{value}-01"}.get(len(value), value)
    try:
        if "T" in day:
            at = datetime.fromisoformat(day)
            return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        found = date.fromisoformat(day)
    except ValueError:
        return None
    return datetime(found.year, found.month, found.day, tzinfo=UTC)


def claim_record(row: Row[Any]) -> ClaimRecord:
    """Of a whole row of `claims`."""
    return ClaimRecord(id=row.id, document_id=row.document_id, document_version=row.version, claim=row.data)


def parties(claim: Claim) -> set[str]:
    """Everything that a claim is about: who, whom, others, the place, and what a name beside a wrong number means."""
    named = {claim.actor, claim.target, claim.place, *claim.other, *(meant for _, meant in claim.likely)}
    return {name for name in named if name}


def _put_mentions(conn: Connection, document: Row[Any], annotation: Annotation) -> None:
    """Whom a document is about: its mentions, and the parties of its claims, which it may name by a country alone."""
    countries: dict[str, str | None] = {party: None for claim in annotation.claims for party in parties(claim)}
    for entity in annotation.entities:
        for name in (entity.id, entity.likely):
            if name is not None:
                countries[name] = countries.get(name) or (entity.country if name == entity.id else None)
    conn.execute(delete(mentions).where(mentions.c.document_id == document.id))
    put(
        conn,
        mentions,
        [
            {"document_id": document.id, "entity_id": name, "time": document.time, "country": country}
            for name, country in sorted(countries.items())
        ],
    )


def _put_claims(conn: Connection, document: Row[Any], found: Sequence[Claim]) -> set[str]:
    """The ids of claims that came, went or stayed. A claim that says something else now is judged again; until then
    the verdict that it has stays.
    """
    of: Select[Any] = select(claims).where(claims.c.document_id == document.id)
    known = {row.id: row for row in conn.execute(of)}
    names = claim_ids(document.id, found)
    gone = sorted(known.keys() - set(names))
    conn.execute(delete(claims).where(claims.c.id.in_(gone)))
    conn.execute(delete(claim_parties).where(claim_parties.c.claim_id.in_(names)))
    rows, links = [], []
    for ordinal, (name, claim) in enumerate(zip(names, found, strict=True)):
        old = known.get(name)
        same = old is not None and _said(old.data) == _said(claim)
        time = cut_time(claim.start_utc) or document.time
        rows.append(
            {
                "id": name,
                "document_id": document.id,
                "version": document.version,
                "ordinal": ordinal,
                "time": time,
                "until": cut_time(claim.end_utc),
                "quote": claim.quote,
                "judged": old.judged if old is not None and same else None,
                "data": claim,
            }
        )
        links += [{"claim_id": name, "entity_id": party, "time": time} for party in sorted(parties(claim))]
    put(conn, claims, rows)
    put(conn, claim_parties, links)
    return known.keys() | set(names)


def _said(claim: Claim) -> Claim:
    """A claim without what only says where it stands."""
    return replace(claim, id="", quote_span=(0, 0))
