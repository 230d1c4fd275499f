"""What the outside world becomes: a source is polled, a response is a capture, a page's content is a document.

Every time is an aware `datetime` in UTC. `fetched_at` is our clock, `published_at` the source's word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class SourceKind(StrEnum):
    """How a source lists its pages."""

    FEED = "feed"
    SITEMAP = "sitemap"
    LISTING = "listing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One row of the catalogue (`sources.toml`).

    `language` and `country` are None where they differ from page to page. `reexport` says whether the text may leave
    the record in an export. `gateway` is an HTTP proxy through which the source's names are reached: an explicit
    allowance, and the only way to an address on this machine or in a private network. `note` is what readers must be
    told of its texts wherever they are shown.
    """

    id: str
    name: str
    kind: SourceKind
    url: str
    role: str
    licence: str
    reexport: bool = False
    country: str | None = None
    language: str | None = None
    gateway: str | None = None
    note: str | None = None
    poll_min_s: int = 900
    poll_max_s: int = 86_400


class ResourceKind(StrEnum):
    """What a request is for."""

    LISTING = "listing"  # a feed, a sitemap or a listing page: it names pages
    PAGE = "page"


class Outcome(StrEnum):
    """How a fetch ended; each fetch ends in exactly one."""

    FETCHED = "fetched"  # a body that was not known
    UNCHANGED = "unchanged"  # 304, or the body that is known already
    GONE = "gone"  # 410, or 404 on as many probes as the frontier asks for
    FAILED = "failed"  # an HTTP error, a broken or oversized body
    UNREACHABLE = "unreachable"  # no answer
    REFUSED = "refused"  # by robots.txt or by the guard; nothing was sent


@dataclass(frozen=True, slots=True)
class WarcRef:
    """Where a record lies: `file` relative to the archive's folder, `offset` and `length` in compressed bytes."""

    file: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """One answer as it was received, or one attempt that had no answer (`warc` and `status` are None then).

    `id` is the UUID of the WARC response or revisit record. `payload_digest` is `sha256:<hex>` of the decoded body.
    `location` is the target of the redirect that was followed last; `error` is for people.
    """

    id: str
    url: str
    source_id: str
    kind: ResourceKind
    outcome: Outcome
    fetched_at: datetime
    status: int | None = None
    content_type: str | None = None
    payload_digest: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    location: str | None = None
    warc: WarcRef | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a listing says of one page, before the page itself is fetched."""

    url: str
    source_id: str
    title: str | None = None
    published_at: datetime | None = None
    summary: str | None = None
    author: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """What is known of a source between polls. `failures` counts polls in a row that gave no listing."""

    source_id: str
    next_poll_at: datetime
    interval_s: float
    etag: str | None = None
    last_modified: str | None = None
    failures: int = 0
    last_outcome: Outcome | None = None
    last_error: str | None = None
    last_polled_at: datetime | None = None
    last_ok_at: datetime | None = None
    last_new_at: datetime | None = None
    moved_to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageState:
    """What is known of a page between fetches.

    `next_fetch_at` is None when the page is not looked at again. `checks` counts answers (200, 304, 404, 410),
    `failures` attempts in a row without one, `gone_probes` 404s in a row.
    """

    url: str
    source_id: str
    entry: Entry
    next_fetch_at: datetime | None
    etag: str | None = None
    last_modified: str | None = None
    payload_digest: str | None = None
    checks: int = 0
    failures: int = 0
    gone_probes: int = 0
    last_outcome: Outcome | None = None
    last_error: str | None = None
    last_fetched_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchJob:
    """A request that is due: the source's listing or one of its pages, conditional where validators are known."""

    url: str
    source_id: str
    kind: ResourceKind
    etag: str | None = None
    last_modified: str | None = None
    known_digest: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchResult:
    """How a job ended: its capture, already in the archive where there was an answer, and what a listing listed.

    `moved` says that the job's address led elsewhere by permanent redirects (301, 308) alone.
    """

    job: FetchJob
    capture: Capture
    entries: tuple[Entry, ...] = ()
    retry_after_s: float | None = None
    moved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A page's content at one version.

    `id` depends on the canonical address alone, so it is stable over versions. `provenance` says for `title`,
    `author`, `published_at`, `lang` and `text` where each came from; a value ending in `guess` is one.
    `published_precision` is `second`, `minute` or `day`. `content_hash` is over title and text with white space folded.
    `signature` is the MinHash of the text, `FINGERPRINT_SIZE` 32-bit integers, empty for a text too short to compare.
    """

    id: str
    version: int
    url: str
    source_id: str
    capture_id: str
    title: str
    text: str
    lang: str | None
    published_at: datetime | None
    published_precision: str | None
    fetched_at: datetime
    content_hash: str
    author: str | None = None
    signature: tuple[int, ...] = ()
    provenance: Mapping[str, str] = field(default_factory=dict)


class RevisionKind(StrEnum):
    EDITED = "edited"
    REMOVED = "removed"
    RESTORED = "restored"


@dataclass(frozen=True, slots=True)
class Change:
    """One step of a difference by sentence: `op` is `equal`, `delete`, `insert` or `replace`; "" where a side has
    none.
    """

    op: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What happened to a document between two looks; `changes` is empty for a removal."""

    document_id: str
    kind: RevisionKind
    from_version: int
    to_version: int
    capture_id: str
    at: datetime
    changes: tuple[Change, ...] = ()
