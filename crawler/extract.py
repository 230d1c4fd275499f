"""A capture becomes a document: the article's text without the page around it, and what the page says of itself."""

from __future__ import annotations

import re

from charset_normalizer import from_bytes
from lxml import etree, html
from trafilatura import extract as extract_body
from w3lib.encoding import html_to_unicode

from crawler import fingerprint
from crawler.errors import Permanent
from crawler.metadata import Found, bare_name, read_metadata
from crawler.model import Capture, Document, Entry

MIN_LETTERS = 60
"""Letters and digits an article has at least: the shortest outage notices have about a hundred, a stub page fewer."""

BINARY_SHARE = 0.05
"""Control characters in a text, above which it is an image or an archive under a wrong name."""

_HTML_TYPES = ("text/html", "application/xhtml+xml")
# Characters that no XML text may hold: the tree would take them, and its tools stumble over them.
_CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])|x0*(?:[0-8bcef]|1[0-9a-f]));",
    re.IGNORECASE,
)
_DETECTION_SAMPLE = 65_536


def extract(capture: Capture, body: bytes, entry: Entry | None = None) -> Document:
    """The document of one page at version 1 (a later look sets its own).

    `body` is the decoded payload of `capture`; `entry` is what the listing said of the page. Text is one paragraph a
    line, without the title. Raises Permanent, with the address as subject, for a page that is empty, is no HTML or
    holds no article.
    """
    address = capture.location or capture.url
    page = parse(body, capture.content_type, subject=address)
    url = fingerprint.canonical_address(address, _declared(page))
    metadata = read_metadata(page, url, capture.fetched_at, entry)
    text = _article(page, address)
    title = metadata.title or Found(text.partition("\n")[0], "text-guess")
    text = _without_heading(text, title.value, metadata.author.value if metadata.author else None)
    if sum(map(str.isalnum, text)) < MIN_LETTERS:
        raise _no_article(address)
    fields = {"title": title, "author": metadata.author, "lang": metadata.lang, "published_at": metadata.published}
    provenance = {name: found.source for name, found in fields.items() if found is not None}
    return Document(
        id=fingerprint.document_id(url),
        version=1,
        url=url,
        source_id=capture.source_id,
        capture_id=capture.id,
        title=title.value,
        text=text,
        lang=metadata.lang.value if metadata.lang else None,
        published_at=metadata.published.at if metadata.published else None,
        published_precision=metadata.published.precision if metadata.published else None,
        fetched_at=capture.fetched_at,
        content_hash=fingerprint.content_hash(title.value, text),
        author=metadata.author.value if metadata.author else None,
        signature=fingerprint.signature(text),
        provenance=provenance | {"text": "trafilatura"},
    )


def parse(body: bytes, content_type: str | None, *, subject: str) -> html.HtmlElement:
    """The page as a tree, decoded by BOM, header, markup, then by its bytes. Raises Permanent where there is none."""
    media_type = (content_type or "text/html").partition(";")[0].strip().lower()
    if media_type not in _HTML_TYPES:
        raise Permanent(
            f"a page of type {media_type} is not read", subject=subject, remedy="list the HTML page of it as a source"
        )
    text = html_to_unicode(content_type, body, auto_detect_fun=_detect)[1]
    text, controls = _CONTROL.subn("", text)
    if not text.strip():
        raise Permanent("the page is empty", subject=subject, remedy="open it in a browser: it may need one to be seen")
    if controls > len(text) * BINARY_SHARE:
        raise Permanent(
            "the page is no HTML but binary data", subject=subject, remedy="look at its capture in the archive"
        )
    try:
        parser = html.HTMLParser(encoding="utf-8")
        return html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError) as error:
        raise Permanent("the page is no HTML", subject=subject, remedy="look at its capture in the archive") from error


def _detect(body: bytes) -> str | None:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        best = from_bytes(body[:_DETECTION_SAMPLE]).best()
        return best.encoding if best else "cp1252"
    return "utf-8"


def _declared(page: html.HtmlElement) -> str | None:
    links = page.xpath("//link[translate(@rel, 'CANOIL', 'canoil') = 'canonical']/@href")
    return str(links[0]) if links else None


def _article(page: html.HtmlElement, address: str) -> str:
    text = extract_body(page, include_comments=False)
    if not text:
        raise _no_article(address)
    return text


def _without_heading(text: str, title: str, author: str | None) -> str:
    """Drops the title and a line of the author's name alone where they open the text: both are fields."""
    lines = text.splitlines()
    while len(lines) > 1 and bare_name(lines[0]) in (title, author):
        del lines[0]
    return "\n".join(lines)


def _no_article(address: str) -> Permanent:
    return Permanent(
        "no article was found on the page",
        subject=address,
        remedy="see its capture: it may be a list, a login or a script's empty shell",
    )
