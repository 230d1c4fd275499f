"""Reference data: fetch them, and show what there is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

from crawler.errors import RoutewireError
from ops.cli import lookingup
from ops.cli.common import DataDir, Json, end, note, settings_for, show, stderr

if TYPE_CHECKING:
    from pydantic import SecretStr

    from crawler.http.service import Service
    from crawler.routing.reference.fetch import Outcome

OLDEST = date(1998, 1, 1)  # CAIDA's first relationships; the RPKI's payloads begin later still

reference = typer.Typer(
    help="Names, countries, relationships, organisations and VRPs that routing is read with.", no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    reference.command("update")(update)
    reference.command("show")(shown)
    reference.command("lookup")(lookingup.lookup)
    app.add_typer(reference, name="reference")


def update(
    month: Annotated[
        list[str] | None,
        typer.Option(metavar="YYYY-MM", help="Relationships of this month, not of today's; repeatable."),
    ] = None,
    day: Annotated[
        list[str] | None,
        typer.Option(metavar="YYYY-MM-DD", help="VRPs of this day (RIPE NCC's archive), not today's; repeatable."),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Only this kind: as-names, delegations, relationships, organisations, peeringdb, vrps; repeatable.",
        ),
    ] = None,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Fetch reference data: AS names, delegations, relationships, organisations, PeeringDB, VRPs.

    What has not changed is not fetched again. A file that cannot be read, or
    holds much less than the last, is kept aside and the last stays in use.

    CAIDA's data are fetched under its acceptable use agreement, PeeringDB's
    under its policy: cite them, and do not pass them on.
    https://www.caida.org/about/legal/aua/public_aua/
    https://www.peeringdb.com/aup
    """
    from crawler.routing.reference.fetch import update as fetch
    from crawler.routing.reference.snapshots import FOLDER
    from crawler.routing.reference.sources import HOSTS, items

    now = datetime.now(UTC)
    months = [_day(f"{text}-01", text, "--month", "2021-02", now.date()) for text in month or ()]
    days = [_day(text, text, "--day", "2021-02-11", now.date()) for text in day or ()]
    wanted = list(items(now.date(), months=months, days=days, only=only or ()))
    settings = settings_for(data_dir)
    wrong: list[RoutewireError] = []

    def client(host: str, base: str) -> Service:
        return _service(host, base, settings.user_agent, settings.peeringdb_key)

    def rows() -> Iterator[dict[str, Any]]:
        with _fetching() as progress:
            folder = settings.data_dir / FOLDER
            for outcome in fetch(folder, wanted, now, client=client, hosts=_hosts(HOSTS), progress=progress):
                if outcome.error is not None:
                    note(wrong, outcome.error)
                yield _outcome_row(outcome)

    show(rows(), json, ("kind", "part", "state", "date", "rows", "told"), _outcome_cells)
    end(wrong)


def _hosts(hosts: Mapping[str, str]) -> Mapping[str, str]:
    """Where each publisher is; tests put a local server in its place."""
    return hosts


def _service(host: str, base: str, user_agent: str, peeringdb_key: SecretStr | None) -> Service:
    from crawler.http.service import Service
    from crawler.routing.reference.sources import INTERVALS_S

    key = peeringdb_key if host == "peeringdb" else None
    headers = {"Authorization": f"Api-Key {key.get_secret_value()}"} if key else {}  # as PeeringDB's API has it
    return Service(host, base, headers=headers, interval_s=INTERVALS_S.get(host, 0.0), user_agent=user_agent)


def _day(text: str, given: str, option: str, example: str, today: date) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{given!r} is not such as {example}", param_hint=option) from None
    if not OLDEST <= day <= today:
        raise typer.BadParameter(f"{given!r} is not between {OLDEST} and today", param_hint=option)
    return day


@contextmanager
def _fetching() -> Iterator[Any]:
    """One line a file on a terminal; yields what `update` wants: a function of (item, done, in all)."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn())
    with Progress(*columns, console=stderr, transient=True, disable=not stderr.is_terminal) as bar:
        tasks: dict[str, Any] = {}

        def told(item: Any, done: int, total: int | None) -> None:
            if item.path not in tasks:
                tasks[item.path] = bar.add_task(" ".join(filter(None, (item.name, item.part))), total=total)
            bar.update(tasks[item.path], completed=done, total=total)

        yield told


def _outcome_row(outcome: Outcome) -> dict[str, Any]:
    """`date`, `rows`, `path`, `source`, `licence` are those of the file that is in use now, null without one."""
    entry = outcome.entry
    return {
        "name": outcome.item.name,
        "part": outcome.item.part or None,
        "state": outcome.state,
        "date": entry.date if entry else None,
        "rows": entry.rows if entry else None,
        "bad_lines": entry.bad_lines if entry else None,
        "path": entry.path if entry else None,
        "url": entry.url if entry else None,
        "source": entry.source if entry else None,
        "licence": entry.licence if entry else None,
        "told": outcome.told or None,
        "error": str(outcome.error) if outcome.error else None,
    }


def _outcome_cells(row: dict[str, Any]) -> Sequence[str]:
    rows = "" if row["rows"] is None else f"{row['rows']:,}"
    told = row["told"] or ("see the error" if row["error"] else "")
    return row["name"], row["part"] or "", row["state"], row["date"] or "none", rows, told


def shown(data_dir: DataDir = None, json: Json = False) -> None:
    """Show what there is: each file's kind, rows, date, age, source, licence and path; first what is bundled."""
    from crawler.routing.reference.snapshots import FOLDER

    settings = settings_for(data_dir)
    show(
        _held(settings.data_dir / FOLDER, datetime.now(UTC).date()),
        json,
        ("kind", "part", "date", "age", "rows", "source", "licence", "path"),
        _held_cells,
    )


def _held(folder: Path, today: date) -> Iterator[dict[str, Any]]:
    """`rows` is null for a file that was put there by hand."""
    from crawler.routing.reference.bundle import bundled
    from crawler.routing.reference.manifest import Manifest
    from crawler.routing.reference.snapshots import snapshots
    from crawler.routing.reference.sources import KINDS

    for one in bundled():
        yield _held_row(one.name, "", one.day, today, one.rows, f"{one.source}; bundled", one.licence, one.path)
    manifest = Manifest(folder)
    for name, kind in KINDS.items():
        for snapshot in snapshots(folder, name):
            entry = manifest.of(snapshot.path)
            source = kind.title if entry else f"{kind.title}; put here by hand"
            rows = entry.rows if entry else None
            yield _held_row(name, snapshot.part, snapshot.day, today, rows, source, kind.licence, snapshot.path)


def _held_row(
    name: str, part: str, day: date, today: date, rows: int | None, source: str, licence: str, path: Path
) -> dict[str, Any]:
    return {
        "name": name,
        "part": part or None,
        "date": day.isoformat(),
        "age_days": (today - day).days,
        "rows": rows,
        "source": source,
        "licence": licence,
        "path": str(path),
    }


def _held_cells(row: dict[str, Any]) -> Sequence[str]:
    rows = "" if row["rows"] is None else f"{row['rows']:,}"
    age = f"{row['age_days']} d"
    return row["name"], row["part"] or "", row["date"], age, rows, row["source"], row["licence"], row["path"]
