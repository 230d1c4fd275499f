"""Commands that ask the record and the index: search, timeline, explain, export."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from crawler.errors import Permanent
from indexer.model import Hit, Kind, TimelineEntry
from indexer.record.protocol import Record
from ops.cli.common import DataDir, Json, instant, iso, quiet_system, show, tell


class Format(StrEnum):
    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"


def register(app: typer.Typer) -> None:
    for command in (search, timeline, explain, export):
        app.command()(command)


def hit_row(hit: Hit) -> dict[str, Any]:
    return {
        "kind": hit.kind.value,
        "id": hit.id,
        "title": hit.title,
        "url": hit.url,
        "time": iso(hit.time),
        "score": round(hit.score, 4),
        "snippet": hit.snippet,
        "verdict": hit.verdict.value if hit.verdict else None,
    }


def entry_row(entry: TimelineEntry) -> dict[str, Any]:
    return {
        "time": iso(entry.time),
        "end": iso(entry.end),
        "kind": entry.kind,
        "id": entry.id,
        "title": entry.title,
        "verdict": entry.verdict.value if entry.verdict else None,
        "parent_id": entry.parent_id,
        "url": entry.url,
    }


def search(
    query: Annotated[str, typer.Argument(help='Words, "phrases", AND OR NOT, fields such as asn:20485 country:KP.')],
    kind: Annotated[Kind | None, typer.Option(help="Only this kind of thing.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="The most hits to print.")] = 20,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Search documents, claims, routing events and stories, best first."""
    from indexer.entities import widened

    with quiet_system(data_dir) as system:
        hits = system.index.search(widened(query), kind=kind, limit=limit).hits
    show(
        (hit_row(h) for h in hits),
        json,
        ("time", "kind", "verdict", "title", "id"),
        lambda r: (r["time"], r["kind"], r["verdict"] or "", r["title"], r["id"]),
    )


def timeline(
    entity: Annotated[str, typer.Argument(metavar="ENTITY", help="AS131279, 131279, KP, org:dyn, cable:…, or a name.")],
    since: Annotated[str | None, typer.Option("--from", metavar="T", help="Not before this time.")] = None,
    until: Annotated[str | None, typer.Option("--to", metavar="T", help="Before this time.")] = None,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Documents, claims, verdicts and routing events of an entity on one axis, oldest first."""
    start, end = instant(since), instant(until)
    with quiet_system(data_dir) as system:
        entries = system.record.timeline(_entity(system.record, entity), start, end)
    show(
        (entry_row(e) for e in entries),
        json,
        ("time", "kind", "verdict", "title", "id"),
        lambda r: (r["time"], r["kind"], r["verdict"] or "", r["title"], r["id"]),
    )


def _entity(record: Record, text: str) -> str:
    """The one entity of the record that the text names. Raises `Permanent` for none or several."""
    from indexer.entities import known_entities
    from nlp.registry import Registry

    found = known_entities(text, record, Registry.load())
    if not found:
        raise Permanent("nothing is known of this entity", subject=text, remedy="look for it with `routewire search`")
    if len(found) > 1 and found[0] != text.strip():
        raise Permanent("is the name of several", subject=text, remedy=f"give one of {', '.join(found)}")
    return found[0]


def explain(
    event_id: Annotated[
        str, typer.Argument(metavar="EVENT_ID", help="A routing event, as search and timeline print it.")
    ],
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """The articles that explain a routing event, best first."""
    from ops.answers import explanations

    with quiet_system(data_dir) as system:
        rows = explanations(system.record, event_id)
    show(
        rows,
        json,
        ("score", "title", "reason", "document"),
        lambda r: (str(r["score"]), r["title"], r["reason"], r["document_id"]),
    )


def export(
    query: Annotated[str, typer.Argument(help="What to export, in the language of `search`; '' is everything.")],
    form: Annotated[Format, typer.Option("--format", help="csv, jsonl or parquet.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="A file instead of standard output.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Export all that matches a query. Texts that may not be re-exported are left out and counted."""
    from indexer.export import export as write
    from ops.answers import reexportable

    with quiet_system(data_dir) as system:
        allowed = reexportable(system.settings)
        if output is None:
            withheld = write(system.index, system.record, query, form.value, sys.stdout.buffer, allowed)
        else:
            with output.open("wb") as file:
                withheld = write(system.index, system.record, query, form.value, file, allowed)
    if withheld:
        tell(f"the texts of {withheld} documents and events were left out: their sources do not allow re-export")
