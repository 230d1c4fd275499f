"""What is found in our own sentences in the languages that are read by cues: `python -m tests.nlp.test_languages pl`.

The rules were made with these sentences; texts that nobody made a rule from stand in `gold/`.
"""

from __future__ import annotations

import sys
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.cues import find_cue_claims
from nlp.language import CUES
from nlp.mentions import Names
from nlp.model import Annotation, Text
from nlp.pipeline import Pipeline
from nlp.registry import Registry
from nlp.relevance import judge
from ops.bench import gold

TABLE = Path(__file__).with_name("language_sentences.tsv")
FLOOR = 0.8
"""F1 of claims (type, both roles, polarity, modality) that each language must reach on sentences made for it."""


class Score(NamedTuple):
    right: int
    found: int
    wanted: int
    differ: list[str]

    @property
    def f1(self) -> float:
        return 2 * self.right / max(1, self.found + self.wanted)


@cache
def pipeline() -> Pipeline:
    return Pipeline()


def rows(lang: str, lot: str) -> list[gold.Row]:
    return [row for row in gold.rows(TABLE) if row.text["lang"] == lang and row.lot == lot]


def read(row: gold.Row) -> Annotation:
    """The annotation of a row, whose language is not told."""
    given = row.text
    published = datetime.fromisoformat(given["published"]).replace(tzinfo=UTC)
    text = Text(id="t", title=given["title"], text=given["text"], published=published, published_precision="day")
    return pipeline().annotate(text)


def told(claim: dict[str, Any]) -> tuple[str | None, ...]:
    return (claim["type"], claim["actor"], claim["target"], claim["polarity"], claim["modality"])


def claims_of(annotation: Annotation) -> list[tuple[str | None, ...]]:
    types = {claim.id: claim.type for claim in annotation.claims}
    return [
        (c.type, c.actor, types.get(c.target or "", c.target), c.polarity.value, c.modality.value)
        for c in annotation.claims
    ]


@cache
def score(lang: str) -> Score:
    right = found = wanted = 0
    differ = []
    for row in rows(lang, "told"):
        got, want = Counter(claims_of(read(row))), Counter(told(claim) for claim in row.gold["claims"])
        right, found, wanted = right + (got & want).total(), found + got.total(), wanted + want.total()
        differ += [f"{row.text['text']}\n    {want - got} {got - want}"] if got != want else []
    return Score(right, found, wanted, differ)


@pytest.mark.parametrize("lang", sorted(CUES))
def test_claims_are_read(lang: str) -> None:
    assert score(lang).f1 >= FLOOR, "\n".join(score(lang).differ)


@pytest.mark.parametrize("lang", sorted(CUES))
def test_the_language_is_found_and_its_depth_told(lang: str) -> None:
    annotations = [read(row) for row in rows(lang, "told")]
    assert sum(a.lang == lang for a in annotations) >= 0.9 * len(annotations)
    assert {a.depth for a in annotations if a.lang == lang} == {"cues"}


@pytest.mark.parametrize("lang", sorted(CUES))
def test_names_and_times_are_found(lang: str) -> None:
    found = wanted = 0
    for row in rows(lang, "told"):
        annotation = read(row)
        names = {(e.start, e.end, e.type.value, e.id) for e in annotation.entities}
        named = {(e["start"], e["end"], e["type"], e["id"]) for e in row.gold["entities"]}
        starts = {t.start_utc[:10] for t in annotation.times if t.start_utc}
        started = {t["start_utc"][:10] for t in row.gold["times"] if t["start_utc"]}
        found += len(names & named) + sum(any(s.startswith(day) for s in starts) for day in started)
        wanted += len(named) + len(started)
    assert found / wanted >= 0.9


@pytest.mark.parametrize("lang", sorted(CUES))
def test_other_subjects_are_kept_out(lang: str) -> None:
    names = Names.of(Registry.load())
    assert len(rows(lang, "other")) == 3
    for row in rows(lang, "other"):
        text = Text(id="t", title=row.text["title"], text=row.text["text"])
        assert not judge(text, lang, names).relevant


@pytest.mark.parametrize("lang", sorted(CUES))
def test_the_field_passes_the_gate(lang: str) -> None:
    names = Names.of(Registry.load())
    texts = [Text(id="t", title=row.text["title"], text=row.text["text"]) for row in rows(lang, "told")]
    assert sum(judge(text, lang, names).relevant for text in texts) == len(texts)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(sorted(CUES)),
    st.text(alphabet="AS64500 отключ интернет 中断 قطع , . …\x02\x03\x04N1", max_size=300),
)
def test_no_text_breaks_the_cues(lang: str, text: str) -> None:
    find_cue_claims(Text(id="t", text=text), (), (), lang, Registry.load())


if __name__ == "__main__":
    for code in sys.argv[1:] or sorted(CUES):
        print("\n".join(score(code).differ), code, round(score(code).f1, 3), sep="\n")
