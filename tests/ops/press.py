"""Small sites of the press on loopback, some of them broken, and the catalogue that names them."""

from __future__ import annotations

from pathlib import Path

from tests.site import Answer, Site, html

WORDS = (
    "On 1 May 2024 at 10:00 UTC, Cogent (AS174) began providing transit to Telekom Slovenije (AS5603).",
    "The new path was seen by many peers for the whole of the day, as several public collectors of routes show.",
)


def feed(*urls: str) -> Answer:
    items = "".join(
        f"<item><title>{url}</title><link>{url}</link><pubDate>Thu, 02 May 2024 10:00:00 GMT</pubDate></item>"
        for url in urls
    )
    body = f'<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>{items}</channel></rss>'
    return Answer(body=body.encode(), headers={"Content-Type": "application/rss+xml"})


def press() -> Site:
    """`good` lists four pages, of which one is an article; `cut` and `junk` have no feed; `down` is not reached.

    Each page has a host of its own, because the crawler waits between two requests to one.
    """
    page = {"Content-Type": "text/html"}
    return Site(
        {
            "http://good.example/feed.xml": feed(
                *(f"http://{name}.example/page" for name in ("article", "binary", "liar", "reset"))
            ),
            "http://article.example/page": html("Transit for Slovenia", *WORDS),
            "http://binary.example/page": Answer(body=b"\x89PNG\x00\x00\x01\xff\xfe\x02" * 100, headers=page),
            "http://liar.example/page": Answer(body=b"this is no gzip", headers={**page, "Content-Encoding": "gzip"}),
            "http://reset.example/page": Answer(fault="reset"),
            "http://cut.example/feed.xml": Answer(
                body=feed("http://cut.example/a").body[:80], headers={"Content-Type": "application/rss+xml"}
            ),
            "http://junk.example/feed.xml": Answer(body=b"no feed at all", headers={"Content-Type": "text/plain"}),
        }
    )


def catalogue(path: Path, site: Site) -> Path:
    """A sources file of the four outlets; `down` has a name that no resolver knows (RFC 6761)."""
    path.write_text("".join(_source(name, site.gateway) for name in ("good", "cut", "junk")) + _source("down", None))
    return path


def _source(name: str, gateway: str | None) -> str:
    fields = {
        "id": name,
        "name": name.title(),
        "kind": "feed",
        "url": f"http://{name}.{'example' if gateway else 'invalid'}/feed.xml",
        "role": "news",
        "licence": "CC0-1.0",
        **({"gateway": gateway} if gateway else {}),
    }
    return "[[source]]\n" + "".join(f'{field} = "{value}"\n' for field, value in fields.items())
