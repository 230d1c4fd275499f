import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from crawler.errors import Permanent, Transient, WrongCall
from crawler.http.service import Service
from crawler.routing.reference.fetch import Outcome, update
from crawler.routing.reference.known import Reference
from crawler.routing.reference.manifest import Manifest
from crawler.routing.reference.sources import HOSTS, Item, items
from tests.crawler.routing.referencefiles import AS_NAMES, as_org, as_rel, delegated, peeringdb, roas_csv, vrps_json
from tests.misbehaving import Misbehaving, Reply

NOW = datetime(2026, 11, 22, 20, tzinfo=UTC)
CHANGED = {"ETag": '"v1"', "Last-Modified": "Sat, 21 Nov 2026 05:00:00 GMT"}
NAMES = "/ripe/ripe/asnames/asn.txt"
RELATIONS = "/caida/as-relationships/serial-2/{}.as-rel2.txt.bz2"
NETWORKS = "/peeringdb/net"


def relations(many: int = 300) -> bytes:
    return as_rel([f"{asn}|{asn + 1000}|-1|bgp" for asn in range(1, many + 1)])


def names(many: int = 300) -> bytes:
    return "".join(f"{asn} NAME-{asn} Holder, DE\n" for asn in range(64500, 64500 + many)).encode()


@pytest.fixture
def server() -> Iterator[Misbehaving]:
    replies: dict[str, Reply | list[Reply]] = {
        NAMES: Reply(body=AS_NAMES.encode(), headers=CHANGED),
        RELATIONS.format("20261101"): Reply(body=relations(), headers=CHANGED),
        "/caida/as-organizations/latest.as-org2info.txt.gz": Reply(body=as_org(), headers=CHANGED),
        "/rpki-client/vrps.json": Reply(body=vrps_json([(64500, "192.0.2.0/24", 24)]), headers=CHANGED),
        NETWORKS: [
            Reply(body=peeringdb([{"asn": 64500, "name": "One"}, {"asn": 64501, "name": "Two"}])),
            Reply(body=peeringdb([{"asn": 64502, "name": "Three"}])),
            Reply(body=peeringdb([])),
        ],
        "/peeringdb/ix": [Reply(body=peeringdb([{"id": 3, "name": "North-IX"}])), Reply(body=peeringdb([]))],
        "/peeringdb/netixlan": [Reply(body=peeringdb([{"asn": 64502, "ix_id": 3}])), Reply(body=peeringdb([]))],
    }
    for registry in ("afrinic", "apnic", "arin", "lacnic", "ripencc"):
        body = delegated(registry, [f"{registry}|HU|asn|64500|2|20200101|allocated|x"])
        replies[f"/{registry}/delegated-{registry}-extended-latest"] = Reply(body=body, headers=CHANGED)
    with Misbehaving(replies) as started:
        yield started


def client(host: str, base: str) -> Service:
    return Service(host, base, tries=2, allow_private=True, pause=lambda _seconds: None)


def at(server: Misbehaving) -> dict[str, str]:
    return {host: f"{server.url}/{host}/" for host in HOSTS}


def fetch(server: Misbehaving, folder: Path, wanted: Sequence[Item], now: datetime = NOW) -> list[Outcome]:
    return list(update(folder, wanted, now, client=client, hosts=at(server)))


def only(name: str, **asked: Sequence[date]) -> list[Item]:
    return list(items(NOW.date(), only=[name], **asked))


def test_everything_is_fetched_dated_and_in_use(server: Misbehaving, tmp_path: Path) -> None:
    outcomes = fetch(server, tmp_path, list(items(NOW.date())))
    assert {outcome.state for outcome in outcomes} == {"fetched"}
    paths = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert paths == {
        ".lock",
        "manifest.json",
        "as-names/2026-11-21.txt",
        "delegations/2026-11-21.afrinic.txt",
        "delegations/2026-11-21.apnic.txt",
        "delegations/2026-11-21.arin.txt",
        "delegations/2026-11-21.lacnic.txt",
        "delegations/2026-11-21.ripencc.txt",
        "relationships/2026-11-01.txt.bz2",
        "organisations/2026-11-21.txt.gz",
        "peeringdb/2026-11-22.ix.json",
        "peeringdb/2026-11-22.net.json",
        "peeringdb/2026-11-22.netixlan.json",
        "vrps/2026-11-21.json",
    }
    reference = Reference.load(tmp_path)
    assert reference.name(64500) == "EXAMPLE-NET Example, Inc."
    assert reference.country(64500) == "HU"
    found = reference.peeringdb(64502)
    assert found is not None
    assert (found.name, found.exchanges) == ("Three", ("North-IX",))
    knowledge = reference.knowledge(NOW)
    assert knowledge.relations is not None
    assert knowledge.vrps is not None
    assert knowledge.vrps.source == "VRPs by rpki-client, 2026-11-21 (1 day before the time asked for)"


