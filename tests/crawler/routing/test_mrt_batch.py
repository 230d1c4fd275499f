"""Batches against the elements of the same file."""

from pathlib import Path

import pytest

from crawler.routing.batch import Batch, BatchPeer, Keep
from crawler.routing.mrt import MrtFile, read_batch
from ops.demo import mrt

ONE, TWO = mrt.Neighbour(65550, "192.0.2.7"), mrt.Neighbour(65551, "192.0.2.8")
NOON = 1_506_859_200
UPDATES = [
    mrt.update(NOON, ONE, ["198.51.100.0/24", "203.0.113.0/24"], [65550, 64500]),
    mrt.update(NOON + 1, TWO, ["198.51.100.0/24"], [65551, 64501]),
    mrt.update(NOON + 2, ONE, ["198.51.100.0/24", "192.0.2.0/25"], []),
]


@pytest.fixture
def updates(tmp_path: Path) -> Path:
    path = tmp_path / "updates.20171001.1200"
    path.write_bytes(b"".join(UPDATES))
    return path


@pytest.fixture
def rib(tmp_path: Path) -> Path:
    path = tmp_path / "rib.20171001.1200"
    entries = [
        mrt.rib_entry(
            NOON,
            number,
            f"10.{number}.0.0/16",
            [(0, ONE.ip, [65550, 1 + number]), (1, TWO.ip, [65551])][: 1 + number % 2],
        )
        for number in range(10)
    ]
    path.write_bytes(mrt.peer_index(NOON, "", [ONE, TWO]) + b"".join(entries))
    return path


def rows(batch: Batch) -> list[tuple[object, ...]]:
    columns = (batch.at, batch.peer, batch.prefix, batch.path, batch.record)
    return [
        (at, batch.peers[peer], batch.prefixes[prefix], batch.paths[path] if path else None, record)
        for at, peer, prefix, path, record in zip(*(column.tolist() for column in columns), strict=True)
    ]


def test_columns_hold_what_the_elements_do(updates: Path, rib: Path) -> None:
    for path in (updates, rib):
        batch = read_batch(path, "rrc00", name="x")
        elems = list(MrtFile(path, "rrc00", name="x"))
        assert rows(batch) == rows(Batch.of(elems))
        assert (batch.file, batch.collector, batch.is_rib) == ("x", "rrc00", path == rib)
        assert batch.held == Batch.of(elems).held


def test_a_row_is_kept_for_its_path_or_its_prefix(updates: Path) -> None:
    batch = read_batch(updates, keep=Keep(lambda path: 64501 in path, lambda prefix: prefix == "203.0.113.0/24"))
    assert [(prefix, path) for _, _, prefix, path, _ in rows(batch)] == [
        ("203.0.113.0/24", (65550, 64500)),
        ("198.51.100.0/24", (65551, 64501)),
    ]
    assert sorted(batch.prefixes) == ["198.51.100.0/24", "203.0.113.0/24"]


def test_all_routes_of_a_rib_are_counted_though_few_are_kept(rib: Path) -> None:
    batch = read_batch(rib, keep=Keep(lambda path: False, lambda prefix: prefix == "10.3.0.0/16"))
    assert len(batch) == 2
    assert {batch.peers[peer]: count for peer, count in batch.held.items()} == {
        BatchPeer(65550, "192.0.2.7"): (10, 0),
        BatchPeer(65551, "192.0.2.8"): (5, 0),
    }


def test_a_big_file_is_read_in_parts_that_share_their_tables(rib: Path) -> None:
    whole = read_batch(rib)
    parts = list(MrtFile(rib).batches(4))
    assert max(map(len, parts)) <= 6
    assert [row for part in parts for row in rows(part)] == rows(whole)
    assert all(part.paths is parts[0].paths for part in parts)
    assert {p: sum(part.held.get(p, (0, 0))[0] for part in parts) for p in (0, 1)} == {0: 10, 1: 5}
