"""What we read of MRT files beside Debian's bgpdump: the same elements, and each exception explained by its bytes."""

import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import NamedTuple

import pytest

from crawler.routing.model import ElemType
from crawler.routing.mrt.batch import AsPath
from crawler.routing.mrt.file import MrtFile
from tests.crawler.routing import mrt_bytes as mrt
from tests.crawler.routing.mrt_bytes import segment

FILES = Path(__file__).parents[4] / "shared" / "data" / "mrt"
NAMES = sorted(path.name for path in FILES.glob("*") if path.suffix != ".json") if FILES.is_dir() else []
BGPDUMP = shutil.which("bgpdump")
TYPES = {"A": ElemType.ANNOUNCE, "W": ElemType.WITHDRAW, "B": ElemType.RIB}

pytestmark = pytest.mark.skipif(BGPDUMP is None, reason="bgpdump is not installed")


class Seen(NamedTuple):
    type: ElemType
    peer_ip: str
    peer_asn: int
    prefix: str
    path_id: int
    path: AsPath


def by_bgpdump(path: Path) -> Counter[Seen]:
    """The lines of `bgpdump -m`: form, time, type, peer, prefix, [path identifier,] AS path, …"""
    done = subprocess.run([BGPDUMP or "", "-m", "-q", path], capture_output=True, text=True, check=True)
    return Counter(_seen(line.split("|")) for line in done.stdout.splitlines() if line.split("|")[2] in TYPES)


def _seen(cells: list[str]) -> Seen:
    with_id = cells[0].endswith("_AP")
    path = cells[6 + with_id] if cells[2] != "W" else ""
    path_id = int(cells[6]) if with_id else 0
    prefix = str(ip_network(cells[5], strict=False))
    return Seen(TYPES[cells[2]], cells[3], int(cells[4]), prefix, path_id, tuple(_hops(path)))


def _hops(path: str) -> Iterator[int | tuple[int, ...]]:
    for hop in path.split():
        yield tuple(sorted({int(n) for n in hop[1:-1].split(",")})) if hop.startswith("{") else int(hop)


def by_us(path: Path) -> Counter[Seen]:
    file = MrtFile(path)
    found = Counter(Seen(e.type, e.peer_ip, e.peer_asn, e.prefix, e.path_id, e.as_path) for e in file)
    assert file.damage is None
    return found


@pytest.mark.shared
@pytest.mark.skipif(not NAMES, reason="../shared/data/mrt is not there")
@pytest.mark.parametrize("name", NAMES)
def test_real_files_hold_what_bgpdump_says(name: str) -> None:
    """No exception: every element of every file is the same, by type, peer, prefix, path identifier and path.

    bgpkit__rrc01__updates.20001104.0124.gz has 42 state changes of 8 bytes, the first being record 34 at byte 1893: AS
    numbers 0 and 0, then the states 3 and 4, with no interface, family and addresses (RFC 6396, 4.4.1 has all of them);
    and 21 OPEN messages without addresses. None of them is a route; bgpdump warns of them, we count them in `notes`.
    """
    theirs, ours = by_bgpdump(FILES / name), by_us(FILES / name)
    assert ours.total() > 0
    assert Counter(seen.type for seen in ours.elements()) == Counter(seen.type for seen in theirs.elements())
    assert ours == theirs


@pytest.mark.shared
@pytest.mark.skipif(not NAMES, reason="../shared/data/mrt is not there")
def test_what_early_zebra_wrote_without_addresses_is_counted() -> None:
    file = MrtFile(FILES / "bgpkit__rrc01__updates.20001104.0124.gz")
    assert sum(1 for _ in file) == 519
    assert sorted(file.notes.values()) == [21, 42]
    assert len(file.sessions) == 322


