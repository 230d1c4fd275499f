"""What makes two addresses one page, and two pages one text.

A document's id hangs on its canonical address alone, so a page keeps it over edits, trackers and AMP twins.
Near copies are found by MinHash over word shingles (Broder, "On the resemblance and containment of documents", 1997).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from urllib.parse import urljoin, urlsplit, urlunsplit

import rensa
from w3lib.url import canonicalize_url

FINGERPRINT_SIZE = 128
"""Hashes a signature holds: the standard error of a similarity is sqrt(s(1-s)/128), .04 at most."""

SHINGLE_WORDS = 3
"""One edited word in fifty leaves a similarity near .89 with three, near .82 with five."""

MIN_SHINGLES = 20
"""Below this a shared phrase alone makes two texts look alike, so there is no signature."""

_SEED = 42  # stored signatures are only comparable under one seed
_DEFAULT_PORTS = {"http": 80, "https": 443}
_TRACKING = re.compile(
    r"utm_\w+|fbclid|gclid|dclid|msclkid|yclid|gbraid|wbraid|igshid|mc_[ce]id|_hs(?:enc|mi)|_openstat|"
    r"at_(?:medium|campaign)|cmpid|ns_(?:campaign|mchannel|source)|amp|outputType=amp",
    re.IGNORECASE,
)
_AMP_CACHE = re.compile(r"^https?://(?:[\w-]+\.cdn\.ampproject\.org/[acv]/|www\.google\.[\w.]+/amp/)(s/)?(.+)$")
_AMP_PATH = re.compile(r"(?<=[^/])/amp/?$")
_TWIN_LABEL = re.compile(r"^(?:www|m|mobile|amp)\.(?=[^.]+\.)")
# Scripts written without spaces give one token a character, the rest one a word.
_TOKEN = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]|[^\W\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]+")


def canonical_address(url: str, declared: str | None = None) -> str:
    """The address a page is known by: no tracker, fragment, default port or AMP form, its query sorted.

    `declared` is the page's `rel=canonical`, relative or absolute. It is believed on the page's own site alone, and
    not where it names the front page of that site for a page that is not: a common template fault that would make
    one document of a whole site.
    """
    own = _clean(url)
    if not declared or not declared.strip():
        return own
    try:
        other = _clean(urljoin(own, declared.strip()))
    except ValueError:
        return own
    here, there = urlsplit(own), urlsplit(other)
    same_site = there.scheme in _DEFAULT_PORTS and _site(here.hostname) == _site(there.hostname)
    front_page = there.path in ("", "/") and not there.query and (here.path not in ("", "/") or bool(here.query))
    return other if same_site and not front_page else own


def document_id(url: str) -> str:
    """16 hex digits that stand for a canonical address, the same for http and https, with `www.` or a last slash."""
    parts = urlsplit(canonical_address(url))
    name = f"{_site(parts.hostname)}{f':{parts.port}' if parts.port else ''}{parts.path.rstrip('/')}?{parts.query}"
    return hashlib.sha256(name.encode()).hexdigest()[:16]


def content_hash(title: str, text: str) -> str:
    """SHA-256 in hex over title and text with white space folded: a page set anew is not a page edited."""
    folded = "\n".join(" ".join(part.split()) for part in (title, text))
    return hashlib.sha256(folded.encode("utf-8", "surrogatepass")).hexdigest()


def signature(text: str) -> tuple[int, ...]:
    """The MinHash of a text: `FINGERPRINT_SIZE` integers of 32 bits, or none for fewer than `MIN_SHINGLES` shingles."""
    words = _TOKEN.findall(text.casefold())
    shingles = {" ".join(words[i : i + SHINGLE_WORDS]) for i in range(len(words) - SHINGLE_WORDS + 1)}
    if len(shingles) < MIN_SHINGLES:
        return ()
    sketch = rensa.RMinHash(FINGERPRINT_SIZE, _SEED)
    sketch.update(sorted(shingles))
    return tuple(sketch.digest())


def similarity(a: Sequence[int], b: Sequence[int]) -> float:
    """The estimated Jaccard similarity of two texts' shingles, 0 to 1; 0 where one has no signature.

    Raises ValueError for signatures of different lengths.
    """
    if not a or not b:
        return 0.0
    return sum(x == y for x, y in zip(a, b, strict=True)) / len(a)


def _clean(url: str) -> str:
    url = url.strip()
    if cached := _AMP_CACHE.match(url):
        url = f"{'https' if cached[1] else 'http'}://{cached[2]}"
    parts = urlsplit(canonicalize_url(url))
    port = "" if parts.port in (None, _DEFAULT_PORTS.get(parts.scheme)) else f":{parts.port}"
    host = (parts.hostname or "").rstrip(".")
    query = "&".join(item for item in parts.query.split("&") if item and not _is_tracker(item))
    path = _AMP_PATH.sub("", parts.path) or "/"
    return urlunsplit((parts.scheme, f"[{host}]{port}" if ":" in host else host + port, path, query, ""))


def _is_tracker(item: str) -> bool:
    return bool(_TRACKING.fullmatch(item) or _TRACKING.fullmatch(item.partition("=")[0]))


def _site(host: str | None) -> str:
    return _TWIN_LABEL.sub("", (host or "").lower())
