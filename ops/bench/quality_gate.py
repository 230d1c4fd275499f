"""How well the relevance gate tells the field from other subjects: short articles of our own, by half and language.

The half `build` may be built from; the half `sealed` says what to expect of any text. A floor lies slightly under what
was measured on the day in `MEASURED`; `kept_out` is the share of articles on other subjects that do not pass.

`python -m ops.bench.quality_gate` lists what goes wrong in the half to build from.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from nlp.language import detect
from nlp.mentions import Names
from nlp.model import Text
from nlp.registry import Registry
from nlp.relevance import judge
from ops.bench.gold import TABLES

MEASURED = "2026-12-01"
FLOORS = {
    "gate.build.recall": 0.98,
    "gate.build.kept_out": 0.97,
    "gate.sealed.recall": 0.95,
    "gate.sealed.kept_out": 0.92,
}


class Article(NamedTuple):
    """A row of `relevance.tsv`."""

    lang: str
    label: str
    half: str
    title: str
    text: str


def articles(table: Path = TABLES / "relevance.tsv") -> list[Article]:
    """The rows of the table."""
    lines = table.read_text(encoding="utf-8").splitlines()
    return [Article(*line.split("\t")) for line in lines if line and not line.startswith("#")]


def passes(article: Article, names: Names) -> bool:
    """Whether the gate lets an article through, its language found as the pipeline finds it."""
    text = Text(id=article.title, title=article.title, text=article.text, lang=article.lang)
    return judge(text, detect(text), names).relevant


def figures(shared: Path) -> Iterator[tuple[str, float, float]]:
    """Name, value and floor of each figure; the articles lie in the checkout, whatever `shared` is."""
    names = Names.of(Registry.load())
    right: dict[str, list[bool]] = {name: [] for name in FLOORS}
    for article in articles():
        field = article.label == "field"
        right[f"gate.{article.half}.{'recall' if field else 'kept_out'}"].append(passes(article, names) == field)
    yield from ((name, sum(kept) / len(kept), FLOORS[name]) for name, kept in right.items())


def main() -> None:
    """Lists the articles to build from that the gate gets wrong."""
    names = Names.of(Registry.load())
    for article in articles():
        if article.half == "build" and passes(article, names) != (article.label == "field"):
            print(*article, sep="\t")


if __name__ == "__main__":
    main()
