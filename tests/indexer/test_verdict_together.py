"""A claim gets the same verdict alone and among others, from the same archive."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.routing.observe import observe_all
from indexer.lookup import Lookup
from indexer.verdict import judge, scope
from indexer.verdict_codec import claim_from_json, verdict_to_json
from ops.demo import mrt

T0 = 1_577_836_800  # 2020-01-01T00:00:00Z
STEP, STEPS = 300, 9
LEAKED, HIJACKED, LOST, LINKED = 600, 900, 1200, 1500
BACK = 1800
# Two that buy transit from nobody, a customer of both, which leaks, and what the others announce.
LEFT, RIGHT, LEAKER, THIEF, NEW = 3356, 1299, 28548, 17557, 20485
ROUTES = {
    22566: ("198.51.100.0/24", "198.51.101.0/24", "198.51.102.0/24"),
    9121: ("203.0.113.0/24", "203.0.114.0/24", "203.0.115.0/24"),
    37053: ("192.0.2.0/24", "192.0.3.0/24"),
    36561: ("198.18.4.0/24", "198.18.5.0/24"),
    131279: ("198.19.0.0/24", "198.19.1.0/24"),
    THIEF: ("198.19.9.0/24",),
    LEAKER: ("198.19.8.0/24",),
}
PEERS = {
    name: [mrt.Neighbour(64601 + i + 10 * n, f"192.88.{n}.{1 + i}") for i in range(3)]
    for n, name in enumerate(("rrc00", "rrc01"))
}


def way(peer: mrt.Neighbour, origin: int) -> tuple[int, ...]:
    return peer.asn, RIGHT, origin


def changes(peer: mrt.Neighbour) -> Iterator[tuple[int, Sequence[str], tuple[int, ...]]]:
    """What a peer tells: seconds, prefixes and path, none for a withdrawal."""
    for origin in (22566, 9121):
        yield LEAKED, ROUTES[origin], (peer.asn, LEFT, LEAKER, RIGHT, origin)
        yield BACK, ROUTES[origin], way(peer, origin)
    yield HIJACKED, ROUTES[36561][:1], (peer.asn, RIGHT, THIEF)
    yield BACK, ROUTES[36561][:1], way(peer, 36561)
    yield LOST, ROUTES[37053], ()
    yield BACK, ROUTES[37053], way(peer, 37053)
    yield LINKED, ROUTES[131279], (peer.asn, RIGHT, NEW, 131279)


def write(folder: Path) -> None:
    for collector, peers in PEERS.items():
        held = folder / collector / "2020.01"
        held.mkdir(parents=True)
        table = mrt.peer_index(T0, "", peers)
        routes = [(origin, prefix) for origin, prefixes in ROUTES.items() for prefix in prefixes]
        for number, (origin, prefix) in enumerate(routes):
            table += mrt.rib_entry(T0, number, prefix, [(i, p.ip, way(p, origin)) for i, p in enumerate(peers)])
        (held / "bview.20200101.0000.gz").write_bytes(gzip.compress(table, mtime=0))
        for slot in range(STEPS):
            told = sorted((at, p, nets, path) for p in peers for at, nets, path in changes(p) if at // STEP == slot)
            body = b"".join(mrt.update(T0 + at, p, nets, path) for at, p, nets, path in told)
            (held / f"updates.20200101.{slot * 5 // 60:02}{slot * 5 % 60:02}.gz").write_bytes(gzip.compress(body))


def claim(kind: str, actor: str | None, target: str | None, minute: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": f"{kind} {actor} {target} {minute} {fields}", "type": kind, "actor": actor, "target": target,
        "start_utc": f"2020-01-01T00:{minute:02}Z", "precision": "minute", "quote": "routes", **fields,
    }  # fmt: skip


POOL = [
    claim("route_leak", "AS28548", "AS22566", 10),
    claim("route_leak", "AS28548", "AS9121", 10),
    claim("route_leak", "AS28548", "AS37053", 10),
    claim("route_leak", "AS28549", "AS22566", 10),
    claim("route_leak", "AS28548", None, 25),
    claim("route_leak", "AS28548", "TR", 10),
    claim("route_leak", None, "AS22566", 10),
    claim("route_leak", "AS22566", "AS28548", 10),
    claim("origin_hijack", "AS28548", "AS22566", 10),
    claim("origin_hijack", "AS17557", "AS36561", 15),
    claim("origin_hijack", "AS17557", None, 15, other=["198.18.4.0/24"]),
    claim("origin_hijack", "AS17558", "AS36561", 15),
    claim("origin_hijack", "AS36561", "AS17557", 15),
    claim("origin_hijack", "AS4761", "AS9121", 15, polarity="denied"),
    claim("outage_start", None, "AS37053", 20),
    claim("outage_start", None, "AS9121", 20),
    claim("outage_start", None, "AS37035", 20),
    claim("outage_end", None, "AS37053", 30),
    claim("transit_added", "AS20485", "AS131279", 25),
    claim("transit_added", "AS131279", "AS20485", 25),
    claim("transit_added", "AS20845", "KP", 25),
    claim("transit_removed", "AS20485", "AS131279", 25),
    claim("transit_state", "AS20485", "AS131279", 40),
    claim("transit_removed", "AS1299", "AS131279", 25),
    claim("transit_state", "AS1299", "AS9121", 40),
    claim("cable_cut", None, None, 12),
]


def judged(folder: Path, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """As `routewire verify` judges the claims of a file."""
    claims = [claim_from_json(row) for row in rows]
    asns, prefixes, countries = scope([one for _, one in claims])
    lookup = Lookup(observe_all(folder, asns=asns, prefixes=prefixes, countries=countries))
    found = {name: verdict_to_json(judge(name, one, lookup.within(*scope([one])))) for name, one in claims}
    # A leak has another id where the archive was asked for a part of its routes.
    return {name: {field: told for field, told in row.items() if field != "events"} for name, row in found.items()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("archive")
    write(made)
    return made


@cache
def alone(folder: Path, number: int) -> Any:
    (found,) = judged(folder, [POOL[number]]).values()
    return found


def test_the_pool_has_verdicts_of_every_kind(folder: Path) -> None:
    kinds = {alone(folder, number)["verdict"] for number in range(len(POOL))}
    assert kinds >= {"confirmed", "corrected", "contradicted", "not_observable"}


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(numbers=st.lists(st.sampled_from(range(len(POOL))), min_size=2, max_size=len(POOL), unique=True))
def test_a_claim_is_judged_among_others_as_it_is_alone(folder: Path, numbers: list[int]) -> None:
    together = judged(folder, [POOL[number] for number in numbers])
    for number in numbers:
        assert together[POOL[number]["id"]] == alone(folder, number)


def test_the_order_and_the_company_of_a_file_change_nothing(folder: Path) -> None:
    assert judged(folder, POOL) == judged(folder, POOL[::-1])
    assert judged(folder, POOL) == {POOL[n]["id"]: alone(folder, n) for n in range(len(POOL))}
