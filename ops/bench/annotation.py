"""How fast texts are read, beside spaCy's own pipeline on the same texts in the same run; with pinned bounds.

The texts are the pages of the demonstration and our own evaluation texts in English, and the evaluation's where they are.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import psutil
import spacy

from nlp.codec import text_from_json
from nlp.language import detect
from nlp.mentions import Names
from nlp.model import Text
from nlp.models import MODELS
from nlp.pipeline import Pipeline
from nlp.relevance import judge
from ops.bench import quality_nlp
from ops.bench.routing import NONE, Bounds, figure, measured

ROUNDS = 7
SHARED = Path(__file__).parents[3] / "shared"
TABLE = "documents_a"
_FIELDS = ("id", "url", "title", "published", "lang", "country", "text")

# (at least, at most) of what is promised.
TO_SPACY = 0.75, None
GATE_TO_SPACY = 20.0, None
MEMORY_MB = None, 1000.0
START_S = None, 3.0


def figures() -> Iterator[dict[str, Any]]:
    """Rates as the median of interleaved rounds on one core, so that a busy machine slows both; a fresh process's start
    with its first annotation as the best of them, and the most memory one had.
    """
    sets = {"own": own_texts(), "dev": evaluation_texts()}
    runs = [measured(1, "reading") for _ in range(3)]
    yield figure("annotation.start", min(run["start_s"] for run in runs), "s, best of 3", 3, START_S)
    yield figure("annotation.memory", max(run["peak_mb"] for run in runs), "MB, one process", 3, MEMORY_MB)
    for name, texts in sets.items():
        if texts:
            yield from _rates(name, texts)


def _rates(name: str, texts: Sequence[Text]) -> Iterator[dict[str, Any]]:
    pipeline, raw = Pipeline(), spacy.load(MODELS["en"])
    names = Names.of(pipeline.registry)
    tasks = {
        "spacy": lambda: [raw(text.text) for text in texts],
        "annotate": lambda: [pipeline.annotate(text) for text in texts],
        "gate": lambda: [judge(text, detect(text), names) for text in texts],
    }
    for task in tasks.values():
        task()
    took = [{task: _seconds(run) for task, run in tasks.items()} for _ in range(ROUNDS)]
    n, per = len(texts), "ratio, median of rounds"
    rate: Bounds = NONE
    yield figure(f"annotation.{name}.rate", n / median(t["annotate"] for t in took), "texts/s, one core", n, rate)
    yield figure(f"annotation.{name}.to_spacy", median(t["spacy"] / t["annotate"] for t in took), per, n, TO_SPACY)
    yield figure(f"annotation.{name}.gate_to_spacy", median(t["spacy"] / t["gate"] for t in took), per, n, GATE_TO_SPACY)


def _seconds(run: Any) -> float:
    """Processor time: a round that waits for others is not slower."""
    start = time.process_time()
    run()
    return time.process_time() - start


def own_texts() -> Sequence[Text]:
    return [_text(given) for given, _ in quality_nlp.own(TABLE) if given["lang"] == "en"]


def evaluation_texts() -> Sequence[Text]:
    """Empty where the evaluation's texts are not."""
    return [_text(given) for given, _ in quality_nlp.development(SHARED)]


def _text(given: dict[str, Any]) -> Text:
    return text_from_json({name: given.get(name) for name in _FIELDS})
