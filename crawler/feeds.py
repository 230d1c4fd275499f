"""What a listing lists: feeds (RSS, Atom), sitemaps (and their indexes), listing pages. Pure: bytes in, entries out."""

from __future__ import annotations

import zlib
from calendar import timegm
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from itertools import islice
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit
from xml.sax import SAXException

import feedparser
from lxml import etree, html
from w3lib.url import safe_url_string

from crawler.encoding import decode_body
from crawler.errors import Permanent
from crawler.model import Entry, Source, SourceKind

MAX_ENTRIES = 5_000
MAX_SUMMARY = 2_000
_MIN_TITLE_WORDS = 3
_GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Listing:
    """The pages that a listing names, in its order, and the sitemaps that a sitemap index names, newest first.

    `skipped` counts what named no usable address.
    """

    entries: tuple[Entry, ...] = ()
    parts: tuple[str, ...] = ()
    skipped: int = 0


def read_listing(source: Source, url: str, body: bytes, content_type: str | None) -> Listing:
    """Reads the decoded body of a listing that came from `url`. Raises Permanent where it is none of its kind."""
    if source.kind is SourceKind.FEED:
        return _read_feed(source, url, body, content_type)
    if source.kind is SourceKind.SITEMAP:
        return _read_sitemap(source, url, body)
    return _read_page(source, url, body)


def _unreadable(url: str, what: str) -> Permanent:
    return Permanent(f"the answer is no {what}", subject=url, remedy="look at the address in a browser and correct it")


def _read_feed(source: Source, url: str, body: bytes, content_type: str | None) -> Listing:
    headers = {"content-location": url, "content-type": content_type or "application/xml"}
    # A stream, because feedparser opens a text that looks like an address or a path.
    parsed = feedparser.parse(BytesIO(body), response_headers=headers, sanitize_html=False)
    if not parsed.get("version") and not parsed.entries:
        raise _unreadable(url, "feed")
    listing = _listing(_feed_entry(source, url, item) for item in parsed.entries[:MAX_ENTRIES])
    if not listing.entries and isinstance(parsed.get("bozo_exception"), SAXException):
        message = f"the feed is cut or damaged: {parsed.bozo_exception}"
        raise Permanent(message, subject=url, remedy="wait for its next version, or tell its publisher")
    return listing


def _feed_entry(source: Source, url: str, item: Any) -> Entry | None:
    link = item.get("link") or (item.get("id") if str(item.get("id", "")).startswith(("http://", "https://")) else None)
    address = _address(url, link)
    if address is None:
        return None
    published = item.get("published_parsed")  # an update's time is no publication's
    return Entry(
        url=address,
        source_id=source.id,
        title=_plain(item.get("title")),
        published_at=datetime.fromtimestamp(timegm(published), UTC) if published else None,
        summary=(_plain(item.get("summary")) or "")[:MAX_SUMMARY] or None,
        author=_plain(item.get("author")),
    )


def _read_sitemap(source: Source, url: str, body: bytes) -> Listing:
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, remove_comments=True)
    try:
        root = etree.fromstring(_ungzipped(body), parser)
    except (etree.XMLSyntaxError, zlib.error, ValueError) as error:
        raise _unreadable(url, "sitemap") from error
    if root is None or _name(root) not in {"urlset", "sitemapindex"}:
        raise _unreadable(url, "sitemap")
    rows = [_fields(row) for row in islice(root, MAX_ENTRIES)]
    if _name(root) == "urlset":
        return _listing(_sitemap_entry(source, url, row) for row in rows)
    newest = sorted(rows, key=lambda row: row.get("lastmod", ""), reverse=True)
    parts = [_address(url, row.get("loc")) for row in newest]
    return Listing(parts=tuple(part for part in parts if part is not None), skipped=parts.count(None))


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _fields(row: etree._Element) -> dict[str, str]:
    """The texts of a `url` or `sitemap` element by local name, those of its news extension among them."""
    return {_name(part): part.text.strip() for part in row.iter() if part.text and part.text.strip()}


def _sitemap_entry(source: Source, url: str, row: dict[str, str]) -> Entry | None:
    address = _address(url, row.get("loc"))
    if address is None:
        return None
    published = _w3c_time(row.get("publication_date", ""))
    return Entry(url=address, source_id=source.id, title=_plain(row.get("title")), published_at=published)


def _w3c_time(text: str) -> datetime | None:
    """A W3C date with a time and a zone; a day alone or a time without zone is no moment, so None."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time.astimezone(UTC) if time.tzinfo is not None else None


def _ungzipped(body: bytes) -> bytes:
    """Sitemaps are often gzip files of their own, without a Content-Encoding."""
    if not body.startswith(_GZIP_MAGIC):
        return body
    return decode_body((("Content-Encoding", "gzip"),), body, subject="sitemap")


def _read_page(source: Source, url: str, body: bytes) -> Listing:
    """The links of a listing page to other pages of its host whose text reads like a title."""
    try:
        page = html.document_fromstring(body)
    except (etree.ParserError, ValueError) as error:
        raise _unreadable(url, "HTML page") from error
    base = next((urljoin(url, element.get("href")) for element in page.iter("base") if element.get("href")), url)
    links = (_link_entry(source, url, base, link) for link in page.iter("a"))
    return _listing(link for link in links if link is not None)


def _link_entry(source: Source, url: str, base: str, link: html.HtmlElement) -> Entry | None:
    title = " ".join(link.text_content().split())
    address = _address(base, link.get("href"))
    if address is None or len(title.split()) < _MIN_TITLE_WORDS or address == urldefrag(url).url:
        return None
    if urlsplit(address).hostname != urlsplit(url).hostname:
        return None
    return Entry(url=address, source_id=source.id, title=title)


def _listing(found: Iterable[Entry | None]) -> Listing:
    entries: dict[str, Entry] = {}
    skipped = 0
    for entry in found:
        if entry is None:
            skipped += 1
        else:
            entries.setdefault(entry.url, entry)
    return Listing(entries=tuple(entries.values()), skipped=skipped)


def _address(base: str, link: object) -> str | None:
    """The absolute http(s) address of a link without its fragment, None where it has none."""
    if not isinstance(link, str) or not link.strip():
        return None
    try:
        address = urldefrag(urljoin(base, link.strip())).url
        parts = urlsplit(address)
    except ValueError:
        return None
    return safe_url_string(address) if parts.scheme in {"http", "https"} and parts.netloc else None


def _plain(markup: object) -> str | None:
    """The text of a piece of HTML on one line, None where there is none."""
    if not isinstance(markup, str) or not markup.strip():
        return None
    if "<" in markup or "&" in markup:
        try:
            pieces = html.fragment_fromstring(markup, create_parent="div").itertext()
        except (etree.ParserError, ValueError):
            pieces = iter([markup])
        markup = " ".join(pieces)
    return " ".join(markup.split()) or None
