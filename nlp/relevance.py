"""Whether a text is on the internet's connectivity at all, by its words, before anything costly is done."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import accumulate, pairwise
from typing import Any

from nlp.entries import Alias
from nlp.lexicon import Lexicon, Term
from nlp.mentions import Names
from nlp.model import EntityType, Text
from nlp.script import plain

READ_CHARACTERS = 20_000
"""What of a text is looked at: a report says what it is about at its beginning."""
ENOUGH = 6
"""The score from which two neighbouring sentences speak of connectivity."""
SHORT, LONG = 4, 10
"""Up to so many sentences that is enough, and from so many it takes `ENOUGH_OF_MANY`: in many, a few have the words by
chance, and who writes at length on connectivity does so in plain words."""
ENOUGH_OF_MANY = 9
MONEY_TERMS = 3
"""So many different words of business results in a text weigh like one word of another subject."""
REASONS = 5
"""So many words tell people why."""
WEIGHTS = {
    "sure": (6, 2), "net": (4, 2), "near": (2, 2), "loose": (1, 3), "context": (1, 2),
    "name": (6, 2), "content": (3, 1), "country": (3, 1), "services": (4, 1),
    "apart": (5, 1), "strong": (3, 2), "event": (2, 2), "named": (0, 1), "deal": (0, 1), "block": (2, 1),
    "other": (-4, 3),
}  # fmt: skip
"""What a word of a list is worth, and how many different ones count. See `data/relevance.toml` for the lists; `name` is
an operator's, cable's or exchange's, `content` that of a company whose business is mostly another, or a common word."""
_SUBJECTS = frozenset({"net", "near", "loose", "name", "content", "services"})
_EVENTS = frozenset({"apart", "strong", "event", "named", "deal", "block"})
_GROUPS = (frozenset({"sure", "net", "near", "loose", "context", "apart", "strong", "event", "other"}),)
_NUMBER = re.compile(
    r"(?<![A-Za-z\d_])(?:(?:AS|АС)[N ]?\s?\d{1,10}|"
    r"\d{1,3}(?:\.\d{1,3}){3}/\d{1,2}|[0-9a-f]{1,4}(?::[0-9a-f]{0,4}){1,7}/\d{1,3})(?![A-Za-z\d_])"
)
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|(?<=。)|\n+")
Words = set[Term]


@dataclass(frozen=True, slots=True)
class Relevance:
    """The answer and the words that led to it, for people."""

    relevant: bool
    reasons: tuple[str, ...]


def judge(text: Text, lang: str | None = None, names: Names | None = None) -> Relevance:
    """Whether `text` may hold claims, and why. `lang` is its language as detected, else its own.

    Two neighbouring sentences must together have enough words of the field, weighed: an AS number, a prefix or a term
    that nothing else has does; else a subject and what happens to it must meet, with no more words of other subjects.
    `names`, if given, are looked for where words do not decide.
    """
    lang = lang or text.lang or "en"
    body = plain(f"{text.title}\n{text.text[:READ_CHARACTERS]}")
    sentences = [" ".join(sentence.split()) for sentence in _SENTENCE.split(body) if sentence.strip()]
    words = _words(sentences, lang)
    money = {term.words for found in words for term in found if term.list == "money"}
    needed = _needed(len(sentences)) - (WEIGHTS["other"][0] if len(money) >= MONEY_TERMS else 0)
    best = _best(words)
    if names and _score(best) < needed:
        words = [found | set(_named(sentence, lang, names)) for sentence, found in zip(sentences, words, strict=True)]
        best = _best(words)
    relevant = _score(best) >= needed
    return Relevance(relevant, _reasons(best) if relevant else _doubts(best, money))


def _needed(sentences: int) -> int:
    """The score that it takes in a text of so many sentences."""
    length = (min(max(sentences, SHORT), LONG) - SHORT) / (LONG - SHORT)
    return ENOUGH + round(length * (ENOUGH_OF_MANY - ENOUGH))


def _words(sentences: Sequence[str], lang: str) -> list[Words]:
    """The listed words of each sentence, and its AS numbers and prefixes."""
    words: list[Words] = [{Term("sure", number) for number in _NUMBER.findall(sentence)} for sentence in sentences]
    low = [sentence.casefold() for sentence in sentences]
    starts = list(accumulate((len(sentence) + 1 for sentence in low), initial=0))
    for start, term in _lexicon(lang).find("\n".join(low)):
        words[bisect_right(starts, start) - 1].add(term)
    return words


def _best(words: Sequence[Words]) -> Words:
    """The words of the two neighbouring sentences that say most of the field."""
    pairs = [one | other for one, other in pairwise(words)]
    return max(pairs or words, key=_score, default=set())


def _score(words: Collection[Term]) -> int:
    counts = Counter(term.list for term in words)
    lists = counts.keys()
    told = (lists & _SUBJECTS and lists & _EVENTS) or {"country", "apart"} <= lists or "sure" in lists
    if not told and counts["name"] < 2:
        return 0
    if not {"services", "block"} <= lists:
        counts["services"] = counts["block"] = 0
    return sum(min(count, WEIGHTS[name][1]) * WEIGHTS[name][0] for name, count in counts.items() if name in WEIGHTS)


def _named(sentence: str, lang: str, names: Names) -> Iterator[Term]:
    for named in names.find(sentence, lang):
        kind = _kind(named.aliases)
        if kind:
            yield Term(kind, sentence[named.start : named.end])


def _kind(aliases: Sequence[Alias]) -> str | None:
    """What a name that may mean `aliases` is worth; None for those that say nothing of networks."""
    types = {alias.type for alias in aliases}
    if types & {EntityType.COUNTRY, EntityType.NORP} or any(a.type is EntityType.PLACE and not a.flag for a in aliases):
        return "country"
    if not types & {EntityType.CABLE, EntityType.IXP} and not any(re.fullmatch(r"AS\d+", a.id) for a in aliases):
        return None
    doubtful = any(alias.flag in {"?", "place"} or alias.id in content_networks() for alias in aliases)
    return "content" if doubtful else "name"


def _reasons(words: Words) -> tuple[str, ...]:
    """The weightiest words; those that are enough by themselves need no others beside them."""
    sure = [term for term in words if term.list == "sure"]
    found = sorted(sure or words, key=lambda term: (-WEIGHTS.get(term.list, (0,))[0], term.words))
    return tuple(dict.fromkeys(term.words for term in found))[:REASONS]


def _doubts(words: Words, money: Collection[str]) -> tuple[str, ...]:
    other = [f"other subjects: {term.words}" for term in sorted(words) if term.list == "other"]
    results = [f"business results: {term}" for term in sorted(money)]
    return tuple([*other, *results][:REASONS]) or ("too few words of the field",)


@cache
def _lexicon(lang: str) -> Lexicon:
    data = _data()
    lists = data[lang] if isinstance(data.get(lang), dict) else data["en"]
    return Lexicon(lists | {"services": data["services"]}, lang, _GROUPS)


@cache
def content_networks() -> frozenset[str]:
    """Networks of companies whose business is mostly another than to carry traffic."""
    return frozenset(_data()["content"])


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads((files("nlp") / "data" / "relevance.toml").read_text(encoding="utf-8"))
