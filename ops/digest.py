"""What a digest holds: a pure function of a subscription, a period and what the index found in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
    """`reason` is the verdict's first reason; `link` leads to our page, `url` to the source's. `told` counts the claims
    that say the same and were judged alike; the item is the earliest of them.
    """

    kind: Kind
    id: str
    title: str
    time: datetime
    link: str
    url: str | None
    verdict: VerdictKind | None
    reason: str
    told: int = 1


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
        return sum(sum(item.told for item in section.items) + section.more for section in self.sections)

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
    base = public_url.rstrip("/")
    items = [Item(h.kind, h.id, h.title, h.time, f"{base}/{_path(h)}", h.url, h.verdict, why) for h, why in hits]
    items.sort(key=lambda i: (_RANK[i.verdict] if i.verdict else len(_RANK), i.time, i.id))
    return Section(dict(SECTIONS)[kind], _merged(items), total - len(items))


def _merged(items: Sequence[Item]) -> tuple[Item, ...]:
    """What several say of the same networks with the same verdict for the same reason is told once."""
    first: dict[tuple[object, ...], Item] = {}
    for item in items:
        same = (item.title, item.verdict, item.reason) if item.reason else (item.id,)
        known = first.get(same)
        first[same] = replace(known, told=known.told + 1) if known else item
    return tuple(first.values())


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
                "told": i.told,
            }
            for section in digest.sections
            for i in section.items
        ],
    }
