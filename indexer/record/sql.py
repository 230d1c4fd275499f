"""The record in SQL: SQLite, or PostgreSQL where one is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import func, literal, select, union_all

from indexer.model import ChangeLogEntry, Kind, Versions
from indexer.record.axis import EntityPart
from indexer.record.columns import METADATA
from indexer.record.crawling import CrawlPart
from indexer.record.database import connect, counter, migrate
from indexer.record.digests import DigestPart
from indexer.record.documents import DocumentPart
from indexer.record.joins import JoinPart
from indexer.record.reading import ReadingPart
from indexer.record.routing import RoutingPart
from indexer.record.tables import change_log
from indexer.record.work import WorkPart


class SqlRecord(WorkPart, CrawlPart, DocumentPart, ReadingPart, RoutingPart, JoinPart, EntityPart, DigestPart):
    """The `Record` of `indexer.record.protocol`. Many threads may share one; many processes may open the same."""

    @classmethod
    def open(cls, url: str, versions: Versions) -> SqlRecord:
        """Makes the tables, or brings them up to date. Raises `Permanent` for an address that is no SQLite or
        PostgreSQL and for a record of a newer version, `Transient` when the database is away.
        """
        engine = connect(url)
        try:
            migrate(engine)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine, versions)

    def changes(self, after: int, limit: int) -> Sequence[ChangeLogEntry]:
        later = select(change_log).where(change_log.c.seq > after).order_by(change_log.c.seq).limit(limit)
        with self.reading() as conn:
            return [ChangeLogEntry(seq=r.seq, kind=Kind(r.kind), id=r.id) for r in conn.execute(later)]

    def last_change(self) -> int:
        with self.reading() as conn:
            return counter(conn, "change")

    def counts(self) -> Mapping[str, int]:
        each = [
            select(literal(t.name).label("name"), func.count().label("rows")).select_from(t)
            for t in METADATA.sorted_tables
            if t.name != "meta"
        ]
        with self.reading() as conn:
            return {row.name: row.rows for row in conn.execute(union_all(*each))}

    def close(self) -> None:
        self.engine.dispose()
