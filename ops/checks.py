"""What is wrong with a setup: each finding names its subject and what to do about it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from crawler.errors import RoutewireError
from crawler.model import Outcome, SourceState
from indexer.record.protocol import Record
from ops.scheduler import utc_now
from ops.settings import Settings, load_settings, unknown_names
from ops.wiring import System, catalogue, check_settings, has_record, system

SILENT_AFTER = timedelta(days=30)
"""A feed that answers but brings nothing new for this long is told: most outlets in the catalogue publish weekly."""

FAILING_AFTER = 3
"""Polls in a row that make a warning; fewer say little (a third of living feeds fail a single sweep)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`level` is `ok`, `note`, `warning` or `error`; an error means that the setup does not work."""

    level: str
    subject: str
    message: str
    remedy: str = ""

    def row(self) -> dict[str, Any]:
        return {"level": self.level, "subject": self.subject, "message": self.message, "remedy": self.remedy}


def findings(data_dir: Path | None) -> Iterator[Finding]:
    """Settings first; what needs them is not looked at while they are wrong."""
    for name, meant in unknown_names(os.environ).items():
        remedy = f"did you mean {meant}?" if meant else "unset it; README lists every name"
        yield Finding("warning", name, "no such setting", remedy)
    try:
        settings = load_settings(data_dir=data_dir)
        yield Finding("ok", "settings", "readable")
        yield from _catalogue(settings)
        yield from _registry()
        check_settings(settings)
        if not has_record(settings):
            yield Finding("note", str(settings.data_dir), "there is no record here yet", "begin with `routewire up`")
            return
        with system(settings) as opened:
            yield from _stores(opened)
            yield from _sources(opened.record.sources(), utc_now())
            yield from _work(opened.record)
    except RoutewireError as error:
        yield Finding("error", error.subject, error.message, error.remedy)


def _catalogue(settings: Settings) -> Iterator[Finding]:
    try:
        yield Finding("ok", "sources", f"{len(catalogue(settings))} in the catalogue")
    except RoutewireError as error:
        yield Finding("error", error.subject, error.message, error.remedy)


def _registry() -> Iterator[Finding]:
    """The tables of names: a row that the bundled AS names or the other tables do not bear out is told by its id."""
    from nlp.doubts import misfits, of_operators
    from nlp.registry import Registry

    registry = Registry.load()
    found = (*of_operators(), *misfits(registry))
    for doubt in found:
        said = f"{doubt.column} is {doubt.written!r}, and {doubt.known!r} elsewhere"
        yield Finding("warning", doubt.id, said, "mend its row in nlp/data, or say in its note why it is right")
    if not found:
        kinds = Counter(entry.kind for entry in registry.entries.values())
        counts = ", ".join(f"{kinds[kind]} {kind}s" for kind in ("operator", "cable", "ixp"))
        yield Finding("ok", "registry", f"{counts}, all borne out or explained")


def _stores(opened: System) -> Iterator[Finding]:
    counts = opened.record.counts()
    yield Finding("ok", "record", ", ".join(f"{n} {table}" for table, n in sorted(counts.items()) if n) or "empty")
    behind = opened.record.last_change() - opened.index.seq()
    if behind > 0:
        yield Finding(
            "warning", "index", f"{behind} changes behind the record", "run `routewire work` or `routewire up`"
        )
    elif behind < 0:
        yield Finding("error", "index", "is not of this record", "run `routewire rebuild`")
    else:
        yield Finding("ok", "index", "in step with the record")
    if opened.settings.smtp_url is None:
        yield Finding("note", "ROUTEWIRE_SMTP_URL", "not set: digests can be previewed, not sent")


def _sources(states: dict[str, SourceState] | Any, now: datetime) -> Iterator[Finding]:
    for state in states.values():
        if state.failures:
            what = f"{(state.last_outcome or Outcome.FAILED).value} {state.failures} times in a row: {state.last_error}"
            level = "warning" if state.failures >= FAILING_AFTER else "note"
            yield Finding(level, state.source_id, what, "look at its address; nothing was deleted")
        elif state.last_ok_at and now - (state.last_new_at or state.last_ok_at) > SILENT_AFTER:
            yield Finding(
                "warning", state.source_id, f"nothing new since {state.last_new_at:%Y-%m-%d}", "look at its feed"
            )
        elif state.moved_to:
            yield Finding(
                "note", state.source_id, f"moved to {state.moved_to}", "write the new address in the catalogue"
            )


def _work(record: Record) -> Iterator[Finding]:
    for failure in record.failures():
        when = f"tried again at {failure.retry_at:%Y-%m-%d %H:%M}Z" if failure.retry_at else "in quarantine"
        yield Finding(
            "warning",
            f"{failure.work.value} {failure.key}",
            f"{failure.error} ({when})",
            "mend it, then `routewire retry`",
        )
