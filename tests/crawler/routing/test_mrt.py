"""Files are written byte by byte here, so that what is broken is known."""

import bz2
import gzip
import os
import tracemalloc
import zlib
from collections.abc import Callable
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest

from crawler.errors import Permanent
from crawler.routing.codec import elem_to_json
from crawler.routing.model import ElemType
from crawler.routing.mrt.file import MrtFile, collector_of, read_elems
from ops.demo import mrt

PEER = mrt.Neighbour(65550, "192.0.2.7")
NOON = 1_506_859_200
RECORDS = [
    mrt.update(NOON, PEER, ["198.51.100.0/24", "203.0.113.0/24"], [65550, 65551, 65551, 64500]),
    mrt.update(NOON + 1, PEER, ["198.51.100.0/24"], []),
    mrt.update(NOON + 2, PEER, ["192.0.2.0/25"], [65550, 64501]),
]
WHOLE = b"".join(RECORDS)


def write(folder: Path, content: bytes, name: str = "updates.20171001.1200") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress])
@pytest.mark.parametrize("name", ["updates.20171001.1200.gz", "updates.20171001.1200.bz2", "x"])
def test_compression_is_told_by_content_whatever_the_name(tmp_path: Path, pack: type[bytes], name: str) -> None:
    file = MrtFile(write(tmp_path, pack(WHOLE), name), "rrc00")
    elems = list(file)
    assert [(e.type, e.prefix, e.record) for e in elems] == [
        (ElemType.ANNOUNCE, "198.51.100.0/24", 0),
        (ElemType.ANNOUNCE, "203.0.113.0/24", 0),
        (ElemType.WITHDRAW, "198.51.100.0/24", 1),
        (ElemType.ANNOUNCE, "192.0.2.0/25", 2),
    ]
    assert file.damage is None
    assert elems[0].as_path == (65550, 65551, 65551, 64500)
    assert elems[2].as_path == ()


def test_a_rib_names_the_record_of_each_route(tmp_path: Path) -> None:
    rib = mrt.peer_index(NOON, "", [PEER]) + b"".join(
        mrt.rib_entry(NOON, number, prefix, [(0, PEER.ip, [65550, 64500])])
        for number, prefix in enumerate(["198.51.100.0/24", "203.0.113.0/24"])
    )
    elems = list(read_elems(write(tmp_path, rib)))
    assert [(e.type, e.record, e.peer_asn, e.peer_ip) for e in elems] == [
        (ElemType.RIB, 1, 65550, "192.0.2.7"),
        (ElemType.RIB, 2, 65550, "192.0.2.7"),
    ]


@pytest.mark.parametrize("cut", [1, 5, len(RECORDS[2]) - 1])
def test_a_cut_file_gives_what_is_whole_and_says_so(tmp_path: Path, cut: int) -> None:
    file = MrtFile(write(tmp_path, WHOLE[:-cut]))
    assert len(list(file)) == 3
    assert file.damage is not None
    assert "record" in file.damage


