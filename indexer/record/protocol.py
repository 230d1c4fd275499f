"""The record: the one truth. Everything else (index, broker, caches) can be lost and made again from it.

How work goes: `due` names keys whose work has no up-to-date result in the record, `lease` gives one to a worker, the
worker does it and saves its result with one `save_*` call, which is one transaction and makes the key no longer due.
Doing it twice saves the same rows. A worker that dies leaves a lease that runs out and a key that is still due. `fail`
puts a key off, or into quarantine where it stays visible.

How the index follows: each `save_*` appends the things it changed to a change log in the same transaction. `changes`
reads it in order; an index stores the last `seq` that it holds and asks for what came after. A thing that changed twice
is read once in its newest state; a thing that is gone is deleted from the index.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from crawler.model import Capture, Document, Entry, PageState, Revision, SourceState
from crawler.routing.model import RoutingEvent, RoutingView
from indexer.model import (
    ArchiveRecord,
    ChangeLogEntry,
    ClaimRecord,
    DocumentRecord,
    Failure,
    Story,
    Subscription,
    TimelineEntry,
    Verdict,
    Work,
)
from nlp.model import Annotation


class Record(Protocol):
    """One record. Methods raise `Transient` when the database is away or busy beyond its time-out."""

    # -- work -------------------------------------------------------------------------------------------------------
    def due(self, work: Work, now: datetime, limit: int = 1000) -> Sequence[str]:
        """Keys that are due, the longest due first; leased, put-off and quarantined ones are left out."""

    def lease(self, work: Work, key: str, owner: str, now: datetime, seconds: float) -> bool:
        """True if `owner` now holds the key until `now + seconds`; False if another's lease has not run out."""

    def release(self, work: Work, key: str, owner: str) -> None:
        """Gives a lease back; nothing happens if it is not `owner`'s."""

    def lease_owners(self) -> Sequence[str]:
        """Who holds leases, run out or not."""

    def release_all(self, owner: str) -> None:
        """Gives back all that `owner` holds: for an owner that is known to be gone."""

    def fail(self, work: Work, key: str, error: str, now: datetime, retry_at: datetime | None) -> None:
        """Counts a failure; None for `retry_at` quarantines the key."""

    def failures(self) -> Sequence[Failure]:
        """What is put off or in quarantine, newest first. A later success of the key takes it off."""

    def retry(self, work: Work, key: str) -> None:
        """Makes a failed key due at once."""

    # -- crawling ---------------------------------------------------------------------------------------------------
    def sources(self) -> Mapping[str, SourceState]: ...

    def put_source(self, state: SourceState) -> None:
        """Inserts or replaces what is known of a source (a new source, one paused by a person)."""

    def pages(self, urls: Iterable[str]) -> Mapping[str, PageState]: ...

    def save_poll(self, state: SourceState, capture: Capture, new_pages: Iterable[PageState]) -> Sequence[PageState]:
        """A poll of a listing: its capture, the source's next state, and the pages not known before, which are
        returned.
        """

    def save_fetch(self, state: PageState, capture: Capture) -> None:
        """A fetch of a page: its capture and the page's next state. A capture with `outcome` `gone` is due to
        extract too: that is how a removal reaches the document.
        """

    def save_capture(self, capture: Capture, entry: Entry | None = None) -> None:
        """A capture that no poll asked for (ingested from somebody's WARC); a page's capture is due to extract."""

    def capture(self, capture_id: str) -> Capture | None: ...

    def last_body(self, url: str) -> Capture | None:
        """The newest capture of the address that came with a new body."""

    def entry(self, url: str) -> Entry | None:
        """What a listing said of the page at `url`."""

    # -- documents --------------------------------------------------------------------------------------------------
    def save_document(
        self,
        capture_id: str,
        extractor: str,
        document: Document | None,
        revision: Revision | None,
        note: str | None = None,
    ) -> None:
        """The result of extracting a capture. `document` None: nothing new (a removal, the same content, no
        article; `note` says which). A document of a known id must have the next version: `Transient` if another
        worker has saved it meanwhile. A removal comes as `revision` alone. Raises `Permanent` for an unknown capture.
        """

    def document(self, document_id: str, version: int | None = None) -> DocumentRecord | None:
        """`version` None: the newest."""

    def document_id_of(self, url: str) -> str | None:
        """The document that was made from the page at `url` (as fetched or canonical)."""

    def revisions(self, document_id: str) -> Sequence[Revision]: ...

    def captures_of(self, document_id: str) -> Sequence[Capture]: ...

    # -- reading ----------------------------------------------------------------------------------------------------
    def save_annotation(self, document_id: str, version: int, annotation: Annotation) -> None:
        """Replaces the document's annotation, mentions and claims. Claims that stay keep their id and verdict; one
        that says another time, polarity or the like is due to verify again. A version that is no longer the newest
        is passed over. Raises `Permanent` for one that the record does not have.
        """

    def annotation(self, document_id: str) -> Annotation | None: ...

    def claims_of(self, document_id: str) -> Sequence[ClaimRecord]: ...

    def claim(self, claim_id: str) -> ClaimRecord | None: ...

    def all_claims(self) -> Iterable[ClaimRecord]: ...

    def claims_about(self, entity_ids: Iterable[str], start: datetime, end: datetime) -> Sequence[ClaimRecord]:
        """The claims that have one of these as a party and stand on its axis at `start` <= time < `end`, by id."""

    # -- routing ----------------------------------------------------------------------------------------------------
    def put_archive(self, archive: ArchiveRecord) -> None:
        """Watches an archive. It is due to detect when it is new, or when its path, window or `fingerprint` is not
        what it was (None: leave the one that is known). `detector` and `coverage` are not looked at.
        """

    def archives(self) -> Sequence[ArchiveRecord]: ...

    def save_detection(self, archive: ArchiveRecord, view: RoutingView) -> None:
        """Replaces the events and spells of the archive. Every claim is then due for a verdict on today's evidence."""

    def event(self, event_id: str) -> RoutingEvent | None: ...

    def view(self, asns: Iterable[int], prefixes: Iterable[str], countries: Iterable[str]) -> RoutingView:
        """What all archives hold of these networks, as one view; nothing asked: of all networks. An event or a spell
        belongs to it by a network that is a party, by a prefix that overlaps, or by the country of its origin. The
        coverage spans all archives, their gaps included; a span between two of them is a gap of collector `*`. With
        no archive read, it is a window without length and without a collector.
        """

    # -- stories and verdicts ---------------------------------------------------------------------------------------
    def save_stories(self, stories: Iterable[Story]) -> None:
        """Replaces all stories; only those that changed go to the change log."""

    def story(self, story_id: str) -> Story | None: ...

    def stories_of(self, document_id: str) -> Sequence[Story]: ...

    def all_documents(self) -> Iterable[DocumentRecord]: ...

    def save_verdict(self, verdict: Verdict, judge: str, evidence: str) -> None:
        """`evidence` is what `evidence_version` said when the view was read. A claim that is gone by now is passed
        over: its document was read anew.
        """

    def verdict(self, claim_id: str) -> Verdict | None: ...

    def verdicts_of(self, document_id: str) -> Mapping[str, Verdict]: ...

    def claims_on_event(self, event_id: str) -> Sequence[ClaimRecord]:
        """Claims whose verdict names the event."""

    def evidence_version(self) -> str:
        """Changes whenever a detection changed events, spells or coverage."""

    # -- entities ---------------------------------------------------------------------------------------------------
    def knows_entity(self, entity_id: str) -> bool:
        """True if a document mentions it, a claim or an event has it as a party, or it is such a party's country."""

    def timeline(
        self, entity_id: str, start: datetime | None = None, end: datetime | None = None, limit: int | None = None
    ) -> Sequence[TimelineEntry]:
        """Oldest first, ties by kind and id; `start` <= time < `end`, and the first `limit` of them. A document stands
        at its published (else fetched) time, a claim at the time that it claims (else its document's), an event where
        it was first seen. A country's axis has the events of its networks. The kinds are `document`, `claim` (with
        its verdict), `event` and `revision` (its id `<document>/<number>`).
        """

    # -- digests ----------------------------------------------------------------------------------------------------
    def put_subscription(self, subscription: Subscription, since: datetime | None = None) -> None:
        """Inserts or replaces it. Periods are due from the one that `since` lies in (None: now), kept once set."""

    def subscriptions(self) -> Sequence[Subscription]: ...

    def begin_digest(self, subscription_id: str, start: datetime, end: datetime, owner: str, now: datetime) -> bool:
        """True once for a period: the caller sends. False if it was sent, or if somebody is sending it (for ten
        minutes, then it is thought dead). Raises `Permanent` for a subscription that the record does not have.
        """

    def end_digest(self, subscription_id: str, start: datetime, end: datetime, *, sent_at: datetime | None) -> None:
        """Marks the period as sent, or (None) gives it back after a failure."""

    # -- the index --------------------------------------------------------------------------------------------------
    def changes(self, after: int, limit: int) -> Sequence[ChangeLogEntry]:
        """The change log after `after`, in order, each thing once."""

    def last_change(self) -> int: ...

    def counts(self) -> Mapping[str, int]:
        """Rows by table, for the health page and the tests."""

    def close(self) -> None: ...
