"""RIS Live: subscribes by WebSocket, archives what comes, and says where it was not listening.

Between the socket and the disk stands a buffer with a bound. A disk that is too slow costs messages, which are counted
and told as gaps: to slow the socket instead would make the server drop the connection, and with it every collector.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
import random
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection

from crawler.routing.live.archive import LiveArchive
from crawler.routing.live.buffer import Buffer, Turned
from crawler.routing.live.frames import (
    STATES,
    Json,
    LiveMessage,
    Reply,
    Subscription,
    Unreadable,
    collector_name,
    read_frame,
    subscribe_frame,
)
from crawler.routing.live.gaps import write_gap
from crawler.routing.live.hearing import Hearing
from crawler.routing.live.keeper import Keeper, Tally
from crawler.routing.live.stream import Off, Refused, connected, place

_log = logging.getLogger(__name__)
URL = "wss://ris-live.ripe.net/v1/ws/"
_TICK_S = 1.0
_RECENT = 100_000  # ids of messages by which a repetition is known

Tell = Callable[[int, str], None]
"""What a person must know: a level of `logging`, and a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveOptions:
    """`client` names us to the service: an address or a name by which its operators can find us.

    `silence_s`: a collector's peers send a keep-alive each 60 s (a third of the hold time of 180 s that RIS asks for),
    so one and a half of that without any message is a fault, however narrow the subscription. `grace_s` is how late a
    message may come for its file. Waits between attempts double from `retry_s` to `retry_max_s`, with jitter, and begin
    anew after `healthy_s` of connection. `frame_bytes` bounds a frame, `buffer_messages` and `buffer_bytes` what waits
    for the disk.
    """

    client: str
    url: str = URL
    silence_s: float = 90.0
    grace_s: float = 30.0
    retry_s: float = 1.0
    retry_max_s: float = 300.0
    healthy_s: float = 60.0
    frame_bytes: int = 1 << 20
    buffer_messages: int = 50_000
    buffer_bytes: int = 64 << 20


