"""Commands that fill a local mirror of routing archives and look whether it is still as it came."""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from crawler.errors import Permanent, RoutewireError
from ops.cli.common import DataDir, Json, end, note, settings_for, show, stderr, tell, warn, write_rows, write_table
from ops.cli.reading import From, To, routes, tell_gaps, window

if TYPE_CHECKING:
    from crawler.routing.archive.download import Fetched
    from crawler.routing.archive.meter import Progress as Told

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)B?", re.IGNORECASE)
_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


def register(app: typer.Typer) -> None:
    """`app` has the group already: `reading` brings it."""
    routes.command("fetch")(fetch)
    routes.command("check")(check)


def fetch(
    archive_dir: Annotated[Path, typer.Argument(metavar="ARCHIVE_DIR", help="The folder of the local mirror.")],
    since: From,
    until: To,
    collector: Annotated[
        list[str], typer.Option(metavar="NAME", help="A collector, as rrc00, route-views2 or amsix.ams; repeatable.")
    ],
    mirror: Annotated[
        str | None, typer.Option(metavar="URL", help="Ask this mirror of either archive, not the archives themselves.")
    ] = None,
    limit: Annotated[str, typer.Option(metavar="SIZE", help="Fetch at most this much, as 500MB or 5GB.")] = "10GB",
    at_once: Annotated[int, typer.Option(min=1, max=8, help="Files at a time from one server.")] = 3,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Fetch the RIBs and updates of a window from RIS and RouteViews into a local mirror.

    The RIB at the start or up to a day before it comes with the updates since. Files that are here and sound are kept;
    an ended run is gone on with by the same command. A file that the archive does not have is told as a gap. Ends with
    1 where something failed, or where there is no file of the window at all.
    """
    from crawler.routing.archive.download import fetch as fetch_files
    from crawler.routing.archive.download import gaps_of

    start, stop = window(since, until)
    limit_bytes = _bytes(limit)
    settings = settings_for(data_dir)
    collectors = list(dict.fromkeys(collector))
    wrong: list[RoutewireError] = []
    try:
        rows = _fetch(
            partial(
                fetch_files,
                archive_dir,
                collectors,
                start,
                stop,
                mirror=mirror,
                limit_bytes=limit_bytes,
                at_once=at_once,
                user_agent=settings.user_agent,
            ),
            json,
            wrong,
        )
    except KeyboardInterrupt:
        tell("interrupted; run the command again to go on")
        sys.stdout.flush()
        os._exit(130)  # a thread may wait for a silent server; what came is in the half files
    gaps = [f"{gap.collector}: {gap.reason}" for gap in gaps_of(archive_dir, collectors, start, stop)]
    tell_gaps([*gaps, *(f"{row.path} is not on the server" for row in rows if row.outcome == "missing")])
    if not json:
        _summary(collectors, rows)
    if not wrong and all(row.outcome == "missing" for row in rows):
        raise Permanent("there is no file of this window", subject=", ".join(collectors), remedy="ask for another time")
    end(wrong)


def _fetch(files: Callable[..., Iterator[Fetched]], json: bool, wrong: list[RoutewireError]) -> list[Fetched]:
    """Runs a fetch under a progress bar and tells what becomes of each file."""
    rows: list[Fetched] = []
    with _fetching() as progress:
        for row in files(progress=progress):
            rows.append(row)
            if json:
                write_rows([asdict(row)])
            if row.outcome == "failed":
                note(wrong, Permanent(row.reason, remedy="run the command again to go on"))
            elif row.reason and row.outcome in ("fetched", "resumed"):
                warn(f"{row.path}: {row.reason}; fetched again")
    return rows


def check(
    archive_dir: Annotated[Path, typer.Argument(metavar="ARCHIVE_DIR", help="A mirror that `routes fetch` filled.")],
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Compare each file of a local mirror with the sha256 that it came with. Ends with 1 where one differs."""
    from crawler.routing.archive.mirror import check as check_files

    settings_for(data_dir)
    wrong: list[RoutewireError] = []

    def rows() -> Iterator[dict[str, Any]]:
        for held, damage in check_files(archive_dir):
            if damage is not None:
                note(wrong, Permanent(damage, subject=held.path, remedy="`routes fetch` fetches it again"))
            yield {"path": held.path, "bytes": held.bytes, "sha256": held.sha256, "damage": damage}

    show(rows(), json, ("file", "bytes", "state"), lambda r: (r["path"], str(r["bytes"]), r["damage"] or "as it came"))
    end(wrong)


def _bytes(text: str) -> int:
    size = _SIZE.fullmatch(text.strip())
    if size is None or not float(size[1]):
        raise typer.BadParameter(f"{text!r} is not a size, such as 500MB or 5GB", param_hint="--limit")
    return int(float(size[1]) * _UNITS[size[2].upper()])


def _summary(collectors: Sequence[str], rows: Sequence[Fetched]) -> None:
    from crawler.routing.archive.meter import told

    table = []
    for collector in collectors:
        own = [row for row in rows if row.collector == collector]
        outcomes = Counter(row.outcome for row in own)
        counts = ", ".join(f"{count:,} {outcome}" for outcome, count in outcomes.items())
        table.append((collector, counts or "nothing to fetch", told(sum(row.bytes or 0 for row in own))))
    write_table(("collector", "files", "size"), table)


@contextmanager
def _fetching() -> Iterator[Told]:
    columns = (
        TextColumn("fetching {task.fields[files]} files"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    with Progress(*columns, console=stderr, transient=True, disable=not stderr.is_terminal) as bar:
        task = bar.add_task("", total=None, files="0/0")

        def update(size: int, size_all: int, files: int, files_all: int) -> None:
            bar.update(task, completed=size, total=size_all or None, files=f"{files}/{files_all}")

        yield update
