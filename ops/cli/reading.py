"""Commands that read what they are given: texts, MRT files, claims. None of them needs a record or a network."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from crawler.errors import Permanent, RoutewireError
from ops.cli.common import (
    DataDir,
    Json,
    end,
    instant,
    json_lines,
    network,
    note,
    prefix_of,
    settings_for,
    show,
    stderr,
    tell,
    warn,
    write_rows,
)

routes = typer.Typer(help="Read routing archives.", no_args_is_help=True)

From = Annotated[str, typer.Option("--from", metavar="T", help="Start of the window, ISO 8601, UTC unless it says.")]
To = Annotated[str, typer.Option("--to", metavar="T", help="End of the window.")]


def register(app: typer.Typer) -> None:
    app.command()(annotate)
    app.command()(verify)
    routes.command("read")(read)
    routes.command("events")(events)
    app.add_typer(routes, name="routes")


@contextmanager
def lines_of(path: Path | None) -> Iterator[tuple[str, BinaryIO]]:
    """A file's name and its lines as bytes, so that one that is no text stops no other; standard input for `-`."""
    if path is None or str(path) == "-":
        yield "standard input", sys.stdin.buffer
        return
    try:
        file = path.open("rb")
    except OSError as error:
        raise Permanent(
            error.strerror or "cannot be read", subject=str(path), remedy="name a file that exists"
        ) from None
    with file:
        yield str(path), file


def annotate(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE.jsonl]", help="Documents; - or nothing: standard input.")
    ] = None,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Annotate texts with entities, times and claims. Needs no network.

    A line holds {"id", "url", "title", "published", "lang", "text"}.
    """
    from nlp.codec import annotation_to_json, text_from_json
    from nlp.pipeline import Pipeline

    settings_for(data_dir)
    wrong: list[RoutewireError] = []
    pipeline = Pipeline()
    with lines_of(file) as (name, lines):
        for row in json_lines(lines, name, wrong):
            number = row.pop("_line")
            try:
                annotation = pipeline.annotate(text_from_json(row))
            except RoutewireError as error:
                note(wrong, Permanent(str(error), subject=f"{name} line {number}"))
                continue
            found = annotation_to_json(annotation)
            if json:
                write_rows([found])
            else:
                _describe(found)
    end(wrong)


def _describe(found: dict[str, Any]) -> None:
    print(f"{found['id']}  {found['lang']}, {len(found['entities'])} entities, {len(found['times'])} times")
    for claim in found["claims"]:
        manner = f"{claim['start_utc'] or 'no time'}, {claim['polarity']}, {claim['modality']}"
        print(f"  {claim['type']}: {claim['actor']} -> {claim['target']}, {manner}")
        print(f"    {claim['quote']}")


def verify(
    claims: Annotated[Path, typer.Argument(metavar="CLAIMS.jsonl", help="Claims, one a line, each with an id.")],
    archive: Annotated[Path, typer.Option("--archive", metavar="DIR", help="A mirrored RIS or RouteViews tree.")],
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Judge claims by a routing archive, with the evidence of each verdict."""
    from crawler.routing.observe import observe_all
    from crawler.routing.reference.known import Reference
    from crawler.routing.reference.snapshots import FOLDER
    from indexer.lookup import Lookup
    from indexer.verdict import judge, scope
    from indexer.verdict_codec import claim_from_json, verdict_to_json

    settings = settings_for(data_dir)
    wrong: list[RoutewireError] = []
    given = []
    with lines_of(claims) as (name, lines):
        for row in json_lines(lines, name, wrong):
            number = row.pop("_line")
            try:
                given.append(claim_from_json(row))
            except RoutewireError as error:
                note(wrong, Permanent(str(error), subject=f"{name} line {number}"))
    asns, prefixes, countries = scope([claim for _, claim in given])
    known = Reference.load(settings.data_dir / FOLDER)
    with _reading(f"reading {archive}") as progress:
        view = observe_all(
            archive, asns=asns, prefixes=prefixes, countries=countries, reference=known, settings=settings.detect,
            progress=progress,
        )  # fmt: skip
    lookup = Lookup(view, known.networks)
    # Each by what is of its own networks alone, so that no claim's verdict hangs on the others of the file.
    verdicts = (verdict_to_json(judge(claim_id, claim, lookup.within(*scope([claim])))) for claim_id, claim in given)
    show(verdicts, json, ("claim", "verdict", "why"), lambda r: (r["claim_id"], r["verdict"], r["reasons"][0]))
    end(wrong)