def test_the_manifest_tells_source_date_licence_and_checksum(server: Misbehaving, tmp_path: Path) -> None:
    fetch(server, tmp_path, only("relationships"))
    (entry,) = json.loads((tmp_path / "manifest.json").read_text()).values()
    assert entry["source"] == "CAIDA, AS relationships serial-2"
    assert entry["url"] == server.url + RELATIONS.format("20261101")
    assert "acceptable use agreement" in entry["licence"]
    assert "cite" in entry["licence"]
    assert (entry["date"], entry["fetched_at"], entry["rows"]) == ("2026-11-01", "2026-11-22T20:00:00Z", 300)
    assert len(entry["sha256"]) == 64


def test_what_has_not_changed_is_not_fetched_twice(server: Misbehaving, tmp_path: Path) -> None:
    fetch(server, tmp_path, only("as-names"))
    later = datetime(2026, 11, 23, tzinfo=UTC)
    (outcome,) = fetch(server, tmp_path, only("as-names"), later)
    assert outcome.state == "unchanged"
    assert server.asked(NAMES)[1].headers["If-None-Match"] == '"v1"'
    (entry,) = Manifest(tmp_path)
    assert (entry.fetched_at, entry.checked_at) == ("2026-11-22T20:00:00Z", "2026-11-23T00:00:00Z")
    assert not list((tmp_path / "as-names" / "incoming").iterdir())


def test_pages_with_the_same_rows_are_unchanged(server: Misbehaving, tmp_path: Path) -> None:
    again = server.replies[NETWORKS]
    assert isinstance(again, list)
    server.replies[NETWORKS] = [*again, *again]
    networks = only("peeringdb")[:1]
    assert fetch(server, tmp_path, networks)[0].state == "fetched"
    (soon,) = fetch(server, tmp_path, networks, NOW + timedelta(minutes=59))
    assert (soon.state, soon.told) == ("unchanged", "was asked for less than an hour ago")
    assert len(server.requests) == 3
    assert fetch(server, tmp_path, networks, NOW + timedelta(hours=1))[0].state == "unchanged"
    assert [request.params["skip"] for request in server.requests] == [["0"], ["2"], ["3"], ["0"], ["2"], ["3"]]


def test_newer_names_take_the_place_of_older_and_months_stay(server: Misbehaving, tmp_path: Path) -> None:
    fetch(server, tmp_path, [*only("as-names"), *only("relationships")])
    newer = {"ETag": '"v2"', "Last-Modified": "Sun, 22 Nov 2026 05:00:00 GMT"}
    server.replies[NAMES] = Reply(body=AS_NAMES.encode() + b"64502 NEW New, FR\n", headers=newer)
    server.replies[RELATIONS.format("20261001")] = Reply(body=relations(290))
    fetch(server, tmp_path, [*only("as-names"), *only("relationships", months=[date(2026, 10, 1)])])
    assert [entry.path for entry in Manifest(tmp_path)] == [
        "as-names/2026-11-22.txt",
        "relationships/2026-10-01.txt.bz2",
        "relationships/2026-11-01.txt.bz2",
    ]
    assert not (tmp_path / "as-names" / "2026-11-21.txt").exists()


def test_todays_payloads_stay_for_a_month(server: Misbehaving, tmp_path: Path) -> None:
    for origin, day in enumerate(("Wed, 14 Oct", "Fri, 16 Oct", "Sun, 15 Nov"), 64500):
        body = vrps_json([(origin, "192.0.2.0/24", 24)])
        changed = {"Last-Modified": f"{day} 2026 05:00:00 GMT"}
        server.replies["/rpki-client/vrps.json"] = Reply(body=body, headers=changed)
        assert fetch(server, tmp_path, only("vrps"))[0].state == "fetched"
    assert [entry.path for entry in Manifest(tmp_path)] == ["vrps/2026-10-16.json", "vrps/2026-11-15.json"]


