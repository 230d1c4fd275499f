"""Documents, their versions and what happened to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select, update

from crawler.errors import Permanent, Transient
from crawler.model import Capture, Document, Revision, RevisionKind
from indexer.model import DocumentRecord, Kind, Work
from indexer.record.database import CHUNK, Database, count_up, log, put, succeeded
from indexer.record.tables import addresses, captures, document_versions, documents, revisions

_DONE_TO = {RevisionKind.EDITED: "Edited", RevisionKind.REMOVED: "Removed", RevisionKind.RESTORED: "Restored"}


class DocumentPart(Database):
    """See `indexer.record.protocol.Record`."""

    def save_document(
        self,
        capture_id: str,
        extractor: str,
        document: Document | None,
        revision: Revision | None,
        note: str | None = None,
    ) -> None:
        with self.writing() as conn:
            url = _mark_read(conn, capture_id, extractor, note)
            changed = _put_version(conn, document, url) if document is not None else False
            if revision is not None:
                changed = _put_revision(conn, revision) or changed
            if changed:
                document_id = document.id if document is not None else revision.document_id if revision else ""
                count_up(conn, "read")
                log(conn, [(Kind.DOCUMENT, document_id)])
            succeeded(conn, Work.EXTRACT, capture_id)

    def document(self, document_id: str, version: int | None = None) -> DocumentRecord | None:
        wanted = documents.c.version if version is None else version
        with self.reading() as conn:
            row = conn.execute(_records(wanted).where(documents.c.id == document_id)).first()
            return None if row is None else _record(row)

    def all_documents(self) -> Iterator[DocumentRecord]:
        last = ""
        while True:
            part = _records(documents.c.version).where(documents.c.id > last).order_by(documents.c.id).limit(CHUNK)
            with self.reading() as conn:
                found = [_record(row) for row in conn.execute(part)]
            if not found:
                return
            yield from found
            last = found[-1].document.id

    def document_id_of(self, url: str) -> str | None:
        with self.reading() as conn:
            found: str | None = conn.scalar(select(addresses.c.document_id).where(addresses.c.url == url))
            return found

    def revisions(self, document_id: str) -> Sequence[Revision]:
        of = select(revisions.c.data).where(revisions.c.document_id == document_id).order_by(revisions.c.ordinal)
        with self.reading() as conn:
            return list(conn.scalars(of))

    def captures_of(self, document_id: str) -> Sequence[Capture]:
        urls = select(addresses.c.url).where(addresses.c.document_id == document_id)
        of = select(captures.c.data).where(captures.c.url.in_(urls)).order_by(captures.c.fetched_at, captures.c.id)
        with self.reading() as conn:
            return list(conn.scalars(of))


def _records(version: Any) -> Select[Any]:
    """`DocumentRecord`s; `version` is a number or a column."""
    return (
        select(document_versions.c.data, documents.c.versions, documents.c.first_fetched_at, documents.c.removed_at)
        .join_from(documents, document_versions)
        .where(document_versions.c.version == version)
    )


def _record(row: Row[*tuple[Any, ...]]) -> DocumentRecord:
    document, versions, first_fetched_at, removed_at = row
    return DocumentRecord(
        document=document, versions=versions, first_fetched_at=first_fetched_at, removed_at=removed_at
    )


def _mark_read(conn: Connection, capture_id: str, extractor: str, note: str | None) -> str:
    """The capture's address."""
    this = update(captures).where(captures.c.id == capture_id).values(extractor=extractor, note=note)
    url: str | None = conn.scalar(this.returning(captures.c.url))
    if url is None:
        raise Permanent("the record has no such capture", subject=capture_id, remedy="save the capture first")
    return url


def _put_version(conn: Connection, document: Document, fetched_url: str) -> bool:
    """True if the version is new."""
    known = conn.execute(select(documents).where(documents.c.id == document.id).with_for_update()).first()
    for url in dict.fromkeys((document.url, fetched_url)):
        if known is not None:
            put(conn, addresses, [{"url": url, "document_id": document.id}])
    if known is not None and document.version != known.version + 1:
        return _same_version(conn, document)
    row: dict[str, object] = {
        "id": document.id,
        "url": document.url,
        "title": document.title,
        "time": document.published_at or document.fetched_at,
        "version": document.version,
        "versions": 1 if known is None else known.versions + 1,
        "first_fetched_at": document.fetched_at if known is None else known.first_fetched_at,
        "pipeline": None,
    }
    put(conn, documents, [row])
    put(conn, addresses, [{"url": url, "document_id": document.id} for url in {document.url, fetched_url}])
    version = {"document_id": document.id, "version": document.version, "capture_id": document.capture_id}
    put(conn, document_versions, [{**version, "data": document}])
    succeeded(conn, Work.ANNOTATE, document.id)
    return True


def _same_version(conn: Connection, document: Document) -> bool:
    """False where the version is known as it is given; else somebody else was faster."""
    this = (document_versions.c.document_id == document.id, document_versions.c.version == document.version)
    if conn.scalar(select(document_versions.c.data).where(*this)) != document:
        raise Transient(
            f"version {document.version} does not follow what the record holds",
            subject=document.url,
            remedy="read the document again and compare with its newest version",
        )
    return False


def _put_revision(conn: Connection, revision: Revision) -> bool:
    """True if it is new. A page that answers again after its removal stands again; what is older says nothing."""
    of = revisions.c.document_id == revision.document_id
    same = select(revisions.c.data).where(of, revisions.c.capture_id == revision.capture_id)
    if revision in conn.scalars(same).all():
        return False
    ordinal = (conn.scalar(select(func.max(revisions.c.ordinal)).where(of)) or 0) + 1
    title = conn.scalar(select(documents.c.title).where(documents.c.id == revision.document_id)) or ""
    row = {
        "id": f"{revision.document_id}/{ordinal}",
        "document_id": revision.document_id,
        "capture_id": revision.capture_id,
        "ordinal": ordinal,
        "kind": revision.kind.value,
        "at": revision.at,
        "title": f"{_DONE_TO[revision.kind]}: {title}",
        "data": revision,
    }
    put(conn, revisions, [row])
    this = update(documents).where(documents.c.id == revision.document_id)
    if revision.kind is RevisionKind.REMOVED:
        conn.execute(this.values(removed_at=revision.at))
    else:
        conn.execute(this.where(documents.c.removed_at <= revision.at).values(removed_at=None))
    return True