@contextmanager
def _reading(what: str) -> Iterator[Any]:
    """A progress bar over an archive's files; yields what `observe` wants: a function of (files done, files in all)."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description} {task.completed:.0f}/{task.total:.0f} files"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=stderr, transient=True, disable=not stderr.is_terminal) as bar:
        task = bar.add_task(what, total=1)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def read(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="MRT files, plain, gzip or bzip2.")],
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Print every element of MRT files: announcements, withdrawals, RIB entries.

    The time of a RIB entry is that at which the peer's route last changed, not that of the dump.
    """
    from crawler.routing.codec import elem_to_json
    from crawler.routing.mrt.file import MrtFile

    settings_for(data_dir)
    wrong: list[RoutewireError] = []
    for path in paths:
        try:
            file = MrtFile(path)
            rows = (elem_to_json(elem) for elem in file)
            if json:
                write_rows(rows)
            else:
                for row in rows:
                    print(row["observed_at"], row["type"], row["peer_asn"], row["prefix"], *map(_hop, row["as_path"]))
            for what, count in file.notes.items():
                tell(f"{path}: {what} ({count})")
            if file.damage is not None:
                note(
                    wrong,
                    Permanent(file.damage, subject=str(path), remedy="fetch the file again; what was read is given"),
                )
        except RoutewireError as error:
            note(wrong, error)
    end(wrong)


def _hop(hop: int | list[int]) -> str:
    """A set as bgpdump writes it."""
    return f"{{{','.join(map(str, hop))}}}" if isinstance(hop, list) else str(hop)


def events(
    archive_dir: Annotated[Path, typer.Argument(metavar="ARCHIVE_DIR", help="A mirrored RIS or RouteViews tree.")],
    since: From,
    until: To,
    asn: Annotated[
        list[str] | None,
        typer.Option(metavar="ASN", help="Only events of this network, as AS64500 or 64500; repeatable."),
    ] = None,
    prefix: Annotated[list[str] | None, typer.Option(help="Only events of this prefix or inside it.")] = None,
    country: Annotated[
        list[str] | None,
        typer.Option(metavar="CC", help="Only events of this country's networks, as holder, origin or offender."),
    ] = None,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Find routing events in an archive: changes of upstream and origin, leaks, outages.

    Ends with 1 where the archive has no file of the window; what is missing in part is told as a gap.
    """
    from crawler.routing.archive.collectors import list_archive, span_of
    from crawler.routing.codec import event_to_json
    from crawler.routing.observe import observe
    from crawler.routing.reference.known import Reference
    from crawler.routing.reference.snapshots import FOLDER

    start, stop = window(since, until)
    asns, prefixes = [network(text) for text in asn or ()], [prefix_of(text) for text in prefix or ()]
    countries = [_country(text) for text in country or ()]
    settings = settings_for(data_dir)
    if list_archive(archive_dir, start, stop).empty:
        first, last = (f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in span_of(archive_dir))
        remedy = f"its files reach from {first} to {last}"
        raise Permanent("the archive has no file of this window", subject=f"{archive_dir}", remedy=remedy)
    with _reading(f"reading {archive_dir}") as progress:
        view = observe(
            archive_dir,
            start,
            stop,
            asns=asns,
            prefixes=prefixes,
            countries=countries,
            reference=Reference.load(settings.data_dir / FOLDER),
            settings=settings.detect,
            progress=progress,
            spells=False,
        )
    tell_gaps([f"{g.collector}: {g.reason}" for g in view.coverage.gaps])
    show(
        (event_to_json(e) for e in view.events),
        json,
        ("first seen", "last seen", "kind", "origin", "upstream", "offender", "prefixes", "peers"),
        _event_cells,
    )


def _country(text: str) -> str:
    if not (len(text) == 2 and text.isascii() and text.isalpha()):
        raise typer.BadParameter(f"{text!r} is not a country's code, such as KE", param_hint="--country")
    return text.upper()


def _event_cells(row: dict[str, Any]) -> Sequence[str]:
    networks = (row[f"{role}_asn"] for role in ("origin", "upstream", "offender"))
    ends = dict(row["prefix_ends"])
    prefixes = (f"{prefix} (until {ends[prefix]})" if prefix in ends else prefix for prefix in row["prefixes"])
    return (
        row["first_seen"],
        row["last_seen"] or "",
        row["kind"],
        *(f"AS{asn}" if asn is not None else "" for asn in networks),
        " ".join(prefixes),
        f"{row['peers_seen']} of {row['peers_total']}",
    )


def window(since: str, until: str) -> tuple[datetime, datetime]:
    start, stop = instant(since), instant(until)
    if start is None or stop is None or stop <= start:
        raise typer.BadParameter("the window ends before it begins")
    return start, stop


def tell_gaps(gaps: Sequence[str]) -> None:
    for gap in gaps[:10]:
        warn(f"gap: {gap}")
    if len(gaps) > 10:
        warn(f"and {len(gaps) - 10} further gaps")