def test_a_month_that_is_not_there_yet_is_served_by_the_one_before(server: Misbehaving, tmp_path: Path) -> None:
    (outcome,) = fetch(server, tmp_path, only("relationships", months=[date(2026, 12, 5)]))
    assert outcome.state == "fetched"
    assert outcome.entry is not None
    assert outcome.entry.date == "2026-11-01"
    assert outcome.told == "2026-12-01 is not there, 2026-11-01 serves"


def test_no_month_far_and_wide_is_an_error(server: Misbehaving, tmp_path: Path) -> None:
    (outcome,) = fetch(server, tmp_path, only("relationships", months=[date(2020, 3, 1)]))
    assert (outcome.state, outcome.entry) == ("failed", None)
    assert "404" in str(outcome.error)
    assert len(server.requests) == 4


def test_a_past_day_comes_from_five_trust_anchors(server: Misbehaving, tmp_path: Path) -> None:
    for anchor in ("afrinic", "apnic", "lacnic", "ripencc"):
        path = f"/ripe/rpki/{anchor}.tal/2021/02/11/roas.csv.xz"
        server.replies[path] = Reply(body=roas_csv([(64500, "192.0.2.0/24", 24)]))
    outcomes = fetch(server, tmp_path, only("vrps", days=[date(2021, 2, 11)]))
    assert [outcome.state for outcome in outcomes] == ["fetched", "fetched", "failed", "fetched", "fetched"]
    vrps = Reference.load(tmp_path).vrps(datetime(2021, 2, 11, tzinfo=UTC))
    assert vrps is not None
    assert vrps.source == "VRPs by RIPE NCC, 2021-02-11 (without arin)"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"<!DOCTYPE html><html>moved</html>", "does not hold AS names"),
        (b"", "does not hold AS names"),
        (names(100), "has 100 rows, less than 80% of the 300 of 2026-11-21"),
    ],
    ids=["a page", "empty", "much less"],
)
def test_what_cannot_be_right_is_kept_aside_and_the_last_stays(
    server: Misbehaving, tmp_path: Path, body: bytes, says: str
) -> None:
    server.replies[NAMES] = [Reply(body=names(), headers=CHANGED), Reply(body=body)]
    fetch(server, tmp_path, only("as-names"))
    (outcome,) = fetch(server, tmp_path, only("as-names"))
    assert outcome.state == "refused"
    assert isinstance(outcome.error, Permanent)
    assert says in outcome.error.message
    aside = tmp_path / "as-names" / "aside" / "ripe_asnames_asn.txt"
    assert aside.read_bytes() == body
    assert outcome.error.remedy == f"the file of 2026-11-21 stays in use; look at {aside}, and try again later"
    assert Reference.load(tmp_path).name(64700) == "NAME-64700 Holder"


def test_a_first_file_that_is_wrong_leaves_none_in_use(server: Misbehaving, tmp_path: Path) -> None:
    server.replies[RELATIONS.format("20261101")] = Reply(body=b"<html></html>")
    (outcome,) = fetch(server, tmp_path, only("relationships"))
    assert (outcome.state, outcome.entry) == ("refused", None)
    assert "there is none in use" in str(outcome.error)
    assert Reference.load(tmp_path).relations(NOW) is None


@pytest.mark.parametrize("fault", ["cut", "close"])
def test_a_cut_download_is_no_file_and_is_gone_on_with(server: Misbehaving, tmp_path: Path, fault: str) -> None:
    whole = Reply(body=relations(), headers=CHANGED)
    bad = Reply(body=relations(), headers=CHANGED, fault=fault)
    server.replies[RELATIONS.format("20261101")] = [bad, bad, whole]
    (outcome,) = fetch(server, tmp_path, only("relationships"))
    assert outcome.state == "failed"
    assert isinstance(outcome.error, Transient)
    assert Reference.load(tmp_path).relations(NOW) is None
    (outcome,) = fetch(server, tmp_path, only("relationships"))
    assert outcome.state == "fetched"


def test_one_failing_source_stops_no_other(server: Misbehaving, tmp_path: Path) -> None:
    server.replies[NAMES] = Reply(status=500)
    server.replies[NETWORKS] = Reply(status=429, headers={"Retry-After": "3600"})
    outcomes = fetch(server, tmp_path, list(items(NOW.date())))
    failed = {outcome.item.name: outcome.error for outcome in outcomes if outcome.state == "failed"}
    assert set(failed) == {"as-names", "peeringdb"}
    assert "429" in str(failed["peeringdb"])
    assert "try again after" in str(failed["peeringdb"])
    assert sum(outcome.state == "fetched" for outcome in outcomes) == 10


