"""RIS Live's frames: what they say stands in the MRT records that are made of them, and nonsense is told."""

from __future__ import annotations

import gzip
import json
import shutil
import struct
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.routing.live.frames import LiveMessage, Reply, Subscription, Unreadable, inside, read_frame
from crawler.routing.live.messages import asn_size, split_records, time_of
from crawler.routing.model import RouteElem
from crawler.routing.mrt.file import MrtFile
from tests.rislive import announce, keepalive, message, peer_state, withdraw

RECORDED = Path(__file__).parents[4] / "shared" / "data" / "mrt"
AT = 1_700_000_000.25
# One UPDATE as a router sent it: 192.0.2.0/24 over 64500 64501 and a set of two, next hop 192.0.2.1.
ATTRIBUTES = bytes.fromhex("4001010040021402020000fbf40000fbf501020000fbf60000fbf7400304c0000201")
RAW = (
    b"\xff" * 16
    + struct.pack(">HBHH", 23 + len(ATTRIBUTES) + 4, 2, 0, len(ATTRIBUTES))
    + ATTRIBUTES
    + b"\x18\xc0\x00\x02"
)


def read(frame: str) -> LiveMessage:
    found = read_frame(frame)
    assert isinstance(found, LiveMessage)
    return found


def archived(tmp_path: Path, *messages: LiveMessage) -> MrtFile:
    """The messages' records as a file of rrc00; iterate over it."""
    path = tmp_path / "rrc00" / "2023.11" / "updates.20231114.2210.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(b"".join(record for one in messages for record in one.records)))
    return MrtFile(path, name="f")


def routes(elems: list[RouteElem]) -> set[RouteElem]:
    return {elem._replace(record=-1) for elem in elems}


@pytest.mark.shared
@pytest.mark.skipif(not RECORDED.is_dir(), reason="../shared/data/mrt is not there")
def test_recorded_frames_say_the_same_in_the_archive(tmp_path: Path) -> None:
    *whole, cut = (RECORDED / "libbgpstream__ris-live-stream.json").read_bytes().splitlines()
    with pytest.raises(Unreadable, match="no JSON"):  # the recording ends within a frame
        read_frame(cut)
    frames = [read_frame(line) for line in whole]
    messages = [frame for frame in frames if isinstance(frame, LiveMessage)]
    assert [frame for frame in frames if isinstance(frame, Reply)] == [
        Reply("ris_error", {"message": "this is a test error message"})
    ]
    file = archived(tmp_path, *messages)
    elems = list(file)
    assert file.damage is None
    own = [elem for one in messages for elem in one.elems("f")]
    assert routes(elems) == {elem._replace(collector="rrc00") for elem in own}
    assert [(elem.prefix, elem.observed_at) for elem in elems] == [("45.161.192.0/23", 1553627987.89)]
    assert [(c.peer_ip, c.established) for c in file.sessions] == [("195.66.224.59", False)]
    assert not any(one.rebuilt for one in messages)


@pytest.mark.shared
@pytest.mark.skipif(not RECORDED.is_dir(), reason="../shared/data/mrt is not there")
def test_a_recorded_message_of_six_gives_the_elements_that_another_parser_found(tmp_path: Path) -> None:
    known = json.loads((RECORDED / "bgpkit__ris_live_raw_full.json").read_bytes())
    meta, hops = known["meta"], known["attributes"][-1]["value"]["MpReachNlri"]["next_hop"]["Ipv6LinkLocal"]
    row = {"next_hop": ",".join(hops), "prefixes": [elem["prefix"] for elem in known["elems"]]}
    frame = message(
        meta["timestamp"], host=meta["host"] + ".ripe.net", peer=meta["peer"], asn=meta["peerAsn"],
        path=known["elems"][0]["as_path"], origin="IGP", announcements=[row],
    )  # fmt: skip
    elems = list(archived(tmp_path, read(json.dumps(frame))))
    assert [(e.observed_at, e.peer_ip, e.peer_asn, e.prefix, list(e.as_path)) for e in elems] == [
        (e["timestamp"], e["peer_ip"], e["peer_asn"], e["prefix"], e["as_path"]) for e in known["elems"]
    ]


def test_the_raw_message_is_kept_byte_for_byte(tmp_path: Path) -> None:
    frame = json.loads(announce(AT, "192.0.2.0/24", path=[64500, 64501, [64502, 64503]]))
    frame["data"]["raw"] = RAW.hex().upper()
    found = read(json.dumps(frame))
    assert [record[-len(RAW) :] for record in found.records] == [RAW]
    assert not found.rebuilt
    assert routes(list(archived(tmp_path, found))) == set(found.elems("f"))
    assert found.elems("f")[0].as_path == (64500, 64501, (64502, 64503))


