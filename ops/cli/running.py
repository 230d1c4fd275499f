"""Commands that run things: up, demo, crawl, ingest, work, rebuild, check, bench."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from crawler.errors import Permanent, RoutewireError, WrongCall
from crawler.model import Capture
from indexer.record.protocol import Record
from ops.cli.common import (
    DataDir,
    Failed,
    Json,
    end,
    note,
    quiet_system,
    settings_for,
    show,
    stderr,
    tell,
    write_rows,
    write_table,
)
from ops.settings import Settings


def register(app: typer.Typer) -> None:
    for command in (up, demo, crawl, ingest, work, retry, rebuild, check, bench):
        app.command()(command)


def up(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on; 0 takes a free one.")] = 8600,
    poll: Annotated[bool, typer.Option(" /--no-poll", help="Do not poll the sources.")] = True,
    data_dir: DataDir = None,
) -> None:
    """Serve the pages and the API, poll the sources and work off what is due, until SIGTERM or Ctrl-C.

    The first time, it loads the demo archive.
    """
    from ops.up import run

    run(settings_for(data_dir), host, port, poll)


def demo(data_dir: DataDir = None, json: Json = False) -> None:
    """Load the demo archive: its pages over HTTP, its routes out of MRT files; one line a stage."""
    from ops.demo.load import load
    from ops.wiring import system

    settings = settings_for(data_dir, log_level="error")
    rows: list[dict[str, Any]] = []
    with system(settings) as opened:
        for stage in load(opened):
            rows.append(stage.row())
            if json:
                write_rows(rows[-1:])
                sys.stdout.flush()
    if not json:
        write_table(("stage", "done", "failed", "seconds"), ([str(value) for value in row.values()] for row in rows))
    if any(row["failed"] for row in rows):
        tell("not all of it was loaded; `routewire check` says what failed, and this command goes on from there")
        raise Failed


def _capture_row(capture: Capture, record: Record) -> dict[str, Any]:
    return {
        "url": capture.url,
        "status": capture.status,
        "outcome": capture.outcome.value,
        "document_id": record.document_id_of(capture.url),
        "source": capture.source_id,
        "error": capture.error,
    }


def _show_captures(captures: list[Capture], record: Record, settings: Settings, as_json: bool) -> None:
    """Makes documents of what came, so that each line can name its own."""
    from indexer.model import Work
    from ops.leases import owner_name
    from ops.scheduler import work_off
    from ops.stages import Stages
    from ops.wiring import every_source

    tally = work_off(record, Stages(record, settings, every_source(settings)), owner_name(), works=[Work.EXTRACT])
    show(
        (_capture_row(c, record) for c in captures),
        as_json,
        ("outcome", "status", "url", "document"),
        lambda r: (r["outcome"], str(r["status"] or ""), r["url"], r["document_id"] or r["error"] or ""),
    )
    if tally.failed.total():
        tell(f"{tally.failed.total()} captures gave no document; `routewire check` lists them")


def crawl(
    source: Annotated[
        list[str] | None, typer.Argument(metavar="[SOURCE…]", help="Ids from the catalogue; all unless given.")
    ] = None,
    sources: Annotated[Path | None, typer.Option("--sources", metavar="FILE.toml", help="Another catalogue.")] = None,
    once: Annotated[bool, typer.Option("--once", help="One pass over what is due, then end.")] = False,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Fetch what is due from the sources, archive it and make documents of it."""
    from ops.crawling import chosen, crawl_until_stopped
    from ops.leases import free_dead
    from ops.wiring import catalogue, open_record

    settings = settings_for(data_dir, sources=sources, log_level=None if not json else "error")
    wanted = chosen(list(catalogue(settings).values()), source or [])
    record = open_record(settings)
    try:
        free_dead(record)
        for captures in crawl_until_stopped(settings, record, wanted, once=once):
            _show_captures(captures, record, settings, json)
    finally:
        record.close()


