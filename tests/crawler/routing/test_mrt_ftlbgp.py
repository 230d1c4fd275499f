"""ftlbgp reads the same of whole files. Where it does not is why we read MRT ourselves: each case is a test here."""

from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest
from ftlbgp import MrtParser

from crawler.routing.mrt.batch import AsPath
from crawler.routing.mrt.file import MrtFile
from ops.demo.mrt import record
from tests.crawler.routing import mrt_bytes as mrt
from tests.crawler.routing.mrt_bytes import segment
from tests.crawler.routing.test_bgpdump import FILES, NAMES

_BGP = MrtParser.bgp
OPTIONS = {
    "named_records": False,
    "bgp_records": _BGP.records.route,
    "bgp_route": _BGP.route.human.source
    | _BGP.route.timestamp
    | _BGP.route.peer_as
    | _BGP.route.human.peer_ip
    | _BGP.route.human.prefix
    | _BGP.route.aspath
    | _BGP.route.path_id,
}


class Seen(NamedTuple):
    source: str
    at: float
    asn: int
    ip: str
    prefix: str
    path_id: int
    path: AsPath


def by_ftlbgp(path: Path) -> Counter[Seen]:
    with MrtParser(**OPTIONS) as parse:
        return Counter(Seen._make((*row[:5], row[5] or 0, tuple(row[6] or ()))) for row in parse(str(path)))


def by_us(path: Path) -> Counter[Seen]:
    return Counter(
        Seen(e.type.value, e.observed_at, e.peer_asn, e.peer_ip, e.prefix, e.path_id, e.as_path) for e in MrtFile(path)
    )


def read(folder: Path, content: bytes) -> tuple[list[Seen], list[Seen]]:
    """Ours and theirs."""
    path = folder / "updates"
    path.write_bytes(content)
    return sorted(by_us(path)), sorted(by_ftlbgp(path))


@pytest.mark.shared
@pytest.mark.skipif(not NAMES, reason="../shared/data/mrt is not there")
@pytest.mark.parametrize("name", [name for name in NAMES if "bird6" not in name])
def test_real_files_hold_the_same(name: str) -> None:
    assert by_us(FILES / name) == by_ftlbgp(FILES / name)


PREFIX, OTHER = mrt.nlri("198.51.100.0/24"), mrt.nlri("203.0.113.0/24")
PATH = mrt.plain_path([65550, 64500])
WHOLE = mrt.bgp4mp(mrt.update(PATH, PREFIX))


def test_it_merges_as4_path_where_as_path_has_all_numbers(tmp_path: Path) -> None:
    """RFC 6793, 4.1: a stale attribute, to be discarded."""
    attributes = mrt.ORIGIN_IGP + mrt.as_path(segment([1, 2, 3])) + mrt.as4_path(segment([9]))
    (ours,), (theirs,) = read(tmp_path, mrt.bgp4mp(mrt.update(attributes, PREFIX)))
    assert (ours.path, theirs.path) == ((1, 2, 3), (1, 2, 9))


def test_it_takes_a_confederation_for_a_part_of_the_path(tmp_path: Path) -> None:
    attributes = mrt.ORIGIN_IGP + mrt.as_path(segment([64512], kind=mrt.CONFED_SEQUENCE), segment([1, 2]))
    (ours,), (theirs,) = read(tmp_path, mrt.bgp4mp(mrt.update(attributes, PREFIX)))
    assert (ours.path, theirs.path) == ((1, 2), (64512, 1, 2))


def test_it_loses_ipv4_routes_beside_those_of_a_vpn(tmp_path: Path) -> None:
    vpn = mrt.mp_reach(b"\x70" + bytes(14), 1, 128)
    ours, theirs = read(tmp_path, mrt.bgp4mp(mrt.update(PATH + vpn, PREFIX)))
    assert (len(ours), len(theirs)) == (1, 0)


@pytest.mark.parametrize("between", [record(mrt.AT, 77, 0, b"abc"), record(mrt.AT, 16, 4, b"")])
def test_it_stops_at_a_type_that_it_does_not_know_and_at_an_empty_record(tmp_path: Path, between: bytes) -> None:
    ours, theirs = read(tmp_path, WHOLE + between + mrt.bgp4mp(mrt.update(PATH, OTHER)))
    assert (len(ours), len(theirs)) == (2, 1)


def test_it_reads_a_second_rib_by_the_peers_of_the_first(tmp_path: Path) -> None:
    ribs = [
        mrt.peer_index((asn, ip)) + mrt.rib("198.51.100.0/24", (0, PATH))
        for asn, ip in ((1, "192.0.2.1"), (2, "192.0.2.2"))
    ]
    ours, theirs = read(tmp_path, b"".join(ribs))
    assert {seen.asn for seen in ours} == {1, 2}
    assert {seen.asn for seen in theirs} == {1}