class Live:
    """One stream into one archive, on one event loop.

    `show` gets, on another thread, each archived message and the name of its file. `clock` gives seconds since the
    epoch; it and `sleep` are arguments so that tests need not wait.
    """

    def __init__(
        self,
        archive: Path,
        subscription: Subscription,
        options: LiveOptions,
        *,
        show: Callable[[LiveMessage, str], None] = lambda _message, _file: None,
        tell: Tell = _log.log,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.tally = Tally()
        self.buffer = Buffer(options.buffer_messages, options.buffer_bytes)
        self._subscription, self._options = subscription, options
        self._told, self._clock, self._sleep = tell, clock, sleep
        self._recent: OrderedDict[str, None] = OrderedDict()
        self._unconfirmed: list[Json] = []
        self._since: float | None = None  # when this connection was opened, or a message came last
        self._confirm_by = math.inf
        self._silent = asyncio.Event()
        self._ended = False
        self._keeper = Keeper(
            LiveArchive(archive, subscription, options.grace_s),
            Hearing(partial(write_gap, archive), subscription.collectors, clock(), options.silence_s),
            self.tally,
            show,
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set; the files are whole then.

        Raises `Permanent` where the service refuses us for good, `OSError` where the disk fails.
        """
        keeper = asyncio.create_task(self._keep())
        others = [asyncio.create_task(work) for work in (self._connect(), self._watch(), _set(stop))]
        try:
            done, _ = await asyncio.wait([keeper, *others], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            self._ended = True
            self.buffer.wake()
            try:
                await keeper
            finally:
                await asyncio.to_thread(self._keeper.close, self._clock())

    async def _connect(self) -> None:
        """Connects, and after each end again, for ever."""
        options = self._options
        wait = options.retry_s
        while True:
            began, pause_s = self._clock(), 0.0
            try:
                async with connected(options.url, options.client, options.frame_bytes) as socket:
                    self.tally.connections += 1
                    await self._listen(socket)
            except Off as off:
                reason, pause_s = off.message, off.pause_s or 0.0
            except Refused as refused:
                if not self.tally.connections:
                    raise
                reason = refused.message
            if self._since is not None and self._clock() - began >= options.healthy_s:
                wait = options.retry_s
            self._since = None
            self.buffer.tell(Turned(f"the live stream was off: {reason}", self._clock()))
            pause_s = max(pause_s, wait * random.uniform(0.5, 1.0))  # noqa: S311
            wait = min(wait * 2, options.retry_max_s)
            self._tell(logging.WARNING, f"{place(options.url)}: {reason}; trying again in {pause_s:.0f} s")
            await self._sleep(pause_s)

    async def _listen(self, socket: ClientConnection) -> None:
        """Ends by an exception alone: `Off` where nothing comes, the socket's own where it is closed."""
        self._silent.clear()
        self._since = self._clock()
        self._confirm_by = self._since + self._options.silence_s
        if self._subscription.collectors:
            await socket.send(json.dumps({"type": "request_rrc_list", "data": None}))
        else:
            await self._subscribe(socket, {})
        reading, silent = asyncio.create_task(self._read(socket)), asyncio.create_task(self._silent.wait())
        try:
            await asyncio.wait([reading, silent], return_when=asyncio.FIRST_COMPLETED)
            if not reading.done():
                socket.transport.abort()  # it would wait for an answer to its farewell
                raise Off(f"silent for more than {self._options.silence_s:.0f} s")
            reading.result()
        finally:
            reading.cancel()
            silent.cancel()
            await asyncio.gather(reading, silent, return_exceptions=True)

    async def _read(self, socket: ClientConnection) -> None:
        while True:
            frame = await socket.recv()
            try:
                found = read_frame(frame)
                if isinstance(found, Reply):
                    await self._answer(socket, found)
                else:
                    self._receive(found, len(frame))
            except Unreadable as error:
                self.tally.unreadable += 1
                self._tell_some(self.tally.unreadable, f"a frame that cannot be read: {error.message}")
                if error.collector and error.at is not None:
                    self.buffer.lose(error.collector, error.at, "messages that cannot be read")

    def _receive(self, message: LiveMessage, size: int) -> None:
        now = self._since = self._clock()
        if message.id is not None and message.id in self._recent:
            self.tally.duplicates += 1
        elif self._subscription.wants(message):
            if self.buffer.put(message, size, now):
                self._remember(message.id)
            else:
                self.tally.dropped += 1
                self._tell_some(self.tally.dropped, "a message was dropped: the disk is too slow")

    def _remember(self, id_: str | None) -> None:
        if id_ is not None:
            self._recent[id_] = None
            if len(self._recent) > _RECENT:
                self._recent.popitem(last=False)

    async def _answer(self, socket: ClientConnection, reply: Reply) -> None:
        """Raises `Unreadable` for a type that is not of the protocol."""
        if reply.type == "ris_subscribe_ok":
            self._confirm(reply.data)
        elif reply.type == "ris_error":
            self._tell(logging.WARNING, f"the server says: {_words(reply.data)}")
        elif reply.type == "ris_rrc_list" and self._subscription.collectors:
            names = reply.data if isinstance(reply.data, list) else []
            await self._subscribe(socket, {short: host for host in names if (short := collector_name(host))})
        elif reply.type not in {"pong", "ris_rrc_list", "ris_unsubscribe_ok"}:
            raise Unreadable(f"is of an unknown type: {reply.type[:40]!r}")

    async def _subscribe(self, socket: ClientConnection, hosts: dict[str, str]) -> None:
        unknown = [name for name in self._subscription.collectors if name not in hosts]
        if unknown:
            self._tell(logging.WARNING, f"the server has no collector {', '.join(unknown)}")
        filters = self._subscription.requests(hosts)
        # A stream knows one of the two names of session changes; nothing waits for the other one.
        self._unconfirmed = [one for one in filters if one.get("type") not in STATES]
        for wanted in filters:
            await socket.send(subscribe_frame(wanted))

    def _confirm(self, data: Any) -> None:
        """Confirmations come in the order of what was asked for, should a server tell a filter in other words."""
        told = data.get("subscription") if isinstance(data, dict) else None
        if not self._unconfirmed or not isinstance(told, dict) or told.get("type") in STATES:
            return
        same = (one for one in self._unconfirmed if one.items() <= told.items())
        self._unconfirmed.remove(next(same, self._unconfirmed[0]))
        if not self._unconfirmed:
            self.buffer.tell(Turned(None, self._clock()))
            self._tell(logging.INFO, f"subscribed at {place(self._options.url)}")

    async def _watch(self) -> None:
        """Looks at the time: a silent stream is an alarm, and a file whose time is over is closed."""
        while True:
            await self._sleep(_TICK_S)
            now = self._clock()
            if self._since is not None and now - self._since > self._options.silence_s:
                self._silent.set()
            if self._unconfirmed and now > self._confirm_by:
                self._confirm_by = math.inf
                count = len(self._unconfirmed)
                self._tell(logging.WARNING, f"{count} subscriptions are not confirmed: until they are, all is a gap")
            self.buffer.wake()

    def _tell(self, level: int, line: str) -> None:
        """As a terminal may show it: a server's words are in many of our lines."""
        self._told(level, "".join(char if char.isprintable() else " " for char in line))

    def _tell_some(self, count: int, words: str) -> None:
        """The first, the tenth, the hundredth …: a flood of faults must not become a flood of lines."""
        if str(count).strip("0") == "1":
            self._tell(logging.WARNING, f"{words} ({count} so far)")

    async def _keep(self) -> None:
        await asyncio.to_thread(self._keeper.salvage)
        if self.tally.salvaged:
            self._tell(logging.WARNING, f"{self.tally.salvaged} files that a crash had left open were closed")
        while not self._ended:
            await self.buffer.news()
            await self._store()
        await self._store()  # what came while the last was written

    async def _store(self) -> None:
        for words in await asyncio.to_thread(self._keeper.store, self.buffer.take(), self._clock()):
            self._tell(logging.WARNING, words)


async def _set(event: asyncio.Event) -> None:
    await event.wait()


def _words(data: Any) -> str:
    """A server's own words, as many as anybody reads."""
    return str(data.get("message") if isinstance(data, dict) else data)[:300]