TWO, FOUR = mrt.plain_path([65001, 65002], 2), mrt.plain_path([65550, 196615])
PREFIXES = "198.51.100.0/24", "203.0.113.128/25"
GONE = "192.0.2.0/26"
UPDATE_2 = mrt.update(TWO, mrt.nlri(*PREFIXES), mrt.nlri(GONE))
UPDATE_4 = mrt.update(FOUR, mrt.nlri(*PREFIXES), mrt.nlri(GONE))
UPDATE_PATHS = mrt.update(FOUR, mrt.nlri(*PREFIXES, path_id=5), mrt.nlri(GONE, path_id=9))
UPDATE_PATHS_2 = mrt.update(TWO, mrt.nlri(*PREFIXES, path_id=5), mrt.nlri(GONE, path_id=9))
LONG = ("2001:db8:1::/48", "2001:db8:2::/47", "2001:db8::/32")
UPDATE_V6 = mrt.update(
    mrt.ORIGIN_IGP + mrt.as_path(segment([65550, 7])) + mrt.mp_reach(mrt.nlri(*LONG)) + mrt.mp_unreach(mrt.nlri("::/0"))
)
RIB_V6 = mrt.ORIGIN_IGP + mrt.as_path(segment([65550, 7]))
HOP = mrt.attribute(14, b"\x10" + bytes(15) + b"\1", 0x80)
INDEX = mrt.peer_index((65550, "192.0.2.1"), (65001, "2001:db8::9"), (196615, "192.0.2.3"), view=b"v")
FORMS = {
    "BGP4MP_MESSAGE": mrt.bgp4mp(UPDATE_2, 1, 2, 65001),
    "BGP4MP_MESSAGE_AS4": mrt.bgp4mp(UPDATE_4),
    "BGP4MP_MESSAGE_ADDPATH": mrt.bgp4mp(UPDATE_PATHS_2, 8, 2, 65001),
    "BGP4MP_MESSAGE_AS4_ADDPATH": mrt.bgp4mp(UPDATE_PATHS, 9),
    "BGP4MP_MESSAGE_LOCAL_ADDPATH": mrt.bgp4mp(UPDATE_PATHS_2, 10, 2, 65001),
    "BGP4MP_MESSAGE_AS4_LOCAL_ADDPATH": mrt.bgp4mp(UPDATE_PATHS, 11),
    "BGP4MP_ET, numbers of two bytes": mrt.bgp4mp_et(UPDATE_2, 1, 2, 65001),
    "BGP4MP_ET, numbers of four bytes": mrt.bgp4mp_et(UPDATE_4),
    "BGP4MP_ET, path identifiers": mrt.bgp4mp_et(UPDATE_PATHS, 9),
    "BGP4MP, IPv6 peer and prefixes": mrt.bgp4mp(UPDATE_V6, ip=mrt.PEER_IP6),
    "BGP4MP, IPv6 prefixes of an IPv4 peer": mrt.bgp4mp(UPDATE_V6),
    "BGP4MP, a VPN's prefixes beside IPv4 ones": mrt.bgp4mp(
        mrt.update(FOUR + mrt.mp_reach(b"\x70" + bytes(14), 1, 128), mrt.nlri(*PREFIXES))
    ),
    "BGP4MP, the default route before another": mrt.bgp4mp(mrt.update(FOUR, mrt.nlri("0.0.0.0/0", *PREFIXES))),
    "BGP4MP, bits beyond the prefix": mrt.bgp4mp(mrt.update(FOUR, b"\x14\xc6\x33\x6f")),
    "BGP4MP, no AS_PATH": mrt.bgp4mp(mrt.update(mrt.ORIGIN_IGP + mrt.next_hop(), mrt.nlri(*PREFIXES))),
    "type 5, announcement": mrt.old_bgp(mrt.update(TWO, mrt.nlri(*PREFIXES))),
    "TABLE_DUMP, IPv4": mrt.table_dump("198.51.100.0/24", TWO),
    "TABLE_DUMP, IPv6": mrt.table_dump("2001:db8::/32", TWO, ip=mrt.PEER_IP6),
    "TABLE_DUMP, numbers of four bytes": mrt.table_dump("198.51.100.0/24", FOUR, asn=65550, width=4),
    "TABLE_DUMP_V2, IPv4": INDEX + mrt.rib("198.51.100.0/24", (0, FOUR), (2, FOUR)) + mrt.rib("0.0.0.0/0", (1, FOUR)),
    "TABLE_DUMP_V2, IPv6, next hop alone": INDEX + mrt.rib("2001:db8::/32", (1, RIB_V6 + HOP), subtype=4),
    "TABLE_DUMP_V2, IPv6, whole attribute": INDEX
    + mrt.rib("2001:db8::/32", (1, RIB_V6 + mrt.mp_reach(mrt.nlri("2001:db8::/32"))), subtype=4),
    "TABLE_DUMP_V2, IPv4, path identifiers": INDEX + mrt.rib_paths("198.51.100.0/24", (0, 1, FOUR), (0, 2, FOUR)),
    "TABLE_DUMP_V2, IPv6, path identifiers": INDEX
    + mrt.rib_paths("2001:db8::/32", (1, 1, RIB_V6 + HOP), (2, 7, RIB_V6 + HOP), subtype=10),
    "two RIBs in one file": INDEX
    + mrt.rib("198.51.100.0/24", (0, FOUR))
    + mrt.peer_index((7, "192.0.2.77"))
    + mrt.rib("198.51.100.0/24", (0, FOUR)),
    "a RIB and updates in one file": mrt.bgp4mp(UPDATE_4)
    + INDEX
    + mrt.rib("10.0.0.0/8", (0, FOUR))
    + mrt.bgp4mp(UPDATE_4),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_holds_what_bgpdump_says(form: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(FORMS[form])
    ours = by_us(path)
    assert ours.total() > 0
    assert ours == by_bgpdump(path)


def read(folder: Path, content: bytes) -> tuple[Counter[Seen], Counter[Seen]]:
    path = folder / "file"
    path.write_bytes(content)
    return by_us(path), by_bgpdump(path)


def test_a_message_that_the_collector_sent_is_not_its_peers(tmp_path: Path) -> None:
    """RFC 6396, 4.4.5: subtypes 6 and 7 are locally generated. bgpdump names the peer in 6, the collector in 10."""
    ours, theirs = read(tmp_path, mrt.bgp4mp(UPDATE_4, 7))
    assert {seen.peer_asn for seen in ours} == {6447}
    assert Counter(seen[0] for seen in ours) == Counter(seen[0] for seen in theirs)


def test_multicast_is_a_table_of_its_own(tmp_path: Path) -> None:
    """RFC 4760, 3: SAFI 2. bgpdump gives such prefixes of updates as any other, and none of a multicast RIB."""
    reach = mrt.ORIGIN_IGP + mrt.as_path(segment([1, 2])) + mrt.mp_reach(mrt.nlri(*PREFIXES), 1, 2, mrt.PEER_IP)
    ours, theirs = read(tmp_path, mrt.bgp4mp(mrt.update(reach)) + mrt.bgp4mp(UPDATE_4))
    assert (ours.total(), theirs.total()) == (3, 5)
    ours, theirs = read(tmp_path, INDEX + mrt.rib("198.51.100.0/24", (0, FOUR), subtype=3))
    assert (ours.total(), theirs.total()) == (0, 0)


def test_generic_rib_entries_are_read(tmp_path: Path) -> None:
    """RFC 6396, 4.3.3 and RFC 8050, 4.2: subtypes 6 and 12, which bgpdump leaves out."""
    content = mrt.rib_generic("198.51.100.0/24", (0, FOUR)) + mrt.rib_generic("2001:db8::/32", (0, FOUR), path_id=3)
    ours, theirs = read(tmp_path, INDEX + content)
    assert sorted((seen.prefix, seen.path_id) for seen in ours) == [("198.51.100.0/24", 0), ("2001:db8::/32", 3)]
    assert theirs.total() == 0


def test_path_identifiers_that_the_type_does_not_announce_are_found_and_told(tmp_path: Path) -> None:
    """RFC 7911, 3 in a record of subtype 4: bgpdump reads the identifier 5, four bytes, as three default routes."""
    path = tmp_path / "file"
    path.write_bytes(
        mrt.bgp4mp(UPDATE_PATHS) + INDEX + mrt.rib_paths("10.0.0.0/8", (0, 1, FOUR), (2, 7, FOUR), subtype=2)
    )
    file = MrtFile(path)
    assert [(e.prefix, e.path_id) for e in file] == [
        (GONE, 9),
        *((prefix, 5) for prefix in PREFIXES),
        ("10.0.0.0/8", 1),
        ("10.0.0.0/8", 7),
    ]
    assert file.damage is None
    assert file.notes == {"read as with path identifiers, which their type does not announce: records": 2}
    assert "0.0.0.0/0" in {seen.prefix for seen in by_bgpdump(path)}


def test_withdrawals_of_type_5(tmp_path: Path) -> None:
    """RFC 6396, appendix. bgpdump finds as many, and gives them the last byte of another address."""
    ours, theirs = read(tmp_path, mrt.old_bgp(mrt.update(withdrawn=mrt.nlri(GONE))))
    assert [seen.prefix for seen in ours] == [GONE]
    assert theirs.total() == 1


def test_a_confederation_is_marked_by_bgpdump_and_left_out_by_us(tmp_path: Path) -> None:
    path = tmp_path / "file"
    attributes = mrt.ORIGIN_IGP + mrt.as_path(segment([64512], kind=mrt.CONFED_SEQUENCE), segment([1, 2]))
    path.write_bytes(mrt.bgp4mp(mrt.update(attributes, mrt.nlri(*PREFIXES))))
    assert {seen.path for seen in by_us(path)} == {(1, 2)}
    done = subprocess.run([BGPDUMP or "", "-m", "-q", path], capture_output=True, text=True, check=True)
    assert "|(64512) 1 2|" in done.stdout
