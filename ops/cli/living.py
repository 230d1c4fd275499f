"""Following RIS Live: the stream becomes an archive that the other commands read."""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crawler.errors import Transient
from ops.cli.common import DataDir, Json, network, prefix_of, settings_for, stderr, write_rows
from ops.cli.reading import routes

if TYPE_CHECKING:
    from crawler.routing.live.follow import Live
    from crawler.routing.live.frames import LiveMessage
    from crawler.routing.live.keeper import Tally

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def register(_app: typer.Typer) -> None:
    routes.command("live")(live)


def live(
    archive_dir: Annotated[
        Path, typer.Argument(metavar="ARCHIVE_DIR", help="The folder to archive into, as a mirror of RIS.")
    ],
    prefix: Annotated[
        list[str] | None, typer.Option(help="Only routes of this prefix or inside it; repeatable.")
    ] = None,
    asn: Annotated[
        list[str] | None,
        typer.Option(metavar="ASN", help="Only routes over this network, and all withdrawals; repeatable."),
    ] = None,
    collector: Annotated[
        list[str] | None, typer.Option(metavar="RRC", help="Only this collector, as rrc00; repeatable.")
    ] = None,
    duration: Annotated[
        str | None, typer.Option("--for", metavar="TIME", help="How long, as 90s, 30m, 1h; for ever unless given.")
    ] = None,
    silence: Annotated[
        float, typer.Option(metavar="SECONDS", min=1, help="After how long without a message the stream is left.")
    ] = 90.0,
    url: Annotated[
        str | None, typer.Option(metavar="URL", help="Another server than RIPE's, as ws://127.0.0.1:8080/.")
    ] = None,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Follow RIS Live and archive it, until --for is over or a signal ends it.

    Files of five minutes appear in ARCHIVE_DIR as in RIS's own archive: `routes events` and `verify` read them. What
    was not heard is told as a gap. With several filters, routes of any of them are archived. RIPE asks clients to name
    themselves: ROUTEWIRE_USER_AGENT is sent, with an address of yours where you put one into it.
    """
    from crawler.routing.live.follow import URL, Live, LiveOptions
    from crawler.routing.live.frames import Subscription
    from crawler.routing.live.stream import check_url

    subscription = Subscription(
        prefixes=tuple(dict.fromkeys(prefix_of(text) for text in prefix or ())),
        asns=tuple(dict.fromkeys(network(text) for text in asn or ())),
        collectors=tuple(dict.fromkeys(_rrc(text) for text in collector or ())),
    )
    seconds = None if duration is None else _seconds(duration)
    settings = settings_for(data_dir)
    options = LiveOptions(client=settings.user_agent, url=check_url(url or URL), silence_s=silence)
    stream = Live(archive_dir, subscription, options, show=_show if json else lambda _message, _file: None)
    asked = asyncio.run(_follow(stream, seconds))
    stderr.print(_summary(stream.tally), soft_wrap=True)
    if not stream.tally.connections and not asked:
        raise Transient("the live stream was never reached", remedy="the lines above say why")


async def _follow(stream: Live, seconds: float | None) -> bool:
    """Whether a signal ended it."""
    stop = asyncio.Event()
    signals: list[signal.Signals] = []
    loop = asyncio.get_running_loop()

    def end(number: signal.Signals) -> None:
        signals.append(number)
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end, number)
    if seconds is not None:
        loop.call_later(seconds, stop.set)
    telling = asyncio.create_task(_tell_status(stream.tally))
    try:
        await stream.run(stop)
    finally:
        telling.cancel()
        with suppress(asyncio.CancelledError):
            await telling
    return bool(signals)


def _show(message: LiveMessage, file: str) -> None:
    """As `routes read` prints them; which record of its file an element is in is known when the file is closed."""
    from crawler.routing.codec import elem_to_json

    write_rows(elem_to_json(elem) | {"record": None} for elem in message.elems(file))
    sys.stdout.flush()


async def _tell_status(tally: Tally) -> None:
    """One line that changes, where somebody is watching."""
    if not stderr.is_terminal:
        return
    with stderr.status("waiting for the first message") as status:
        while True:
            before = tally.messages
            await asyncio.sleep(1)
            last = "none yet" if tally.last_at is None else f"{datetime.fromtimestamp(tally.last_at, UTC):%H:%M:%S}"
            lost = tally.dropped + tally.refused + tally.unreadable
            status.update(
                f"{tally.messages - before} messages/s, the last one {last}, {lost} lost, {tally.files} files"
            )


def _summary(tally: Tally) -> str:
    words = f"{tally.messages} messages with {tally.routes} routes in {tally.files} files"
    counts = {
        "dropped": tally.dropped,
        "without a place": tally.refused,
        "unreadable": tally.unreadable,
        "repeated": tally.duplicates,
        "without a raw message": tally.rebuilt,
    }
    return ", ".join([words, *(f"{count} {what}" for what, count in counts.items() if count)])


def _rrc(text: str) -> str:
    from crawler.routing.live.frames import collector_name

    name = collector_name(text.lower())
    if name is None:
        raise typer.BadParameter(f"{text!r} is not a collector of RIS, such as rrc00", param_hint="--collector")
    return name


def _seconds(text: str) -> float:
    found = re.fullmatch(r"(\d{1,6})([smhd])", text)
    if not found or not int(found[1]):
        raise typer.BadParameter(f"{text!r} is not a time, such as 90s, 30m or 1h", param_hint="--for")
    return float(int(found[1]) * _UNITS[found[2]])
