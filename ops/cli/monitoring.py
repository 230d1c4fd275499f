"""Commands that ask other people's monitors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from ops.cli.common import DataDir, Failed, Json, instant, settings_for, show, stderr, tell

monitors = typer.Typer(help="Ask other people's monitors.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    monitors.command("list")(list_)
    monitors.command("ask")(ask)
    app.add_typer(monitors, name="monitors")


def list_(data_dir: DataDir = None, json: Json = False) -> None:
    """The monitors that can be asked, and what their words come under."""
    from crawler.monitors.registry import MONITORS

    settings_for(data_dir)
    show(
        (
            {"id": m.id, "name": m.name, "licence": m.licence, "may_export": m.may_export, "needs_token": m.needs_token}
            for m in MONITORS.values()
        ),
        json,
        ("id", "name", "licence", "needs a token"),
        lambda r: (r["id"], r["name"], r["licence"], "yes" if r["needs_token"] else "no"),
    )


def ask(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A monitor, as `monitors list` prints its id.")],
    since: Annotated[
        str, typer.Option("--from", metavar="T", help="Start of the window, ISO 8601, UTC unless it says.")
    ],
    until: Annotated[str, typer.Option("--to", metavar="T", help="End of the window.")],
    asn: Annotated[list[str] | None, typer.Option(metavar="ASN", help="A network, as AS64500; repeatable.")] = None,
    prefix: Annotated[list[str] | None, typer.Option(help="A prefix; repeatable.")] = None,
    country: Annotated[list[str] | None, typer.Option(metavar="CC", help="A country's code; repeatable.")] = None,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Print the events that a monitor tells of, with its own words and their licence.

    What it did not give (an outage, a page, a limit, a time that it does not hold) is told as a gap, and the command
    ends with 1: with 0 only where it answered for the whole window.
    """
    from crawler.monitors.registry import open_monitor, question
    from crawler.routing.codec import event_to_json
    from crawler.routing.reference.known import Reference
    from crawler.routing.reference.snapshots import FOLDER

    start, stop = instant(since), instant(until)
    if start is None or stop is None:
        raise typer.BadParameter("the window needs a start and an end")
    asked = question(start, stop, asns=asn or (), prefixes=prefix or (), countries=country or ())
    settings = settings_for(data_dir)
    token = settings.radar_token.get_secret_value() if settings.radar_token else None
    reference = Reference.load(settings.data_dir / FOLDER)
    opened = open_monitor(
        name, token=token, user_agent=settings.user_agent, reference=reference, thresholds=settings.detect
    )
    with opened as monitor:
        stderr.print(f"{monitor.name}: {monitor.licence}", style="dim", highlight=False)
        with stderr.status(f"asking {monitor.name}"):
            view = monitor.view(asked)
    show(
        map(event_to_json, view.events),
        json,
        ("first seen", "last seen", "kind", "networks", "countries", "prefixes", "in its words"),
        _cells,
    )
    for note in view.notes:
        tell(note)
    for gap in view.coverage.gaps:
        tell(f"gap {gap.start:%Y-%m-%dT%H:%M:%SZ} to {gap.end:%Y-%m-%dT%H:%M:%SZ}: {gap.reason}")
    if view.coverage.gaps:
        raise Failed


def _cells(row: dict[str, Any]) -> Sequence[str]:
    roles = (("", "origin_asn"), ("upstream ", "upstream_asn"), ("by ", "offender_asn"))
    return (
        row["first_seen"],
        row["last_seen"] or "",
        row["kind"],
        ", ".join(f"{role}AS{row[name]}" for role, name in roles if row[name] is not None),
        " ".join(row["countries"]),
        " ".join(row["prefixes"]),
        row["source_text"] or "",
    )
