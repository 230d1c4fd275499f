"""Times in sentences of our own that the rules were mended on, read with the places that the whole pipeline finds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from nlp.entities import find_entities
from nlp.model import Text, TimeSpan
from nlp.models import tokens
from nlp.pipeline import Pipeline
from nlp.times import find_times

TABLE = Path(__file__).with_name("time_sentences.tsv")
FLOOR = 0.95
"""Share of the marked times that come out right, and of those found that are marked."""
_MARK = re.compile(r"\{([^|}]*)\|([^}]*)\}")


@dataclass(frozen=True)
class Row:
    kind: str
    text: Text
    gold: tuple[tuple[int, int, str], ...]


@cache
def pipeline() -> Pipeline:
    return Pipeline()


def rows() -> Iterator[Row]:
    for number, line in enumerate(TABLE.read_text(encoding="utf-8").splitlines(), 1):
        if line and not line.startswith("#"):
            kind, published, marked = line.split("\t")
            yield _row(str(number), kind, published, marked)


def _row(name: str, kind: str, published: str, marked: str) -> Row:
    plain, gold, at = "", [], 0
    for mark in _MARK.finditer(marked):
        plain += marked[at : mark.start()]
        gold.append((len(plain), len(plain) + len(mark[1]), mark[2]))
        plain, at = plain + mark[1], mark.end()
    moment, _, country = published.partition("/")
    text = Text(
        id=name, text=plain + marked[at:], published=datetime.fromisoformat(moment).replace(tzinfo=UTC), lang="en",
        published_precision="minute" if "T" in moment else "day", country=country or None,
    )  # fmt: skip
    return Row(kind, text, tuple(gold))


def read(text: Text) -> tuple[TimeSpan, ...]:
    reader = pipeline()
    entities = find_entities(text, tokens(text.text, "en"), reader.registry)
    return find_times(text, reader.zones(text, entities), "en")


def outcome(row: Row) -> tuple[int, int, list[str]]:
    """How many of the times found and marked are right, how many count, and what is wrong."""
    found = read(row.text)
    wrong, right, free = [], 0, list(found)
    for start, end, value in row.gold:
        here = [t for t in found if t.start < end and start < t.end]
        free = [t for t in free if t not in here]
        first, _, last = value.partition("..")
        if any(t.start_utc == first and (not last or t.end_utc == last) for t in here):
            right += 1
        elif value:
            got = [(t.text, t.start_utc, t.end_utc, t.why) for t in here]
            wrong.append(f"{row.kind} {row.text.id}: {row.text.text[start:end]} is {value}, got {got}")
    wrong += [f"{row.kind} {row.text.id}: no time: {t.text} {t.start_utc}" for t in free]
    return right, right + len(wrong), wrong


def test_times_are_read_as_they_are_meant() -> None:
    results = [outcome(row) for row in rows()]
    wrong = [line for _, _, lines in results for line in lines]
    share = sum(r for r, _, _ in results) / sum(n for _, n, _ in results)
    assert share >= FLOOR, "\n".join(wrong)