@pytest.mark.parametrize(
    "raw", ["", "zz", "ff", RAW.hex()[:-2], RAW.hex() + "00", "00" + RAW.hex()[2:], "ff" * 16 + "001304", 17, None]
)
def test_a_raw_message_that_is_broken_or_another_is_made_anew_from_the_fields(tmp_path: Path, raw: object) -> None:
    frame = json.loads(announce(AT, "192.0.2.0/24", "2001:db8::/32", path=[64500, [64502, 64503], "64504"]))
    frame["data"] |= {"raw": raw, "withdrawals": ["198.51.100.0/24", "2a01:6e00:0:0:0:0:0:0/48"]}
    found = read(json.dumps(frame))
    assert found.rebuilt
    file = archived(tmp_path, found)
    assert routes(list(file)) == set(found.elems("f"))
    assert file.damage is None
    assert {(e.type.value, e.prefix) for e in found.elems("f")} == {
        ("announce", "192.0.2.0/24"), ("announce", "2001:db8::/32"),
        ("withdraw", "198.51.100.0/24"), ("withdraw", "2a01:6e00::/48"),
    }  # fmt: skip


def test_a_session_with_as_numbers_of_two_bytes_is_archived_as_one(tmp_path: Path) -> None:
    attributes = bytes.fromhex("400101004002060202fbf4fbf5400304c0000201")
    raw = b"\xff" * 16 + struct.pack(">HBHH", 23 + len(attributes) + 4, 2, 0, len(attributes)) + attributes
    raw += b"\x18\xc0\x00\x02"
    assert asn_size(raw) == 2
    assert asn_size(RAW) == 4
    frame = json.loads(announce(AT, "192.0.2.0/24"))
    frame["data"]["raw"] = raw.hex()
    found = read(json.dumps(frame))
    assert routes(list(archived(tmp_path, found))) == set(found.elems("f"))


def test_sessions_that_go_and_come_are_session_changes(tmp_path: Path) -> None:
    changes = [peer_state(AT, "down"), peer_state(AT + 1, "connected", type="STATE", peer="2001:db8::1")]
    file = archived(tmp_path, *map(read, changes))
    assert list(file) == []
    assert [tuple(change) for change in file.sessions] == [
        (AT, "192.0.2.1", False, 0),
        (AT + 1, "2001:db8::1", True, 1),
    ]
    assert file.damage is None


def test_a_keep_alive_is_a_record_without_a_route(tmp_path: Path) -> None:
    file = archived(tmp_path, read(keepalive(AT)))
    assert list(file) == []
    assert (file.records, file.damage) == (1, None)


def test_what_the_collector_itself_sent_is_not_archived_as_its_peers() -> None:
    sent = message(AT, type="OPEN", direction="sent", raw="ff" * 16 + "001304")
    assert read(json.dumps(sent)).records == ()


@pytest.mark.skipif(shutil.which("bgpdump") is None, reason="no bgpdump")
def test_bgpdump_reads_the_same(tmp_path: Path) -> None:
    raw = json.loads(announce(AT + 1, "192.0.2.0/24", path=[64500, 64501, [64502, 64503]]))
    raw["data"]["raw"] = RAW.hex()
    many = [f"10.{n // 256}.{n % 256}.0/24" for n in range(1000)]
    frames = [
        announce(AT, *many, "2001:db8::/32", path=range(70_000, 70_300)), json.dumps(raw),
        withdraw(AT + 2, *many[:500]),
        withdraw(AT + 3, "2001:db8::/32", peer="2001:db8::9"), keepalive(AT + 4), peer_state(AT + 5, "down"),
    ]  # fmt: skip
    messages = [read(frame) for frame in frames]
    list(archived(tmp_path, *messages))
    path = tmp_path / "rrc00" / "2023.11" / "updates.20231114.2210.gz"
    out = subprocess.run(["bgpdump", "-m", path], capture_output=True, check=True, text=True).stdout
    rows = [line.split("|") for line in out.splitlines()]
    told = {(r[1], r[2], r[3], int(r[4]), r[5]) for r in rows if r[2] in "AW"}
    letters = {"announce": "A", "withdraw": "W"}
    assert told == {
        (f"{e.observed_at:.6f}", letters[e.type.value], e.peer_ip, e.peer_asn, e.prefix)
        for m in messages for e in m.elems("f")
    }  # fmt: skip
    assert {r[6] for r in rows if r[2] == "A" and r[5] == "192.0.2.0/24"} == {"64500 64501 {64502,64503}"}
    assert [r[5:7] for r in rows if r[2] == "STATE"] == [["6", "1"]]


