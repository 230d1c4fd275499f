"""Commands for digests: subscribe, preview, send."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated

import typer

from ops.cli.common import DataDir, Json, instant, iso, quiet_system, show, write_rows

digest = typer.Typer(help="Digests by mail.", no_args_is_help=True)

ADDRESS = re.compile(r"[^\s@<>,;:\"]+@[^\s@<>,;:\"]+")
"""What a mail header can take as one address; whether it exists is the server's to say."""

Id = Annotated[str, typer.Argument(metavar="SUBSCRIPTION", help="The subscription's id.")]
Period = Annotated[
    str | None,
    typer.Option("--period", metavar="START/END", help="ISO 8601; the last whole period unless given."),
]


def register(app: typer.Typer) -> None:
    digest.command("subscribe")(subscribe)
    digest.command("list")(subscriptions)
    digest.command("preview")(preview)
    digest.command("send")(send)
    app.add_typer(digest, name="digest")


def _period(text: str | None) -> tuple[datetime, datetime] | None:
    if text is None:
        return None
    first, slash, second = text.partition("/")
    start, end = instant(first), instant(second) if slash else None
    if start is None or end is None or end <= start:
        raise typer.BadParameter(f"{text!r} is not START/END, such as 2017-10-01/2017-10-08")
    return start, end


def subscribe(
    subscription_id: Id,
    query: Annotated[str, typer.Option(help="What the digest tells of, in the language of `search`.")],
    to: Annotated[str, typer.Option(metavar="ADDRESS", help="Who gets it.")],
    every: Annotated[int, typer.Option(metavar="DAYS", min=1, max=366, help="How often.")] = 7,
    title: Annotated[str, typer.Option(help="The subject's words.")] = "",
    data_dir: DataDir = None,
) -> None:
    """Add a subscription, or change the one of this id."""
    from indexer.model import Subscription

    if not subscription_id.strip() or "/" in subscription_id:
        raise typer.BadParameter("an id has letters and no slash")
    if not ADDRESS.fullmatch(to):
        raise typer.BadParameter(f"{to!r} is not a mail address", param_hint="--to")
    if not title.isprintable():
        raise typer.BadParameter("a title is one line", param_hint="--title")
    with quiet_system(data_dir, create=True) as system:
        system.index.search(query, limit=1)  # a query that cannot be read is told now, not by an empty mail
        system.record.put_subscription(
            Subscription(id=subscription_id, query=query, recipient=to, every_days=every, title=title)
        )


def subscriptions(data_dir: DataDir = None, json: Json = False) -> None:
    """List the subscriptions."""
    with quiet_system(data_dir) as system:
        rows = [
            {"id": s.id, "query": s.query, "to": s.recipient, "every_days": s.every_days, "title": s.title}
            for s in system.record.subscriptions()
        ]
    show(rows, json, ("id", "query", "to", "days"), lambda r: (r["id"], r["query"], r["to"], str(r["every_days"])))


def preview(subscription_id: Id, period: Period = None, data_dir: DataDir = None, json: Json = False) -> None:
    """Print the digest of a period as it would be sent; nothing is sent."""
    from ops.mail import preview as make

    span = _period(period)
    with quiet_system(data_dir) as system:
        digest_made, text = make(system, subscription_id, span)
    if json:
        write_rows([digest_made])
    else:
        print(text)


def send(subscription_id: Id, period: Period = None, data_dir: DataDir = None, json: Json = False) -> None:
    """Send the digest of a period; a period is sent once only."""
    from ops.mail import send as deliver

    span = _period(period)
    with quiet_system(data_dir) as system:
        sent = deliver(system, subscription_id, span)
    row = {
        "subscription": sent.subscription_id,
        "start": iso(sent.start),
        "end": iso(sent.end),
        "to": sent.recipient,
        "items": sent.items,
        "outcome": sent.outcome,
    }
    show(
        [row],
        json,
        ("subscription", "to", "items", "outcome"),
        lambda r: (r["subscription"], r["to"], str(r["items"]), r["outcome"]),
    )
