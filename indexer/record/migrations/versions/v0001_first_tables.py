"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from indexer.record.codec import Key, Utc

revision = "v0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "archives",
        sa.Column("id", Key(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("start", Utc(), nullable=False),
        sa.Column("end", Utc(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=True),
        sa.Column("detector", sa.Text(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("coverage", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archives")),
    )
    op.create_table(
        "captures",
        sa.Column("id", Key(), nullable=False),
        sa.Column("url", Key(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("fetched_at", Utc(), nullable=False),
        sa.Column("newest", sa.Boolean(), nullable=False),
        sa.Column("extractor", Key(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_captures")),
    )
    op.create_index(
        "ix_captures_newest",
        "captures",
        ["extractor"],
        unique=False,
        sqlite_where=sa.text("newest"),
        postgresql_where=sa.text("newest"),
    )
    op.create_index(
        "ix_captures_unread",
        "captures",
        ["fetched_at"],
        unique=False,
        sqlite_where=sa.text("kind = 'page' AND extractor IS NULL AND outcome IN ('fetched', 'gone')"),
        postgresql_where=sa.text("kind = 'page' AND extractor IS NULL AND outcome IN ('fetched', 'gone')"),
    )
    op.create_index(op.f("ix_captures_url_fetched_at"), "captures", ["url", "fetched_at"], unique=False)
    op.create_table(
        "change_log",
        sa.Column("kind", Key(), nullable=False),
        sa.Column("id", Key(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "id", name=op.f("pk_change_log")),
        sa.UniqueConstraint("seq", name=op.f("uq_change_log_seq")),
    )
    op.create_table(
        "documents",
        sa.Column("id", Key(), nullable=False),
        sa.Column("url", Key(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("time", Utc(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("versions", sa.Integer(), nullable=False),
        sa.Column("first_fetched_at", Utc(), nullable=False),
        sa.Column("removed_at", Utc(), nullable=True),
        sa.Column("pipeline", Key(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
    )
    op.create_index(op.f("ix_documents_pipeline"), "documents", ["pipeline"], unique=False)
    op.create_table(
        "entries",
        sa.Column("url", Key(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("url", name=op.f("pk_entries")),
    )
    op.create_table(
        "failures",
        sa.Column("work", Key(), nullable=False),
        sa.Column("key", Key(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("retry_at", Utc(), nullable=True),
        sa.PrimaryKeyConstraint("work", "key", name=op.f("pk_failures")),
    )
    op.create_table(
        "leases",
        sa.Column("work", Key(), nullable=False),
        sa.Column("key", Key(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("until", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("work", "key", name=op.f("pk_leases")),
    )
    op.create_table(
        "meta",
        sa.Column("name", Key(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_meta")),
    )
    op.create_table(
        "pages",
        sa.Column("url", Key(), nullable=False),
        sa.Column("source_id", Key(), nullable=False),
        sa.Column("next_fetch_at", Utc(), nullable=True),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("url", name=op.f("pk_pages")),
    )
    op.create_index(op.f("ix_pages_next_fetch_at"), "pages", ["next_fetch_at"], unique=False)
    op.create_table(
        "sources",
        sa.Column("id", Key(), nullable=False),
        sa.Column("next_poll_at", Utc(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sources")),
    )
    op.create_index(op.f("ix_sources_next_poll_at"), "sources", ["next_poll_at"], unique=False)
    op.create_table(
        "stories",
        sa.Column("id", Key(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stories")),
    )
    op.create_table(
        "subscriptions",
        sa.Column("id", Key(), nullable=False),
        sa.Column("since", Utc(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
    )
    op.create_table(
        "addresses",
        sa.Column("url", Key(), nullable=False),
        sa.Column("document_id", Key(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_addresses_document_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("url", name=op.f("pk_addresses")),
    )
    op.create_index(op.f("ix_addresses_document_id"), "addresses", ["document_id"], unique=False)
    op.create_table(
        "annotations",
        sa.Column("document_id", Key(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_annotations_document_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_annotations")),
    )
    op.create_table(
        "claims",
        sa.Column("id", Key(), nullable=False),
        sa.Column("document_id", Key(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("time", Utc(), nullable=False),
        sa.Column("until", Utc(), nullable=True),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("judged", Key(), nullable=True),
        sa.Column("data", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_claims_document_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims")),
    )
    op.create_index(op.f("ix_claims_document_id_ordinal"), "claims", ["document_id", "ordinal"], unique=False)
    op.create_index(op.f("ix_claims_judged"), "claims", ["judged"], unique=False)
    op.create_table(
        "digests",
        sa.Column("subscription_id", Key(), nullable=False),
        sa.Column("start", Utc(), nullable=False),
        sa.Column("end", Utc(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("begun_at", Utc(), nullable=True),
        sa.Column("sent_at", Utc(), nullable=True),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscriptions.id"], name=op.f("fk_digests_subscription_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("subscription_id", "start", "end", name=op.f("pk_digests")),
    )
    op.create_table(
        "document_versions",
        sa.Column("document_id", Key(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("capture_id", Key(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["capture_id"], ["captures.id"], name=op.f("fk_document_versions_capture_id")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_document_versions_document_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("document_id", "version", name=op.f("pk_document_versions")),
    )
    op.create_table(
        "events",
        sa.Column("id", Key(), nullable=False),
        sa.Column("archive_id", Key(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("first_seen", Utc(), nullable=False),
        sa.Column("last_seen", Utc(), nullable=True),
        sa.Column("data", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["archive_id"], ["archives.id"], name=op.f("fk_events_archive_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", "archive_id", name=op.f("pk_events")),
    )
    op.create_index(op.f("ix_events_archive_id"), "events", ["archive_id"], unique=False)
    op.create_table(
        "mentions",
        sa.Column("document_id", Key(), nullable=False),
        sa.Column("entity_id", Key(), nullable=False),
        sa.Column("time", Utc(), nullable=False),
        sa.Column("country", Key(), nullable=True),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_mentions_document_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("document_id", "entity_id", name=op.f("pk_mentions")),
    )
    op.create_index(op.f("ix_mentions_country"), "mentions", ["country"], unique=False)
    op.create_index(
        op.f("ix_mentions_entity_id_time_document_id"), "mentions", ["entity_id", "time", "document_id"], unique=False
    )
    op.create_table(
        "networks",
        sa.Column("archive_id", Key(), nullable=False),
        sa.Column("asn", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("country", Key(), nullable=False),
        sa.ForeignKeyConstraint(
            ["archive_id"], ["archives.id"], name=op.f("fk_networks_archive_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("archive_id", "asn", name=op.f("pk_networks")),
    )
    op.create_index(op.f("ix_networks_asn"), "networks", ["asn"], unique=False)
    op.create_index(op.f("ix_networks_country"), "networks", ["country"], unique=False)
    op.create_table(
        "revisions",
        sa.Column("id", Key(), nullable=False),
        sa.Column("document_id", Key(), nullable=False),
        sa.Column("capture_id", Key(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["capture_id"], ["captures.id"], name=op.f("fk_revisions_capture_id")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_revisions_document_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revisions")),
    )
    op.create_index(op.f("ix_revisions_document_id_ordinal"), "revisions", ["document_id", "ordinal"], unique=True)
    op.create_table(
        "spells",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("archive_id", Key(), nullable=False),
        sa.Column("prefix", Key(), nullable=False),
        sa.Column("low", sa.LargeBinary(), nullable=False),
        sa.Column("origin_asn", sa.BigInteger(), nullable=False),
        sa.Column("upstream_asn", sa.BigInteger(), nullable=True),
        sa.Column("data", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["archive_id"], ["archives.id"], name=op.f("fk_spells_archive_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spells")),
    )
    op.create_index(op.f("ix_spells_archive_id"), "spells", ["archive_id"], unique=False)
    op.create_index(op.f("ix_spells_low"), "spells", ["low"], unique=False)
    op.create_index(op.f("ix_spells_origin_asn"), "spells", ["origin_asn"], unique=False)
    op.create_index(op.f("ix_spells_prefix"), "spells", ["prefix"], unique=False)
    op.create_index(op.f("ix_spells_upstream_asn"), "spells", ["upstream_asn"], unique=False)
    op.create_table(
        "story_documents",
        sa.Column("story_id", Key(), nullable=False),
        sa.Column("document_id", Key(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_story_documents_document_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["story_id"], ["stories.id"], name=op.f("fk_story_documents_story_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("story_id", "document_id", name=op.f("pk_story_documents")),
    )
    op.create_index(op.f("ix_story_documents_document_id"), "story_documents", ["document_id"], unique=False)
    op.create_table(
        "claim_parties",
        sa.Column("claim_id", Key(), nullable=False),
        sa.Column("entity_id", Key(), nullable=False),
        sa.Column("time", Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["claims.id"], name=op.f("fk_claim_parties_claim_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("claim_id", "entity_id", name=op.f("pk_claim_parties")),
    )
    op.create_index(
        op.f("ix_claim_parties_entity_id_time_claim_id"),
        "claim_parties",
        ["entity_id", "time", "claim_id"],
        unique=False,
    )
    op.create_table(
        "event_parties",
        sa.Column("event_id", Key(), nullable=False),
        sa.Column("archive_id", Key(), nullable=False),
        sa.Column("entity_id", Key(), nullable=False),
        sa.Column("time", Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id", "archive_id"],
            ["events.id", "events.archive_id"],
            name=op.f("fk_event_parties_event_id_archive_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("event_id", "archive_id", "entity_id", name=op.f("pk_event_parties")),
    )
    op.create_index(
        op.f("ix_event_parties_entity_id_time_event_id"),
        "event_parties",
        ["entity_id", "time", "event_id"],
        unique=False,
    )
    op.create_table(
        "event_prefixes",
        sa.Column("event_id", Key(), nullable=False),
        sa.Column("archive_id", Key(), nullable=False),
        sa.Column("prefix", Key(), nullable=False),
        sa.Column("low", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id", "archive_id"],
            ["events.id", "events.archive_id"],
            name=op.f("fk_event_prefixes_event_id_archive_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("event_id", "archive_id", "prefix", name=op.f("pk_event_prefixes")),
    )
    op.create_index(op.f("ix_event_prefixes_low"), "event_prefixes", ["low"], unique=False)
    op.create_index(op.f("ix_event_prefixes_prefix"), "event_prefixes", ["prefix"], unique=False)
    op.create_table(
        "verdicts",
        sa.Column("claim_id", Key(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("judge", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_verdicts_claim_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("claim_id", name=op.f("pk_verdicts")),
    )
    op.create_table(
        "verdict_events",
        sa.Column("claim_id", Key(), nullable=False),
        sa.Column("event_id", Key(), nullable=False),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["verdicts.claim_id"], name=op.f("fk_verdict_events_claim_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("claim_id", "event_id", name=op.f("pk_verdict_events")),
    )
    op.create_index(op.f("ix_verdict_events_event_id"), "verdict_events", ["event_id"], unique=False)
    meta = sa.table("meta", sa.column("name", sa.Text()), sa.column("value", sa.BigInteger()))
    op.bulk_insert(meta, [{"name": name, "value": 0} for name in ("change", "read", "grouping", "grouped")])
