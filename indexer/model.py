"""What the join makes: verdicts with their evidence, stories, timelines, and what search gives back.

Every time is an aware `datetime` in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from crawler.model import Document
from crawler.routing.model import Coverage
from nlp.model import Claim


class VerdictKind(StrEnum):
    """What routing data say of a claim. Not seen is not false: see `CONTRADICTED`."""

    CONFIRMED = "confirmed"
    CORRECTED = "corrected"  # it happened, and a stated AS number, time, prefix or place is wrong
    PARTLY = "partly"
    CONTRADICTED = "contradicted"  # vantage points could have seen it, without a gap, and did not
    NOT_OBSERVABLE = "not_observable"  # routing data cannot say
    NO_DATA = "no_data"


@dataclass(frozen=True, slots=True)
class Correction:
    """What is wrong in a claim: `field` is `actor`, `target`, `time`, `prefix` or `place`; both values as in a
    claim.
    """

    field: str
    stated: str
    actual: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the evidence says of one claim.

    `reasons` are whole sentences for people, the deciding one first. `delta_s` is observed minus claimed start in
    seconds, at the claim's own precision (None where one of them is missing). `events` are ids of routing events.
    """

    claim_id: str
    verdict: VerdictKind
    reasons: tuple[str, ...]
    correction: Correction | None = None
    delta_s: int | None = None
    prefixes_matched: int | None = None
    prefixes_total: int | None = None
    peers_seen: int | None = None
    peers_total: int | None = None
    events: tuple[str, ...] = ()
    coverage: Coverage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRecord:
    """A claim in the record. `id` is unique over all documents and stays while document, parties, type and quote do."""

    id: str
    document_id: str
    document_version: int
    claim: Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRecord:
    """A document as it stands: its newest version, how many there are, and when it was found removed (None: it stands).

    `first_fetched_at` is when the first version was fetched.
    """

    document: Document
    versions: int
    first_fetched_at: datetime
    removed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Documents on one happening. `voices` counts independent publishers: syndicated copies are one voice."""

    id: str
    title: str
    start: datetime
    end: datetime
    document_ids: tuple[str, ...]
    entity_ids: tuple[str, ...]
    voices: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """One thing on an entity's axis. `kind` is `document`, `claim`, `event`, `revision` or `verdict`.

    `end` is None for a moment or for what goes on; `ongoing` tells them apart. `verdict` is that of a claim.
    `parent_id` is the document of a claim, a verdict or a revision.
    """

    time: datetime
    kind: str
    id: str
    title: str
    end: datetime | None = None
    ongoing: bool = False
    verdict: VerdictKind | None = None
    parent_id: str | None = None
    url: str | None = None


class Kind(StrEnum):
    """What the index holds."""

    DOCUMENT = "document"
    CLAIM = "claim"
    EVENT = "event"
    STORY = "story"


@dataclass(frozen=True, slots=True)
class ChangeLogEntry:
    """One change of the record that the index must follow. `seq` grows; the thing may be gone by now."""

    seq: int
    kind: Kind
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexDoc:
    """One thing as the index holds it: made from the record alone, so that the index can be lost.

    `asns` are integers; `countries` ISO 3166-1 alpha-2; `types` claim types or an event's kind; `time` is the
    published (or fetched), claimed or first-seen time. `entities` are ids. `related` are ids of the events or documents
    it is joined with.
    """

    kind: Kind
    id: str
    title: str
    body: str
    time: datetime
    url: str | None = None
    lang: str | None = None
    source: str | None = None
    document_id: str | None = None
    verdicts: tuple[VerdictKind, ...] = ()
    asns: tuple[int, ...] = ()
    countries: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()
    related: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One result. `snippet` is plain text; `highlights` are (start, end) offsets into it."""

    kind: Kind
    id: str
    title: str
    url: str | None
    time: datetime
    score: float
    snippet: str
    highlights: tuple[tuple[int, int], ...] = ()
    verdict: VerdictKind | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """A page of hits, best first, the count of all that match, and per facet its values with counts, commonest
    first.
    """

    hits: tuple[Hit, ...]
    total: int
    facets: Mapping[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A digest that somebody gets: what matches `query`, every `every_days` days, to `recipient`."""

    id: str
    query: str
    recipient: str
    every_days: int = 7
    title: str = ""


class Work(StrEnum):
    """The kinds of work that the record can say is due."""

    POLL = "poll"  # a source; by the clock
    FETCH = "fetch"  # a page; by the clock
    EXTRACT = "extract"  # a page's capture without a document
    ANNOTATE = "annotate"  # a document's newest version without an annotation of this pipeline version
    DETECT = "detect"  # a routing archive whose files or detector changed
    GROUP = "group"  # annotations newer than the stories; one key, `stories`
    VERIFY = "verify"  # a claim without a verdict on today's evidence
    DIGEST = "digest"  # a subscription's period that is over and was not sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """The versions of the code that makes results; what another version made is due again."""

    extractor: str
    pipeline: str
    detector: str
    judge: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Work that failed: how often in a row, why, and when it is tried again (None: quarantined until a person says
    so).
    """

    work: Work
    key: str
    attempts: int
    error: str
    at: datetime
    retry_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveRecord:
    """A routing archive that is watched: its folder and window.

    `fingerprint` hashes the names and sizes of its files, `detector` is the version that made its events; both None
    before the first detection. `coverage` is None then too.
    """

    id: str
    path: str
    start: datetime
    end: datetime
    fingerprint: str | None = None
    detector: str | None = None
    coverage: Coverage | None = None
