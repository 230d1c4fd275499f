"""How well articles are cut out of pages: body F1 on the 181 pages of scrapinghub's article extraction benchmark.

The measure is the benchmark's own: multisets of shingles of four words, precision and recall a page, their means, and
the F1 of the two means (https://github.com/scrapinghub/article-extraction-benchmark, pages and truth under MIT).
"""

from __future__ import annotations

import gzip
import json
import re
import statistics
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from crawler.errors import Permanent
from crawler.extract import extract
from crawler.model import Capture, Outcome, ResourceKind

BODY_F1_FLOOR = 0.955
SHINGLE_WORDS = 4
_FETCHED_AT = datetime(2026, 11, 1, tzinfo=UTC)


def figures(shared: Path) -> list[tuple[str, float, float]]:
    """(name, value, floor) for the pages under `shared`; empty where they are not there."""
    pages = shared / "data" / "pages"
    truth_file = pages / "ground-truth.json"
    if not truth_file.exists():
        return []
    truth = json.loads(truth_file.read_text(encoding="utf-8"))
    pairs = [
        (item["articleBody"], _body_of(pages / "html" / f"{key}.html.gz", item["url"])) for key, item in truth.items()
    ]
    return [("extract.body_f1", body_f1(pairs), BODY_F1_FLOOR)]


def body_f1(pairs: list[tuple[str, str]]) -> float:
    """The F1 of mean precision and mean recall over (true, extracted) texts; a side without words has no say."""
    precisions, recalls = [], []
    for true, extracted in pairs:
        expected, got = _shingles(true), _shingles(extracted)
        hits = (expected & got).total()
        if got:
            precisions.append(hits / got.total())
        if expected:
            recalls.append(hits / expected.total())
    if not precisions or not recalls:
        return 0.0
    precision, recall = statistics.mean(precisions), statistics.mean(recalls)
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _body_of(file: Path, url: str) -> str:
    capture = Capture(
        id=file.name,
        url=url,
        source_id="benchmark",
        kind=ResourceKind.PAGE,
        outcome=Outcome.FETCHED,
        fetched_at=_FETCHED_AT,
        content_type="text/html",
    )
    try:
        return extract(capture, gzip.decompress(file.read_bytes())).text
    except Permanent:
        return ""


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text)
    return Counter(tuple(words[i : i + SHINGLE_WORDS]) for i in range(max(1, len(words) - SHINGLE_WORDS + 1)) if words)
