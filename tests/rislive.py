"""A RIS Live server on loopback: it speaks the recorded frames, and misbehaves as the real one and the net can."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import count
from typing import Any, Literal

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

Json = dict[str, Any]
Then = Literal["stay", "close", "break", "half", "spin"]
_ids = count()


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What the server does with one connection.

    After `subscriptions` of them have come it sends `frames`, and `then` stays silent, closes, breaks off, breaks off
    in the middle of a frame, or sends the last frame for ever. With `status` it refuses instead.
    """

    frames: Sequence[str | bytes] = ()
    then: Then = "stay"
    subscriptions: int = 1
    confirms: bool = True
    hosts: Sequence[str] = ("rrc00.ripe.net", "rrc01.ripe.net", "rrc10.ripe.net")
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class RisLive:
    """Does its turns, one a connection, the last one again and again. `asked` is what came, by connection."""

    def __init__(self, *turns: Turn) -> None:
        self.asked: list[list[Json]] = []
        self.paths: list[str] = []
        self.url = ""
        self._turns = turns
        self._next = 0

    @asynccontextmanager
    async def up(self, **options: Any) -> AsyncIterator[RisLive]:
        async with serve(
            self._talk, "127.0.0.1", 0, process_request=self._meet, ping_interval=None, close_timeout=0.1, **options
        ) as server:
            self.url = f"{'wss' if 'ssl' in options else 'ws'}://127.0.0.1:{_port(server)}/v1/ws/"
            yield self

    def _meet(self, connection: ServerConnection, request: Request) -> Response | None:
        turn = self._turns[min(self._next, len(self._turns) - 1)]
        self._next += 1
        self.paths.append(request.path)
        connection.turn = turn  # type: ignore[attr-defined]
        if turn.status is None:
            return None
        phrase = HTTPStatus(turn.status).phrase
        return Response(turn.status, phrase, Headers({"Content-Length": "0", "Connection": "close", **turn.headers}))

    async def _talk(self, connection: ServerConnection) -> None:
        turn: Turn = connection.turn  # type: ignore[attr-defined]
        asked: list[Json] = []
        self.asked.append(asked)
        sending: asyncio.Task[None] | None = None
        try:
            async for text in connection:
                request = json.loads(text)
                asked.append(request)
                answer = _answer(request, turn)
                if answer is not None:
                    await connection.send(json.dumps(answer))
                subscribed = sum(one["type"] == "ris_subscribe" for one in asked)
                if subscribed >= turn.subscriptions and sending is None:
                    sending = asyncio.create_task(_send(connection, turn))
        finally:
            if sending is not None:
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)


def _port(server: Server) -> int:
    return int(next(iter(server.sockets)).getsockname()[1])


def _answer(request: Json, turn: Turn) -> Json | None:
    if request["type"] == "request_rrc_list":
        return {"type": "ris_rrc_list", "data": list(turn.hosts)}
    if request["type"] == "ris_subscribe" and turn.confirms:
        filters = dict(request["data"])
        options = filters.pop("socketOptions")
        return {"type": "ris_subscribe_ok", "data": {"subscription": filters, "socketOptions": options}}
    return None


async def _send(connection: ServerConnection, turn: Turn) -> None:
    for frame in turn.frames:
        await connection.send(frame)
    while turn.then == "spin":
        await connection.send(turn.frames[-1])
        await asyncio.sleep(0)  # a send alone need not let anybody else have a turn
    if turn.then == "close":
        await connection.close(1001, "going away")
    elif turn.then == "half":
        connection.transport.write(b"\x81\x7e\x04\x00" + b'{"type": "ris_mess')  # the head of a frame of 1,024 bytes
    if turn.then in {"half", "break"}:
        connection.transport.close()


def message(at: float, *, host: str = "rrc00", peer: str = "192.0.2.1", asn: int = 64500, **data: Any) -> Json:
    """A `ris_message` of type UPDATE unless `data` says another."""
    body = {"timestamp": at, "peer": peer, "peer_asn": str(asn), "id": f"{peer}-{next(_ids):016x}", "host": host}
    return {"type": "ris_message", "data": {"type": "UPDATE", **body, **data}}


def announce(at: float, *prefixes: str, path: Sequence[object] = (64500, 64501), **data: Any) -> str:
    """A frame in the shape of today's stream, without the raw message."""
    peer = str(data.get("peer", "192.0.2.1"))
    rows = [{"next_hop": peer, "prefixes": list(prefixes)}]
    return json.dumps(message(at, path=list(path), origin="IGP", announcements=rows, withdrawals=[], **data))


def withdraw(at: float, *prefixes: str, **data: Any) -> str:
    return json.dumps(message(at, path=[], announcements=[], withdrawals=list(prefixes), **data))


def keepalive(at: float, **data: Any) -> str:
    return json.dumps(message(at, type="KEEPALIVE", **data))


def peer_state(at: float, state: str, **data: Any) -> str:
    return json.dumps(message(at, state=state, **{"type": "RIS_PEER_STATE", **data}))
