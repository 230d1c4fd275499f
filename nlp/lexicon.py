"""Lists of word beginnings of one language, found in a text in one pass, whatever their number."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

from nlp.script import plain

_UNSPACED = frozenset({"ja", "ko", "zh"})
_CLITICS = re.compile(r"(?<!\w)[وف]?[بلك]?(?:ال|ل)?$")
"""The conjunction, preposition and article that an Arabic word may begin with, in plain letters."""
_LONGEST_CLITICS = 5


class Term(NamedTuple):
    """A word as it is printed, and the list that it is of."""

    list: str
    words: str


class Lexicon:
    """Finds the words of named lists. A `~` ends a word; else a term is any word that begins so."""

    def __init__(self, lists: Mapping[str, Sequence[str]], lang: str, groups: Sequence[frozenset[str]] = ()) -> None:
        """Of terms that overlap the longer counts, unless their lists are of different `groups`."""
        self._lists: dict[str, list[str]] = {}
        for name, terms in lists.items():
            for term in terms:
                self._lists.setdefault(plain(term).casefold(), []).append(name)
        self._terms = list(self._lists)
        self._automaton = AhoCorasick([term.rstrip("~") for term in self._terms])
        self._lang = lang
        self._group = {name: number for number, group in enumerate(groups) for name in group}

    def find(self, text: str) -> Iterator[tuple[int, Term]]:
        """The terms of `text`, which is plain, in lower case and with single blanks, and where they begin, in order."""
        found = self._automaton.find_matches_as_indexes(text, overlapping=True)
        done: dict[int | str, int] = {}
        for number, start, end in sorted(found, key=lambda match: (match[1], -match[2])):
            term = self._terms[number]
            if not self._begins(text, start) or (term[-1] == "~" and text[end : end + 1].isalnum()):
                continue
            for name in self._lists[term]:
                group = self._group.get(name, name)
                if start >= done.get(group, 0):
                    done[group] = end
                    yield start, Term(name, text[start:end])

    def _begins(self, text: str, start: int) -> bool:
        """Whether a word begins at `start`; anything may where words stand without blanks."""
        if self._lang in _UNSPACED or not start or not text[start - 1].isalnum():
            return True
        return self._lang == "ar" and _CLITICS.search(text, max(0, start - _LONGEST_CLITICS - 1), start) is not None