def test_a_list_that_is_none_and_one_without_end_are_refused(
    server: Misbehaving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawler.routing.reference.fetch.MAX_PAGES", 3)
    server.replies[NETWORKS] = Reply(body=b'{"message": "busy"}')
    assert 'without a list "data"' in str(fetch(server, tmp_path, only("peeringdb"))[0].error)
    server.replies[NETWORKS] = Reply(body=peeringdb([{"asn": 64500, "name": "Always"}]))
    assert "does not end" in str(fetch(server, tmp_path, only("peeringdb"))[0].error)


def test_a_file_over_the_limit_is_not_taken(server: Misbehaving, tmp_path: Path) -> None:
    (item,) = only("as-names")
    (outcome,) = fetch(server, tmp_path, [replace(item, limit_bytes=10)])
    assert outcome.state == "failed"
    assert "10 bytes" in str(outcome.error)


def test_lines_that_could_not_be_read_are_told(server: Misbehaving, tmp_path: Path) -> None:
    server.replies[NAMES] = Reply(body=names() + b"no number, DE\n")
    (outcome,) = fetch(server, tmp_path, only("as-names"))
    assert outcome.told == "1 lines could not be read"
    assert outcome.entry is not None
    assert outcome.entry.bad_lines == 1


def test_two_updates_do_not_run_at_once(server: Misbehaving, tmp_path: Path) -> None:
    running = update(tmp_path, [*only("as-names"), *only("vrps")], NOW, client=client, hosts=at(server))
    assert next(running).state == "fetched"
    with pytest.raises(Transient, match="another update is running"):
        fetch(server, tmp_path, only("as-names"))
    assert len(list(running)) == 1
    assert fetch(server, tmp_path, only("as-names"))[0].state == "unchanged"


def test_a_damaged_manifest_is_named(server: Misbehaving, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(Permanent, match="is no manifest") as caught:
        fetch(server, tmp_path, only("as-names"))
    assert "delete it" in caught.value.remedy


def test_an_unknown_kind_is_a_wrong_call() -> None:
    with pytest.raises(WrongCall, match="as-names, delegations"):
        list(items(NOW.date(), only=["names"]))


def test_a_file_that_was_damaged_here_is_fetched_again(server: Misbehaving, tmp_path: Path) -> None:
    wanted = only("as-names")
    (first,) = fetch(server, tmp_path, wanted)
    assert first.entry
    held = tmp_path / first.entry.path
    sound = held.read_bytes()
    held.write_bytes(sound[: len(sound) // 2])
    (again,) = fetch(server, tmp_path, wanted)
    assert again.error is None
    assert held.read_bytes() == sound


def test_a_clock_that_was_ahead_does_not_stop_the_lists_for_good(server: Misbehaving, tmp_path: Path) -> None:
    wanted = [item for item in only("peeringdb") if item.part == "ix"]
    fetch(server, tmp_path, wanted, NOW + timedelta(days=300))
    server.replies["/peeringdb/ix"] = [
        Reply(body=peeringdb([{"id": 4, "name": "South-IX"}])),
        Reply(body=peeringdb([])),
    ]
    (now,) = fetch(server, tmp_path, wanted)
    assert now.state == "fetched"


def test_half_a_character_in_a_list_stops_nothing(server: Misbehaving, tmp_path: Path) -> None:
    body = b'{"data": [{"id": 4, "name": "South\\ud800"}]}'
    server.replies["/peeringdb/ix"] = [Reply(body=body), Reply(body=peeringdb([]))]
    (done,) = fetch(server, tmp_path, [item for item in only("peeringdb") if item.part == "ix"])
    assert (done.state, done.error) == ("fetched", None)


@pytest.mark.parametrize("change", [{"date": "yesterday"}, {"checked_at": "x"}, {"rows": "1"}, {"url": None}])
def test_a_manifest_that_was_changed_by_hand_is_told(
    server: Misbehaving, tmp_path: Path, change: dict[str, object]
) -> None:
    fetch(server, tmp_path, only("as-names"))
    file = tmp_path / "manifest.json"
    file.write_text(json.dumps({path: row | change for path, row in json.loads(file.read_text()).items()}))
    with pytest.raises(Permanent, match="is no manifest"):
        fetch(server, tmp_path, only("as-names"))
