"""Keeps the index in step with the record, by the change log alone (see `indexer.record.protocol`)."""

from __future__ import annotations

from collections.abc import Iterable

from indexer.documents import index_doc
from indexer.model import ChangeLogEntry, IndexDoc, Kind
from indexer.record.protocol import Record
from indexer.search.protocol import Index
from indexer.titles import Name
from nlp.registry import Registry

BATCH = 500
"""Changes a commit: large enough that a commit's cost is spread, small enough that a find is not long in coming."""


def follow(record: Record, index: Index, name: Name | None = None) -> int:
    """Takes over what changed since the index's own mark. Returns how many changes there were.

    Raises `Transient` while another process writes to the index; what is left is taken at the next call.
    """
    done = 0
    while changes := record.changes(index.seq(), BATCH):
        put, gone = _resolve(record, changes, name or Registry.load().name)
        index.apply(put, gone, changes[-1].seq)
        done += len(changes)
    return done


def rebuild(record: Record, index: Index, name: Name | None = None) -> int:
    """The index anew from the record; the old one answers until the new one is whole. Returns how many things it
    holds.
    """
    with index.rebuilding() as fresh:
        return follow(record, fresh, name)


def _resolve(
    record: Record, changes: Iterable[ChangeLogEntry], name: Name
) -> tuple[list[IndexDoc], list[tuple[Kind, str]]]:
    put, gone = [], []
    for change in changes:
        doc = index_doc(record, change.kind, change.id, name)
        if doc is None:
            gone.append((change.kind, change.id))
        else:
            put.append(doc)
    return put, gone
