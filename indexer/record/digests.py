"""Subscriptions, and the periods that were sent.

Periods of `every_days` days are counted from a Monday at midnight UTC, so that all weekly digests share their weeks. A
subscription's first period is the one in which it was made; whole periods that were missed since are all due, in order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from crawler.errors import Permanent
from indexer.model import Subscription, Work
from indexer.record.database import Database, put, succeeded
from indexer.record.tables import digests, subscriptions

SENDING = timedelta(minutes=10)
"""How long one sender has a period to itself."""

_MONDAY = datetime(1970, 1, 5, tzinfo=UTC)


class DigestPart(Database):
    """See `indexer.record.protocol.Record`."""

    def put_subscription(self, subscription: Subscription, since: datetime | None = None) -> None:
        row = {"id": subscription.id, "data": subscription}
        with self.writing() as conn:
            new = conn.execute(
                update(subscriptions).where(subscriptions.c.id == subscription.id).values(data=subscription)
            )
            if new.rowcount == 0:
                put(conn, subscriptions, [{**row, "since": since or datetime.now(UTC)}])

    def subscriptions(self) -> Sequence[Subscription]:
        with self.reading() as conn:
            return list(conn.scalars(select(subscriptions.c.data).order_by(subscriptions.c.id)))

    def begin_digest(self, subscription_id: str, start: datetime, end: datetime, owner: str, now: datetime) -> bool:
        row = {"subscription_id": subscription_id, "start": start, "end": end, "owner": owner, "begun_at": now}
        with self.writing() as conn:
            insert = postgresql.insert(digests) if conn.dialect.name == "postgresql" else sqlite.insert(digests)
            free = or_(digests.c.begun_at.is_(None), digests.c.begun_at <= now - SENDING)
            begun = insert.values(row).on_conflict_do_update(
                index_elements=["subscription_id", "start", "end"],
                set_={"owner": owner, "begun_at": now},
                where=digests.c.sent_at.is_(None) & free,
            )
            return conn.execute(begun.returning(digests.c.owner)).first() is not None

    def end_digest(self, subscription_id: str, start: datetime, end: datetime, *, sent_at: datetime | None) -> None:
        this = (digests.c.subscription_id == subscription_id, digests.c.start == start, digests.c.end == end)
        with self.writing() as conn:
            ended = update(digests).where(*this, digests.c.sent_at.is_(None))
            conn.execute(ended.values(sent_at=sent_at, begun_at=None, owner=None))
            if sent_at is not None:
                succeeded(conn, Work.DIGEST, digest_key(subscription_id, start, end))


def digest_key(subscription_id: str, start: datetime, end: datetime) -> str:
    """The key of a period as work: `<subscription>/<start>/<end>`, times in ISO 8601 with `Z`."""
    return "/".join((subscription_id, *(f"{t.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for t in (start, end))))


def parse_digest_key(key: str) -> tuple[str, datetime, datetime]:
    """What `digest_key` was given. Raises `Permanent` for another text."""
    try:
        subscription_id, start, end = key.rsplit("/", 2)
        return subscription_id, datetime.fromisoformat(start), datetime.fromisoformat(end)
    except ValueError as error:
        raise Permanent("not a digest's key", subject=key, remedy="give SUBSCRIPTION/START/END") from error


def periods_over(conn: Connection, now: datetime) -> list[str]:
    """Keys of the periods that are over and were not sent, those that ended first in front."""
    over: list[tuple[datetime, str]] = []
    sent = {
        (name, start, end)
        for name, start, end in conn.execute(
            select(digests.c.subscription_id, digests.c.start, digests.c.end).where(digests.c.sent_at.is_not(None))
        )
    }
    for name, since, subscription in conn.execute(select(subscriptions)):
        for start, end in _periods(since, now, timedelta(days=subscription.every_days)):
            if (name, start, end) not in sent:
                over.append((end, digest_key(name, start, end)))
    return [key for _, key in sorted(over)]


def _periods(since: datetime, now: datetime, length: timedelta) -> Iterator[tuple[datetime, datetime]]:
    start = _MONDAY + (since - _MONDAY) // length * length
    while start + length <= now:
        yield start, start + length
        start += length