def test_a_cut_gzip_says_where_it_ends(tmp_path: Path) -> None:
    packed = gzip.compress(WHOLE * 500, 1)
    file = MrtFile(write(tmp_path, packed[: len(packed) // 2]))
    elems = list(file)
    assert 0 < len(elems) < 2000
    assert file.damage is not None
    assert f"byte {len(packed) // 2}" in file.damage


def test_a_corrupt_bzip2_says_so(tmp_path: Path) -> None:
    packed = bytearray(bz2.compress(WHOLE) + bz2.compress(WHOLE))
    packed[-12] ^= 0xFF
    file = MrtFile(write(tmp_path, bytes(packed)))
    assert len(list(file)) >= 4
    assert "corrupt" in (file.damage or "")


def test_two_files_may_be_read_side_by_side(tmp_path: Path) -> None:
    one = iter(MrtFile(write(tmp_path, WHOLE, "one")))
    two = iter(MrtFile(write(tmp_path, WHOLE * 2, "two")))
    pairs = list(zip_longest(one, two))
    assert len(pairs) == 8
    assert [a.prefix for a, _ in pairs[:4]] == [b.prefix for _, b in pairs[:4]]
    assert [b.record for _, b in pairs] == [0, 0, 1, 2, 3, 3, 4, 5]


def test_what_is_no_mrt_is_refused_by_name(tmp_path: Path) -> None:
    path = write(tmp_path, b"<html>503 Service Unavailable</html>", "updates.20171001.1200.gz")
    with pytest.raises(Permanent, match=r"updates\.20171001\.1200\.gz"):
        list(MrtFile(path))
    with pytest.raises(Permanent, match="cannot be opened"):
        list(MrtFile(tmp_path / "absent"))


@pytest.mark.parametrize("content", [b"", gzip.compress(b"", mtime=0)], ids=["no bytes", "gzip of nothing"])
def test_an_empty_file_is_told(tmp_path: Path, content: bytes) -> None:
    file = MrtFile(write(tmp_path, content))
    assert list(file) == []
    assert file.damage == "holds no record"


@pytest.mark.parametrize(
    ("path", "collector"),
    [
        ("rrc00/2008.02/bview.20080224.1600.gz", "rrc00"),
        ("bgpdata/2021.04/UPDATES/updates.20210416.1200.bz2", "route-views2"),
        ("route-views.sg/bgpdata/2021.04/RIBS/rib.20210416.1200.bz2", "route-views.sg"),
        ("mirror/rrc20/bgpdata/2021.04/RIBS/rib.20210416.1200.bz2", "rrc20"),
        ("somewhere/bgpkit__rrc15__updates.20100227.1600.gz", "rrc15"),
        ("somewhere/updates.20100227.1600.gz", "unknown"),
    ],
)
def test_the_collector_stands_in_the_path(path: str, collector: str) -> None:
    assert collector_of(Path(path)) == collector


def test_an_element_as_the_contract_has_it(tmp_path: Path) -> None:
    row = elem_to_json(next(iter(MrtFile(write(tmp_path, WHOLE), "rrc12", name="a/b"))))
    assert row == {
        "type": "announce",
        "observed_at": "2017-10-01T12:00:00Z",
        "collector": "rrc12",
        "peer_asn": 65550,
        "peer_ip": "192.0.2.7",
        "prefix": "198.51.100.0/24",
        "as_path": [65550, 65551, 65551, 64500],
        "origin_asns": [64500],
        "file": "a/b",
        "record": 0,
        "path_id": 0,
    }


def packed_zeros(packer: Any) -> bytes:
    """64 MB of nothing, in parts: to hold them at once is what the reader must not do."""
    return b"".join([packer.compress(bytes(1 << 20)) for _ in range(64)] + [packer.flush()])


@pytest.mark.parametrize("packer", [bz2.BZ2Compressor, lambda: zlib.compressobj(9, zlib.DEFLATED, 31)])
@pytest.mark.parametrize("first", [b"", RECORDS[0]], ids=["zeros alone", "after a record"])
def test_what_swells_without_end_is_not_held(tmp_path: Path, packer: Callable[[], Any], first: bytes) -> None:
    bomb = packed_zeros(packer())
    start = packer()
    path = write(tmp_path, start.compress(first) + start.flush() + bomb if first else bomb)
    tracemalloc.start()
    try:
        file = MrtFile(path)
        if first:
            assert len(list(file)) == 2
            assert (
                file.damage == f"{64 << 20} bytes skipped in which there is no record, the first at byte {len(first)}"
            )
        else:
            with pytest.raises(Permanent, match="holds no MRT record"):
                list(file)
        assert tracemalloc.get_traced_memory()[1] < 32 << 20
    finally:
        tracemalloc.stop()


def test_records_without_a_route_are_not_read_for_ever(tmp_path: Path) -> None:
    packer = bz2.BZ2Compressor()
    record = mrt.record(NOON, 16, 4, bytes((1 << 18) - 12))
    file = MrtFile(write(tmp_path, b"".join([packer.compress(record) for _ in range(400)] + [packer.flush()])))
    assert list(file) == []
    assert "64 MB on end, unpacked, hold no route" in (file.damage or "")
    assert file.records < 300


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_what_unpacks_to_more_than_one_step_is_whole(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    file = MrtFile(write(tmp_path, pack(WHOLE * 6000) + pack(WHOLE * 6000) + bytes(7)))
    assert sum(1 for _ in file) == 4 * 12_000
    assert file.damage is None


def test_a_pipe_or_a_folder_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, tmp_path, Path("/dev/null")):
        with pytest.raises(Permanent, match="not a regular file"):
            list(MrtFile(path))
