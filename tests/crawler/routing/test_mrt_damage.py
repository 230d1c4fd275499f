"""Broken files: each test says which bytes are broken, what is lost by it, and what tells so."""

import bz2
import gzip
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.errors import RoutewireError
from crawler.routing.model import RouteElem
from crawler.routing.mrt.file import MrtFile
from ops.demo.mrt import record
from tests.crawler.routing import mrt_bytes as mrt

RECORDS = [
    mrt.bgp4mp(
        mrt.update(
            mrt.plain_path([65550, 64500 + number]),
            mrt.nlri(f"10.{number}.0.0/16", f"10.{number}.{number}.0/24"),
            mrt.nlri(f"172.16.{number}.0/24"),
        )
    )
    for number in range(8)
]
SIZE = len(RECORDS[0])
WHOLE = b"".join(RECORDS)
SAME_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def read(folder: Path, content: bytes) -> tuple[list[RouteElem], MrtFile]:
    path = folder / "updates.20171001.1200"
    path.write_bytes(content)
    file = MrtFile(path, name="x")
    return list(file), file


def numbers(elems: list[RouteElem]) -> list[int]:
    """Which of RECORDS the elements come from, by their prefixes."""
    return sorted({int(e.prefix.split(".")[2 if e.prefix.startswith("172") else 1]) for e in elems})


def with_length(number: int, length: int) -> bytes:
    """RECORDS with another length in the header of one: bytes 8 to 11 of it."""
    at = number * SIZE + 8
    return WHOLE[:at] + struct.pack(">I", length) + WHOLE[at + 4 :]


def test_a_record_whose_attribute_is_too_long_is_lost_alone(tmp_path: Path) -> None:
    # Record 2, byte 69 of it: the length of AS_PATH, 10, becomes 200, past the end of the path attributes.
    at = 2 * SIZE + RECORDS[2].index(b"\x40\x02\x0a") + 2
    elems, file = read(tmp_path, WHOLE[:at] + b"\xc8" + WHOLE[at + 1 :])
    assert numbers(elems) == [0, 1, 3, 4, 5, 6, 7]
    assert file.damage == (
        f"1 of 8 records damaged, the first is record 2, byte {2 * SIZE}: path attribute 2 is longer than what holds it"
    )
    assert file.records == 8


def test_every_unreadable_record_is_counted(tmp_path: Path) -> None:
    broken = bytearray(WHOLE)
    for number in (1, 4, 6):
        broken[number * SIZE + 12 + 20] = 0  # the first byte of BGP's marker
    elems, file = read(tmp_path, bytes(broken))
    assert numbers(elems) == [0, 2, 3, 5, 7]
    assert file.damage == f"3 of 8 records damaged, the first is record 1, byte {SIZE}: it holds no BGP message"


@pytest.mark.parametrize(
    "length", [0, 1, 30, SIZE - 13, SIZE - 11, SIZE, 2 * SIZE, 2 * SIZE - 12, 3 * SIZE + 5, 10_000, 1 << 31]
)
def test_a_wrong_length_loses_its_own_record_at_most(tmp_path: Path, length: int) -> None:
    # A length that is too long leaves the BGP message whole, which has one of its own.
    elems, file = read(tmp_path, with_length(2, length))
    fits = SIZE - 12 < length < len(WHOLE) - 2 * SIZE - 12
    assert numbers(elems) == ([0, 1, 2, 3, 4, 5, 6, 7] if fits else [0, 1, 3, 4, 5, 6, 7])
    assert len(elems) == 3 * (8 if fits else 7)
    assert f"byte {2 * SIZE}" in (file.damage or "") or f"byte {2 * SIZE + 12 + length}" in (file.damage or "")


def test_bytes_between_records_are_skipped_and_counted(tmp_path: Path) -> None:
    elems, file = read(tmp_path, WHOLE[: 3 * SIZE] + b"\xaa" * 1000 + WHOLE[3 * SIZE :])
    assert numbers(elems) == list(range(8))
    assert file.damage == f"1000 bytes skipped in which there is no record, the first at byte {3 * SIZE}"


