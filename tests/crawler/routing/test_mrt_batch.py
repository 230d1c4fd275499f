"""Batches against the elements of the same file."""

import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.errors import Permanent
from crawler.routing.model import ElemType, RouteElem
from crawler.routing.mrt.batch import AsPath, Batch, BatchPeer
from crawler.routing.mrt.file import MrtFile, read_batch
from ops.demo import mrt
from tests.crawler.routing import mrt_bytes as forms

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


def test_a_big_file_is_read_in_parts_that_share_their_tables(rib: Path) -> None:
    whole = read_batch(rib)
    parts = list(MrtFile(rib).batches(4))
    assert max(map(len, parts)) <= 6
    assert [row for part in parts for row in rows(part)] == rows(whole)
    assert all(part.paths is parts[0].paths for part in parts)


PREFIXES = [f"10.{number}.0.0/16" for number in range(6)] + ["2001:db8::/32", "0.0.0.0/0"]
MESSAGES = st.lists(
    st.tuples(
        st.sampled_from([ONE, TWO]),
        st.lists(st.sampled_from(PREFIXES), max_size=4),
        st.lists(st.sampled_from(PREFIXES), max_size=4),
        st.lists(st.integers(1, 4), max_size=3),
        st.none() | st.integers(0, 2),
    ),
    min_size=1,
    max_size=12,
)


def message(
    peer: mrt.Neighbour, announced: list[str], withdrawn: list[str], path: list[int], path_id: int | None
) -> bytes:
    def four(prefixes: list[str]) -> bytes:
        return forms.nlri(*(p for p in prefixes if "." in p), path_id=path_id)

    def six(prefixes: list[str]) -> bytes:
        return forms.nlri(*(p for p in prefixes if ":" in p), path_id=path_id)

    attributes = forms.ORIGIN_IGP + forms.as_path(forms.segment(path)) + forms.mp_unreach(six(withdrawn))
    attributes += forms.mp_reach(six(announced))
    update = forms.update(attributes, four(announced), four(withdrawn))
    return forms.bgp4mp(update, 4 if path_id is None else 9, 4, peer.asn, peer.ip)


@given(messages=MESSAGES, size=st.integers(1, 9))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_parts_hold_what_the_elements_do(tmp_path: Path, messages: list[Any], size: int) -> None:
    path = tmp_path / "updates"
    path.write_bytes(b"".join(message(*each) for each in messages))
    parts = list(MrtFile(path).batches(size))
    assert [row for part in parts for row in rows(part)] == [
        (e.observed_at, BatchPeer(e.peer_asn, e.peer_ip, e.path_id), e.prefix, path_of(e), e.record)
        for e in MrtFile(path)
    ]
    assert sum(part.records for part in parts) == len(messages)


def path_of(elem: RouteElem) -> AsPath | None:
    return None if elem.type is ElemType.WITHDRAW else elem.as_path


def test_a_rib_read_in_parts_holds_little_at_once(tmp_path: Path) -> None:
    """Of 60,000 routes, 24 bytes each as columns and far more as objects, those of one part."""
    path = tmp_path / "rib"
    route = forms.plain_path([65550, 64500])
    entries = [forms.rib(f"10.{n >> 8}.{n & 255}.0/24", (0, route), (1, route), (2, route)) for n in range(20_000)]
    path.write_bytes(forms.peer_index((1, "192.0.2.1"), (2, "192.0.2.2"), (3, "192.0.2.3")) + b"".join(entries))
    tracemalloc.start()
    try:
        assert sum(map(len, MrtFile(path).batches(1000))) == 60_000
        assert tracemalloc.get_traced_memory()[1] < 10 << 20
    finally:
        tracemalloc.stop()


def test_an_announcement_with_an_empty_path_is_no_withdrawal(tmp_path: Path) -> None:
    path = tmp_path / "updates"
    path.write_bytes(message(ONE, ["10.0.0.0/16"], ["10.1.0.0/16"], [], None))
    batch = read_batch(path)
    assert [(prefix, way) for _, _, prefix, way, _ in rows(batch)] == [("10.1.0.0/16", None), ("10.0.0.0/16", ())]
    assert rows(Batch.of(MrtFile(path))) == rows(batch)


def test_a_file_of_a_rib_and_updates_is_read_in_parts_and_not_at_once(updates: Path, rib: Path) -> None:
    mixed = updates.with_name("mixed")
    mixed.write_bytes(updates.read_bytes() + rib.read_bytes() + updates.read_bytes())
    assert [part.is_rib for part in MrtFile(mixed).batches()] == [False, True, False]
    with pytest.raises(Permanent, match="holds a RIB and updates"):
        read_batch(mixed)
