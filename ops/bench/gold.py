"""Texts of our own with what a careful analyst would write beside them, as tables (`tests/nlp/gold/*.tsv`).

A row has six columns: `lot`, `lang`, `published` (a day or a minute in UTC, and `/CC`, the source's country), `title`,
`text` and `claims`. In `text`, `\\n` is a line break, `[words|TYPE|id]` a mention, `{words|start}` or
`{words|start..end}` a time (UTC, cut to what the text supports; empty where it cannot be placed) and `!` behind it says
that its two zones disagree. A claim is `type actor>target polarity modality @start`; the last three may be left out,
and `-` is nobody. The target of a cause is the type of the claim that it explains.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from nlp.model import TYPES

TABLES = Path(__file__).parents[2] / "tests" / "nlp" / "gold"
COLUMNS = 6
_MARK = re.compile(r"\[([^]|]+)\|(\w+)\|([^]]*)\]|\{([^}|]+)\|([^}!]*)(!?)\}")


class Row(NamedTuple):
    """A text as `annotate` takes it, and its truth in the form of the evaluation; `lot` says what it tests."""

    lot: str
    text: dict[str, Any]
    gold: dict[str, Any]


def rows(table: Path) -> Iterator[Row]:
    """The rows of `table`; raises ValueError, with the file and the line, for one that is not in the form."""
    for number, line in enumerate(table.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            try:
                yield _row(f"{table.stem}:{number}", line.split("\t"))
            except ValueError as error:
                raise ValueError(f"{table.name}, line {number}: {error}") from error


def _row(name: str, cells: list[str]) -> Row:
    if len(cells) != COLUMNS:
        raise ValueError(f"{len(cells)} columns, not {COLUMNS}")
    lot, lang, published, title, marked, claims = (cell.strip() for cell in cells)
    day, _, country = published.partition("/")
    text, entities, times = _unmarked(marked.replace("\\n", "\n"))
    told = [_claim(words.split()) for words in claims.split(";") if words.strip()]
    given = {"id": name, "title": title, "published": day, "lang": lang, "country": country or None, "text": text}
    return Row(lot, given, {"id": name, "text": text, "entities": entities, "times": times, "claims": told})


def _unmarked(marked: str) -> tuple[str, list[dict[str, Any]], list[dict[str, Any]]]:
    text, done = "", 0
    entities: list[dict[str, Any]] = []
    times: list[dict[str, Any]] = []
    for mark in _MARK.finditer(marked):
        text += marked[done : mark.start()]
        words = mark[1] or mark[4]
        span = {"text": words, "start": len(text), "end": len(text) + len(words)}
        if mark[1]:
            entities.append({**span, "type": mark[2], "id": mark[3] or None})
        else:
            start, _, end = mark[5].partition("..")
            times.append({**span, "start_utc": start or None, "end_utc": end or None, "disagree": bool(mark[6])})
        text, done = text + words, mark.end()
    return text + marked[done:], entities, times


def _claim(words: list[str]) -> dict[str, Any]:
    start = next((word[1:] for word in words if word.startswith("@")), None)
    kind, roles, *said = [word for word in words if not word.startswith("@")]
    if kind not in TYPES:
        raise ValueError(f"no claim type: {kind}")
    actor, between, target = roles.partition(">")
    if not between:
        raise ValueError(f"no actor>target: {roles}")
    polarity, modality = [*said, *("asserted", "actual")[len(said) :]]
    roles_of = {"actor": None if actor == "-" else actor, "target": None if target in {"-", ""} else target}
    return {"type": kind, **roles_of, "start_utc": start, "polarity": polarity, "modality": modality}
