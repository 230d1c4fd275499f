"""What a digest holds: a pure function of a subscription, a period and what the index found in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from indexer.model import Hit, Kind, Subscription, VerdictKind

SECTIONS = (
    (Kind.CLAIM, "What was claimed, and what the routes say"),
    (Kind.EVENT, "Routing events"),
    (Kind.DOCUMENT, "Articles"),
)
MOST = 50
"""Items of a section; the digest says how many more there are."""

_RANK = {
    VerdictKind.CONTRADICTED: 0,
    VerdictKind.CORRECTED: 1,
    VerdictKind.PARTLY: 2,
    VerdictKind.CONFIRMED: 3,
    VerdictKind.NO_DATA: 4,
    VerdictKind.NOT_OBSERVABLE: 5,
}


@dataclass(frozen=True, slots=True)
class Item:
    """`reason` is the verdict's first reason; `link` leads to our page, `url` to the source's."""

    kind: Kind
    id: str
    title: str
    time: datetime
    link: str
    url: str | None
    verdict: VerdictKind | None
    reason: str


@dataclass(frozen=True, slots=True)
class Section:
    heading: str
    items: tuple[Item, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Digest:
    subscription: Subscription
    start: datetime
    end: datetime
    sections: tuple[Section, ...]

    @property
    def count(self) -> int:
        return sum(len(section.items) + section.more for section in self.sections)

    @property
    def subject(self) -> str:
        title = self.subscription.title or self.subscription.query
        return f"{title}: {self.count} items, {self.start:%d %B %Y} to {self.end:%d %B %Y}"


def in_period(query: str, start: datetime, end: datetime) -> str:
    """The query for what has its time in the period, `end` left out."""
    last = end.timestamp() - 1
    span = f"published:[{start:%Y-%m-%dT%H:%M:%S} TO {datetime.fromtimestamp(last, end.tzinfo):%Y-%m-%dT%H:%M:%S}]"
    return f"({query}) AND {span}" if query.strip() else span


def section(kind: Kind, hits: Sequence[tuple[Hit, str]], total: int, public_url: str) -> Section:
    """Hits of one kind with the reason of each one's verdict; the most telling verdicts first, then by time."""
    items = [
        Item(h.kind, h.id, h.title, h.time, f"{public_url.rstrip('/')}/{_path(h)}", h.url, h.verdict, reason)
        for h, reason in hits
    ]
    items.sort(key=lambda i: (_RANK[i.verdict] if i.verdict else len(_RANK), i.time, i.id))
    return Section(dict(SECTIONS)[kind], tuple(items), total - len(items))


def _path(hit: Hit) -> str:
    return f"{hit.kind.value}/{hit.id}"


def to_json(digest: Digest) -> dict[str, Any]:
    return {
        "subscription": digest.subscription.id,
        "to": digest.subscription.recipient,
        "subject": digest.subject,
        "start": f"{digest.start:%Y-%m-%dT%H:%M:%SZ}",
        "end": f"{digest.end:%Y-%m-%dT%H:%M:%SZ}",
        "items": [
            {
                "kind": i.kind.value,
                "id": i.id,
                "title": i.title,
                "time": f"{i.time:%Y-%m-%dT%H:%M:%SZ}",
                "verdict": i.verdict.value if i.verdict else None,
                "reason": i.reason,
                "link": i.link,
                "url": i.url,
            }
            for section in digest.sections
            for i in section.items
        ],
    }
