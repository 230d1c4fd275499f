"""The press of the demonstration: small sites under names in `.example`, behind a gateway on loopback.

The gateway answers as an HTTP proxy does (`GET http://tidings.example/… HTTP/1.1`) and to a plain `Host` header. It
keeps no state: a visitor is told what comes after the version whose ETag it shows. So a crawl that looks at each page
twice sees the edit and the removal, and one that is broken off and begun again sees the same.
"""

from __future__ import annotations

import hashlib
import threading
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from crawler.model import Source
from crawler.sources import load_sources

FOLDER = Path(__file__).parent

LISTING_TYPES = {
    "feed.atom": "application/atom+xml; charset=utf-8",
    "feed.rss": "application/rss+xml; charset=utf-8",
    "sitemap.xml": "application/xml; charset=utf-8",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """A site. `listing` is the path of its feed or sitemap; `dated` says whether that gives times of publication."""

    host: str
    name: str
    lang: str
    listing: str
    listing_template: str
    dated: bool
    template: str
    disallow: tuple[str, ...] = ()

    @property
    def base(self) -> str:
        return f"http://{self.host}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An article. `texts` holds its versions, oldest first, a paragraph between empty lines; `removed` ends them."""

    host: str
    path: str
    title: str
    author: str
    published: datetime
    texts: tuple[str, ...]
    removed: bool = False

    @property
    def url(self) -> str:
        return f"http://{self.host}{self.path}"


@dataclass(frozen=True, slots=True)
class Resource:
    """What an address answers with: its versions in order, then 410 if it was `removed`."""

    versions: tuple[bytes, ...]
    content_type: str
    modified: datetime
    removed: bool = False

    def etag(self, version: int) -> str:
        return f'"{hashlib.sha256(self.versions[version]).hexdigest()[:20]}"'


Site = Mapping[tuple[str, str], Resource]
"""Resources by host and path."""


def outlets() -> tuple[Outlet, ...]:
    rows = tomllib.loads((FOLDER / "outlets.toml").read_text("utf-8"))["outlet"]
    return tuple(Outlet(**{**row, "disallow": tuple(row.get("disallow", ()))}) for row in rows)


def pages() -> tuple[Page, ...]:
    """Every article, newest first."""
    rows = (tomllib.loads(file.read_text("utf-8")) for file in sorted((FOLDER / "pages").glob("*.toml")))
    found = (Page(**{**row, "texts": tuple(text.strip() for text in row["texts"])}) for row in rows)
    return tuple(sorted(found, key=lambda page: page.published, reverse=True))


def demo_sources(gateway: str) -> tuple[Source, ...]:
    """The catalogue of the demonstration, reached through the gateway at `gateway` (`http://127.0.0.1:PORT`)."""
    return tuple(replace(source, gateway=gateway) for source in load_sources(FOLDER / "sources.toml"))


def build() -> Site:
    """Renders every site."""
    env = Environment(loader=FileSystemLoader(FOLDER / "templates"), autoescape=True, undefined=StrictUndefined)
    site: dict[tuple[str, str], Resource] = {}
    everything = pages()
    for outlet in outlets():
        own = [page for page in everything if page.host == outlet.host]
        for page in own:
            site[outlet.host, page.path] = _page(env, outlet, page, [other for other in own if other is not page])
        site[outlet.host, outlet.listing] = _listing(env, outlet, own)
        robots = env.get_template("robots.txt").render(outlet=outlet)
        site[outlet.host, "/robots.txt"] = Resource((robots.encode(),), "text/plain; charset=utf-8", own[-1].published)
    return site


@contextmanager
def serve() -> Iterator[str]:
    """Serves the sites on a free port of loopback until the block ends; gives the gateway's address."""
    with _Gateway(build()) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def answer(resource: Resource, seen: str | None, since: str | None) -> tuple[HTTPStatus, int | None]:
    """The status for a visitor that shows `seen` (If-None-Match) and `since` (If-Modified-Since), and the version sent.

    An ETag outweighs a date (RFC 9110, 13.1.3). A date alone tells no versions apart, so only a page without a history
    is unchanged by it.
    """
    last = len(resource.versions) - 1
    shown = [version for version in range(last + 1) if resource.etag(version) in _tags(seen)]
    if not shown:
        settled = last == 0 and not resource.removed and not seen and _is_current(since, resource.modified)
        return (HTTPStatus.NOT_MODIFIED, None) if settled else (HTTPStatus.OK, 0)
    if shown[-1] < last:
        return HTTPStatus.OK, shown[-1] + 1
    return (HTTPStatus.GONE if resource.removed else HTTPStatus.NOT_MODIFIED), None


def _page(env: Environment, outlet: Outlet, page: Page, others: list[Page]) -> Resource:
    template = env.get_template(outlet.template)
    versions = tuple(
        template.render(outlet=outlet, page=page, paragraphs=text.split("\n\n"), others=others).encode()
        for text in page.texts
    )
    return Resource(versions, "text/html; charset=utf-8", page.published, page.removed)


def _listing(env: Environment, outlet: Outlet, own: list[Page]) -> Resource:
    body = env.get_template(outlet.listing_template).render(outlet=outlet, pages=own)
    return Resource((body.encode(),), LISTING_TYPES[outlet.listing_template], own[0].published)


def _tags(header: str | None) -> set[str]:
    return {tag.strip().removeprefix("W/") for tag in (header or "").split(",")}


def _is_current(since: str | None, modified: datetime) -> bool:
    try:
        return since is not None and parsedate_to_datetime(since) >= modified.replace(microsecond=0)
    except (ValueError, TypeError):
        return False


class _Gateway(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, site: Site) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.site = site
        self.hosts = {host for host, _ in site}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "demo"
    sys_version = ""
    server: _Gateway

    def do_GET(self) -> None:
        target = urlsplit(self.path)
        host = (target.hostname or self.headers.get("Host", "").partition(":")[0]).lower()
        resource = self.server.site.get((host, target.path))
        if host not in self.server.hosts:
            self._send(HTTPStatus.BAD_GATEWAY, f"{host or 'no host'} is not served here\n".encode(), {})
        elif resource is None:
            self._send(HTTPStatus.NOT_FOUND, b"There is no such page.\n", {})
        else:
            self._answer(resource)

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Says nothing: the crawler logs each outcome."""

    def _answer(self, resource: Resource) -> None:
        seen, since = self.headers.get("If-None-Match"), self.headers.get("If-Modified-Since")
        status, version = answer(resource, seen, since)
        if status is HTTPStatus.GONE:
            self._send(status, b"This page was withdrawn.\n", {})
            return
        sent = len(resource.versions) - 1 if version is None else version
        headers = {
            "ETag": resource.etag(sent),
            "Last-Modified": format_datetime(resource.modified.astimezone(UTC), usegmt=True),
            "Content-Type": resource.content_type,
        }
        self._send(status, b"" if version is None else resource.versions[version], headers)

    def _send(self, status: HTTPStatus, body: bytes, headers: dict[str, str]) -> None:
        self.close_connection = True
        self.send_response(status)
        for name, value in ({"Content-Type": "text/plain; charset=utf-8"} | headers).items():
            self.send_header(name, value)
        if status is not HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD" and status is not HTTPStatus.NOT_MODIFIED:
            self.wfile.write(body)
