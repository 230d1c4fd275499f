"""One analyzer for every engine: a text becomes tokens once, and engines index the tokens as they are.

A token is folded (NFKD without marks, case-folded). `AS131279`, `AS 131279` and `ASN 131279` are the one token
`as131279`, a prefix or an address is one token. Han, Hangul and kana runs become overlapping bigrams. A stem is written
`<language>:<stem>`, so that languages do not meet in one stem by accident.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

import Stemmer

STEMMERS = {
    "ar": "arabic", "de": "german", "en": "english", "es": "spanish", "fr": "french", "it": "italian",
    "nl": "dutch", "pt": "portuguese", "ru": "russian", "sv": "swedish", "tr": "turkish",
}  # fmt: skip
"""Snowball's algorithm by language (ISO 639-1); https://snowballstem.org/algorithms/."""

_CJK = r"぀-ヿ㐀-䶿一-鿿가-힣"
_TOKEN = re.compile(
    r"(?P<asn>\bAS[ -]?N?[ -]?\d{1,10}\b)"
    r"|(?P<net>(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{1,4}:[0-9A-Fa-f:]*:[0-9A-Fa-f:]*)(?:/\d{1,3})?(?![\w:]))"
    rf"|(?P<cjk>[{_CJK}]+)"
    rf"|(?P<word>(?:(?![{_CJK}])\w)+)"
)


class Token(NamedTuple):
    """A folded term with its place in the text, in code points, end exclusive."""

    term: str
    start: int
    end: int


def fold(text: str) -> str:
    """Case and accents away; й and ё stay themselves, for they are letters of their own."""
    kept = (c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c) or c == "̆")
    return unicodedata.normalize("NFC", "".join(kept))


def tokens(text: str) -> Iterator[Token]:
    """Tokens in the order of the text; time linear in its length."""
    for found in _TOKEN.finditer(text):
        start, end = found.span()
        if found.lastgroup == "asn":
            yield Token("as" + re.sub(r"\D", "", found[0]).lstrip("0"), start, end)
        elif found.lastgroup == "cjk":
            yield from _bigrams(found[0], start)
        elif found.lastgroup == "net":
            yield Token(found[0].lower(), start, end)
        else:
            yield Token(fold(found[0]), start, end)


def _bigrams(run: str, start: int) -> Iterator[Token]:
    if len(run) == 1:
        yield Token(run, start, start + 1)
    for i in range(len(run) - 1):
        yield Token(run[i : i + 2], start + i, start + i + 2)


@cache
def _stemmer(lang: str) -> Stemmer.Stemmer:
    return Stemmer.Stemmer(STEMMERS[lang])


@lru_cache(maxsize=50_000)
def stem(term: str, lang: str | None) -> str | None:
    """The term's stem in a language, None where the language has no stemmer or the term is no word."""
    if lang not in STEMMERS or not term[:1].isalpha():
        return None
    return f"{lang}:{_stemmer(lang).stemWord(term)}"


@lru_cache(maxsize=20_000)
def stems(term: str) -> tuple[str, ...]:
    """The term's stems in every language that has a stemmer: what a query that names no language looks for."""
    return tuple(found for lang in STEMMERS if (found := stem(term, lang)) is not None)
