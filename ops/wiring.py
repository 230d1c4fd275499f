"""The one place that chooses a backend: which record, which index, and how work reaches workers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from crawler.errors import Permanent
from crawler.model import Source
from crawler.sources import load_sources
from crawler.versions import DETECTOR, EXTRACTOR
from indexer.model import Versions
from indexer.record.protocol import Record
from indexer.search.protocol import Index
from nlp.versions import PIPELINE
from ops.settings import RECORD_FILE, Settings


@dataclass(frozen=True, slots=True)
class System:
    """What a process works with. The record is the truth; the index follows it."""

    settings: Settings
    record: Record
    index: Index


def versions() -> Versions:
    """The versions of the code that is running."""
    from indexer.verdict import JUDGE_VERSION

    return Versions(extractor=EXTRACTOR, pipeline=PIPELINE, detector=DETECTOR, judge=JUDGE_VERSION)


def has_record(settings: Settings) -> bool:
    """Whether there is a record to open; a database that is named is taken to be one."""
    return settings.database_url is not None or (settings.data_dir / RECORD_FILE).exists()


def open_record(settings: Settings) -> Record:
    """Raises `Permanent` for an address that names no database we know or a record newer than this code."""
    from indexer.record.sql import SqlRecord

    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        remedy = "name a folder that can be written, with --data-dir or ROUTEWIRE_DATA_DIR"
        raise Permanent("cannot be used", subject=str(settings.data_dir), remedy=remedy) from error
    try:
        return SqlRecord.open(settings.database, versions())
    except Permanent as error:
        if settings.database_url is None:
            raise
        raise Permanent(error.message, subject="ROUTEWIRE_DATABASE_URL", remedy=error.remedy) from None


def open_index(settings: Settings) -> Index:
    """The embedded index, until an address names an engine."""
    from indexer.search.tantivy import TantivyIndex

    return TantivyIndex.open(settings.index_dir)


def drop_broken_index(settings: Settings) -> None:
    """Removes an embedded index that cannot be opened: it is made from the record alone."""
    if settings.search_url is not None or not settings.index_dir.exists():
        return
    try:
        open_index(settings).close()
    except Permanent:
        shutil.rmtree(settings.index_dir)


def catalogue(settings: Settings) -> dict[str, Source]:
    """The sources to poll, by id. Raises `Permanent` naming the file, row and field that is wrong."""
    return {source.id: source for source in load_sources(settings.sources)}


def every_source(settings: Settings) -> dict[str, Source]:
    """The sources that a document in the record may come from, by id: those of the catalogue and the demo's own."""
    from ops.demo.site import demo_sources

    return {source.id: source for source in demo_sources("http://127.0.0.1:1")} | catalogue(settings)


def check_settings(settings: Settings) -> None:
    """Raises `Permanent` for a setting that this version cannot follow and a data folder that is none."""
    if settings.search_url is not None:
        raise Permanent(
            "this version searches with its embedded index alone", subject="ROUTEWIRE_SEARCH_URL", remedy="unset it"
        )
    if settings.broker_url is not None:
        raise Permanent(
            "this version hands out work through the record alone", subject="ROUTEWIRE_BROKER_URL", remedy="unset it"
        )
    if settings.data_dir.exists() and not settings.data_dir.is_dir():
        raise Permanent("is not a folder", subject=str(settings.data_dir), remedy="name a folder, with --data-dir")


@contextmanager
def system(settings: Settings) -> Iterator[System]:
    """Everything opened, and closed again."""
    check_settings(settings)
    record = open_record(settings)
    try:
        index = open_index(settings)
        try:
            yield System(settings, record, index)
        finally:
            index.close()
    finally:
        record.close()


def follow(opened: System) -> int:
    """Brings the index up to the record. Returns how many changes it took."""
    from indexer.sync import follow as sync

    return sync(opened.record, opened.index)
