"""What every command shares: its options, its way to print, and the system it works with."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from crawler.errors import Permanent, RoutewireError
from ops import logs
from ops.settings import Settings, load_settings
from ops.wiring import System, check_settings, has_record, system

DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", metavar="DIR", help="The folder that holds everything [env: ROUTEWIRE_DATA_DIR]."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON Lines: one object a line, nothing else.")]

stderr = Console(stderr=True)
WIDE = 10_000  # a file or a pipe gets each row on one line
YEARS = range(1900, 2200)  # of the times that a command takes: in others there is nothing, and arithmetic ends


class Failed(Exception):
    """The work failed and it has been told already: the command ends with 1."""


def tell(message: str) -> None:
    """One line for the person at the terminal, on standard error."""
    print(f"routewire: {plain(message)}", file=sys.stderr)


def plain(text: str) -> str:
    """On one line, without what a terminal would obey: the words may be a stranger's."""
    return text if text.isprintable() else "".join(char if char.isprintable() else "\ufffd" for char in text)


def warn(message: str) -> None:
    """A line in yellow where somebody is watching, on standard error."""
    stderr.print(Text(plain(message), style="yellow"), soft_wrap=True)


def settings_for(data_dir: Path | None, **overrides: Any) -> Settings:
    settings = load_settings(data_dir=data_dir, **overrides)
    logs.configure(settings.log_level)
    return settings


@contextmanager
def quiet_system(data_dir: Path | None, *, create: bool = False) -> Iterator[System]:
    """The system for a command that a person waits for: its own words alone, no log of outcomes.

    Raises `Permanent` where there is no record, unless it may `create` one: asking leaves nothing behind.
    """
    settings = load_settings(data_dir=data_dir)
    logs.configure("error" if settings.log_level == "info" else settings.log_level)
    check_settings(settings)
    if not create and not has_record(settings):
        raise Permanent(
            "there is no record here",
            subject=str(settings.data_dir),
            remedy="begin with `routewire up`, or name another folder with --data-dir",
        )
    with system(settings) as opened:
        yield opened


def write_rows(rows: Iterable[dict[str, Any]]) -> None:
    """JSON Lines on standard output, a row as soon as it is there."""
    for row in rows:
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")


def write_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    table = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(plain(cell)) for cell in row))
    Console(width=None if sys.stdout.isatty() else WIDE).print(table)


def show(
    rows: Iterable[dict[str, Any]],
    as_json: bool,
    columns: Sequence[str],
    cells: Callable[[dict[str, Any]], Sequence[str]],
) -> None:
    """The same rows as JSON Lines, or as a table for people."""
    if as_json:
        write_rows(rows)
    else:
        write_table(columns, (cells(row) for row in rows))


def instant(text: str | None) -> datetime | None:
    """An ISO time or date of `YEARS` as aware UTC (no zone given: UTC). Raises `typer.BadParameter`."""
    if text is None:
        return None
    try:
        value = datetime.fromisoformat(text)
        value = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except (ValueError, OverflowError):
        raise typer.BadParameter(f"{text!r} is not an ISO 8601 time, such as 2017-10-01T09:00:00Z") from None
    if value.year not in YEARS:
        raise typer.BadParameter(f"{text!r} is not a time between {YEARS[0]} and {YEARS[-1]}")
    return value


def network(text: str) -> int:
    """An AS number, as AS64500 or 64500. Raises `typer.BadParameter`."""
    digits = text[2:] if text[:2].upper() == "AS" else text
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 10 and 0 < int(digits) < 2**32):
        raise typer.BadParameter(f"{text!r} is not an AS number, such as AS64500", param_hint="--asn")
    return int(digits)


def prefix_of(text: str) -> str:
    """A prefix in its usual form. Raises `typer.BadParameter`."""
    try:
        return str(ip_network(text))
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a prefix, such as 192.0.2.0/24", param_hint="--prefix") from None


def iso(value: datetime | None) -> str | None:
    """UTC with `Z`, to the second."""
    return None if value is None else value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def json_lines(lines: Iterable[bytes], name: str, wrong: list[RoutewireError]) -> Iterator[dict[str, Any]]:
    """The objects of JSON Lines; a bad line is told with its number, noted in `wrong`, and the next one is read."""
    for number, line in enumerate(lines, 1):
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
            if not text.strip():
                continue
            row = {"_line": number, **json.loads(text)}
        except (ValueError, TypeError, RecursionError) as error:
            subject = f"{name} line {number}"
            note(wrong, Permanent(f"not a JSON object: {error}", subject=subject, remedy="correct the line"))
        else:
            yield row


def note(wrong: list[RoutewireError], error: RoutewireError) -> None:
    """Tells a failure that does not stop the rest, and keeps it for the exit code."""
    wrong.append(error)
    tell(str(error))


def end(wrong: Sequence[RoutewireError]) -> None:
    """Ends with 1 if anything failed."""
    if wrong:
        raise Failed
