"""Whether a text is on the internet's connectivity at all, by its words, before anything costly is done."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import islice
from typing import Any

from nlp.entries import Alias
from nlp.mentions import Names
from nlp.model import EntityType, Text
from nlp.script import plain

READ_CHARACTERS = 20_000
"""What of a text is looked at: a report says what it is about at its beginning."""
MONEY_TERMS = 3
"""So many different words of business results outweigh a pair of field words."""
REASONS = 5
"""So many words tell people why."""
_ASN = re.compile(r"(?<![A-Za-z\d_])(?:AS|АС)[N ]?\s?\d{1,10}(?![A-Za-z\d_])")
_PREFIX = re.compile(
    r"(?<![A-Za-z\d_])(?:\d{1,3}(?:\.\d{1,3}){3}/\d{1,2}|[0-9a-f]{1,4}(?::[0-9a-f]{0,4}){1,7}/\d{1,3})(?![A-Za-z\d_])"
)
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|(?<=。)|\n+")
_UNSPACED = frozenset({"ja", "ko", "zh"})
_CLITICS = "(?:[وف]?[بلك]?(?:ال|ل)?)?"
"""The conjunction, preposition and article that an Arabic word may begin with, in plain letters."""


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
    body = plain(f"{text.title}\n{text.text[:READ_CHARACTERS]}")
    terms = _terms()
    words = terms.get(lang or text.lang or "en", terms["en"])
    low = body.casefold()
    numbers = sorted({*_ASN.findall(body), *_PREFIX.findall(body)})
    if sure := [*_hits(words["sure"], low), *numbers][:REASONS]:
        return Relevance(True, tuple(sure))
    money = _hits(words["money"], low)
    pairs = list(islice(_pairs(low, words), REASONS))
    if names and not pairs:
        pairs = list(islice(_named(body, lang or text.lang or "en", words, names), REASONS))
    if pairs and len(money) < MONEY_TERMS:
        return Relevance(True, tuple(dict.fromkeys(pairs)))
    return Relevance(False, tuple(f"business results: {term}" for term in money[:3]) or ("no words of the field",))


def _pairs(low: str, words: Mapping[str, re.Pattern[str]]) -> Iterator[str]:
    """A word for networks and one for an event, or a service and one for its blocking, in the same sentence."""
    pairs = [("net", "event"), ("services", "block")] if "block" in words else [("net", "event")]
    for sentence in _SENTENCE.split(low):
        for what, happens in pairs:
            subject = words[what].search(sentence)
            event = words[happens].search(sentence) if subject else None
            if subject and event:
                yield f"{_plain(subject[0])} + {_plain(event[0])}"


def _named(body: str, lang: str, words: Mapping[str, re.Pattern[str]], names: Names) -> Iterator[str]:
    """Names of cables, exchanges and operators with the event's or deal's word that stands in the same sentence."""
    for sentence in _SENTENCE.split(body):
        low = sentence.casefold()
        weak = [words[name] for name in ("deal", "event") if name in words and (name == "deal" or "block" in words)]
        event, deal = words["named"].search(low), next((f for terms in weak if (f := terms.search(low))), None)
        if event is None and deal is None:
            continue
        for named in names.find(sentence, lang):
            aliases = named.aliases
            word = event if event or _is_content(aliases) else deal
            if word and any(_is_net(alias) for alias in aliases):
                yield f"{aliases[0].text} + {_plain(word[0])}"


def _is_content(aliases: Sequence[Alias]) -> bool:
    return any(alias.id in content_networks() for alias in aliases)


def _is_net(alias: Alias) -> bool:
    """A cable or exchange whose name is no common word (`Apollo?`), or a company known by its network."""
    if alias.type in {EntityType.CABLE, EntityType.IXP}:
        return alias.flag != "?"
    return re.fullmatch(r"AS\d+", alias.id) is not None


def _hits(pattern: re.Pattern[str], text: str) -> list[str]:
    return sorted({_plain(found) for found in pattern.findall(text)})


def _plain(words: str) -> str:
    return " ".join(words.split())


@lru_cache(maxsize=1)
def _terms() -> Mapping[str, Mapping[str, re.Pattern[str]]]:
    data = _data()
    lists = {lang: terms | {"services": data["services"]} for lang, terms in data.items() if isinstance(terms, dict)}
    return {lang: {name: _compiled(words, lang) for name, words in terms.items()} for lang, terms in lists.items()}


@lru_cache(maxsize=1)
def content_networks() -> frozenset[str]:
    """Networks of companies whose business is mostly another than to carry traffic."""
    return frozenset(_data()["content"])


def _data() -> dict[str, Any]:
    return tomllib.loads((files("nlp") / "data" / "relevance.toml").read_text(encoding="utf-8"))


def _compiled(terms: list[str], lang: str) -> re.Pattern[str]:
    """Any of the terms at the beginning of a word; where words stand without blanks, anywhere."""
    plainly = (re.escape(plain(term)).replace(r"\ ", r"\s+").replace(r"\~", r"(?!\w)") for term in terms)
    parts = sorted(plainly, key=len, reverse=True)
    begin = "" if lang in _UNSPACED else r"(?<!\w)" + (_CLITICS if lang == "ar" else "")
    return re.compile(f"{begin}(?:{'|'.join(parts)})")