def test_a_tail_of_zeros_is_told_and_is_no_record(tmp_path: Path) -> None:
    elems, file = read(tmp_path, WHOLE + bytes(5000))
    assert numbers(elems) == list(range(8))
    assert file.records == 8
    assert file.damage == f"5000 bytes skipped in which there is no record, the first at byte {8 * SIZE}"


def test_what_stands_before_the_first_record_is_skipped(tmp_path: Path) -> None:
    elems, file = read(tmp_path, b"HTTP/1.1 200 OK\r\n\r\n" + WHOLE)
    assert numbers(elems) == list(range(8))
    assert file.damage == "19 bytes skipped in which there is no record, the first at byte 0"


def test_a_cut_is_told_with_its_place(tmp_path: Path) -> None:
    elems, file = read(tmp_path, WHOLE[: 5 * SIZE + 40])
    assert numbers(elems) == [0, 1, 2, 3, 4]
    assert file.damage == (
        f"cut at byte {5 * SIZE + 40} inside record 5, which begins at byte {5 * SIZE};"
        " what follows record 4 is missing, how many records cannot be known"
    )


@pytest.mark.parametrize("kind", [11, 32, 48])
def test_records_of_other_protocols_are_passed_over_and_counted(tmp_path: Path, kind: int) -> None:
    other = record(mrt.AT, kind, 0, b"abc")
    elems, file = read(tmp_path, WHOLE[:SIZE] + other * 3 + WHOLE[SIZE:])
    assert numbers(elems) == list(range(8))
    assert file.damage is None
    assert list(file.notes.values()) == [3]
    assert elems[-1].record == 10


def test_a_type_that_nobody_knows_does_not_stop_the_reading(tmp_path: Path) -> None:
    elems, file = read(tmp_path, WHOLE[:SIZE] + record(mrt.AT, 77, 1, b"abc") * 2 + WHOLE[SIZE:])
    assert numbers(elems) == list(range(8))
    assert file.damage == (
        f"2 of 10 records damaged, the first is record 1, byte {SIZE}: type 77, subtype 1, cannot be read"
    )


def test_an_empty_record_does_not_stop_the_reading(tmp_path: Path) -> None:
    elems, file = read(tmp_path, WHOLE[:SIZE] + record(mrt.AT, 16, 4, b"") + WHOLE[SIZE:])
    assert numbers(elems) == list(range(8))
    assert "1 of 9 records damaged" in (file.damage or "")


def test_one_broken_entry_of_a_rib_does_not_take_the_others(tmp_path: Path) -> None:
    good = mrt.plain_path([65550, 64500])
    bad = good.replace(b"\x40\x02\x0a", b"\x40\x02\xc8")
    index = mrt.peer_index((1, "192.0.2.1"), (2, "192.0.2.2"), (3, "192.0.2.3"))
    rib = mrt.rib("10.0.0.0/8", (0, good), (1, bad), (2, good), (7, good))
    elems, file = read(tmp_path, index + rib)
    assert [e.peer_asn for e in elems] == [1, 3]
    assert "1 of 2 records damaged, the first is record 1" in (file.damage or "")


def test_a_rib_without_its_table_of_peers_is_told(tmp_path: Path) -> None:
    elems, file = read(tmp_path, mrt.rib("10.0.0.0/8", (0, mrt.plain_path([1, 2]))))
    assert elems == []
    assert "no table of peers" in (file.damage or "")


