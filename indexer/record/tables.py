"""The tables: a column for what a query asks, the whole value as JSON in `data`.

Migrations make them; a test holds the two together.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
)

from crawler.model import Capture, Document, Entry, PageState, Revision, SourceState
from crawler.routing.model import Coverage, RouteSpell, RoutingEvent
from indexer.model import Story, Subscription, Verdict
from indexer.record.codec import Data, Key, Utc
from indexer.record.columns import METADATA as METADATA
from indexer.record.columns import ident, moment, refers
from nlp.model import Annotation, Claim

HEAD = "v0001"
"""The newest migration; a record that stands here is opened without loading Alembic."""

# -- crawling ---------------------------------------------------------------------------------------------------------
sources = Table("sources", METADATA, ident(), moment("next_poll_at"), Column("data", Data(SourceState), nullable=False))
Index(None, sources.c.next_poll_at)

pages = Table(
    "pages",
    METADATA,
    ident("url"),
    Column("source_id", Key, nullable=False),
    moment("next_fetch_at", null=True),
    Column("data", Data(PageState), nullable=False),
)
Index(None, pages.c.next_fetch_at)

entries = Table("entries", METADATA, ident("url"), Column("data", Data(Entry), nullable=False))

captures = Table(
    "captures",
    METADATA,
    ident(),
    Column("url", Key, nullable=False),
    Column("kind", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    moment("fetched_at"),
    Column("newest", Boolean, nullable=False),  # the last `fetched` or `gone` of its page
    Column("extractor", Key),
    Column("note", Text),
    Column("data", Data(Capture), nullable=False),
)
Index(None, captures.c.url, captures.c.fetched_at)
_UNREAD = "kind = 'page' AND extractor IS NULL AND outcome IN ('fetched', 'gone')"
Index("ix_captures_unread", captures.c.fetched_at, sqlite_where=text(_UNREAD), postgresql_where=text(_UNREAD))
Index("ix_captures_newest", captures.c.extractor, sqlite_where=text("newest"), postgresql_where=text("newest"))

# -- documents --------------------------------------------------------------------------------------------------------
documents = Table(
    "documents",
    METADATA,
    ident(),
    Column("url", Key, nullable=False),
    Column("title", Text, nullable=False),
    moment("time"),  # published, else fetched
    Column("version", Integer, nullable=False),
    Column("versions", Integer, nullable=False),
    moment("first_fetched_at"),
    moment("removed_at", null=True),
    Column("pipeline", Key),  # that read the newest version
)
Index(None, documents.c.pipeline)

document_versions = Table(
    "document_versions",
    METADATA,
    refers("documents.id", "document_id", key=True),
    Column("version", Integer, primary_key=True),
    Column("capture_id", Key, ForeignKey("captures.id"), nullable=False),
    Column("data", Data(Document), nullable=False),
)

addresses = Table("addresses", METADATA, ident("url"), refers("documents.id", "document_id"))
Index(None, addresses.c.document_id)

revisions = Table(
    "revisions",
    METADATA,
    ident(),
    refers("documents.id", "document_id"),
    Column("capture_id", Key, ForeignKey("captures.id"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    moment("at"),
    Column("title", Text, nullable=False),
    Column("data", Data(Revision), nullable=False),
)
Index(None, revisions.c.document_id, revisions.c.ordinal, unique=True)

# -- reading ----------------------------------------------------------------------------------------------------------
readings = Table(
    "annotations",
    METADATA,
    refers("documents.id", "document_id", key=True),
    Column("version", Integer, nullable=False),
    Column("data", Data(Annotation), nullable=False),
)

mentions = Table(
    "mentions",
    METADATA,
    refers("documents.id", "document_id", key=True),
    ident("entity_id"),
    moment("time"),
    Column("country", Key),
)
Index(None, mentions.c.entity_id, mentions.c.time, mentions.c.document_id)
Index(None, mentions.c.country)

claims = Table(
    "claims",
    METADATA,
    ident(),
    refers("documents.id", "document_id"),
    Column("version", Integer, nullable=False),
    Column("ordinal", Integer, nullable=False),
    moment("time"),  # claimed, else the document's
    moment("until", null=True),
    Column("quote", Text, nullable=False),
    Column("judged", Key),  # judge and evidence of its verdict; NULL: due
    Column("data", Data(Claim), nullable=False),
)
Index(None, claims.c.document_id, claims.c.ordinal)
Index(None, claims.c.judged)

claim_parties = Table(
    "claim_parties", METADATA, refers("claims.id", "claim_id", key=True), ident("entity_id"), moment("time")
)
Index(None, claim_parties.c.entity_id, claim_parties.c.time, claim_parties.c.claim_id)

# -- routing ----------------------------------------------------------------------------------------------------------
archives = Table(
    "archives",
    METADATA,
    ident(),
    Column("path", Text, nullable=False),
    moment("start"),
    moment("end"),
    Column("fingerprint", Text),
    Column("detector", Text),  # NULL: due
    Column("evidence", Text),  # a digest of events, spells and coverage
    Column("coverage", Data(Coverage)),
)

events = Table(
    "events",
    METADATA,
    ident(),
    refers("archives.id", "archive_id", key=True),
    Column("title", Text, nullable=False),
    moment("first_seen"),
    moment("last_seen", null=True),
    Column("data", Data(RoutingEvent), nullable=False),
)
Index(None, events.c.archive_id)


def _of_event(name: str, *more: Column[Any]) -> Table:
    return Table(
        name,
        METADATA,
        ident("event_id"),
        ident("archive_id"),
        *more,
        ForeignKeyConstraint(["event_id", "archive_id"], ["events.id", "events.archive_id"], ondelete="CASCADE"),
    )


event_parties = _of_event("event_parties", ident("entity_id"), moment("time"))  # networks and countries
Index(None, event_parties.c.entity_id, event_parties.c.time, event_parties.c.event_id)

event_prefixes = _of_event("event_prefixes", ident("prefix"), Column("low", LargeBinary, nullable=False))
Index(None, event_prefixes.c.prefix)
Index(None, event_prefixes.c.low)

spells = Table(
    "spells",
    METADATA,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    refers("archives.id", "archive_id"),
    Column("prefix", Key, nullable=False),
    Column("low", LargeBinary, nullable=False),
    Column("origin_asn", BigInteger, nullable=False),
    Column("upstream_asn", BigInteger),
    Column("data", Data(RouteSpell), nullable=False),
)
for _column in (spells.c.archive_id, spells.c.prefix, spells.c.low, spells.c.origin_asn, spells.c.upstream_asn):
    Index(None, _column)

networks = Table(
    "networks",
    METADATA,
    refers("archives.id", "archive_id", key=True),
    Column("asn", BigInteger, primary_key=True, autoincrement=False),
    Column("country", Key, nullable=False),
)
Index(None, networks.c.asn)
Index(None, networks.c.country)

# -- stories and verdicts ---------------------------------------------------------------------------------------------
verdicts = Table(
    "verdicts",
    METADATA,
    refers("claims.id", "claim_id", key=True),
    Column("verdict", Text, nullable=False),
    Column("judge", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("data", Data(Verdict), nullable=False),
)

# No reference to `events`: an event may go when its archive is read anew, and the claim is then due again.
verdict_events = Table("verdict_events", METADATA, refers("verdicts.claim_id", "claim_id", key=True), ident("event_id"))
Index(None, verdict_events.c.event_id)

stories = Table("stories", METADATA, ident(), Column("data", Data(Story), nullable=False))

story_documents = Table(
    "story_documents",
    METADATA,
    refers("stories.id", "story_id", key=True),
    refers("documents.id", "document_id", key=True),
)
Index(None, story_documents.c.document_id)

# -- work, digests, the index ------------------------------------------------------------------------------------------
leases = Table("leases", METADATA, ident("work"), ident("key"), Column("owner", Text, nullable=False), moment("until"))

failures = Table(
    "failures",
    METADATA,
    ident("work"),
    ident("key"),
    Column("version", Text, nullable=False),  # of the code that failed; other code may do better
    Column("attempts", Integer, nullable=False),
    Column("error", Text, nullable=False),
    moment("at"),
    moment("retry_at", null=True),
)

subscriptions = Table(
    "subscriptions", METADATA, ident(), moment("since"), Column("data", Data(Subscription), nullable=False)
)

digests = Table(
    "digests",
    METADATA,
    refers("subscriptions.id", "subscription_id", key=True),
    Column("start", Utc, primary_key=True),
    Column("end", Utc, primary_key=True),
    Column("owner", Text),
    moment("begun_at", null=True),
    moment("sent_at", null=True),
)

change_log = Table(
    "change_log", METADATA, ident("kind"), ident("id"), Column("seq", BigInteger, nullable=False, unique=True)
)

meta = Table("meta", METADATA, ident("name"), Column("value", BigInteger, nullable=False))
"""A row each for `change`, the last `seq` of the change log, and for how often what stories are made of has changed:
`read` as it stands, `grouping` as it stood when the grouping was leased, `grouped` as it stood for the stories that are
there."""
