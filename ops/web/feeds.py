"""Atom of a search, newest first (RFC 4287)."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

from fastapi import APIRouter, Depends, Query, Response

from indexer.entities import widened
from indexer.model import Hit, SearchResult
from ops.web.site import Site, site_of
from ops.web.words import VERDICTS, iso, path

router = APIRouter(tags=["feeds"])

ATOM = "http://www.w3.org/2005/Atom"
ITEMS = 50
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to write."""


@router.get("/feeds/search.atom", response_class=Response)
def search_feed(
    site: Annotated[Site, Depends(site_of)], q: Annotated[str, Query(description="as on the search page")] = ""
) -> Response:
    """The newest things that a query finds, as an Atom feed."""
    found = site.index.search(widened(q), limit=ITEMS, sort="time")
    body = atom(q, found, site.public_url)
    return Response(body, media_type="application/atom+xml; charset=utf-8")


def atom(query: str, found: SearchResult, public_url: str) -> bytes:
    """The feed; a feed without entries is dated to the epoch, so that the same state gives the same bytes."""
    ET.register_namespace("", ATOM)
    feed = ET.Element(f"{{{ATOM}}}feed")
    own = f"{public_url}/feeds/search.atom?{urlencode({'q': query})}"
    _add(feed, "title", f"Routewire: {query}" if query.strip() else "Routewire: everything")
    _add(feed, "id", own)
    _add(feed, "link", rel="self", type="application/atom+xml", href=own)
    _add(feed, "link", rel="alternate", type="text/html", href=f"{public_url}/search?{urlencode({'q': query})}")
    _add(feed, "updated", max((iso(h.time) or "" for h in found.hits), default="1970-01-01T00:00:00Z"))
    _add(_add(feed, "author"), "name", "Routewire")
    for hit in found.hits:
        _entry(feed, hit, public_url)
    body: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return body


def _entry(feed: ET.Element, hit: Hit, public_url: str) -> None:
    entry = _add(feed, "entry")
    link = public_url + path(hit.kind.value, hit.id)
    verdict = f"[{VERDICTS[hit.verdict][0]}] " if hit.verdict else ""
    _add(entry, "title", verdict + (hit.title or hit.kind.value))
    _add(entry, "id", link)
    _add(entry, "link", rel="alternate", type="text/html", href=link)
    _add(entry, "updated", iso(hit.time) or "")
    _add(entry, "category", term=hit.kind.value)
    _add(entry, "summary", hit.snippet)


def _add(parent: ET.Element, name: str, text: str = "", **attributes: str) -> ET.Element:
    clean = {key: _NOT_XML.sub("\ufffd", value) for key, value in attributes.items()}
    child = ET.SubElement(parent, f"{{{ATOM}}}{name}", clean)
    child.text = _NOT_XML.sub("\ufffd", text) or None
    return child