def test_a_corrupt_gzip_gives_all_before_the_broken_byte(tmp_path: Path) -> None:
    # A deflate block of the type 3, which there is not (RFC 1951, 3.2.3), follows a million whole bytes.
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    good = packer.compress(WHOLE * 1000) + packer.flush(zlib.Z_FULL_FLUSH)
    elems, file = read(tmp_path, good + b"\x07" + bytes(500_000))
    assert len(elems) == 1000 * 8 * 3
    assert "the last part of what was read before may be wrong as well" in (file.damage or "")
    assert abs(int((file.damage or "").split("about byte ")[1].split()[0]) - len(good)) <= 4
    assert "what follows record 7999 is missing, how many records cannot be known" in (file.damage or "")


def test_a_gzip_whose_checksum_is_wrong_is_told_though_all_could_be_read(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(WHOLE, mtime=0))
    packed[-8] ^= 1
    elems, file = read(tmp_path, bytes(packed))
    assert numbers(elems) == list(range(8))
    assert "the checksum of the gzip data does not fit, which begin at byte 0" in (file.damage or "")
    assert "some of what was read of them may be wrong" in (file.damage or "")
    assert "is missing" not in (file.damage or "")


def test_a_gzip_that_unpacks_to_something_else_vouches_for_none_of_it(tmp_path: Path) -> None:
    # Stored, not deflated: a byte of the content, the second hop of a path, is another; only the checksum knows.
    first, second = gzip.compress(WHOLE, mtime=0), bytearray(gzip.compress(WHOLE, 0, mtime=0))
    second[second.index(RECORDS[3]) + RECORDS[3].index(struct.pack(">I", 64503)) + 3] ^= 4
    elems, file = read(tmp_path, first + bytes(second))
    assert len(elems) == 2 * 8 * 3
    assert 64499 in {hop for e in elems[27:] for hop in e.as_path if e.prefix == "10.3.0.0/16"}
    assert f"the checksum of the gzip data does not fit, which begin at byte {len(first)} of" in (file.damage or "")


def test_what_follows_a_whole_gzip_makes_nothing_of_it_doubtful(tmp_path: Path) -> None:
    packed = gzip.compress(WHOLE, mtime=0)
    elems, file = read(tmp_path, packed + b"no gzip at all")
    assert numbers(elems) == list(range(8))
    assert f"nothing can be unpacked from about byte {len(packed) + 1} of the file on" in (file.damage or "")
    assert "may be wrong" not in (file.damage or "")


def test_a_corrupt_bzip2_gives_the_blocks_before(tmp_path: Path) -> None:
    good, bad = bz2.compress(WHOLE), bytearray(bz2.compress(WHOLE[::-1]))
    bad[20] ^= 0xFF
    elems, file = read(tmp_path, good + bytes(bad))
    assert numbers(elems) == list(range(8))
    assert "bzip2 data are corrupt" in (file.damage or "")


def block_ends(packed: bytes) -> list[tuple[int, int]]:
    """Of the blocks of bzip2 data: where each ends, in packed bytes and in unpacked ones."""
    decoder, ends, size = bz2.BZ2Decompressor(), [], 0
    for at in range(len(packed)):
        if out := decoder.decompress(packed[at : at + 1]):
            size += len(out)
            while not decoder.eof and (out := decoder.decompress(b"")):
                size += len(out)
            ends.append((at + 1, size))
    return ends


BLOCKS = bz2.compress(WHOLE * 400, 1)
ENDS = block_ends(BLOCKS)


