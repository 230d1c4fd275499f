"""French and Spanish, read by the frames of English."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.claims import find_claims
from nlp.frames import lexicon
from nlp.gloss import LANGUAGES, glossary
from nlp.language import depth
from nlp.model import Claim, Entity, EntityType, Text, TimeSpan
from nlp.models import tokens
from nlp.reading import read
from ops.bench.gold import TABLES, Row, rows

ROWS = list(rows(TABLES / "romance.tsv"))
FLOOR = 0.9
"""F1 of claims with type, both roles, polarity and modality on the sentences that the reading was built with."""
WORDS = sorted({word for row in ROWS for word in row.text["text"].split()})


class Registry:
    def sole_network(self, country: str) -> None:
        return None

    def is_monitor(self, id: str) -> bool:  # noqa: A002
        return id == "org:netblocks"


def found(row: Row) -> tuple[Claim, ...]:
    """The claims of a row, with its mentions and times given."""
    body, lang = row.text["text"], row.text["lang"]
    entities = [
        Entity(text=e["text"], type=EntityType(e["type"]), start=e["start"], end=e["end"], id=e["id"])
        for e in row.gold["entities"]
    ]
    times = [
        TimeSpan(text=t["text"], start=t["start"], end=t["end"], start_utc=t["start_utc"], end_utc=t["end_utc"])
        for t in row.gold["times"]
    ]
    published = datetime.fromisoformat(row.text["published"]).replace(tzinfo=UTC)
    text = Text(id="t", text=body, lang=lang, published=published)
    return find_claims(text, tokens(body, lang), entities, times, lang, Registry())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_sentences_are_read_by_their_structure(lang: str) -> None:
    got: Counter[tuple[str | None, ...]] = Counter()
    wanted: Counter[tuple[str | None, ...]] = Counter()
    for row in (row for row in ROWS if row.text["lang"] == lang):
        got += Counter(
            (row.text["id"], c.type, c.actor, c.target, c.polarity.value, c.modality.value, c.start_utc)
            for c in found(row)
            if c.type != "cause"
        )
        wanted += Counter(
            (row.text["id"], c["type"], c["actor"], c["target"], c["polarity"], c["modality"], c["start_utc"])
            for c in row.gold["claims"]
        )
    right = sum((got & wanted).values())
    f1 = 2 * right / (got.total() + wanted.total())
    assert f1 >= FLOOR, f"missed {wanted - got}, extra {got - wanted}"


def test_both_are_read_in_full() -> None:
    assert [depth(lang) for lang in LANGUAGES] == ["full", "full"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_glossary_speaks_the_english_of_the_frames(lang: str) -> None:
    gloss = glossary(lang)
    known = {word for words in lexicon().classes.values() for word in words} | set(lexicon().verbs)
    carrying = {"carry", "cut", "hijack", "announce", "order", "restore", "provide", "block", "disconnect"}
    assert carrying <= {verb.lemma for verb in gloss.verbs.values()} & known
    assert all(" " not in stand_in for stand_in in gloss.phrases.values())
    assert {"time", "ORG", "PERSON", "COUNTRY", "PLACE", "NORP"} <= gloss.plain.keys()


@pytest.mark.parametrize("lang", LANGUAGES)
@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=25))
def test_any_words_become_a_tree_in_their_order(lang: str, words: list[str]) -> None:
    reading = read(tokens(" ".join(words), lang), [], [])
    assert list(reading.starts) == sorted(reading.starts)
    for sentence in reading.doc.sents:
        assert [token for token in sentence if token.head == token] == [sentence.root]


def test_reading_english_loads_no_other_model() -> None:
    script = (
        "import sys; from nlp.pipeline import Pipeline; from nlp.model import Text; "
        "a = Pipeline().annotate(Text(id='1', text='The internet went down in Gabon on Monday.', lang='en')); "
        "assert a.claims; print([m for m in sys.modules if m.endswith('core_news_sm')])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
