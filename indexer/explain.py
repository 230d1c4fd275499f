"""Which articles explain a routing event: the way back from the table to the press."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from crawler.routing.model import EventKind, RoutingEvent
from indexer.claimtime import SLACK, Grain, claimed, length, stamp
from indexer.lookup import asns_of
from indexer.model import ClaimRecord, DocumentRecord, Verdict, VerdictKind
from indexer.record.protocol import Record
from indexer.telling import as_id
from nlp.model import Modality

# How well a claim explains an event that its verdict names.
NAMED = {
    VerdictKind.CONFIRMED: 1.0,
    VerdictKind.CORRECTED: 0.95,
    VerdictKind.PARTLY: 0.9,
    VerdictKind.CONTRADICTED: 0.6,
    VerdictKind.NOT_OBSERVABLE: 0.5,
    VerdictKind.NO_DATA: 0.5,
}
# What is taken off for a claim of another time than the event's start: it tells of what came after. A near claim goes
# before one that fits better but is hours off, and any of them before one that no verdict joins.
FAR = 0.08
# How well one does that was not joined with it: by its parties, its type and its time. Together less than `NAMED`.
ALL_PARTIES, ONE_PARTY, COUNTRY, TYPE_FITS, TIME_FITS = 0.25, 0.15, 0.1, 0.1, 0.1
# An article tells of an event from the day before (planned work) to two weeks after it.
TOLD_BEFORE, TOLD_AFTER = timedelta(days=1), timedelta(days=14)
# A claim stands at the first moment of its words, and those may be "in 2017".
TOLD_LONG_BEFORE = timedelta(days=366) + SLACK[Grain.YEAR] + TOLD_BEFORE

FITTING = {
    EventKind.UPSTREAM_ADDED: {
        "transit_added",
        "transit_state",
        "rerouting",
        "cable_activated",
        "agreement",
        "mitigation",
    },
    EventKind.UPSTREAM_REMOVED: {"transit_removed", "rerouting", "sanction_disconnect", "cable_cut", "peering_removed"},
    EventKind.ORIGIN_CHANGE: {"origin_hijack", "ownership_change", "mitigation"},
    EventKind.MOAS: {"origin_hijack", "mitigation"},
    EventKind.SUBPREFIX_ORIGIN_CHANGE: {"origin_hijack", "mitigation"},
    EventKind.RPKI_INVALID: {"origin_hijack", "registry_change"},
    EventKind.ROUTE_LEAK: {"route_leak"},
    EventKind.OUTAGE: {
        "outage_start",
        "outage_end",
        "outage_state",
        "shutdown_ordered",
        "cable_cut",
        "attack",
        "cause",
    },
    EventKind.PARTIAL_OUTAGE: {"outage_start", "outage_end", "outage_state", "cable_cut", "attack", "cause"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One article, with the claim of it that explains best. `score` is from 0 to 1."""

    document_id: str
    claim_id: str
    title: str
    url: str
    published_at: datetime | None
    score: float
    reason: str
    quote: str
    verdict: VerdictKind | None = None

    def row(self) -> dict[str, object]:
        """As `routewire explain --json` prints it."""
        return {
            "document_id": self.document_id,
            "claim_id": self.claim_id,
            "title": self.title,
            "url": self.url,
            "published": stamp(self.published_at) if self.published_at else None,
            "score": self.score,
            "reason": self.reason,
            "quote": self.quote,
            "verdict": str(self.verdict) if self.verdict else None,
        }


@dataclass(frozen=True, slots=True)
class Told:
    """A claim with the document that makes it and the verdict on it (None: not judged yet)."""

    claim: ClaimRecord
    document: DocumentRecord
    verdict: Verdict | None


def explain(event: RoutingEvent, record: Record) -> list[Explanation]:
    """The articles of a record that explain the event, best first."""
    return rank(event, _gather(event, record))


def _gather(event: RoutingEvent, record: Record) -> Iterable[Told]:
    """The claims that name the event or share a party or a country with it."""
    named = {c.id: c for c in record.claims_on_event(event.id)}
    entities = {*_parties(event), *event.prefixes, *event.countries}
    window = event.first_seen - TOLD_LONG_BEFORE, (event.last_seen or event.first_seen) + TOLD_AFTER + SLACK[Grain.YEAR]
    near = {c.id: c for c in record.claims_about(entities, *window) if shared(event, c)}
    documents: dict[str, DocumentRecord | None] = {}
    for claim in (named | near).values():
        if claim.document_id not in documents:
            documents[claim.document_id] = record.document(claim.document_id)
        if (document := documents[claim.document_id]) is not None:
            yield Told(claim, document, record.verdict(claim.id))


