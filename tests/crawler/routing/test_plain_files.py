"""Real files of other projects' test suites: no event that their bytes do not bear out."""

import gzip
from collections import defaultdict
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path

import pytest

from crawler.routing.model import ElemType, EventKind, RouteElem, RoutingEvent
from crawler.routing.mrt.file import MrtFile
from crawler.routing.observe import observe, observe_all
from ops.demo import mrt

FILES = Path(__file__).parents[4] / "shared" / "data" / "mrt"
pytestmark = [pytest.mark.shared, pytest.mark.skipif(not FILES.is_dir(), reason="../shared/data/mrt is not there")]
UPDATES = {
    "bgpkit__rrc01__updates.20001104.0124.gz": "rrc01/2000.11/updates.20001104.0124.gz",
    "bgpkit__rrc03__updates.20100227.1600.first-796-records.gz": "rrc03/2010.02/updates.20100227.1600.gz",
    "bgpkit__rrc15__updates.20100227.1600.gz": "rrc15/2010.02/updates.20100227.1600.gz",
    "bgpkit__rrc15__updates.20100227.1610.gz": "rrc15/2010.02/updates.20100227.1610.gz",
    "libbgpstream__ris.rrc06.updates.1427846400.gz": "rrc06/2015.04/updates.20150401.0000.gz",
    "libbgpstream__routeviews.route-views.jinx.updates.1427846400.bz2": (
        "route-views.jinx/bgpdata/2015.04/UPDATES/updates.20150401.0000.bz2"
    ),
    "bgpdump__updates.20160811.1600.gz": "rrc00/2016.08/updates.20160811.1600.gz",
    "bgpdump__updates.long_withdrawal.gz": "rrc00/2019.12/updates.20191231.1140.gz",
    "bgpkit__examples_updates.bz2": "route-views4/bgpdata/2024.09/UPDATES/updates.20240914.2230.bz2",
}
RIBS = {
    "bgpdump__bview.64k_stream_overflow.gz": "rrc00/2018.09/bview.20180919.0000.gz",
    "bgpdump__bview.ipv4_unicast_add_path.gz": "rrc00/2016.01/bview.20160107.1100.gz",
    "bgpdump__bview.ipv6_unicast_add_path.gz": "rrc01/2016.01/bview.20160107.1100.gz",
}


def put(folder: Path, name: str, place: str) -> None:
    path = folder / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes((FILES / name).read_bytes())


@pytest.mark.parametrize("name", UPDATES)
def test_updates_without_a_rib_are_no_events_but_a_gap(name: str, tmp_path: Path) -> None:
    put(tmp_path, name, UPDATES[name])
    view = observe_all(tmp_path)
    assert view.events == ()
    assert any("no RIB" in gap.reason for gap in view.coverage.gaps)


def test_the_updates_of_a_day_at_several_collectors(tmp_path: Path) -> None:
    for name, place in UPDATES.items():
        if "/2010.02/" in place:
            put(tmp_path, name, place)
    assert observe_all(tmp_path).events == ()


@pytest.mark.parametrize("name", RIBS)
def test_a_rib_alone_is_no_event(name: str, tmp_path: Path) -> None:
    put(tmp_path, name, RIBS[name])
    stamp = datetime.strptime(RIBS[name].split(".")[-2] + RIBS[name].split(".")[-3], "%H%M%Y%m%d").replace(tzinfo=UTC)
    view = observe(tmp_path, stamp, stamp.replace(minute=30))
    assert view.events == ()
    assert view.coverage.peers_total > 0


def test_what_is_told_of_a_real_file_is_in_its_records(tmp_path: Path) -> None:
    """The routes of one file of five minutes are made the RIB of another, ten minutes later."""
    before = MrtFile(FILES / "bgpkit__rrc15__updates.20100227.1600.gz", "rrc15")
    held = {(e.prefix, e.peer_asn, e.peer_ip): e for e in before if e.type is ElemType.ANNOUNCE}
    write_rib(tmp_path / "rrc15/2010.02/bview.20100227.1605.gz", list(held.values()))
    put(tmp_path, "bgpkit__rrc15__updates.20100227.1610.gz", "rrc15/2010.02/updates.20100227.1610.gz")
    said: dict[str, list[RouteElem]] = defaultdict(list)
    for elem in MrtFile(FILES / "bgpkit__rrc15__updates.20100227.1610.gz", "rrc15"):
        said[elem.prefix].append(elem)
    origins: dict[str, set[int]] = defaultdict(set)
    for elem in held.values():
        origins[elem.prefix].update(elem.origin_asns)
    events = observe_all(tmp_path).events
    assert {event.kind for event in events} == {
        EventKind.SUBPREFIX_ORIGIN_CHANGE,
        EventKind.UPSTREAM_ADDED,
        EventKind.OUTAGE,
        EventKind.PARTIAL_OUTAGE,
    }
    for event in events:
        for prefix in event.prefixes:
            assert borne_out(event, prefix, said[prefix], origins), (event.kind, prefix)


def borne_out(event: RoutingEvent, prefix: str, said: list[RouteElem], origins: dict[str, set[int]]) -> bool:
    """By a look at the elements, without any of the code under test."""
    if event.kind in {EventKind.OUTAGE, EventKind.PARTIAL_OUTAGE}:
        return said[-1].type is ElemType.WITHDRAW and event.origin_asn in origins[prefix]
    ends = {elem.as_path[-2:] for elem in said if elem.as_path}
    if event.kind is EventKind.UPSTREAM_ADDED:
        return (event.upstream_asn, event.origin_asn) in ends
    network = ip_network(prefix)
    wider = (str(network.supernet(new_prefix=length)) for length in range(network.prefixlen - 1, 7, -1))
    holders = next((origins[other] for other in wider if other in origins), set())
    new = {elem.origin_asns[0] for elem in said if elem.as_path}
    return prefix not in origins and event.origin_asn in holders and event.offender_asn in new - holders


def write_rib(path: Path, elems: list[RouteElem]) -> None:
    peers = sorted({(elem.peer_asn, elem.peer_ip) for elem in elems})
    at = int(datetime(2010, 2, 27, 16, 5, tzinfo=UTC).timestamp())
    routes: dict[str, list[tuple[int, str, list[int]]]] = defaultdict(list)
    for elem in elems:
        plain = [hop for hop in elem.as_path if isinstance(hop, int)]
        if len(plain) == len(elem.as_path):
            routes[elem.prefix].append((peers.index((elem.peer_asn, elem.peer_ip)), elem.peer_ip, plain))
    records = [mrt.peer_index(at, "", [mrt.Neighbour(*peer) for peer in peers])]
    records += [mrt.rib_entry(at, number, prefix, own) for number, (prefix, own) in enumerate(sorted(routes.items()))]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(b"".join(records), 1))
