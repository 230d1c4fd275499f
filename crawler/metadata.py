"""What a page says of itself: title, author, language and time of publication, each with where it was said.

The order of the sources was measured: a lone h1, JSON-LD and og:title give the exact title of .83 of pages.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from lxml.html import HtmlElement

from crawler.model import Entry
from crawler.published import Moment, find_published

_ARTICLE_TYPE = re.compile(r"(?:Article|BlogPosting|Report|PressRelease)$|^AdvertiserContentArticle$")
_AUTHOR_METAS = (
    "author",
    "article:author",
    "dc.creator",
    "dcterms.creator",
    "parsely-author",
    "byl",
    "sailthru.author",
)
_BY = re.compile(r"^(?:by|von|par|por)\s+", re.IGNORECASE)


class Found(NamedTuple):
    """A field's value and where it stood."""

    value: str
    source: str


@dataclass(frozen=True, slots=True)
class Metadata:
    """What one page and its line in a listing say. None: nobody says it."""

    title: Found | None
    author: Found | None
    published: Moment | None
    lang: Found | None


def read_metadata(page: HtmlElement, url: str, fetched_at: datetime, entry: Entry | None) -> Metadata:
    """All fields of a parsed page, with `entry` as what the listing said of it. `page` is left as it was."""
    metas = _metas(page)
    article = _json_ld_article(page)
    return Metadata(
        title=find_title(page, metas, article, entry),
        author=find_author(page, metas, article, entry),
        published=find_published(
            page, metas, _string(article.get("datePublished")), entry, url=url, fetched_at=fetched_at
        ),
        lang=find_lang(page, metas),
    )


def find_title(
    page: HtmlElement, metas: Mapping[str, str], article: Mapping[str, Any], entry: Entry | None
) -> Found | None:
    """A lone h1 (unless it is the site's name), JSON-LD's headline, og:title, the listing's title, `<title>`."""
    h1s = [text for h1 in page.iter("h1") if (text := _text(h1))]
    lone = h1s[0] if len(h1s) == 1 and h1s[0] != metas.get("og:site_name") else ""
    candidates = (
        Found(lone, "h1"),
        Found(_string(article.get("headline")), "json-ld"),
        Found(metas.get("og:title", ""), "meta:og:title"),
        Found(_fold(entry.title or "") if entry else "", "feed"),
        Found(next((_text(t) for t in page.iter("title")), ""), "title"),
    )
    return next((found for found in candidates if found.value), None)


def find_author(
    page: HtmlElement, metas: Mapping[str, str], article: Mapping[str, Any], entry: Entry | None
) -> Found | None:
    """JSON-LD, meta, the listing, a `rel=author` link. Several names are joined by a comma."""
    candidates = [Found(", ".join(dict.fromkeys(_names(article.get("author")))), "json-ld")]
    candidates += [Found(metas[name], f"meta:{name}") for name in _AUTHOR_METAS if name in metas]
    candidates.append(Found(_fold(entry.author or "") if entry else "", "feed"))
    candidates += [Found(_text(link), "rel-author") for link in page.xpath("//a[@rel='author']")]
    cleaned = (Found(bare_name(found.value), found.source) for found in candidates)
    # article:author is often a profile's address: no name
    return next((found for found in cleaned if found.value and "://" not in found.value), None)


def bare_name(byline: str) -> str:
    """A byline without its "by", white space folded."""
    return _BY.sub("", _fold(byline))


def find_lang(page: HtmlElement, metas: Mapping[str, str]) -> Found | None:
    """The primary subtag (ISO 639) of what the page declares, or None: nothing is detected here."""
    root = page.getroottree().getroot()
    candidates = (
        Found(
            root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or root.get("xml:lang") or "",
            "html-lang",
        ),
        Found(metas.get("content-language", ""), "meta:content-language"),
        Found(metas.get("og:locale", ""), "meta:og:locale"),
    )
    for value, source in candidates:
        if match := re.match(r"\s*([A-Za-z]{2,3})(?![A-Za-z])", value):
            return Found(match[1].lower(), source)
    return None


def _metas(page: HtmlElement) -> dict[str, str]:
    """Each meta's name in lower case and its first value that is not empty."""
    metas: dict[str, str] = {}
    for meta in page.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop") or meta.get("http-equiv") or ""
        if value := _fold(meta.get("content") or ""):
            metas.setdefault(name.strip().lower(), value)
    return metas


def _json_ld_article(page: HtmlElement) -> Mapping[str, Any]:
    """The first article that the page's JSON-LD describes at its top or in its graph; empty where there is none."""
    for script in page.xpath("//script[@type='application/ld+json']"):
        try:
            data = json.loads(script.text_content().strip(), strict=False)
        except (ValueError, RecursionError):
            continue
        for node in _nodes(data):
            types = node.get("@type")
            if any(
                isinstance(t, str) and _ARTICLE_TYPE.search(t) for t in (types if isinstance(types, list) else [types])
            ):
                return node
    return {}


def _nodes(data: object) -> Iterator[dict[str, Any]]:
    for node in data if isinstance(data, list) else [data]:
        if isinstance(node, dict):
            yield node
            if "@graph" in node:
                yield from _nodes(node["@graph"])


def _names(author: object) -> Iterator[str]:
    for one in author if isinstance(author, list) else [author]:
        if name := _string(one.get("name") if isinstance(one, dict) else one):
            yield name


def _string(value: object) -> str:
    if isinstance(value, list) and value:
        value = value[0]
    return _fold(value) if isinstance(value, str) else ""


def _text(element: HtmlElement) -> str:
    return _fold(element.text_content())


def _fold(text: str) -> str:
    return " ".join(text.split())
