"""How fast texts are read, beside spaCy's own pipeline on the same texts in the same run; with pinned bounds.

The texts are the English reports of the demonstration, and the evaluation's where they are.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import spacy

from nlp.codec import text_from_json
from nlp.language import detect
from nlp.mentions import Names
from nlp.model import Text
from nlp.models import MODELS
from nlp.pipeline import Pipeline
from nlp.relevance import judge
from ops.bench import quality_nlp
from ops.bench.routing import environment, figure
from ops.demo.site import pages

ROUNDS = 7
STARTS = 3
SHARED = Path(__file__).parents[3] / "shared"
_FIELDS = ("id", "url", "title", "published", "lang", "country", "text")

# (at least, at most) of what is promised.
TO_SPACY = 0.75, None
GATE_TO_SPACY = 20.0, None
MEMORY_MB = None, 1000.0
START_S = None, 3.0


def figures() -> Iterator[dict[str, Any]]:
    """Rates by the median of interleaved rounds, so that a busy machine slows both; of fresh processes that annotate a
    text the quickest one, and the memory that the largest had after all texts.
    """
    sets = {"demo": demo_texts(), "dev": evaluation_texts()}
    starts = [_process(sets["demo"][:1]) for _ in range(STARTS)]
    yield figure("annotation.start", min(took for took, _ in starts), "s, best", STARTS, START_S)
    every = [text for texts in sets.values() for text in texts]
    yield figure("annotation.memory", _process(every)[1], "MB, one process", len(every), MEMORY_MB)
    for name, texts in sets.items():
        if texts:
            yield from _rates(f"annotation.{name}", texts)


def _rates(name: str, texts: Sequence[Text]) -> Iterator[dict[str, Any]]:
    pipeline, spacy_alone = Pipeline(), spacy.load(MODELS["en"])
    names, n = Names.of(pipeline.registry), len(texts)
    tasks: dict[str, Callable[[Text], object]] = {
        "spacy": lambda text: spacy_alone(text.text),
        "annotate": pipeline.annotate,
        "gate": lambda text: judge(text, detect(text), names),
    }
    for task in tasks.values():
        _seconds(task, texts)
    rounds = [{task: _seconds(do, texts) for task, do in tasks.items()} for _ in range(ROUNDS)]
    yield figure(f"{name}.rate", median(n / took["annotate"] for took in rounds), "texts/s, one core, median", n)
    ratios = [took["spacy"] / took["annotate"] for took in rounds]
    yield figure(f"{name}.to_spacy", median(ratios), f"ratio, median of {ROUNDS}", n, TO_SPACY)
    ratios = [took["spacy"] / took["gate"] for took in rounds]
    yield figure(f"{name}.gate_to_spacy", median(ratios), f"ratio, median of {ROUNDS}", n, GATE_TO_SPACY)


def _seconds(task: Callable[[Text], object], texts: Sequence[Text]) -> float:
    """Of the processor: a round that waits for others is not slower."""
    begun = time.process_time()
    for text in texts:
        task(text)
    return time.process_time() - begun


def _process(texts: Sequence[Text]) -> tuple[float, float]:
    """Seconds from the start of a fresh process to its last annotation, and the most MB that it had."""
    lines = "".join(json.dumps({"id": text.id, "title": text.title, "text": text.text}) + "\n" for text in texts)
    begun = time.perf_counter()
    command = [sys.executable, "-m", "ops.bench.annotation"]
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=True, env=environment())  # noqa: S603
    return time.perf_counter() - begun, float(done.stdout)


def demo_texts() -> Sequence[Text]:
    texts = [Text(id=page.path, title=page.title, text=page.texts[-1], published=page.published) for page in pages()]
    return [text for text in texts if detect(text) == "en" and judge(text).relevant]


def evaluation_texts() -> Sequence[Text]:
    """Empty where the evaluation's texts are not."""
    return [_text(given) for given, _ in quality_nlp.development(SHARED)]


def _text(given: dict[str, Any]) -> Text:
    return text_from_json({name: given.get(name) for name in _FIELDS})


def main() -> None:
    """Annotates the lines of standard input; prints the most MB that this process had."""
    pipeline = Pipeline()
    for line in sys.stdin:
        pipeline.annotate(text_from_json(json.loads(line)))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000)


if __name__ == "__main__":
    main()
