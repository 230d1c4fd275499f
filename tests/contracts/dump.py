"""What two records must have in common when they saw the same world, however often their workers were killed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from indexer.record.codec import dumps
from indexer.record.protocol import Record
from indexer.record.sql import SqlRecord

Dump = Mapping[str, Any]

_OUR_CLOCK = ("fetched_at", "capture_id", "at")


def logical_dump(record: SqlRecord) -> Dump:
    """A canonical form of the record without our own clock: no lease, `seq`, capture id, WARC offset or fetch time.

    A story's span is left out where one of its documents has no published time, for our clock stands in then.
    """
    documents = sorted(record.all_documents(), key=lambda known: known.document.id)
    ids = [known.document.id for known in documents]
    dated = {known.document.id for known in documents if known.document.published_at is not None}
    claims = sorted(record.all_claims(), key=lambda known: known.id)
    whole = record.view((), (), ())
    stories = {story.id: story for name in ids for story in record.stories_of(name)}
    return {
        "pages": sorted({_said(c) for name in ids for c in _captures(record, name)}),
        "documents": {
            known.document.id: {
                "removed": known.removed_at is not None,
                "versions": [_version(record, known.document.id, n + 1) for n in range(known.versions)],
                "revisions": [_plain(revision, _OUR_CLOCK) for revision in record.revisions(known.document.id)],
                "annotation": _plain(record.annotation(known.document.id)),
            }
            for known in documents
        },
        "claims": {known.id: _plain(known) for known in claims},
        "verdicts": {known.id: _plain(record.verdict(known.id)) for known in claims},
        "events": {event.id: _plain(event) for event in whole.events},
        "spells": [_plain(spell) for spell in whole.spells],
        "coverage": _plain(whole.coverage),
        "networks": {str(asn): country for asn, country in sorted(whole.countries.items())},
        "archives": {a.id: [a.fingerprint is not None, a.detector] for a in record.archives()},  # it has file times
        "evidence": record.evidence_version(),
        "stories": {
            name: _plain(story, () if dated.issuperset(story.document_ids) else ("start", "end"))
            for name, story in sorted(stories.items())
        },
        "subscriptions": [_plain(subscription) for subscription in record.subscriptions()],
        "failures": sorted(f"{failure.work} {failure.key}" for failure in record.failures()),
        "changed": sorted({f"{change.kind} {change.id}" for change in record.changes(0, 1_000_000)}),
    }


def _captures(record: Record, document_id: str) -> Iterable[Any]:
    return (c for c in record.captures_of(document_id) if c.outcome in ("fetched", "gone"))


def _said(capture: Any) -> tuple[str, ...]:
    return (capture.url, capture.outcome.value, str(capture.status), str(capture.payload_digest))


def _version(record: Record, document_id: str, version: int) -> Any:
    known = record.document(document_id, version)
    return None if known is None else _plain(known.document, _OUR_CLOCK)


def _plain(value: object, without: Iterable[str] = ()) -> Any:
    if value is None:
        return None
    plain = json.loads(dumps(value))
    return {name: part for name, part in plain.items() if name not in set(without)}
