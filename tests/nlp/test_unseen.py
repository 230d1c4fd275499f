"""Sentences that no rule was made from when they were written: what is found of them, lot by lot.

Rules were made from what was missed in lots a, c and d, never from lot b, which is only counted.
`python -m tests.nlp.test_unseen a` lists what differs.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from nlp.claims import find_claims
from nlp.model import TYPES, Claim, Entity, EntityType, Text, TimeSpan
from nlp.models import tokens
from nlp.times import ZoneHint, find_times

TABLE = Path(__file__).with_name("unseen_sentences.tsv")
LONG = "Beside the towns and villages, " * 56
UNCOUNTED = {"measurement", "infrastructure_state", "capacity_state"}
FLOORS = {"a": (0.97, 0.96), "b": (0.93, 0.79), "c": (0.95, 0.9), "d": (0.95, 0.64)}
"""F1 of times and of claims (type, both roles, polarity, modality) by lot; b is what to expect of any text."""
_MARK = re.compile(r"\[([^]|]+)\|(\w+)\|([^]@]+)(?:@([^]]+))?\]|\{([^}|]+)\|([^}!]+)(!?)\}")
Row = tuple[str, str, str, str]
Told = tuple[int, int, str, bool]


class Registry:
    """Knows who measures or reports, and no country with a single network."""

    def sole_network(self, country: str) -> None:
        return None

    def is_monitor(self, id: str) -> bool:  # noqa: A002
        return id in {"org:kentik", "org:netblocks", "org:cloudflare", "org:reuters"}


@dataclass(frozen=True)
class Case:
    text: Text
    entities: list[Entity]
    zones: list[ZoneHint]
    times: list[Told]
    claims: list[tuple[Row, str]]


@dataclass
class Score:
    times: list[int] = field(default_factory=lambda: [0, 0, 0])
    claims: list[int] = field(default_factory=lambda: [0, 0, 0])
    starts: list[int] = field(default_factory=lambda: [0, 0])
    differ: list[str] = field(default_factory=list)

    @property
    def f1(self) -> tuple[float, float]:
        return tuple(2 * right / max(1, found + wanted) for right, found, wanted in (self.times, self.claims))  # type: ignore[return-value]


def cases(half: str) -> list[Case]:
    rows = (line.split("\t") for line in TABLE.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    return [_case(*row[1:]) for row in rows if row[0] == half]


def _case(published: str, source: str, wanted: str) -> Case:
    day, _, country = published.partition("/")
    out, done = "", 0
    entities, zones, times = [], [], []
    source = source.replace("LONG ", LONG)
    for mark in _MARK.finditer(source):
        out += source[done : mark.start()]
        start, words = len(out), mark[1] or mark[5]
        out += words
        if mark[1]:
            entities.append(Entity(text=words, type=EntityType(mark[2]), start=start, end=len(out), id=mark[3]))
            zones += [ZoneHint(start, len(out), mark[4])] if mark[4] else []
        else:
            times.append((start, len(out), mark[6], bool(mark[7])))
        done = mark.end()
    text = Text(
        id="t", text=out + source[done:], lang="en", published=datetime.fromisoformat(day).replace(tzinfo=UTC),
        published_precision="day", country=country or None,
    )  # fmt: skip
    return Case(text, entities, zones, times, [_claim(row.split()) for row in wanted.split("; ") if row.strip()])


def _claim(words: list[str]) -> tuple[Row, str]:
    start = next((word[1:] for word in words if word.startswith("@")), "")
    kind, roles, *said = [word for word in words if not word.startswith("@")]
    actor, _, target = roles.partition(">")
    stance = [*said, *("asserted", "actual")[len(said) :]]
    return (kind, f"{actor or '-'}>{target}", stance[0], stance[1]), start


def _row(claim: Claim, claims: tuple[Claim, ...]) -> Row:
    target = claim.target
    if claim.type == "cause":
        target = next((c.type for c in claims if c.id == claim.target), None)
    return (claim.type, f"{claim.actor or '-'}>{target or '-'}", claim.polarity.value, claim.modality.value)


def _same(told: Told, found: TimeSpan) -> bool:
    start, end, value, flagged = told
    return start < found.end and found.start < end and found.start_utc == value and flagged == ("disagree" in found.why)


def score(half: str) -> Score:
    """What was found of `half`: right, found and wanted of times and claims; right and all of the starts of claims."""
    out = Score()
    for case in cases(half):
        times = find_times(case.text, case.zones, "en")
        claims = find_claims(case.text, tokens(case.text.text, "en"), case.entities, times, "en", Registry())
        right = [told for told in case.times if any(_same(told, found) for found in times)]
        _count(out.times, len(right), len(times), len(case.times))
        got = {_row(c, claims): c.start_utc for c in claims if c.type not in UNCOUNTED}
        rows = Counter(row for row, _ in case.claims)
        _count(out.claims, sum((rows & Counter(list(got))).values()), len(got), len(case.claims))
        for row, start in case.claims:
            out.starts[0] += bool(start and got.get(row) == start)
            out.starts[1] += bool(start)
        if len(right) != max(len(times), len(case.times)) or rows != Counter(list(got)) or any(
            start and got.get(row) != start for row, start in case.claims
        ):  # fmt: skip
            shown = [(t.text, t.start_utc, t.why) for t in times]
            out.differ.append(
                f"{case.text.text[-300:]}\n    wanted {case.times} {case.claims}\n    got    {shown} {got}"
            )
    return out


def _count(to: list[int], *counts: int) -> None:
    for i, count in enumerate(counts):
        to[i] += count


def test_the_table_is_in_two_halves_of_sixty() -> None:
    assert min(len(cases("a")), len(cases("b"))) >= 60
    assert {row[0] for half in "ab" for case in cases(half) for row, _ in case.claims} <= TYPES


@pytest.mark.parametrize("half", sorted(FLOORS))
def test_unseen_sentences_are_read(half: str) -> None:
    found = score(half)
    assert found.f1 >= FLOORS[half], f"times {found.times}, claims {found.claims}"
    assert found.f1[1] >= FLOORS[half][1]


if __name__ == "__main__":
    for half in sys.argv[1:]:
        result = score(half)
        print("\n".join(result.differ if half != "b" else []))
        print(half, "times, claims F1", [round(f, 3) for f in result.f1], result.times, result.claims, result.starts)
