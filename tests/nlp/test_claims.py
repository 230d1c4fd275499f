"""Claims from our own sentences: what is found, what is not there, and how it is said."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from nlp.claims import TYPES, find_claims
from nlp.model import Claim, Entity, EntityType, Text, TimeSpan
from nlp.syntax import english

TABLE = Path(__file__).with_name("claim_sentences.tsv")
UNSCORED = {"prediction", "correction", "measurement", "infrastructure_state", "capacity_state", "cause"}
_MARK = re.compile(r"\[([^]|]+)\|(\w+)\|([^]]+)\]|\{([^}|]+)\|([^}]+)\}")


class Registry:
    """A registry that knows one country with one network, and who measures."""

    def sole_network(self, country: str) -> str | None:
        return {"TO": "AS9905"}.get(country)

    def is_monitor(self, id: str) -> bool:  # noqa: A002
        return id in {"org:kentik", "org:netblocks"}


@dataclass(frozen=True)
class Case:
    lang: str
    text: Text
    entities: tuple[Entity, ...]
    times: tuple[TimeSpan, ...]
    wanted: tuple[tuple[str, ...], ...]


def marked(source: str) -> tuple[str, list[Entity], list[TimeSpan]]:
    """A text out of a line with its mentions and times marked."""
    out, entities, times, done = "", [], [], 0
    for mark in _MARK.finditer(source):
        out += source[done : mark.start()]
        start = len(out)
        if mark[1]:
            out += mark[1]
            entities.append(Entity(text=mark[1], type=EntityType(mark[2]), start=start, end=len(out), id=mark[3]))
        else:
            out += mark[4]
            fine = "minute" if "T" in mark[5] else {4: "year", 7: "month"}.get(len(mark[5]), "day")
            times.append(TimeSpan(text=mark[4], start=start, end=len(out), start_utc=mark[5], granularity=fine))
        done = mark.end()
    return out + source[done:], entities, times


def claims_of(source: str, lang: str = "en", *, published: datetime | None = None) -> tuple[Claim, ...]:
    body, entities, times = marked(source)
    doc = english()(body) if lang == "en" else None
    text = Text(id="t", text=body, lang=lang, published=published)
    return find_claims(text, doc, entities, times, lang, Registry())


def cases() -> list[tuple[str, str, list[tuple[str, ...]]]]:
    out = []
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            lang, source, wanted = line.split("\t")
            rows = [(*row.split(), "asserted", "actual")[: max(4, len(row.split()))] for row in wanted.split("; ") if row]
            out.append((lang, source, [_row(row.split()) for row in wanted.split("; ") if row]))
    return out


def _row(words: list[str]) -> tuple[str, ...]:
    return (*words, *("asserted", "actual")[len(words) - 2 :])


def told(claim: Claim) -> tuple[str, ...]:
    target = claim.place if claim.place in {"TO"} else claim.target
    return (claim.type, f"{claim.actor or '-'}>{target or '-'}", claim.polarity.value, claim.modality.value)


def score() -> tuple[list[str], int, int, int]:
    """What differs, and right, found and wanted claims of the table."""
    differ, right, found, wanted = [], 0, 0, 0
    for lang, source, rows in cases():
        got = {told(c) for c in claims_of(source, lang) if c.type not in UNSCORED}
        right, found, wanted = right + len(got & set(rows)), found + len(got), wanted + len(rows)
        if got != set(rows):
            differ.append(f"{lang} {marked(source)[0]}\n    wanted {rows}\n    got    {sorted(got)}")
    return differ, right, found, wanted
