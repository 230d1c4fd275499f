"""A real HTTP site on loopback that misbehaves on demand.

It is also a gateway: asked in absolute form, it answers for any host, so names under `.example` need no DNS.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an address answers.

    `fault` is None or one of: `reset` (a RST before the status line), `close` (an end before it), `half` (half of the
    body, then a RST), `short` (a Content-Length larger than the body), `stall` (half of the body, then silence),
    `hang` (silence), `endless` (chunks without end). A matching `If-None-Match` is answered with 304.
    """

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: str | None = None


def html(title: str, *paragraphs: str, **headers: str) -> Answer:
    """A plain article page."""
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    page = f"<!doctype html><html lang=en><title>{title}</title><h1>{title}</h1>{text}</html>"
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(body=page.encode(), headers={"Content-Type": "text/html; charset=utf-8", **named})


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that reached the site; `at` is on the monotonic clock."""

    url: str
    headers: Mapping[str, str]
    at: float = field(default_factory=time.monotonic)


class Site:
    """Serves `answers` by address (`http://HOST/PATH`); a list is answered in turn, its last one again and again.

    `hung` is set when a client waits for an answer that will not come; `released` lets all such clients go.
    """

    def __init__(self, answers: Mapping[str, Answer | list[Answer]] | None = None) -> None:
        self.answers: dict[str, Answer | list[Answer]] = dict(answers or {})
        self.asked: list[Asked] = []
        self.released = threading.Event()
        self.hung = threading.Event()
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()
        site = self

        class Handler(_Handler):
            owner = site

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def gateway(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Site:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, asked: Asked) -> Answer:
        with self._lock:
            self.asked.append(asked)
            found = self.answers.get(asked.url, Answer(status=404, body=b"nothing here"))
            if isinstance(found, Answer):
                return found
            return found.pop(0) if len(found) > 1 else found[0]

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Counts the requests that are being answered at the same moment."""
        with self._lock:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            yield
        finally:
            with self._lock:
                self._at_once -= 1

    def urls(self) -> list[str]:
        """The addresses that were asked, in order, without robots.txt."""
        return [asked.url for asked in self.asked if not asked.url.endswith("/robots.txt")]


class _Handler(BaseHTTPRequestHandler):
    owner: Site
    protocol_version = "HTTP/1.1"
    connection: socket.socket

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Says nothing; what was asked is in `Site.asked`."""

    def do_GET(self) -> None:
        url = self.path if urlsplit(self.path).scheme else f"http://{self.headers['Host']}{self.path}"
        asked = Asked(url, dict(self.headers.items()))
        answer = self.owner.answer(asked)
        try:
            with self.owner.counted():
                self._reply(answer)
        except OSError:
            self.close_connection = True

    def _reply(self, answer: Answer) -> None:
        etag = answer.headers.get("ETag")
        if answer.fault is not None:
            self._misbehave(answer)
        elif etag is not None and self.headers.get("If-None-Match") == etag:
            self._send(Answer(status=304, headers=answer.headers), b"")
        else:
            self._send(answer, answer.body)

    def _head(self, answer: Answer, length: int | None) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if length is not None and answer.status != 304:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def _send(self, answer: Answer, body: bytes) -> None:
        self._head(answer, len(body))
        self.wfile.write(body)

    def _misbehave(self, answer: Answer) -> None:
        self.close_connection = True
        half = answer.body[: len(answer.body) // 2]
        match answer.fault:
            case "hang":
                self.owner.hung.set()
                self.owner.released.wait(60)
            case "half" | "short" | "stall":
                self._head(answer, len(answer.body) * (2 if answer.fault == "short" else 1))
                self.wfile.write(answer.body if answer.fault == "short" else half)
                self.wfile.flush()
            case "endless":
                self._endless(answer)
        if answer.fault == "stall":
            self.owner.released.wait(60)
        if answer.fault in {"reset", "half"}:
            # Linger of zero seconds: closing sends a RST instead of a FIN.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            socket.close(self.connection.detach())

    def _endless(self, answer: Answer) -> None:
        self.send_response(200)
        for name, value in {**answer.headers, "Transfer-Encoding": "chunked"}.items():
            self.send_header(name, value)
        self.end_headers()
        while not self.owner.released.is_set():
            self.wfile.write(b"%x\r\n%s\r\n" % (len(answer.body), answer.body))