def ingest(
    files: Annotated[list[Path], typer.Argument(metavar="FILE.warc.gz…", help="WARC files.")],
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Take other people's WARC files through the same path as what was fetched here."""
    from ops.crawling import ingest as take

    settings = settings_for(data_dir)
    wrong: list[RoutewireError] = []
    with quiet_system(data_dir, create=True) as system:
        for path in files:
            captures: list[Capture] = []
            try:
                take(settings, system.record, path, captures.append, lambda error: note(wrong, error))
            except RoutewireError as error:
                note(wrong, error)
            if captures:
                _show_captures(captures, system.record, settings, json)
    end(wrong)


def work(data_dir: DataDir = None) -> None:
    """Work off all that is due (documents, annotations, events, verdicts), bring the index up, and end."""
    from ops.leases import free_dead, owner_name
    from ops.scheduler import work_off
    from ops.stages import Stages
    from ops.wiring import every_source, follow

    settings = settings_for(data_dir)
    with quiet_system(data_dir, create=True) as system:
        free_dead(system.record)
        tally = work_off(system.record, Stages(system.record, settings, every_source(settings)), owner_name())
        follow(system)
    stderr.print(f"{tally.done.total()} pieces done, {tally.failed.total()} failed")
    if tally.failed.total():
        raise Failed


def retry(
    key: Annotated[
        str | None, typer.Argument(help="What failed, as `routewire check` names it; all of it unless given.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Take failed work out of quarantine: it is due again at once."""
    with quiet_system(data_dir) as system:
        chosen = [f for f in system.record.failures() if key is None or key in {f.key, f"{f.work.value} {f.key}"}]
        for failure in chosen:
            system.record.retry(failure.work, failure.key)
    if key is not None and not chosen:
        raise Permanent("nothing of this name failed", subject=key, remedy="`routewire check` lists what did")
    stderr.print(f"{len(chosen)} pieces are due again")


def rebuild(data_dir: DataDir = None) -> None:
    """Make the search index anew from the record; it can be searched meanwhile."""
    from indexer.sync import rebuild as make_anew
    from ops.wiring import drop_broken_index

    drop_broken_index(settings_for(data_dir))
    with quiet_system(data_dir) as system:
        count = make_anew(system.record, system.index)
    stderr.print(f"{count} things indexed")


def check(data_dir: DataDir = None, json: Json = False) -> None:
    """Tell what is wrong with this setup: settings, stores, sources, work in quarantine."""
    from ops.checks import findings

    found = list(findings(data_dir))
    show(
        (f.row() for f in found),
        json,
        ("level", "subject", "finding", "remedy"),
        lambda r: (r["level"], r["subject"], r["message"], r["remedy"]),
    )
    if any(f.level == "error" for f in found):
        raise Failed


def bench(
    name: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME…]", help="Which benchmarks; all unless given.")
    ] = None,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Measure this machine on the project's own data; one line a figure. Ends with 1 where one breaks its bound."""
    from ops.bench.run import BENCHMARKS, broken, figures

    strange = [n for n in name or [] if n not in BENCHMARKS]
    if strange:
        raise WrongCall("no such benchmark", subject=", ".join(strange), remedy="there are: " + ", ".join(BENCHMARKS))
    settings_for(data_dir, log_level="error")
    wrong: list[RoutewireError] = []

    def measured() -> Iterator[dict[str, Any]]:
        for figure in figures(name or list(BENCHMARKS)):
            if broken(figure):
                bound = f"at least {figure['floor']}" if "floor" in figure else f"at most {figure['ceiling']}"
                note(wrong, Permanent(f"{figure['value']:g} {figure['unit']}, not {bound}", subject=figure["name"]))
            yield figure

    show(
        measured(),
        json,
        ("name", "value", "unit", "n"),
        lambda r: (r["name"], f"{r['value']:,.3g}", r["unit"], str(r["n"])),
    )
    end(wrong)