def test_a_timestamp_keeps_its_microseconds_and_may_be_whole() -> None:
    for at in (1_700_000_000, 1_700_000_000.5, 1_700_000_000.123456):
        found = read(announce(at, "192.0.2.0/24"))
        assert found.at == at
        assert time_of(found.records[0]) == at


def wrong(**data: Any) -> str:
    return json.dumps(message(AT, **{"path": [], **data}))


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        ("{", "no JSON"), ("", "no JSON"), ("[" * 100_000, "no JSON"), (b"\xff\xfe\x00", "no JSON"), ("[]", "no type"),
        ('{"type": 7}', "no type"), ('{"type": "ris_message"}', "no data"), (wrong(host="../../etc"), "no collector"),
        (wrong(host=None), "no collector"), (wrong(host="rrc00.evil.example"), "no collector"),
        (wrong(timestamp="soon"), "timestamp"), (wrong(timestamp=float("nan")), "timestamp"),
        (wrong(timestamp=-1), "timestamp"),
        (wrong(timestamp=True), "timestamp"), (wrong(peer="nobody"), "nobody"), (wrong(peer="fe80::1%eth0"), "eth0"),
        (wrong(peer_asn="many"), "AS number"), (wrong(peer_asn=-1), "AS number"), (wrong(path=["x"]), "AS number"),
        (wrong(path=[[1, 2.5]]), "AS number"), (wrong(withdrawals=["300.0.0.0/8"]), "300.0.0.0"),
        (wrong(withdrawals=[8]), "text"),
        (wrong(announcements=[{"next_hop": "x", "prefixes": []}]), "x"), (wrong(announcements=["x"]), "AttributeError"),
        (wrong(type="GOSSIP"), "unknown type"), (wrong(type="STATE", state="tired"), "unknown state"),
    ],
)  # fmt: skip
def test_a_frame_that_cannot_be_read_says_why(frame: str | bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        read_frame(frame)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.dictionaries(
        st.sampled_from(sorted(message(AT, path=0, announcements=0, withdrawals=0, raw=0)["data"])), json_values
    )
)
def test_whatever_stands_in_a_field_is_read_or_told(data: dict[str, Any]) -> None:
    with suppress(Unreadable):
        found = read(json.dumps(message(AT, **data)))
        assert list(split_records(b"".join(found.records))) == list(found.records)


def test_each_filter_is_a_subscription_of_its_own() -> None:
    wanted = Subscription(prefixes=("192.0.2.0/24",), asns=(64500,), collectors=("rrc00", "rrc10"))
    filters = wanted.requests({"rrc00": "rrc00.ripe.net", "rrc10": "rrc10"})
    assert {one["host"] for one in filters} == {"rrc00.ripe.net", "rrc10"}
    own = [{k: v for k, v in one.items() if k != "host"} for one in filters if one["host"] == "rrc10"]
    assert {"type": "UPDATE", "prefix": "192.0.2.0/24", "moreSpecific": True, "lessSpecific": False} in own
    assert {"type": "UPDATE", "path": "64500"} in own
    assert {"type": "UPDATE", "require": "withdrawals"} in own, "a filter by path would never show a withdrawal"
    assert {"type": "KEEPALIVE"} in own, "without it a quiet stream cannot be told from a dead one"
    assert Subscription().requests({}) == [{}]


def test_only_what_was_asked_for_is_wanted() -> None:
    wanted = Subscription(prefixes=("192.0.2.0/24", "2001:db8::/32"), asns=(64502,))
    assert wanted.wants(read(announce(AT, "192.0.2.128/25")))
    assert wanted.wants(read(announce(AT, "10.0.0.0/8", path=[64500, [64502, 64503]])))
    assert wanted.wants(read(withdraw(AT, "10.0.0.0/8")))
    assert wanted.wants(read(keepalive(AT)))
    assert not wanted.wants(read(announce(AT, "10.0.0.0/8", "192.0.0.0/16")))
    assert Subscription().wants(read(announce(AT, "10.0.0.0/8")))
    assert inside("192.0.2.0/24", ("192.0.2.0/24",))
    assert not inside("2001:db8::/32", ("0.0.0.0/0",))