@pytest.mark.parametrize("after", range(1, len(ENDS)))
def test_every_whole_block_of_a_corrupt_bzip2_is_given(tmp_path: Path, after: int) -> None:
    (start, good), (end, _) = ENDS[after - 1], ENDS[after]
    broken = bytearray(BLOCKS)
    broken[end - 20] ^= 0xFF
    whole, _ = read(tmp_path, WHOLE * 400)
    elems, file = read(tmp_path, bytes(broken))
    assert elems == whole[: good // SIZE * 3]
    assert f"the bzip2 data are corrupt between the bytes {start - 1} and " in (file.damage or "")
    assert start < end - 20 <= int((file.damage or "").split(" and ")[1].split()[0]) <= end + 20


@given(at=st.integers(4, len(BLOCKS) - 1), bits=st.integers(1, 255), before=st.sampled_from([b"", bz2.compress(WHOLE)]))
@SAME_FOLDER
def test_nothing_of_a_broken_block_of_bzip2_is_given(tmp_path: Path, at: int, bits: int, before: bytes) -> None:
    broken = bytearray(BLOCKS)
    broken[at] ^= bits
    whole, _ = read(tmp_path, (WHOLE if before else b"") + WHOLE * 400)
    try:
        elems, file = read(tmp_path, before + bytes(broken))
    except RoutewireError:
        return
    good = max((size for end, size in ENDS if end <= at), default=0) + (len(WHOLE) if before else 0)
    assert elems == whole[: len(elems)]
    assert len(elems) >= good // SIZE * 3
    assert file.damage is not None or elems == whole


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_where_no_record_could_be_read_it_says_so(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    elems, file = read(tmp_path, pack(WHOLE)[:12])
    assert elems == []
    assert (file.damage or "").endswith("; no record could be read")
    assert "-1" not in (file.damage or "")


@given(cut=st.integers(0, len(WHOLE)))
@SAME_FOLDER
def test_a_cut_anywhere_gives_what_came_before(tmp_path: Path, cut: int) -> None:
    if 0 < cut < 12:
        with pytest.raises(RoutewireError, match="holds no MRT record"):
            read(tmp_path, WHOLE[:cut])
        return
    whole, _ = read(tmp_path, WHOLE)
    elems, file = read(tmp_path, WHOLE[:cut])
    assert elems == whole[: len(elems)]
    assert file.records == cut // SIZE
    assert (file.damage is None) == (cut > 0 and cut % SIZE == 0)


@given(flips=st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(1, 255)), min_size=1, max_size=4))
@SAME_FOLDER
def test_flipped_bytes_touch_no_other_record(tmp_path: Path, flips: list[tuple[int, int]]) -> None:
    broken = bytearray(WHOLE)
    for at, bits in flips:
        broken[at] ^= bits
    hurt = {at // SIZE for at, _ in flips}
    whole, _ = read(tmp_path, WHOLE)
    try:
        elems, file = read(tmp_path, bytes(broken))
    except RoutewireError:
        return
    unhurt = {e._replace(record=0) for e in whole if not {e.record} & hurt}
    found = {e._replace(record=0) for e in elems}
    if not unhurt <= found:
        assert file.damage is not None
    assert len(found - unhurt) <= 70 * len(hurt)  # a record of this size holds no more than as many prefixes


@given(pack=st.sampled_from([gzip.compress, bz2.compress]), data=st.data())
@SAME_FOLDER
def test_flipped_bytes_of_a_packed_file_are_told(
    tmp_path: Path, pack: Callable[[bytes], bytes], data: st.DataObject
) -> None:
    packed = bytearray(pack(WHOLE))
    at = data.draw(st.integers(0, len(packed) - 1))
    packed[at] ^= data.draw(st.integers(1, 255))
    whole, _ = read(tmp_path, WHOLE)
    try:
        elems, file = read(tmp_path, bytes(packed))
    except RoutewireError:
        return
    assert elems == whole or file.damage is not None


@given(pack=st.sampled_from([gzip.compress, bz2.compress]), data=st.data())
@SAME_FOLDER
def test_a_cut_of_a_packed_file_is_told(tmp_path: Path, pack: Callable[[bytes], bytes], data: st.DataObject) -> None:
    packed = pack(WHOLE * 40)
    cut = data.draw(st.integers(12, len(packed) - 1))
    whole, _ = read(tmp_path, WHOLE * 40)
    try:
        elems, file = read(tmp_path, packed[:cut])
    except RoutewireError as error:  # where nothing unpacks to a whole header
        elems, told = [], str(error)
    else:
        told = file.damage or ""
    assert elems == whole[: len(elems)]
    assert f"data end before their end, at byte {cut} of the file" in told
