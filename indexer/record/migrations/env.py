"""What Alembic runs; the connection, inside its transaction, comes from whoever asked for the migration."""

from __future__ import annotations

from alembic import context

from indexer.record.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
