"""Answers that join the record's tables, for the command line, the pages and the digests alike."""

from __future__ import annotations

from typing import Any

from crawler.errors import Permanent
from indexer.explain import Explanation, explain
from indexer.record.protocol import Record
from ops.settings import Settings
from ops.wiring import every_source


def explanations(record: Record, event_id: str) -> list[dict[str, Any]]:
    """The articles that explain an event, best first. Raises `Permanent` for an event that is not there."""
    event = record.event(event_id)
    if event is None:
        raise Permanent("no such routing event", subject=event_id, remedy="`routewire search --kind event` lists them")
    found: list[Explanation] = explain(event, record)
    return [item.row() for item in found]


def reexportable(settings: Settings) -> frozenset[str]:
    """Ids of the sources and monitors whose words may leave the record; the demo's own may."""
    from crawler.monitors.registry import MONITORS

    monitors = (monitor.id for monitor in MONITORS.values() if monitor.may_export)
    return frozenset((*(source.id for source in every_source(settings).values() if source.reexport), *monitors))
