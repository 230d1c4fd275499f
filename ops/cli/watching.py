"""The command that keeps an archive or a monitor in the record."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from crawler.errors import Permanent
from ops.cli.common import DataDir, stderr
from ops.cli.reading import From, To, routes, window


def register(_app: typer.Typer) -> None:
    routes.command("watch")(watch)


def watch(
    archive: Annotated[
        str,
        typer.Argument(
            metavar="ARCHIVE_DIR|monitor:NAME?…",
            help="A mirrored RIS or RouteViews tree, or a monitor with what to ask it: monitor:ioda?country=IR.",
        ),
    ],
    since: From,
    until: To,
    data_dir: DataDir = None,
) -> None:
    """Keep the events of an archive or a monitor in the record: claims are judged by them from now on.

    Once more, it is read again if its files have changed; a monitor is asked again on another day.
    """
    from crawler.monitors.registry import is_address
    from indexer.model import ArchiveRecord
    from ops.cli.common import quiet_system

    start, stop = window(since, until)
    name, mark = _monitor(archive, start, stop) if is_address(archive) else _mirror(Path(archive))
    with quiet_system(data_dir, create=True) as system:
        system.record.put_archive(ArchiveRecord(id=name, path=name, start=start, end=stop, fingerprint=mark))
    stderr.print("its events are found by the worker of `routewire up`, or by `routewire work`")


def _mirror(folder: Path) -> tuple[str, str]:
    """What an archive's folder is kept under, and the mark of its files."""
    from crawler.routing.archive.collectors import fingerprint

    if not folder.is_dir():
        raise Permanent("no such folder", subject=str(folder), remedy="name a mirrored tree")
    return str(folder.resolve()), fingerprint(folder)


def _monitor(text: str, start: datetime, stop: datetime) -> tuple[str, str]:
    """What a monitor's question is kept under, and the day on which it is asked."""
    from crawler.monitors.registry import address, parse_address

    return address(*parse_address(text, start, stop)), f"asked {datetime.now(UTC):%Y-%m-%d}"
