from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import Permanent
from crawler.routing.knowledge import Validity
from crawler.routing.reference.rpki import Vrp, VrpTable, parse_prefix, read_vrps
from tests.crawler.routing.referencefiles import roas_csv, vrps_json

Network = IPv4Network | IPv6Network


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """Few leading bits differ, so that they often lie in each other."""
    base, bits = draw(st.sampled_from([(0x0A << 24, 32), (0x20010DB8 << 96, 128)]))
    length = draw(st.integers(8 if bits == 32 else 28, bits))
    address = base | draw(st.integers(0, 15)) << bits - 12 - (20 if bits == 128 else 0)
    kind = IPv4Network if bits == 32 else IPv6Network
    return kind((address >> (bits - length) << (bits - length), length))


@st.composite
def payloads(draw: st.DrawFn) -> Vrp:
    network = draw(networks())
    max_length = draw(st.integers(network.prefixlen, min(network.max_prefixlen, network.prefixlen + 8)))
    return Vrp(str(network), max_length, draw(st.integers(0, 3)))


def by_rfc_6811(vrps: list[Vrp], route: Network, origin: int) -> Validity:
    covering = [
        vrp
        for vrp in vrps
        if (outer := ip_network(vrp.prefix)).version == route.version and route.subnet_of(outer)  # type: ignore[arg-type]
    ]
    if any(vrp.origin == origin != 0 and route.prefixlen <= vrp.max_length for vrp in covering):
        return Validity.VALID
    return Validity.INVALID if covering else Validity.NOT_FOUND


@given(st.lists(payloads(), max_size=20), networks(), st.integers(0, 3))
def test_validity_is_that_of_the_rfc_read_literally(vrps: list[Vrp], route: Network, origin: int) -> None:
    table = VrpTable(vrps, "generated")
    assert table.validity(str(route), origin) is by_rfc_6811(vrps, route, origin)
    assert len(table) == len(set(vrps))
    covering = [v for v in set(vrps) if by_rfc_6811([v], route, 4) is Validity.INVALID]
    assert sorted(table.covering(str(route))) == sorted(covering)


def test_what_as0_holds_nobody_may_announce() -> None:
    table = VrpTable([Vrp("192.0.2.0/24", 32, 0)], "s")
    assert table.validity("192.0.2.0/25", 64500) is Validity.INVALID
    assert table.validity("192.0.2.0/24", 0) is Validity.INVALID


@pytest.mark.parametrize("text", ["192.0.2.0", "192.0.2.0/33", "2001:db8::/129", "192.0.2/24", "", "x/1", "1.2.3.4/+8"])
def test_what_is_no_prefix_is_refused(text: str) -> None:
    with pytest.raises(Permanent, match="is not a prefix"):
        parse_prefix(text)


ROAS = [(64500, "192.0.2.0/24", 24), (64501, "2001:db8::/32", 48)]


def test_json_and_csv_say_the_same(tmp_path: Path) -> None:
    whole, part = tmp_path / "2026-11-22.json", tmp_path / "2026-11-22.ripencc.csv.xz"
    whole.write_bytes(vrps_json(ROAS))
    part.write_bytes(roas_csv(ROAS))
    for path in (whole, part):
        table = read_vrps([path], "VRPs, 2026-11-22")
        assert table.source == "VRPs, 2026-11-22"
        assert len(table) == 2
        assert table.validity("192.0.2.0/24", 64500) is Validity.VALID
        assert table.validity("192.0.2.0/25", 64500) is Validity.INVALID
        assert table.validity("2001:db8:1::/48", 64501) is Validity.VALID
        assert table.validity("198.51.100.0/24", 64500) is Validity.NOT_FOUND


def test_trust_anchors_make_one_table(tmp_path: Path) -> None:
    paths = [tmp_path / "ripencc.csv.xz", tmp_path / "arin.csv.xz", tmp_path / "afrinic.csv.xz"]
    for path, roas in zip(paths, ([ROAS[0]], [ROAS[1]], []), strict=True):
        path.write_bytes(roas_csv(roas))
    assert len(read_vrps(paths, "")) == 2


def test_an_origin_may_be_text_and_a_missing_max_length_is_the_prefixs_own(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.xz"
    path.write_bytes(roas_csv([(64500, "192.0.2.0/24", "")]))
    assert list(read_vrps([path], "").covering("192.0.2.0/24")) == [Vrp("192.0.2.0/24", 24, 64500)]
    whole = tmp_path / "b.json"
    whole.write_bytes(b'{"roas": [{"asn": "AS64500", "prefix": "192.0.2.0/24", "maxLength": 24}]}')
    assert len(read_vrps([whole], "")) == 1


def test_bad_payloads_are_counted(tmp_path: Path) -> None:
    many = [(64500, f"10.{i // 256}.{i % 256}.0/24", 24) for i in range(500)]
    path = tmp_path / "a.csv.xz"
    path.write_bytes(roas_csv([*many, (64500, "10.0.0.0/24", 33), (64500, "nonsense", 24)]))
    table = read_vrps([path], "VRPs")
    assert (len(table), table.bad_lines) == (500, 2)
    assert table.source == "VRPs (2 lines could not be read)"


@pytest.mark.parametrize(
    ("name", "body", "says"),
    [
        ("a.json", vrps_json(ROAS)[:-40], "is not whole JSON"),
        ("a.json", b"<html>busy</html>", "is not whole JSON"),
        ("a.json", b'{"error": "busy"}', 'has no list "roas"'),
        ("a.json", vrps_json([]), "does not hold ROA payloads"),
        ("a.csv.xz", roas_csv(ROAS)[:-20], "cannot be read whole"),
        ("a.csv", b"<html>busy</html>\n<p>\n", "does not hold ROA payloads"),
        ("a.csv", b"", "does not hold ROA payloads"),
    ],
)
def test_what_is_no_such_file_is_refused(tmp_path: Path, name: str, body: bytes, says: str) -> None:
    path = tmp_path / name
    path.write_bytes(body)
    with pytest.raises(Permanent, match=says):
        read_vrps([path], "")
