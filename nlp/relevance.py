"""Whether a text is on the internet's connectivity at all, by its words, before anything costly is done."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from nlp.mentions import Names
from nlp.model import EntityType, Text
from nlp.registry import Alias

READ_CHARACTERS = 20_000
"""What of a text is looked at: a report says what it is about at its beginning."""
MONEY_TERMS = 3
"""So many different words of business results outweigh a pair of field words."""
_ASN = re.compile(r"\bAS[N ]?\s?\d{1,10}\b")
_PREFIX = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}/\d{1,2}\b|\b[0-9a-f]{1,4}(?::[0-9a-f]{0,4}){1,7}/\d{1,3}\b")
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n+")


@dataclass(frozen=True, slots=True)
class Relevance:
    """The answer and the words that led to it, for people."""

    relevant: bool
    reasons: tuple[str, ...]


def judge(text: Text, lang: str | None = None, names: Names | None = None) -> Relevance:
    """Whether `text` may hold claims, and why. `lang` is its language as detected, else its own.

    AS numbers and prefixes, and terms of the field, are enough; else a word for networks and a word for an event must
    meet in a sentence, in a text that does not speak more of business results. With `names`, so do the name of a known
    cable, exchange or operator and a word for what happens to such.
    """
    body = f"{text.title}\n{text.text[:READ_CHARACTERS]}"
    terms = _terms()
    words = terms.get(lang or text.lang or "en", terms["en"])
    low = body.casefold()
    sure = _hits(words["sure"], low)
    if numbers := sorted({*_ASN.findall(body), *_PREFIX.findall(body)})[:3]:
        sure = [*sure, *numbers]
    money = _hits(words["money"], low)
    pairs = [
        f"{net[0]} + {event[0]}"
        for sentence in _SENTENCE.split(low)
        if (net := _hits(words["net"], sentence)) and (event := _hits(words["event"], sentence))
    ]
    if sure:
        return Relevance(True, tuple(sure[:5]))
    if names and not pairs:
        pairs = _named(body, lang or text.lang or "en", words["named"], names)
    if pairs and len(money) < MONEY_TERMS:
        return Relevance(True, tuple(dict.fromkeys(pairs))[:5])
    return Relevance(False, tuple(f"business results: {term}" for term in money[:3]) or ("no words of the field",))


def _named(body: str, lang: str, events: re.Pattern[str], names: Names) -> list[str]:
    """Names of cables, exchanges and operators with the event's word that stands in the same sentence."""
    return [
        f"{named.aliases[0].text} + {event[0]}"
        for sentence in _SENTENCE.split(body)
        if (event := _hits(events, sentence.casefold()))
        for named in names.find(sentence, lang)
        if any(_is_net(alias) for alias in named.aliases)
    ]


def _is_net(alias: Alias) -> bool:
    """A cable or exchange whose name is no common word (`Apollo?`), or a company known by its network."""
    if alias.type in {EntityType.CABLE, EntityType.IXP}:
        return alias.flag != "?"
    return re.fullmatch(r"AS\d+", alias.id) is not None


def _hits(pattern: re.Pattern[str], text: str) -> list[str]:
    return sorted({" ".join(found.split()) for found in pattern.findall(text)})


@lru_cache(maxsize=1)
def _terms() -> Mapping[str, Mapping[str, re.Pattern[str]]]:
    data = tomllib.loads((files("nlp") / "data" / "relevance.toml").read_text(encoding="utf-8"))
    return {lang: {name: _compiled(terms) for name, terms in lists.items()} for lang, lists in data.items()}


def _compiled(terms: list[str]) -> re.Pattern[str]:
    parts = sorted((re.escape(t).replace(r"\ ", r"\s+").replace(r"\~", r"\b") for t in terms), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})")
