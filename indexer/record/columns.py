"""What the tables are made with: their common metadata and the columns that most of them have."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, ForeignKey, MetaData

from indexer.record.codec import Key, Utc

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)


def ident(name: str = "id") -> Column[str]:
    return Column(name, Key, primary_key=True)


def refers(target: str, name: str, *, key: bool = False) -> Column[str]:
    """A reference; the row goes with the one that it points to."""
    return Column(name, Key, ForeignKey(target, ondelete="CASCADE"), primary_key=key, nullable=False)


def moment(name: str, *, null: bool = False) -> Column[Any]:
    return Column(name, Utc, nullable=null)
