"""The JSON of the API, as `/openapi.json` tells it. Times are ISO 8601 in UTC with `Z`; None is "not known"."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field


class HitOut(BaseModel):
    """One result. `highlights` are (start, end) code points of `snippet`."""

    kind: str
    id: str
    title: str
    url: str | None
    time: str
    score: float
    snippet: str
    verdict: str | None = Field(description="the verdict of a document's leading claim, or a claim's own")
    source: str | None
    highlights: list[tuple[int, int]]


class FacetValue(BaseModel):
    value: str
    count: int


class EntityHit(BaseModel):
    id: str
    name: str


class SearchOut(BaseModel):
    """A page of hits, best first, and per facet its values with counts. `entities` are those of the record that the
    whole query names.
    """

    query: str
    total: int
    entities: list[EntityHit]
    hits: list[HitOut]
    facets: dict[str, list[FacetValue]]


class CorrectionOut(BaseModel):
    field: str
    stated: str
    actual: str


class GapOut(BaseModel):
    """A span for which a collector's data are missing."""

    collector: str
    start: str
    end: str
    reason: str


class CoverageOut(BaseModel):
    """How many collectors could have seen it, and what they missed."""

    collectors: int
    gaps: list[GapOut]


class VerdictOut(BaseModel):
    """What the evidence says of a claim; `delta_s` is observed minus claimed start."""

    claim_id: str
    verdict: str
    reasons: list[str]
    correction: CorrectionOut | None
    delta_s: int | None
    prefixes_matched: int | None
    prefixes_total: int | None
    peers_seen: int | None
    peers_total: int | None
    events: list[str]
    coverage: CoverageOut


class ClaimOut(BaseModel):
    """A claim with its verdict (None: not judged yet). `quote_span` counts code points of the document's text."""

    id: str
    document_id: str
    document_version: int
    type: str
    actor: str | None
    target: str | None
    other: list[str]
    place: str | None
    start_utc: str | None
    end_utc: str | None
    precision: str | None
    polarity: str
    modality: str
    attribution: list[str]
    quote: str
    quote_span: tuple[int, int]
    quantity: str | None
    exclusive: bool
    first_ever: bool
    background: bool
    likely: dict[str, str]
    verdict: VerdictOut | None


class MentionOut(BaseModel):
    """A mention; `id` None is "not linked", `reason` says how the link was made."""

    text: str
    type: str
    id: str | None
    start: int
    end: int
    reason: str
    score: float
    country: str | None
    candidates: list[str]
    likely: str | None


class TimeOut(BaseModel):
    """A time expression, what it means and why."""

    text: str
    start: int
    end: int
    start_utc: str | None
    end_utc: str | None
    granularity: str | None
    tz: str | None
    why: str


class CaptureOut(BaseModel):
    """An answer as it was received, and the WARC record that holds it."""

    id: str
    url: str
    outcome: str
    fetched_at: str
    status: int | None
    content_type: str | None
    payload_digest: str | None
    warc_file: str | None
    warc_offset: int | None
    warc_length: int | None


class ChangeOut(BaseModel):
    op: str
    before: str
    after: str


class RevisionOut(BaseModel):
    """What happened to a document between two looks; `kind` is edited, removed or restored."""

    kind: str
    from_version: int
    to_version: int
    at: str
    capture_id: str
    changes: list[ChangeOut]


class DocumentOut(BaseModel):
    """A document's newest version with all that was found in it."""

    id: str
    version: int
    versions: int
    url: str
    source: str
    title: str
    text: str
    lang: str | None
    author: str | None
    published_at: str | None
    published_precision: str | None
    first_fetched_at: str
    fetched_at: str
    removed_at: str | None
    provenance: dict[str, str]
    capture_id: str
    captures: list[CaptureOut]
    revisions: list[RevisionOut]
    relevant: bool | None = Field(description="None: not read yet")
    entities: list[MentionOut]
    times: list[TimeOut]
    claims: list[ClaimOut]
    stories: list[str]


class EvidenceOut(BaseModel):
    """One route that bears an event out, and the MRT record that holds it; an AS_SET is a list inside the path."""

    file: str
    record: int
    collector: str
    peer_asn: int
    peer_ip: str
    prefix: str
    observed_at: str
    as_path: list[int | list[int]]


class EventOut(BaseModel):
    """A routing event; `last_seen` None: still so when the data end."""

    model_config = {"extra": "allow"}

    id: str
    kind: str
    prefixes: list[str]
    origin_asn: int | None
    upstream_asn: int | None
    offender_asn: int | None
    countries: list[str]
    first_seen: str
    last_seen: str | None
    peers_seen: int
    peers_total: int
    collectors: list[str]
    rpki: str
    gaps: list[GapOut]
    evidence: list[EvidenceOut]
    title: str
    claims: list[str] = Field(description="ids of the claims whose verdict rests on it")
    articles: list[dict[str, Any]] = Field(description="the articles that explain it, best first")


class EntityOut(BaseModel):
    """An entity; `aliases` are the names that texts may use for it."""

    id: str
    name: str
    kind: str
    country: str | None
    aliases: list[str]
    note: str
    timeline: str = Field(description="the address of its timeline")


class EntryOut(BaseModel):
    """One thing on the axis; `end` None: a moment, or still going on. `time_of` says whose time it is: its kind's, or
    `article` for a claim that says none.
    """

    time: str
    time_of: str
    end: str | None
    kind: str
    id: str
    title: str
    verdict: str | None
    parent_id: str | None
    url: str | None


class TimelineOut(BaseModel):
    """Oldest first."""

    entity_id: str
    entries: list[EntryOut]


class StoryOut(BaseModel):
    """Documents on one happening; `voices` counts independent publishers. `copies` maps the document that was
    published first to its near copies.
    """

    id: str
    title: str
    start: str
    end: str
    document_ids: list[str]
    entity_ids: list[str]
    voices: int
    verdicts: dict[str, int]
    copies: dict[str, list[str]]
