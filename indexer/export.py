"""Rows of whatever a query finds, as CSV, JSON Lines or Parquet, streamed page by page."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from crawler.errors import Permanent
from indexer.model import Hit, Kind
from indexer.record.protocol import Record
from indexer.search.protocol import Index

COLUMNS = ("kind", "id", "title", "url", "time", "source", "verdict", "text")
PAGE = 200


def export(index: Index, record: Record, query: str, form: str, out: BinaryIO, allowed: frozenset[str]) -> int:
    """Writes all that matches, newest first, to `out`. Returns how many texts were left out.

    `allowed` are the ids of the sources and monitors whose words may leave the record; of others, `text` is null and
    all else is there. Raises `Permanent` for a form that is not known.
    """
    if form not in _WRITERS:
        raise Permanent("no such form", subject=form, remedy="there are: " + ", ".join(_WRITERS))
    withheld = 0

    def rows() -> Iterator[dict[str, Any]]:
        nonlocal withheld
        for hit in _all(index, query):
            row = _row(hit, record, allowed)
            withheld += row["text"] is None
            yield row

    _WRITERS[form](rows(), out)
    return withheld


def _all(index: Index, query: str) -> Iterator[Hit]:
    offset = 0
    while page := index.search(query, limit=PAGE, offset=offset, sort="time").hits:
        yield from page
        offset += len(page)


def _row(hit: Hit, record: Record, allowed: frozenset[str]) -> dict[str, Any]:
    return {
        "kind": hit.kind.value,
        "id": hit.id,
        "title": hit.title,
        "url": hit.url,
        "time": f"{hit.time:%Y-%m-%dT%H:%M:%SZ}",
        "source": hit.source,
        "verdict": hit.verdict.value if hit.verdict else None,
        "text": _text(hit, record, allowed),
    }


def _text(hit: Hit, record: Record, allowed: frozenset[str]) -> str | None:
    if hit.kind is Kind.EVENT and hit.source not in (None, "bgp"):
        event = record.event(hit.id)
        return event.source_text or hit.snippet if event and event.source in allowed else None
    if hit.kind is not Kind.DOCUMENT:
        return hit.snippet
    known = record.document(hit.id)
    return known.document.text if known and known.document.source_id in allowed else None


def _jsonl(rows: Iterator[dict[str, Any]], out: BinaryIO) -> None:
    out.writelines(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)


def _csv(rows: Iterator[dict[str, Any]], out: BinaryIO) -> None:
    text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
    try:
        writer = csv.DictWriter(text, COLUMNS)
        writer.writeheader()
        writer.writerows({k: _inert(v) for k, v in row.items()} for row in rows)
    finally:
        text.detach()


def _inert(value: Any) -> Any:
    """A cell that a spreadsheet does not take for a formula (OWASP, CSV injection)."""
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value


def _parquet(rows: Iterator[dict[str, Any]], out: BinaryIO) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([(name, pa.string()) for name in COLUMNS])
    with pq.ParquetWriter(out, schema) as writer:
        page: list[dict[str, Any]] = []
        for row in rows:
            page.append(row)
            if len(page) == PAGE:
                writer.write_table(pa.Table.from_pylist(page, schema))
                page = []
        if page:
            writer.write_table(pa.Table.from_pylist(page, schema))


_WRITERS = {"csv": _csv, "jsonl": _jsonl, "parquet": _parquet}
