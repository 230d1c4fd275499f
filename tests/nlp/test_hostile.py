"""Text that nobody writes in good faith, or that broke on its way: it is read without a crash and in linear time."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nlp import models
from nlp.codec import annotation_to_json
from nlp.model import Annotation, Entity, Text, TimeSpan
from nlp.pipeline import MAX_CHARACTERS, Pipeline

DAY = datetime(2022, 5, 5, tzinfo=UTC)
REPEATED = {
    "one word": "a",
    "digits": "1",
    "blanks": " ",
    "empty lines": "\n",
    "open brackets": "(",
    "brackets in brackets": "(AS1 (",
    "bracketed names": "(QN) ",
    "quotes": "“a” ",
    "apostrophes": "'",
    "colons": "a:",
    "hyphens": "a-",
    "AS numbers": "AS1 AS2 ",
    "paths": "AS path 1 2 3 4 ",
    "prefixes": "1.1.1.0/24 ",
    "dates": "On 4 May 2022, ",
    "clocks": "at 10:14 UTC (12:14 local time) ",
    "durations": "since 2010 until 2012, an hour later ",
    "names": "Rogers, Telia, Cogent, ",
    "unknown names": "Bank of Zambia and ",
    "trigger": "hijacked ",
    "clauses": "Telia hijacked Cogent and ",
    "sentences": "Telia lost transit from Cogent. ",
    "declared": "Quux Net (QN, AS64500), ",
    "table": "12 34.5 99% 1,000\n",
    "combining marks": "e\u0301\u0301\u0301",
    "without width": "A\u200bS\u200b1 ",
    "bidirectional": "\u202eAS1\u202c \u2066Telia\u2069 ",
    "control": "\x00\x07AS1 ",
    "lone surrogates": "\ud800AS1 ",
    "scripts": "Rogers Ростелеком 中国电信 شرکت ",
    "ru": "Ростелеком отключил интернет в Казахстане ",
    "uk": "Київстар втратив звʼязок ",
    "zh": "中国电信切断了互联网",
    "ja": "通信障害が発生した",
    "ko": "인터넷이 차단됐다 ",
    "ar": "انقطاع الإنترنت في السودان ",
    "fa": "اینترنت ایران قطع شد ",
    "de": "Der Ausfall von Vodafone am Montag ",
    "tr": "İnternet kesintisi Turkcell ",
    "pt": "A Vivo ficou fora do ar ",
    "pl": "Awaria sieci Orange ",
    "id": "Telkomsel mengalami gangguan ",
    "it": "La rete di TIM fuori servizio ",
    "fr": "Orange a coupé la liaison de Cogent, ",
    "es": "Telefónica cortó el enlace con Cogent, ",
}
LEAD = "AS64500 hijacked 192.0.2.0/24. "
"""What makes a text relevant, so that it is read whole."""


@cache
def pipeline() -> Pipeline:
    return Pipeline()


def text(body: str, lang: str | None = None) -> Text:
    return Text(id="x", text=body, lang=lang, published=DAY)


def filled(piece: str, size: int) -> str:
    return (piece * (size // len(piece) + 1))[:size]


def hold(annotation: Annotation, body: str) -> None:
    """What is true of every annotation, whatever the text."""
    unreadable = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f\\ud800-\\udfff]")
    spans: list[Entity | TimeSpan] = [*annotation.entities, *annotation.times]
    for span in spans:
        assert 0 <= span.start < span.end <= len(body)
        assert span.text == unreadable.sub(" ", body[span.start : span.end])
    assert all(before.end <= after.start for before, after in pairwise(annotation.entities))
    assert all(before.end <= after.start for before, after in pairwise(annotation.times))
    for claim in annotation.claims:
        assert 0 <= claim.quote_span[0] < claim.quote_span[1] <= len(body)
    assert len({claim.id for claim in annotation.claims}) == len(annotation.claims)
    annotation_to_json(annotation)


@pytest.mark.parametrize("kind", REPEATED)
def test_what_comes_thousands_of_times_is_read(kind: str) -> None:
    body = LEAD + filled(REPEATED[kind], 4000)
    annotation = pipeline().annotate(text(body, kind if len(kind) == 2 else None))
    assert annotation.relevant
    hold(annotation, body)


def test_a_million_characters_are_read_to_the_limit_and_that_is_told() -> None:
    body = LEAD + filled("The weather is fine today.\n", 1_000_000)
    annotation = pipeline().annotate(text(body))
    assert f"read up to character {MAX_CHARACTERS} of {len(body)}" in annotation.flags
    hold(annotation, body)


@pytest.mark.parametrize("kind", ["open brackets", "hyphens", "bracketed names", "unknown names", "clauses"])
def test_twice_the_text_is_twice_the_work(kind: str) -> None:
    assert work(kind, 4000) < 2.5 * work(kind, 2000)


def work(kind: str, size: int) -> int:
    """Calls of the project's own functions and of those of the standard library while a text is read."""
    body = text(LEAD + filled(REPEATED[kind], size), "en")
    pipeline().annotate(body)
    calls: Counter[str] = Counter()
    sys.setprofile(lambda _frame, event, _argument: calls.update([event]))
    try:
        pipeline().annotate(body)
    finally:
        sys.setprofile(None)
    return calls["call"] + calls["c_call"]


@pytest.mark.parametrize("piece", ["(", "'", "a-", "x", ":", "“"])
def test_a_run_without_blanks_is_cut_for_the_tokenizer(piece: str) -> None:
    body = f"Before {filled(piece, 3000)} behind.\n\n  {filled(piece, 101)}"
    doc = models.tokens(body, "en")
    assert doc.text == body
    assert all(body[token.idx : token.idx + len(token)] == token.text for token in doc)


LETTERS = st.one_of(
    st.sampled_from([*REPEATED.values(), LEAD, ". ", "\n", "the ", "was ", "by "]),
    st.text(max_size=12),
    st.text(st.sampled_from("()[]“”\"'’.,:;-–/ \n\t\u200b\u202e\u2066\u0301\ud800\x00AS19é中"), max_size=20),
)


@given(st.lists(LETTERS, max_size=20).map("".join))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_text_is_read_the_same_way_twice(body: str) -> None:
    first = pipeline().annotate(text(LEAD + body, "en"))
    pipeline().annotate(text("Telia lost transit from Cogent in Norway on Monday.", "en"))
    assert pipeline().annotate(text(LEAD + body, "en")) == first
    hold(first, LEAD + body)


ORDER = [
    "AS64500 hijacked 192.0.2.0/24 in Peru.",
    "Telia lost transit from Cogent on Monday.",
    "Zayo left RETN in Vienna.",
]


def test_another_order_and_another_process_read_the_same() -> None:
    here = [repr(pipeline().annotate(text(body)).claims) for body in ORDER]
    script = (
        "import sys\nfrom datetime import UTC, datetime\n"
        "from nlp.model import Text\nfrom nlp.pipeline import Pipeline\n"
        "pipeline = Pipeline()\n"
        "for body in reversed(sys.argv[1:]):\n"
        "    text = Text(id='x', text=body, published=datetime(2022, 5, 5, tzinfo=UTC))\n"
        "    print(repr(pipeline.annotate(text).claims))\n"
    )
    done = subprocess.run([sys.executable, "-c", script, *ORDER], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == here[::-1]
