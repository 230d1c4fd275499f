"""Groups documents on one happening, across languages: by the claims that they share, near copies with their original.

The stories are a function of the set of documents: the order in which they arrive does not matter. Pure.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from crawler.fingerprint import similarity

ClaimKey = tuple[str, str | None, str | None]
"""A claim's type, actor and target, as entity ids (None: not said)."""

NEAR = timedelta(days=3)
"""Reports on one happening come within days of each other; the same parties in another week are another happening."""
SPAN = timedelta(days=10)
"""A story takes no report this long after its first, else a country in the news each day is one story for ever."""
NEAR_COPY = 0.7
"""Similarity from which one text is a copy of another: a trimmed or lightly edited copy keeps more (one word in fifty
edited leaves .89), two reporters' own words on one happening share under .2 of their shingles, and the estimate is
off by .04 at most."""
_BAND = 4  # hashes a band; of copies at .7 one in 6,000 shares none of 32 bands, and is not compared


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryItem:
    """A document as grouping sees it. `published_at` is aware; `signature` is the MinHash, empty if there is none."""

    document_id: str
    published_at: datetime
    entity_ids: frozenset[str]
    claim_keys: frozenset[ClaimKey]
    signature: tuple[int, ...] = ()
    lang: str | None = None


@dataclass(frozen=True, slots=True)
class StoryGroup:
    """`id` is a hash of the earliest document's id; `document_ids` by publication, then id."""

    id: str
    document_ids: tuple[str, ...]


class CopyIndex:
    """Finds near copies without comparing all with all: only signatures that share a band (Broder's MinHash with
    locality-sensitive hashing, Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", 3.4)."""

    def __init__(self) -> None:
        self._bands: defaultdict[tuple[int, tuple[int, ...]], list[int]] = defaultdict(list)
        self._signatures: list[tuple[int, ...]] = []

    def add(self, signature: tuple[int, ...]) -> int:
        """Takes a signature, and returns its number: 0, 1, 2, ..."""
        self._signatures.append(signature)
        number = len(self._signatures) - 1
        for band in self._cut(signature):
            self._bands[band].append(number)
        return number

    def near(self, signature: tuple[int, ...]) -> list[tuple[float, int]]:
        """The similarity and number of each near copy that was taken, the most similar first, then the first taken."""
        numbers = {n for band in self._cut(signature) for n in self._bands.get(band, ())}
        found = [(similarity(signature, self._signatures[n]), n) for n in numbers]
        return sorted(((s, n) for s, n in found if s >= NEAR_COPY), key=lambda f: (-f[0], f[1]))

    @staticmethod
    def _cut(signature: tuple[int, ...]) -> Iterator[tuple[int, tuple[int, ...]]]:
        return ((at, signature[at : at + _BAND]) for at in range(0, len(signature), _BAND))


def _agree(a: ClaimKey, b: ClaimKey, item_a: StoryItem, item_b: StoryItem) -> bool:
    """True where two claims may be of one happening: the same type and target, or the same actor with no other target;
    across types, the same two parties."""
    if a[0] != b[0]:
        return None not in a and {a[1], a[2]} == {b[1], b[2]}
    if a[2] is not None and a[2] == b[2]:
        return True
    if a[1] is None or a[1] != b[1]:
        return False
    return a[2] is None or b[2] is None or a[2] in item_b.entity_ids or b[2] in item_a.entity_ids


def related(a: StoryItem, b: StoryItem) -> bool:
    """True where both documents tell of one happening: near in time, with claims that agree, or of one target and
    one further party."""
    if abs(a.published_at - b.published_at) > NEAR:
        return False
    if any(_agree(x, y, a, b) for x in a.claim_keys for y in b.claim_keys):
        return True
    targets = {k[2] for k in a.claim_keys if k[2]} & {k[2] for k in b.claim_keys if k[2]}
    return bool(targets) and len(a.entity_ids & b.entity_ids) > 1


def _order(item: StoryItem) -> tuple[datetime, str]:
    return item.published_at, item.document_id


def _parties(item: StoryItem) -> frozenset[str]:
    return frozenset(party for key in item.claim_keys for party in key[1:] if party)


class _Groups:
    """Stories as they grow, item by item in order of publication."""

    def __init__(self) -> None:
        self.members: list[list[StoryItem]] = []
        self._of_party: defaultdict[str, list[int]] = defaultdict(list)
        self._copies = CopyIndex()
        self._group_of: list[int] = []

    def copied(self, item: StoryItem) -> int | None:
        """The story that holds the text of which this is a near copy."""
        near = self._copies.near(item.signature)
        return self._group_of[near[0][1]] if near else None

    def told(self, item: StoryItem) -> int | None:
        """The first story, still open, that tells of the same happening."""
        numbers = sorted({n for party in _parties(item) for n in self._still_open(party, item.published_at)})
        return next((n for n in numbers if any(related(item, m) for m in self.members[n])), None)

    def _still_open(self, party: str, now: datetime) -> list[int]:
        """The stories of a party that began within `SPAN`; the others are forgotten, as time only runs forward."""
        kept = [n for n in self._of_party[party] if now - self.members[n][0].published_at <= SPAN]
        self._of_party[party] = kept
        return kept

    def put(self, item: StoryItem, number: int | None) -> None:
        if number is None:
            self.members.append([])
            number = len(self.members) - 1
        self.members[number].append(item)
        for party in _parties(item):
            if number not in self._of_party[party]:
                self._of_party[party].append(number)
        self._copies.add(item.signature)
        self._group_of.append(number)


def group(items: Iterable[StoryItem]) -> tuple[StoryGroup, ...]:
    """The stories, by publication of their first document. A document without claims is in none, unless it is a near
    copy of one that has some; a document whose happening nobody else tells is a story of its own."""
    ordered = sorted(items, key=_order)
    groups = _Groups()
    for item in ordered:
        if item.claim_keys:
            copied = groups.copied(item)
            groups.put(item, groups.told(item) if copied is None else copied)
    for item, number in [(i, groups.copied(i)) for i in ordered if not i.claim_keys]:
        if number is not None:
            groups.members[number].append(item)
    found = [sorted(members, key=_order) for members in groups.members]
    return tuple(
        StoryGroup(story_id(members[0].document_id), tuple(m.document_id for m in members))
        for members in sorted(found, key=lambda members: _order(members[0]))
    )


def story_id(first_document_id: str) -> str:
    """16 hex digits that stand for the story which begins with this document."""
    return hashlib.sha256(f"story:{first_document_id}".encode()).hexdigest()[:16]
