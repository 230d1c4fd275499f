"""The database itself: migrations, many processes at once, an address that is none, twice is once in any order."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import inspect, text

from crawler.errors import Permanent, Transient
from crawler.model import RevisionKind
from indexer.model import Story, Work
from indexer.record import database
from indexer.record.sql import SqlRecord
from indexer.record.tables import HEAD, METADATA
from tests.conftest import CHECKOUT
from tests.contracts.dump import logical_dump
from tests.indexer import making
from tests.indexer.making import NOW, VERSIONS, later


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'record.db'}"


@pytest.fixture
def record(url: str) -> Iterator[SqlRecord]:
    opened = SqlRecord.open(url, VERSIONS)
    yield opened
    opened.close()


def test_migrations_make_the_tables_that_the_code_means(record: SqlRecord) -> None:
    with record.engine.connect() as conn:
        assert compare_metadata(MigrationContext.configure(conn), METADATA) == []
        assert conn.scalar(text("SELECT version_num FROM alembic_version")) == HEAD
        indexes = {i["name"] for t in METADATA.tables for i in inspect(conn).get_indexes(t)}
    assert {i.name for t in METADATA.tables.values() for i in t.indexes} <= indexes


def test_sqlite_keeps_a_log_ahead_and_its_references(record: SqlRecord) -> None:
    with record.engine.connect() as conn:
        modes = [conn.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "foreign_keys", "synchronous")]
    assert modes == ["wal", 1, 1]


@pytest.mark.parametrize("address", ["nonsense", "mysql://h/d", "postgresql://h/d"])
def test_an_address_of_no_known_database_is_told(address: str) -> None:
    with pytest.raises(Permanent, match="sqlite:///FILE"):
        SqlRecord.open(address, VERSIONS)


def test_a_password_is_not_told() -> None:
    with pytest.raises(Permanent) as told:
        SqlRecord.open("mysql://me:secret@h/d", VERSIONS)
    assert "secret" not in str(told.value)


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    file = tmp_path / "record.db"
    file.write_text("not a database, but long enough to be taken for the header of one " * 9)
    with pytest.raises(Permanent, match="not a database"):
        SqlRecord.open(f"sqlite:///{file}", VERSIONS)


def test_a_writer_that_waits_too_long_may_try_again(
    record: SqlRecord, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_S", 0)
    other = SqlRecord.open(url, VERSIONS)
    with record.writing(), pytest.raises(Transient, match="locked"):
        other.put_source(making.source())
    other.put_source(making.source())
    assert other.due(Work.POLL, NOW) == ["a"]
    other.close()


_WORKER = """
import sys
from indexer.model import Work
from indexer.record.sql import SqlRecord
from tests.indexer.making import NOW, VERSIONS
record = SqlRecord.open(sys.argv[1], VERSIONS)
print(sum(record.lease(Work.FETCH, str(n), sys.argv[2], NOW, 60) for n in range(40)))
"""


def test_processes_that_start_at_once_make_one_record_and_share_its_work(url: str) -> None:
    workers = [
        subprocess.Popen([sys.executable, "-c", _WORKER, url, f"w{n}"], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)
        for n in range(3)
    ]
    held = [int(worker.communicate()[0]) for worker in workers]
    assert sum(held) == 40


def _capture(record: SqlRecord) -> None:
    record.save_capture(making.capture())


def _document(record: SqlRecord) -> None:
    record.save_document("c1", "e1", making.document(), None)


def _removal(record: SqlRecord) -> None:
    record.save_capture(making.capture("c2", at=later(hours=1)))
    record.save_document("c2", "e1", None, making.revision(RevisionKind.REMOVED, "c2", later(hours=1)))


def _annotation(record: SqlRecord) -> None:
    record.save_annotation("doc1", 1, making.annotation(making.claim("c1"), making.claim("c2", quote="more")))


def _detection(record: SqlRecord) -> None:
    record.save_detection(making.archive(detector="d1"), making.view(making.event()))


def _verdicts(record: SqlRecord) -> None:
    for known in record.claims_of("doc1"):
        record.save_verdict(making.verdict(known.id, "e1"), "j1", record.evidence_version())


def _stories(record: SqlRecord) -> None:
    told = Story(id="s", title="t", start=NOW, end=NOW, document_ids=("doc1",), entity_ids=())
    record.save_stories([told])


STEPS: list[Callable[[SqlRecord], None]] = [
    _capture,
    _document,
    _removal,
    _annotation,
    _detection,
    _verdicts,
    _stories,
]


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, 3), min_size=len(STEPS), max_size=len(STEPS)))
def test_each_result_saved_again_is_saved_once(tmp_path_factory: pytest.TempPathFactory, times: list[int]) -> None:
    def after(counts: list[int]) -> tuple[object, object]:
        opened = SqlRecord.open(f"sqlite:///{tmp_path_factory.mktemp('r') / 'record.db'}", VERSIONS)
        for step, count in zip(STEPS, counts, strict=True):
            for _ in range(count):
                step(opened)
        due = {work: opened.due(work, later(days=1)) for work in Work}
        found = (logical_dump(opened), due)
        opened.close()
        return found

    assert after(times) == after([1 for _ in STEPS])


def test_what_an_older_pipeline_read_is_due_again_and_stays_until_it_is_read_anew(url: str) -> None:
    with closing(SqlRecord.open(url, VERSIONS)) as older:
        for step in (_capture, _document, _annotation, _detection, _verdicts):
            step(older)
        assert older.due(Work.ANNOTATE, later(days=1)) == []
        told = logical_dump(older)
    with closing(SqlRecord.open(url, replace(VERSIONS, pipeline="p2"))) as record:
        assert list(record.due(Work.ANNOTATE, later(days=1))) == ["doc1"]
        assert logical_dump(record) == told
        record.save_annotation("doc1", 1, making.annotation(making.claim("c9", quote="anew"), version="p2"))
        assert record.due(Work.ANNOTATE, later(days=1)) == []
        assert [known.claim.quote for known in record.claims_of("doc1")] == ["anew"]
