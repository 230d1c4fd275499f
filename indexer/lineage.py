"""Who wrote a text first and who copied it, and the stories with their independent voices. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from indexer.model import ClaimRecord, DocumentRecord, Story
from nlp.model import Claim
from nlp.stories import ClaimKey, CopyIndex, StoryGroup, StoryItem, group


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyItem:
    """A document as comparing sees it. `published_at` is aware; `signature` is the MinHash, empty if there is none."""

    document_id: str
    url: str
    published_at: datetime
    signature: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CopySet:
    """The document that was published first, and its near copies by publication, then address. One voice."""

    first: str
    copies: tuple[str, ...]


def copies(items: Iterable[CopyItem]) -> tuple[CopySet, ...]:
    """The texts that were published more than once, by first publication (ties by address).

    A copy is compared with first publications alone, so likeness does not creep from copy to copy.
    """
    index, firsts = CopyIndex(), list[CopyItem]()
    found: defaultdict[str, list[str]] = defaultdict(list)
    for item in sorted(items, key=lambda i: (i.published_at, i.url, i.document_id)):
        near = index.near(item.signature)
        if near:
            found[firsts[near[0][1]].document_id].append(item.document_id)
        else:
            index.add(item.signature)
            firsts.append(item)
    return tuple(CopySet(f.document_id, tuple(found[f.document_id])) for f in firsts if f.document_id in found)


def stories(documents: Iterable[DocumentRecord], claims: Iterable[ClaimRecord]) -> tuple[Story, ...]:
    """The stories of the record, by their first document.

    A document without a date of publication counts from when it was fetched first. What a claim tells as background
    does not make two documents one story.
    """
    known = {d.document.id: d for d in documents}
    told: defaultdict[str, list[Claim]] = defaultdict(list)
    for record in claims:
        told[record.document_id].append(record.claim)
    groups = group(_item(d, told[d.document.id]) for d in known.values())
    return tuple(_story(g, [known[i] for i in g.document_ids], told) for g in groups)


def _when(record: DocumentRecord) -> datetime:
    return record.document.published_at or record.first_fetched_at


def _parties(claim: Claim) -> tuple[str | None, str | None]:
    """Actor and target; the network that a name points to counts where a wrong number is printed, a place where no
    network is said."""
    meant = dict(claim.likely)
    return meant.get("actor", claim.actor), meant.get("target", claim.target) or claim.place


def _entities(claims: Iterable[Claim]) -> frozenset[str]:
    return frozenset(e for c in claims for e in (*_parties(c), c.actor, c.target, c.place) if e)


def _item(record: DocumentRecord, claims: Sequence[Claim]) -> StoryItem:
    news = [c for c in claims if not c.background]
    keys: set[ClaimKey] = {(c.type, *_parties(c)) for c in news if any(_parties(c))}
    return StoryItem(
        document_id=record.document.id,
        published_at=_when(record),
        entity_ids=_entities(news),
        claim_keys=frozenset(keys),
        signature=record.document.signature,
        lang=record.document.lang,
    )


def _voices(records: Sequence[DocumentRecord]) -> int:
    """Publishers with words of their own: a site counts once, and not for a copy of another's text."""
    sets = copies(
        CopyItem(document_id=r.document.id, url=r.document.url, published_at=_when(r), signature=r.document.signature)
        for r in records
    )
    copied = {i for s in sets for i in s.copies}
    return len({urlsplit(r.document.url).hostname for r in records if r.document.id not in copied})


def _title(records: Sequence[DocumentRecord], told: dict[str, list[Claim]]) -> str:
    """That of the first document which leads with what most documents of the story tell."""
    news = [sorted((c for c in told[r.document.id] if not c.background), key=lambda c: c.quote_span) for r in records]
    keys: list[list[ClaimKey]] = [[(c.type, *_parties(c)) for c in claims if any(_parties(c))] for claims in news]
    ranked = []
    for key in {k for made in keys for k in made}:
        tellers = [place for place, made in enumerate(keys) if key in made]
        leaders = [place for place in tellers if keys[place][0] == key]
        ranked.append((-len(tellers), not leaders, (leaders or tellers)[0], repr(key)))
    return records[min(ranked)[2] if ranked else 0].document.title


def _story(found: StoryGroup, records: Sequence[DocumentRecord], told: dict[str, list[Claim]]) -> Story:
    return Story(
        id=found.id,
        title=_title(records, told),
        start=_when(records[0]),
        end=_when(records[-1]),
        document_ids=found.document_ids,
        entity_ids=tuple(sorted(_entities(c for i in found.document_ids for c in told[i]))),
        voices=_voices(records),
    )
