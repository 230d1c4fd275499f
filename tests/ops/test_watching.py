"""`routewire routes watch`: an archive or a monitor is kept in the record, and due again when it may tell otherwise."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.routing.model import Coverage, RoutingView
from indexer.model import Work
from ops.settings import load_settings
from ops.wiring import open_record
from tests.ops.running import Run

WINDOW = ("--from", "2024-05-01", "--to", "2024-05-02")
NOW = datetime(2024, 6, 1, tzinfo=UTC)


def due(data_dir: Path) -> list[str]:
    record = open_record(load_settings(data_dir=data_dir))
    try:
        return list(record.due(Work.DETECT, NOW))
    finally:
        record.close()


def test_a_monitor_is_kept_under_its_question_however_it_is_written(run: Run, tmp_path: Path) -> None:
    for name in ("monitor:ioda?country=ke&asn=AS64500", "monitor:ioda?asn=64500&country=KE"):
        assert run("routes", "watch", name, *WINDOW, "--data-dir", tmp_path).code == 0
    assert due(tmp_path) == ["monitor:ioda?asn=64500&country=KE"]


def test_an_archive_whose_files_are_others_is_due_again(run: Run, tmp_path: Path) -> None:
    folder, data = tmp_path / "rrc00" / "2024.05", tmp_path / "data"
    folder.mkdir(parents=True)
    (folder / "bview.20240501.0000.gz").write_bytes(b"")
    again = ("routes", "watch", tmp_path / "rrc00", *WINDOW, "--data-dir", data)
    assert run(*again).code == 0
    record = open_record(load_settings(data_dir=data))
    try:
        (archive,) = record.archives()
        blank = Coverage(start=archive.start, end=archive.end, collectors=(), peers_total=0)
        record.save_detection(archive, RoutingView(coverage=blank))
    finally:
        record.close()
    assert run(*again).code == 0
    assert due(data) == []
    (folder / "updates.20240501.0000.gz").write_bytes(b"")
    assert run(*again).code == 0
    assert due(data) == [str(tmp_path / "rrc00")]


@pytest.mark.parametrize("name", ["monitor:nobody?asn=64500", "monitor:ioda?colour=red", "monitor:ioda?asn=x"])
def test_what_no_monitor_can_be_asked_is_a_wrong_call(run: Run, name: str) -> None:
    ran = run("routes", "watch", name, *WINDOW)
    assert ran.code == 2
    assert ran.err


def test_a_folder_that_is_not_there_is_named(run: Run, tmp_path: Path) -> None:
    ran = run("routes", "watch", str(tmp_path / "none"), *WINDOW)
    assert ran.code == 1
    assert "no such folder" in ran.err
