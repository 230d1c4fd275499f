"""Reads the pieces of a text: every pattern of its language, the longest where they overlap."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from nlp.timeatoms import Atom, Rule
from nlp.timedates import date_rules, day_rules, numbers_rules
from nlp.timephrases import hour_rules, phrase_rules, span_rules
from nlp.timesolar import solar_rules
from nlp.timetold import told_rules
from nlp.timeunspaced import unspaced_rules
from nlp.timewords import Words


@lru_cache(maxsize=16)
def _rules(words: Words) -> tuple[Rule, ...]:
    rules = numbers_rules()
    if words.unspaced:
        return (*rules, *unspaced_rules(words))
    if words.jalali:
        rules += solar_rules(words)
    if words.months:
        rules += (
            told_rules(words)
            + date_rules(words)
            + day_rules(words)
            + phrase_rules(words)
            + span_rules(words)
            + hour_rules(words)
        )
    return tuple(rules)


def _found(text: str, words: Words) -> Iterator[Atom]:
    for pattern, build in _rules(words):
        for match in pattern.finditer(text):
            if atom := build(match):
                yield atom


def read_atoms(text: str, words: Words) -> list[Atom]:
    """The pieces in order of position; where two overlap, the longer one."""
    kept: list[Atom] = []
    for atom in sorted(_found(text, words), key=lambda a: (a.start, a.start - a.end, a.kind)):
        if kept and atom.start < kept[-1].end:
            if atom.end - atom.start <= kept[-1].end - kept[-1].start:
                continue
            kept.pop()
        kept.append(atom)
    return kept
