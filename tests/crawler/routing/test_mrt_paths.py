"""AS paths by the RFCs: each test writes the attributes byte by byte and names the rule."""

from pathlib import Path

import pytest

from crawler.routing.model import ElemType
from crawler.routing.mrt.batch import AsPath
from crawler.routing.mrt.bgp import as_path, attributes
from crawler.routing.mrt.file import MrtFile
from tests.crawler.routing import mrt_bytes as mrt
from tests.crawler.routing.mrt_bytes import CONFED_SEQUENCE, CONFED_SET, SET, segment

PREFIX = mrt.nlri("198.51.100.0/24")
AS_TRANS = 23456
AGGREGATOR, AS4_AGGREGATOR = 7, 18


def announced(folder: Path, *attributes: bytes, width: int = 4, record: bytes | None = None) -> AsPath:
    """The path of one announcement by a session with AS numbers of `width` bytes."""
    message = mrt.update(mrt.ORIGIN_IGP + b"".join(attributes) + mrt.next_hop(), PREFIX)
    path = folder / "updates"
    path.write_bytes(record or mrt.bgp4mp(message, 1 if width == 2 else 4, width, 65001))
    file = MrtFile(path)
    (elem,) = file
    assert file.damage is None
    assert elem.type in (ElemType.ANNOUNCE, ElemType.RIB)
    return elem.as_path


def two_byte_path(*numbers: int) -> bytes:
    return mrt.as_path(segment(numbers, 2))


def aggregator(number: int, width: int) -> bytes:
    return number.to_bytes(width, "big") + b"\x0a\0\0\x01"


def test_prepends_are_kept(tmp_path: Path) -> None:
    """RFC 4271, 5.1.2: each prepend is a hop."""
    assert announced(tmp_path, mrt.as_path(segment([65550, 7, 7, 7]))) == (65550, 7, 7, 7)


def test_a_set_is_one_hop_without_order_or_repetition(tmp_path: Path) -> None:
    """RFC 4271, 4.3: AS_SET is unordered. RFC 9774 forbids to send it; archives hold it."""
    assert announced(tmp_path, mrt.as_path(segment([1, 2]), segment([9, 5, 5], kind=SET))) == (1, 2, (5, 9))


def test_a_set_may_stand_in_the_middle_and_beside_another(tmp_path: Path) -> None:
    path = mrt.as_path(segment([1]), segment([3, 2], kind=SET), segment([4], kind=SET), segment([5, 5]))
    assert announced(tmp_path, path) == (1, (2, 3), (4,), 5, 5)


def test_sequences_on_end_are_one(tmp_path: Path) -> None:
    """RFC 4271, 5.1.2: a path of more than 255 hops is several segments."""
    path = mrt.as_path(segment([7] * 255), segment([7, 8]))
    assert announced(tmp_path, path) == (7,) * 256 + (8,)


def test_an_empty_path_is_an_announcement_all_the_same(tmp_path: Path) -> None:
    """RFC 4271, 5.1.2: what an internal peer originates has an empty AS_PATH."""
    assert announced(tmp_path, mrt.as_path()) == ()


def test_a_confederations_members_are_left_out(tmp_path: Path) -> None:
    """RFC 5065, 5.3: they do not count and do not leave the confederation; what is left is the way outside."""
    inner = segment([64512, 64513], kind=CONFED_SEQUENCE), segment([64514], kind=CONFED_SET)
    assert announced(tmp_path, mrt.as_path(*inner, segment([1, 2]))) == (1, 2)


@pytest.mark.parametrize("value", [b"\x02\x02\0\0\0\x01", b"\x07\x01\0\0\0\x01", b"\x02"])
def test_a_malformed_path_is_no_path(value: bytes) -> None:
    """RFC 7606, 7.2: a segment that overruns, of an unknown type, or of one byte."""
    with pytest.raises((ValueError, IndexError)):
        as_path(value, 4)


def test_as4_path_takes_the_place_of_as_trans(tmp_path: Path) -> None:
    """RFC 6793, 4.2.3: as many leading hops of AS_PATH as AS4_PATH lacks."""
    path = two_byte_path(65001, 65002, AS_TRANS, AS_TRANS), mrt.as4_path(segment([196615, 196616]))
    assert announced(tmp_path, *path, width=2) == (65001, 65002, 196615, 196616)


def test_as4_path_takes_the_place_of_hops_that_are_not_as_trans_too(tmp_path: Path) -> None:
    path = two_byte_path(65001, AS_TRANS, 3), mrt.as4_path(segment([196615, 3]))
    assert announced(tmp_path, *path, width=2) == (65001, 196615, 3)


