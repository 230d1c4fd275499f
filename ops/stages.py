"""What is done for each kind of due work: read the record, compute, save once. Twice is the same as once.

A stage knows nothing of who calls it: a pool on this machine does today, a task queue can with the same ids.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.errors import Permanent
from crawler.model import Capture, Document, Outcome, Source
from crawler.routing.model import RoutingView
from crawler.versions import DETECTOR, EXTRACTOR
from indexer.model import ArchiveRecord, ClaimRecord, DocumentRecord, Story, Work
from indexer.record.protocol import Record
from nlp.model import Text
from ops.settings import Settings

if TYPE_CHECKING:
    from nlp.pipeline import Pipeline

STAGES = (Work.EXTRACT, Work.DETECT, Work.ANNOTATE, Work.VERIFY, Work.GROUP)
"""The work of a worker, in the order in which one stage feeds the next; crawling and digests have their own hosts."""


class Stages:
    """Does the work; what is costly to load is loaded when it is first needed."""

    def __init__(self, record: Record, settings: Settings, sources: Mapping[str, Source]) -> None:
        self.record = record
        self.settings = settings
        self.archive_dir = settings.archive_dir
        self.sources = sources
        self._do: Mapping[Work, Callable[[str, datetime], None]] = {
            Work.EXTRACT: self.extract,
            Work.ANNOTATE: self.annotate,
            Work.DETECT: self.detect,
            Work.VERIFY: self.verify,
            Work.GROUP: self.group,
        }

    @cached_property
    def pipeline(self) -> Pipeline:
        from nlp.pipeline import Pipeline

        return Pipeline()

    def do(self, work: Work, key: str, now: datetime) -> None:
        """Does one piece. Raises `Transient` for what may succeed later, `Permanent` for what will not."""
        self._do[work](key, now)

    # -- a capture becomes a document, a new version of one, or a removal -------------------------------------------
    def extract(self, capture_id: str, now: datetime) -> None:
        capture = self.record.capture(capture_id)
        if capture is None:
            raise Permanent("the record has no such capture", subject=capture_id, remedy="run `routewire check`")
        if capture.outcome is Outcome.GONE:
            self._remove(capture)
        else:
            self._read(capture)

    def _remove(self, capture: Capture) -> None:
        from crawler.revisions import removed

        document_id = self.record.document_id_of(capture.url)
        known = self.record.document(document_id) if document_id else None
        if known is None or known.removed_at is not None:
            self.record.save_document(capture.id, EXTRACTOR, None, None, "gone, and no document stood")
        else:
            self.record.save_document(capture.id, EXTRACTOR, None, removed(known.document, capture))

    def _read(self, capture: Capture) -> None:
        from crawler.archive import read_capture
        from crawler.extract import extract
        from crawler.revisions import restored, revise

        if capture.warc is None:
            raise Permanent("the capture has no bytes", subject=capture.url, remedy="fetch it again")
        _, body = read_capture(self.archive_dir, capture.warc)
        document = extract(capture, body, self.record.entry(capture.url))
        known = self.record.document(document.id)
        if known is None:
            self.record.save_document(capture.id, EXTRACTOR, document, None)
            return
        document = replace(document, version=known.document.version + 1)
        if document.content_hash != known.document.content_hash:
            revision = revise(known.document, document, capture.fetched_at)
            self.record.save_document(capture.id, EXTRACTOR, document, revision)
        elif known.removed_at is not None:
            self.record.save_document(capture.id, EXTRACTOR, None, restored(known.document, capture))
        else:
            self.record.save_document(capture.id, EXTRACTOR, None, None, "the same content")

    # -- a document is read ------------------------------------------------------------------------------------------
    def annotate(self, document_id: str, now: datetime) -> None:
        known = self.record.document(document_id)
        if known is None:
            raise Permanent("the record has no such document", subject=document_id, remedy="run `routewire check`")
        document = known.document
        annotation = self.pipeline.annotate(self._text(document))
        self.record.save_annotation(document_id, document.version, annotation)

    def _text(self, document: Document) -> Text:
        source = self.sources.get(document.source_id)
        return Text(
            id=document.id,
            text=document.text,
            title=document.title,
            url=document.url,
            published=document.published_at,
            published_precision=document.published_precision,
            lang=document.lang,
            country=source.country if source else None,
        )

    # -- routing -----------------------------------------------------------------------------------------------------
    def detect(self, archive_id: str, now: datetime) -> None:
        from crawler.monitors.registry import is_address

        archive = next((a for a in self.record.archives() if a.id == archive_id), None)
        if archive is None:
            raise Permanent("the record has no such archive", subject=archive_id, remedy="run `routewire check`")
        mark, view = self._asked(archive) if is_address(archive.path) else self._observed(archive)
        done = replace(archive, fingerprint=mark, detector=DETECTOR, coverage=view.coverage)
        self.record.save_detection(done, view)

    def _observed(self, archive: ArchiveRecord) -> tuple[str, RoutingView]:
        from crawler.routing.archive.collectors import fingerprint
        from crawler.routing.observe import observe
        from crawler.routing.reference.known import Reference
        from crawler.routing.reference.snapshots import FOLDER

        folder = Path(archive.path)
        mark = fingerprint(folder)
        reference = Reference.load(self.settings.data_dir / FOLDER)
        return mark, observe(folder, archive.start, archive.end, reference=reference, settings=self.settings.detect)

    def _asked(self, archive: ArchiveRecord) -> tuple[str | None, RoutingView]:
        """A monitor that gives nothing for now raises `Transient`: it is asked again, and what it told stays."""
        from crawler.monitors.registry import open_monitor, parse_address
        from crawler.routing.reference.known import Reference
        from crawler.routing.reference.snapshots import FOLDER

        settings = self.settings
        name, question = parse_address(archive.path, archive.start, archive.end)
        opened = open_monitor(
            name,
            token=settings.radar_token.get_secret_value() if settings.radar_token else None,
            user_agent=settings.user_agent,
            reference=Reference.load(settings.data_dir / FOLDER),
            thresholds=settings.detect,
        )
        with opened as monitor:
            return archive.fingerprint, monitor.view(question)

    def verify(self, claim_id: str, now: datetime) -> None:
        from crawler.routing.reference.known import Reference
        from crawler.routing.reference.snapshots import FOLDER
        from indexer.lookup import Lookup
        from indexer.verdict import JUDGE_VERSION, judge, scope

        known = self.record.claim(claim_id)
        if known is None:
            return  # the document was read anew meanwhile, and says so no longer
        evidence = self.record.evidence_version()
        view: RoutingView = self.record.view(*scope([known.claim]))
        lookup = Lookup(view, Reference.load(self.settings.data_dir / FOLDER).networks)
        self.record.save_verdict(judge(claim_id, known.claim, lookup), JUDGE_VERSION, evidence)

    # -- stories -----------------------------------------------------------------------------------------------------
    def group(self, _key: str, now: datetime) -> None:
        from indexer.lineage import stories

        documents: list[DocumentRecord] = list(self.record.all_documents())
        claims: list[ClaimRecord] = list(self.record.all_claims())
        found: tuple[Story, ...] = stories(documents, claims)
        self.record.save_stories(found)