def rank(event: RoutingEvent, told: Iterable[Told]) -> list[Explanation]:
    """One explanation a document, best first; ties by time of publication, the oldest first, then by id."""
    best: dict[str, Explanation] = {}
    for item in told:
        found = _weigh(event, item)
        if found and (found.document_id not in best or _order(found) < _order(best[found.document_id])):
            best[found.document_id] = found
    return sorted(best.values(), key=_order)


def _order(found: Explanation) -> tuple[float, str, str, str]:
    published = stamp(found.published_at) if found.published_at else "~"
    return -found.score, published, found.document_id, found.claim_id


def shared(event: RoutingEvent, record: ClaimRecord) -> tuple[str, ...]:
    """What the claim and the event have in common: AS ids and prefixes, or, without one, countries."""
    claim = record.claim
    stated = {s for s in (claim.actor, claim.target, *claim.other, *(asn for _, asn in claim.likely)) if s}
    if common := stated & (_parties(event) | set(event.prefixes)):
        return tuple(sorted(common))
    return tuple(sorted((stated | {claim.place or ""}) & set(event.countries)))


def _parties(event: RoutingEvent) -> set[str]:
    return {as_id(asn) for asn in asns_of(event)}


def _weigh(event: RoutingEvent, told: Told) -> Explanation | None:
    """None where nothing joins the two."""
    claim, verdict = told.claim.claim, told.verdict
    if verdict is not None and event.id in verdict.events:
        score = NAMED[verdict.verdict] * (1 - FAR * _far(event, told))
        return _explanation(told, score, f"The verdict on its claim ({verdict.verdict}) rests on it.")
    common = shared(event, told.claim)
    when = _in_time(event, told)
    if not common or when is None or claim.modality is Modality.HYPOTHETICAL:
        return None
    networks = sum(c.startswith("AS") for c in common)
    by_country = common[0] in event.countries and bool(_parties(event))  # of an event of a country it is the party
    score = ALL_PARTIES if networks > 1 else COUNTRY if by_country else ONE_PARTY
    fits = claim.type in FITTING[event.kind]
    score += TYPE_FITS * fits + TIME_FITS * (when[0])
    what = claim.type.replace("_", " ")
    return _explanation(told, score, f"It tells of {', '.join(common)} ({what}), {when[1]}.")


def _far(event: RoutingEvent, told: Told) -> float:
    """From 0, told to the minute of the event's start, to 1, told without a time; half for an hour off.

    A day's words are no nearer than half a day, whenever in it the event began.
    """
    span = claimed(told.claim.claim.start_utc, told.claim.claim.precision)
    if span is None:
        return 1.0
    away = max(abs(event.first_seen - span.start), (span.end - span.start) / 2) - SLACK[Grain.MINUTE]
    hours = max(away / timedelta(hours=1), 0)
    return hours / (1 + hours)


def _in_time(event: RoutingEvent, told: Told) -> tuple[bool, str] | None:
    """Whether the claim's own time fits, and how; None where claim and article are of another time."""
    claim, document = told.claim.claim, told.document.document
    end = event.last_seen or event.first_seen
    if (span := claimed(claim.start_utc, claim.precision)) is not None:
        if span.low <= end and event.first_seen < span.high:
            return True, "at that time"
        away = span.start - end if span.start > end else event.first_seen - span.end
        return (False, f"{length(away)} apart") if away <= TOLD_BEFORE else None
    published = document.published_at or told.document.first_fetched_at
    if event.first_seen - TOLD_BEFORE <= published <= end + TOLD_AFTER:
        return False, f"published {stamp(published)}"
    return None


def _explanation(told: Told, score: float, reason: str) -> Explanation:
    document = told.document.document
    return Explanation(
        document_id=document.id,
        claim_id=told.claim.id,
        title=document.title,
        url=document.url,
        published_at=document.published_at,
        score=round(score, 3),
        reason=reason,
        quote=told.claim.claim.quote,
        verdict=told.verdict.verdict if told.verdict else None,
    )
