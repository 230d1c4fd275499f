"""What is due, who has it, and what failed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from crawler.model import Outcome, ResourceKind
from indexer.model import Failure, Work
from indexer.record.database import Database, counter, succeeded
from indexer.record.digests import periods_over
from indexer.record.routing import evidence_version
from indexer.record.tables import archives, captures, claims, documents, failures, leases, meta, pages, sources

GROUP_KEY = "stories"

Keys = Select[str, datetime]  # a key and since when it is due


class WorkPart(Database):
    """See `indexer.record.protocol.Record`."""

    def due(self, work: Work, now: datetime, limit: int = 1000) -> Sequence[str]:
        with self.reading() as conn:
            if work in (Work.GROUP, Work.DIGEST):
                keys = _grouping(conn) if work is Work.GROUP else periods_over(conn, now)
                taken = set(conn.scalars(self._taken(work, now)))
                return [key for key in keys if key not in taken][:limit]
            query = self._due(work)(conn, now)
            key, since = query.selected_columns
            free = key.not_in(self._taken(work, now))
            return list(conn.scalars(query.where(free).order_by(since, key).limit(limit)))

    def _due(self, work: Work) -> Callable[[Connection, datetime], Keys]:
        by_work: Mapping[Work, Callable[[Connection, datetime], Keys]] = {
            Work.POLL: _polls,
            Work.FETCH: _fetches,
            Work.EXTRACT: self._extractions,
            Work.ANNOTATE: self._annotations,
            Work.DETECT: self._detections,
            Work.VERIFY: self._verifications,
        }
        return by_work[work]

    def _taken(self, work: Work, now: datetime) -> Select[str]:
        """Keys that somebody works on, and keys that this version of the code failed on and is not to try yet."""
        held = select(leases.c.key).where(leases.c.work == work.value, leases.c.until > now)
        put_off = select(failures.c.key).where(
            failures.c.work == work.value,
            failures.c.version == self.version_of(work),
            or_(failures.c.retry_at.is_(None), failures.c.retry_at > now),
        )
        return select(held.union_all(put_off).subquery().c.key)

    def _extractions(self, conn: Connection, now: datetime) -> Keys:
        """Captures that were never read, a page's oldest first and alone, so that its versions come in order; and
        what another extractor read, where it is the last word of its page: an older capture would bring back what was
        edited or removed since.
        """
        earlier = captures.alias()
        in_quarantine = select(failures.c.key).where(
            failures.c.work == Work.EXTRACT.value,
            failures.c.version == self.versions.extractor,
            failures.c.retry_at.is_(None),
        )
        before = or_(
            earlier.c.fetched_at < captures.c.fetched_at,
            and_(earlier.c.fetched_at == captures.c.fetched_at, earlier.c.id < captures.c.id),
        )
        waits = select(earlier.c.id).where(
            earlier.c.url == captures.c.url, before, _unread(earlier.c), earlier.c.id.not_in(in_quarantine)
        )
        anew = and_(
            captures.c.newest,
            captures.c.outcome == Outcome.FETCHED.value,
            _other(captures.c.extractor, self.versions.extractor),
        )
        return select(captures.c.id, captures.c.fetched_at).where(or_(and_(_unread(captures.c), ~waits.exists()), anew))

    def _annotations(self, conn: Connection, now: datetime) -> Keys:
        stale = or_(documents.c.pipeline.is_(None), _other(documents.c.pipeline, self.versions.pipeline))
        return select(documents.c.id, documents.c.first_fetched_at).where(stale)

    def _detections(self, conn: Connection, now: datetime) -> Keys:
        stale = or_(archives.c.detector.is_(None), archives.c.detector != self.versions.detector)
        return select(archives.c.id, archives.c.start).where(stale)

    def _verifications(self, conn: Connection, now: datetime) -> Keys:
        today = judged(self.versions.judge, evidence_version(conn))
        return select(claims.c.id, claims.c.time).where(or_(claims.c.judged.is_(None), _other(claims.c.judged, today)))

    def lease(self, work: Work, key: str, owner: str, now: datetime, seconds: float) -> bool:
        row = {"work": work.value, "key": key, "owner": owner, "until": now + timedelta(seconds=seconds)}
        with self.writing() as conn:
            insert = postgresql.insert(leases) if conn.dialect.name == "postgresql" else sqlite.insert(leases)
            taken = insert.values(row).on_conflict_do_update(
                index_elements=["work", "key"],
                set_={"owner": insert.excluded.owner, "until": insert.excluded.until},
                where=or_(leases.c.until <= now, leases.c.owner == owner),
            )
            if conn.execute(taken.returning(leases.c.key)).first() is None:
                return False
            if work is Work.GROUP:
                # What is read from here on counts as grouped; what changes afterwards makes the stories due again.
                _set(conn, "grouping", counter(conn, "read"))
            return True

    def release(self, work: Work, key: str, owner: str) -> None:
        mine = (leases.c.work == work.value, leases.c.key == key, leases.c.owner == owner)
        with self.writing() as conn:
            conn.execute(delete(leases).where(*mine))

    def lease_owners(self) -> Sequence[str]:
        with self.reading() as conn:
            return list(conn.scalars(select(leases.c.owner).distinct().order_by(leases.c.owner)))

    def release_all(self, owner: str) -> None:
        with self.writing() as conn:
            conn.execute(delete(leases).where(leases.c.owner == owner))

    def fail(self, work: Work, key: str, error: str, now: datetime, retry_at: datetime | None) -> None:
        row = {"error": error, "at": now, "retry_at": retry_at, "version": self.version_of(work)}
        with self.writing() as conn:
            insert = postgresql.insert(failures) if conn.dialect.name == "postgresql" else sqlite.insert(failures)
            conn.execute(
                insert.values(work=work.value, key=key, attempts=1, **row).on_conflict_do_update(
                    index_elements=["work", "key"], set_={**row, "attempts": failures.c.attempts + 1}
                )
            )

    def failures(self) -> Sequence[Failure]:
        newest = select(failures).order_by(failures.c.at.desc(), failures.c.work, failures.c.key)
        with self.reading() as conn:
            return [
                Failure(work=Work(r.work), key=r.key, attempts=r.attempts, error=r.error, at=r.at, retry_at=r.retry_at)
                for r in conn.execute(newest)
            ]

    def retry(self, work: Work, key: str) -> None:
        with self.writing() as conn:
            succeeded(conn, work, key)


def judged(judge: str, evidence: str) -> str:
    """The stamp of a claim whose verdict `judge` gave on `evidence`."""
    return f"{judge} {evidence}"


def grouped(conn: Connection) -> None:
    """Stories were saved from what was read at the last lease, or (nobody took one) from what there is now."""
    basis = counter(conn, "grouping") or counter(conn, "read")
    _set(conn, "grouped", basis)
    _set(conn, "grouping", 0)


def _set(conn: Connection, name: str, value: int) -> None:
    conn.execute(update(meta).where(meta.c.name == name).values(value=value))


def _grouping(conn: Connection) -> list[str]:
    return [GROUP_KEY] if counter(conn, "read") > counter(conn, "grouped") else []


def _polls(conn: Connection, now: datetime) -> Keys:
    return select(sources.c.id, sources.c.next_poll_at).where(sources.c.next_poll_at <= now)


def _fetches(conn: Connection, now: datetime) -> Keys:
    return select(pages.c.url, pages.c.next_fetch_at).where(pages.c.next_fetch_at <= now)


def _unread(c: Any) -> ColumnElement[bool]:
    """In the words of the partial index, which a parameter would not match."""
    kinds = [literal(outcome.value, literal_execute=True) for outcome in (Outcome.FETCHED, Outcome.GONE)]
    return and_(
        c.kind == literal(ResourceKind.PAGE.value, literal_execute=True),
        c.extractor.is_(None),
        c.outcome.in_(kinds),
    )


def _other(column: ColumnElement[str | None], value: str) -> ColumnElement[bool]:
    """Unequal in the form that an index serves; NULL is not another."""
    return or_(column < value, column > value)
