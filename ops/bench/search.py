"""The embedded index on made documents: how fast it takes them in and answers, beside Tantivy called bare."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import tantivy

from indexer.model import IndexDoc, Kind
from indexer.search.tantivy import TantivyIndex

DOCUMENTS = 5_000
WORDS_EACH = 200
QUERIES = 50


def made(count: int) -> list[IndexDoc]:
    """Documents with a Zipf-like vocabulary, the same ones each time."""
    draw = random.Random(7)  # noqa: S311  # a fixed seed: the same documents each time
    words = [f"word{i}" for i in range(20_000)]
    weights = [1 / (i + 1) for i in range(len(words))]
    start = datetime(2024, 1, 1, tzinfo=UTC)
    return [
        IndexDoc(
            kind=Kind.DOCUMENT,
            id=f"d{i}",
            title=" ".join(draw.choices(words, weights, k=8)),
            body=" ".join(draw.choices(words, weights, k=WORDS_EACH)),
            time=start + timedelta(minutes=7 * i),
            lang="en",
            asns=(draw.randrange(1, 65_000),),
            countries=(draw.choice(("KP", "SD", "TO", "US")),),
        )
        for i in range(count)
    ]


def figures() -> Iterator[dict[str, Any]]:
    docs = made(DOCUMENTS)
    with tempfile.TemporaryDirectory() as folder:
        index = TantivyIndex.open(Path(folder) / "ours")
        ours = _seconds(lambda: index.apply(docs, [], 1))
        bare = _seconds(lambda: _bare(docs, Path(folder) / "bare"))
        yield _figure("search.index", DOCUMENTS / ours, "documents/s", DOCUMENTS)
        yield _figure("search.index_vs_bare", bare / ours, "ratio", DOCUMENTS)
        for name, query in (
            ("common_word", "word0"),
            ("phrase", '"word0 word1"'),
            ("country_and_month", "country:SD published:2024-01"),
        ):
            took = [_seconds(lambda q=query: index.search(q, facets=True)) for _ in range(QUERIES)]  # type: ignore[misc]
            yield _figure(f"search.{name}", median(took) * 1000, "ms, median", QUERIES)


def _bare(docs: list[IndexDoc], folder: Path) -> None:
    """The same words in the same four text fields, analysed by Tantivy's own analyzers."""
    builder = tantivy.SchemaBuilder()
    for name in ("title", "body"):
        builder.add_text_field(f"{name}_exact", tokenizer_name="default")
        builder.add_text_field(f"{name}_stem", tokenizer_name="en_stem")
    folder.mkdir()
    index = tantivy.Index(builder.build(), path=str(folder))
    writer = index.writer(50_000_000, 1)
    for doc in docs:
        out = tantivy.Document()
        for name, text in (("title", doc.title), ("body", doc.body)):
            out.add_text(f"{name}_exact", text)
            out.add_text(f"{name}_stem", text)
        writer.add_document(out)
    writer.commit()
    writer.wait_merging_threads()


def _seconds(do: Callable[[], object]) -> float:
    start = time.perf_counter()
    do()
    return time.perf_counter() - start


def _figure(name: str, value: float, unit: str, n: int) -> dict[str, Any]:
    return {"name": name, "value": round(value, 4), "unit": unit, "n": n}