def test_an_as4_path_longer_than_as_path_is_ignored(tmp_path: Path) -> None:
    """RFC 6793, 4.2.3: some old speaker has cut AS_PATH since."""
    path = two_byte_path(65001, AS_TRANS), mrt.as4_path(segment([196615, 196616, 3]))
    assert announced(tmp_path, *path, width=2) == (65001, AS_TRANS)


def test_a_set_counts_as_one_hop_where_paths_are_merged(tmp_path: Path) -> None:
    """RFC 4271, 9.1.2.2: a set counts as 1, whatever it holds."""
    path = mrt.as_path(segment([65001], 2), segment([AS_TRANS, 7], 2, SET))
    assert announced(tmp_path, path, mrt.as4_path(segment([196615, 7], kind=SET)), width=2) == (65001, (7, 196615))


def test_a_confederation_does_not_count_where_paths_are_merged(tmp_path: Path) -> None:
    """RFC 5065, 5.3 by RFC 6793, 4.2.3. bgpdump counts it and loses 65001."""
    path = mrt.as_path(segment([64512], 2, CONFED_SEQUENCE), segment([65001, AS_TRANS], 2))
    assert announced(tmp_path, path, mrt.as4_path(segment([196615])), width=2) == (65001, 196615)


def test_an_as4_path_beside_numbers_of_four_bytes_is_ignored(tmp_path: Path) -> None:
    """RFC 6793, 4.1: new speakers do not send it to each other; who receives it discards it."""
    path = mrt.as_path(segment([65001, AS_TRANS, 4])), mrt.as4_path(segment([196615, 4]))
    assert announced(tmp_path, *path) == (65001, AS_TRANS, 4)


def test_a_malformed_as4_path_is_ignored(tmp_path: Path) -> None:
    """RFC 6793, 6: the attribute is discarded, the update stands."""
    path = two_byte_path(65001, AS_TRANS), mrt.attribute(17, b"\x02\x05\0\0\0\x01", 0xC0)
    assert announced(tmp_path, *path, width=2) == (65001, AS_TRANS)


@pytest.mark.parametrize(("number", "path"), [(7, (65001, AS_TRANS)), (AS_TRANS, (65001, 196615))])
def test_as4_path_counts_only_where_the_aggregator_is_as_trans(tmp_path: Path, number: int, path: AsPath) -> None:
    """RFC 6793, 4.2.3: else an old speaker has aggregated since, and AS4_PATH is stale."""
    attributes = (
        two_byte_path(65001, AS_TRANS),
        mrt.attribute(AGGREGATOR, aggregator(number, 2), 0xC0),
        mrt.as4_path(segment([196615])),
        mrt.attribute(AS4_AGGREGATOR, aggregator(196615, 4), 0xC0),
    )
    assert announced(tmp_path, *attributes, width=2) == path


def test_a_table_dump_has_numbers_of_two_bytes_and_as4_path(tmp_path: Path) -> None:
    """RFC 6396, 4.2."""
    attributes = two_byte_path(65001, AS_TRANS) + mrt.as4_path(segment([196615]))
    assert announced(tmp_path, record=mrt.table_dump("10.0.0.0/8", attributes)) == (65001, 196615)


def test_of_a_repeated_attribute_the_first_counts(tmp_path: Path) -> None:
    """RFC 7606, 3 g."""
    assert announced(tmp_path, mrt.as_path(segment([1, 2])), mrt.as_path(segment([3]))) == (1, 2)


def test_as_trans_alone_stays(tmp_path: Path) -> None:
    """Without AS4_PATH nobody knows who it was."""
    assert announced(tmp_path, two_byte_path(65001, AS_TRANS, AS_TRANS), width=2) == (65001, AS_TRANS, AS_TRANS)


@pytest.mark.parametrize(("declared", "written"), [(4, 2), (2, 4)])
def test_numbers_of_another_width_than_declared_are_read_where_only_they_fit(
    tmp_path: Path, declared: int, written: int
) -> None:
    path = (
        mrt.as_path(segment([65001, 65002, 3], written))
        if written == 2
        else mrt.as_path(segment([196615, 196616, 131079]))
    )
    expected = (65001, 65002, 3) if written == 2 else (196615, 196616, 131079)
    assert announced(tmp_path, path, width=declared) == expected


def test_a_broken_count_is_not_taken_for_another_width() -> None:
    """Numbers below 65536 of four bytes would be 0 and the number by two: RFC 7607."""
    with pytest.raises(ValueError, match="longer than its attribute"):
        attributes(mrt.attribute(2, b"\x02\x04" + segment([65001, 3])[2:]), 4)
