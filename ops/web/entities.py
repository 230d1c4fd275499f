"""What a page shows of an entity: what it is called, with whom it appears, and its timeline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from crawler.routing.model import RoutingEvent
from indexer.documents import networks
from indexer.model import TimelineEntry
from indexer.record.protocol import Record
from nlp.registry import Registry
from ops.web.problems import not_found
from ops.web.site import Site
from ops.web.standing import prefixes_held, routes_of, standing
from ops.web.timeline import Timeline, timeline
from ops.web.words import path

MOST = 2000
"""Entries of an axis that are read at once; of an entity with more, a page shows the oldest of its window and says
so."""

READ = 60
"""Documents that are looked through for the names by which they call an entity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityFacts:
    """`note` says why an entity and its country are one, "" where they are not."""

    id: str
    name: str
    kind: str
    country: str | None
    aliases: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityView:
    """`country_known`: the record has a page on the country. `names` are the forms in which texts name it, with the
    reason of the link and how often; `networks` those that share an event with it, with how many.
    """

    facts: EntityFacts
    country_known: bool
    names: list[tuple[str, str, int]]
    networks: list[tuple[str, int]]
    timeline: Timeline | None
    truncated: bool


def entity_facts(site: Site, entity_id: str) -> EntityFacts:
    """Raises `NotFound`."""
    registry = site.registry
    if not site.record.knows_entity(entity_id):
        raise not_found("entity in the record", entity_id)
    entry = registry.get(entity_id)
    return EntityFacts(
        id=entity_id,
        name=site.name(entity_id),
        kind=_kind(entity_id, entry.kind if entry else ""),
        country=registry.country_of(entity_id),
        aliases=registry.aliases(entity_id)[1:],
        note=_sole(registry, entity_id),
    )


def entity_view(site: Site, entity_id: str, start: datetime | None, end: datetime | None) -> EntityView:
    """Raises `NotFound`."""
    facts = entity_facts(site, entity_id)
    entries = site.record.timeline(entity_id, limit=MOST)
    truncated = len(entries) == MOST
    if truncated and (start or end):
        entries = site.record.timeline(entity_id, start, end, MOST)
    events = _events(site.record, entries)
    routes = routes_of(site.record, entity_id)
    parents = dict.fromkeys(e.parent_id for e in entries if e.kind == "claim" and e.parent_id)
    claims = {known.id: known.claim for parent in parents for known in site.record.claims_of(parent)}
    return EntityView(
        facts=facts,
        country_known=facts.country is not None and site.record.knows_entity(facts.country),
        names=_names(site.record, entity_id, entries),
        networks=_networks(entity_id, events.values()),
        timeline=timeline(
            entries,
            events,
            claims,
            path("entity", entity_id),
            site.name,
            start,
            end,
            standing(routes, entity_id, site.name) if routes else (),
            prefixes_held(routes) if routes else None,
        ),
        truncated=truncated,
    )


def _events(record: Record, entries: Iterable[TimelineEntry]) -> dict[str, RoutingEvent]:
    found = {e.id: record.event(e.id) for e in entries if e.kind == "event"}
    return {event_id: event for event_id, event in found.items() if event is not None}


def _kind(entity_id: str, kind: str) -> str:
    if entity_id.startswith("AS") and entity_id[2:].isdigit():
        return "network"
    if "/" in entity_id:
        return "prefix"
    return kind or entity_id.partition(":")[0] or "entity"


def _names(record: Record, entity_id: str, entries: Sequence[TimelineEntry]) -> list[tuple[str, str, int]]:
    documents = [e.id for e in entries if e.kind == "document"][-READ:]
    count: Counter[tuple[str, str]] = Counter()
    for document_id in documents:
        annotation = record.annotation(document_id)
        mentions = annotation.entities if annotation else ()
        count.update((e.text, e.reason) for e in mentions if e.id == entity_id)
    return [(text, reason, n) for (text, reason), n in sorted(count.items(), key=lambda c: (-c[1], c[0]))]


def _networks(entity_id: str, events: Iterable[RoutingEvent]) -> list[tuple[str, int]]:
    count = Counter(f"AS{asn}" for event in events for asn in networks(event))
    return sorted(((i, n) for i, n in count.items() if i != entity_id), key=lambda c: (-c[1], c[0]))[:12]


def _sole(registry: Registry, entity_id: str) -> str:
    country = registry.country_of(entity_id)
    if country is None:
        return ""
    sole = registry.sole_network(country)
    return registry.sole_network_reason(country) if sole and entity_id in {sole, country} else ""
