"""What is measured is what it says: files that a reader understands, and bounds that break."""

import gzip
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from crawler.routing.mrt.file import read_batch
from ops.bench import routing, routing_data, run
from ops.cli import app


def test_a_made_file_is_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routing_data, "REAL", tmp_path / "absent")
    monkeypatch.setattr(routing_data, "RECORDS", 500)
    monkeypatch.setattr(routing_data, "PREFIXES", 100)
    routing_data.archive_of(tmp_path, ("rrc00", "rrc01"), 2)
    first, second = (read_batch(path) for path in sorted((tmp_path / "rrc00").rglob("updates.*")))
    table = read_batch(next((tmp_path / "rrc01").rglob("bview.*")))
    assert (len(first), first.damage, table.damage) == (1500, None, None)
    assert second.at[0] - first.at[0] == 300
    assert second.paths == first.paths
    assert len(table) == len(table.peers) * len(table.prefixes)
    assert {peer.asn for peer in table.peers} == {peer.asn for peer in first.peers}


def test_a_made_table_has_a_route_of_each_peer(tmp_path: Path) -> None:
    path = tmp_path / "bview"
    path.write_bytes(b"".join(routing_data.made_table(100, 10)))
    table = read_batch(path)
    assert (len(table), len(table.prefixes), len(table.peers), table.damage) == (1000, 100, 10, None)
    path.write_bytes(routing_data.made_updates(100, 300))
    assert {*read_batch(path).prefixes} <= {*table.prefixes}


@pytest.mark.skipif(not routing_data.REAL.exists(), reason="../shared/data/mrt is not there")
@pytest.mark.shared
def test_the_real_file_is_moved_whole() -> None:
    records = gzip.decompress(routing_data.REAL.read_bytes())
    later = routing_data.moved(routing_data.moved(records, routing_data.STEP), -routing_data.STEP)
    assert later == records


def test_a_process_is_measured_with_its_memory(tmp_path: Path) -> None:
    routing_data.put(tmp_path, "rrc00", "updates", routing_data.START, [routing_data.made_updates(100, 300)])
    found = routing.measured(1, "ftlbgp", str(tmp_path))
    assert found["elements"] >= 300
    assert found["peak_mb"] > 0


@pytest.mark.parametrize(("value", "code"), [(0.71, 0), (0.69, 1)])
def test_a_figure_below_its_floor_is_told_and_ends_with_1(
    value: float, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    figure: dict[str, Any] = routing.figure("routing.some", value, "ratio", 3, (0.7, None))
    monkeypatch.setitem(run.BENCHMARKS, "some", lambda: [figure])
    result = CliRunner().invoke(app, ["bench", "some", "--json"])
    assert f'"value": {value}' in result.stdout
    assert bool(result.exit_code or result.exception) == bool(code)
    assert ("not at least 0.7" in result.stderr) == bool(code)
