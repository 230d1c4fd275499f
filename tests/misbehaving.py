"""A real HTTP service on loopback that misbehaves on demand."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a path answers. `headers` are sent as they are (ETag, Retry-After, Location, Content-Encoding …).

    `fault` is None or one of: `close` (an end before the status line), `cut` (half of the body, then an end), `long`
    (a Content-Length larger than the body), `hang` (silence until the test ends), `stall` (half of the body, then
    silence), `drip` (a byte, a pause of 10 ms, the next byte …), `endless` (chunks without end). `ranges` says whether
    a Range is answered with 206; an `If-Range` that is not the ETag or Last-Modified gets the whole body. A matching
    `If-None-Match` or `If-Modified-Since` gets 304.
    """

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: str | None = None
    ranges: bool = True


@dataclass(frozen=True, slots=True)
class Request:
    """What reached the service; `url` is in absolute form where the service was asked as a proxy."""

    url: str
    headers: Mapping[str, str]

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def params(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.url).query, keep_blank_values=True)


class Misbehaving:
    """Serves `replies` by path (or by path and query, or by whole address, which go first): a list in turn, its last
    one again and again; and the files under `root`, with an index page for each folder. Anything else is a 404.

    `requests` are in order of arrival, `most_at_once` the most that were being answered at the same time. The first
    `meet` requests of files (no folder) wait for each other, so that a test sees that they run together.
    """

    def __init__(
        self, replies: Mapping[str, Reply | list[Reply]] | None = None, *, root: Path | None = None, meet: int = 0
    ) -> None:
        self.replies: dict[str, Reply | list[Reply]] = dict(replies or {})
        self.root = root
        self.requests: list[Request] = []
        self.most_at_once = 0
        self.released = threading.Event()
        self.hung = threading.Event()
        self._meeting = threading.Barrier(meet) if meet else None
        self._to_meet = meet
        self._at_once = 0
        self._lock = threading.Lock()
        service = self

        class Handler(_Handler):
            owner = service

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Misbehaving:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def asked(self, path: str) -> list[Request]:
        return [request for request in self.requests if request.path == path]

    def arrived(self, request: Request) -> Reply:
        with self._lock:
            self.requests.append(request)
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
            meets = self._to_meet > 0 and not request.path.endswith("/")
            self._to_meet -= meets
            reply = self._reply(request)
        if meets and self._meeting is not None:
            self._meeting.wait(timeout=20)
        return reply

    def left(self) -> None:
        with self._lock:
            self._at_once -= 1

    def _reply(self, request: Request) -> Reply:
        asked = urlsplit(request.url)
        for key in (request.url, f"{asked.path}?{asked.query}", asked.path):
            found = self.replies.get(key)
            if isinstance(found, list):
                return found.pop(0) if len(found) > 1 else found[0]
            if found is not None:
                return found
        return self._file(asked.path) if self.root is not None else Reply(status=404)

    def _file(self, path: str) -> Reply:
        assert self.root is not None
        file = self.root / path.strip("/")
        if file.is_file():
            facts = file.stat()
            return Reply(body=file.read_bytes(), headers={"ETag": f'"{facts.st_mtime_ns:x}-{facts.st_size:x}"'})
        if file.is_dir() and path.endswith("/"):
            return Reply(body=autoindex(file).encode(), headers={"Content-Type": "text/html"})
        return Reply(status=404)


def autoindex(folder: Path) -> str:
    """A folder's page in nginx's manner, with sizes in bytes."""
    rows = []
    for entry in sorted(folder.iterdir()):
        name = f"{entry.name}/" if entry.is_dir() else entry.name
        size = "-" if entry.is_dir() else str(entry.stat().st_size)
        rows.append(f'<a href="{name}">{name}</a>  01-Jul-2024 00:05  {size:>19}\n')
    return f'<html><body><h1>Index</h1><pre><a href="../">../</a>\n{"".join(rows)}</pre></body></html>'


class _Handler(BaseHTTPRequestHandler):
    owner: Misbehaving
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are two writes

    def do_GET(self) -> None:
        reply = self.owner.arrived(Request(self.path, dict(self.headers.items())))
        try:
            self._answer(reply)
        except OSError:
            self.close_connection = True
        finally:
            self.owner.left()

    def _answer(self, reply: Reply) -> None:
        if reply.fault == "close":
            self.close_connection = True
        elif reply.fault == "hang":
            self._wait()
        elif reply.fault == "endless":
            self._endless(reply)
        elif reply.fault == "drip":
            self._drip(reply)
        elif self._has(reply):
            self._send(304, {}, b"", 0)
        else:
            self._whole_or_part(reply)

    def _has(self, reply: Reply) -> bool:
        held = self.headers.get("If-None-Match") or self.headers.get("If-Modified-Since")
        return reply.status == 200 and held is not None and held in self._validators(reply)

    def _validators(self, reply: Reply) -> list[str]:
        return [reply.headers[name] for name in ("ETag", "Last-Modified") if name in reply.headers]

    def _whole_or_part(self, reply: Reply) -> None:
        status, body, headers = reply.status, reply.body, dict(reply.headers)
        asked = self.headers.get("Range", "")
        same = self.headers.get("If-Range") in (None, *self._validators(reply))
        if asked and reply.ranges and same and status == 200:
            start = int(asked.removeprefix("bytes=").partition("-")[0])
            if start >= len(body):
                self._send(416, {"Content-Range": f"bytes */{len(body)}"}, b"", 0)
                return
            headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
            status, body = 206, body[start:]
        length = len(body) + 100 if reply.fault == "long" else len(body)
        if reply.fault in ("cut", "stall"):
            body = body[: len(body) // 2]
        self._send(status, headers, body, length)
        if reply.fault == "stall":
            self._wait()
        if reply.fault in ("cut", "stall", "long"):
            self.close_connection = True

    def _send(self, status: int, headers: Mapping[str, str], body: bytes, length: int) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(length), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def _drip(self, reply: Reply) -> None:
        self._send(reply.status, reply.headers, b"", len(reply.body))
        for byte in reply.body:
            self.wfile.write(bytes([byte]))
            self.owner.released.wait(0.01)

    def _endless(self, reply: Reply) -> None:
        self.send_response(200)
        for name, value in {"Transfer-Encoding": "chunked", **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        chunk = b"x" * 65536
        while not self.owner.released.is_set():
            self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))

    def _wait(self) -> None:
        self.owner.hung.set()
        self.owner.released.wait(timeout=60)
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the library's name)
        """Tests look at `requests`."""
