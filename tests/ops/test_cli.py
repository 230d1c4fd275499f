"""What scripts rely on: every command's help, exit codes, clean JSON Lines, and errors that name line and subject."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet
import pytest
import typer.main

from ops.cli import app
from tests.demo import copy, opened
from tests.ops.running import Run

CONTRACT = (
    "up", "demo", "crawl", "ingest", "annotate", "routes read", "routes events", "verify", "search", "timeline",
    "explain", "digest preview", "digest send", "export", "rebuild", "check", "bench",
)  # fmt: skip
TEXT = {
    "id": "t1",
    "url": None,
    "title": "Transit",
    "published": "2024-05-02T10:00:00Z",
    "lang": "en",
    "text": "On 1 May 2024 at 10:00 UTC, Cogent (AS174) began providing transit to Telekom Slovenije (AS5603).",
}
CLAIM: dict[str, object] = {
    "id": "c1", "type": "transit_added", "actor": "AS20485", "target": "AS131279", "other": [], "place": None,
    "start_utc": "2017-10-01T09:08:00Z", "end_utc": None, "precision": "minute", "polarity": "asserted",
    "modality": "actual", "attribution": [],
}  # fmt: skip


def commands() -> list[str]:
    """Every command, a group's as `group command`."""

    def below(group: object, words: tuple[str, ...]) -> Iterator[str]:
        for name, command in getattr(group, "commands", {}).items():
            path = (*words, name)
            if getattr(command, "commands", None):
                yield from below(command, path)
            else:
                yield " ".join(path)

    return list(below(typer.main.get_command(app), ()))


def lines(*rows: object) -> str:
    return "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows)


# -- how it is called -------------------------------------------------------------------------------------------------
def test_every_command_of_the_contract_is_there() -> None:
    assert set(CONTRACT) <= set(commands())


@pytest.mark.parametrize("command", commands())
def test_each_command_helps_and_refuses_what_it_does_not_know(command: str, run: Run) -> None:
    helped = run(*command.split(), "--help")
    assert helped.code == 0
    assert f"routewire {command}" in helped.out
    assert "--data-dir" in helped.out
    refused = run(*command.split(), "--no-such-option")
    assert (refused.code, refused.out) == (2, "")
    assert "--no-such-option" in refused.err


@pytest.mark.parametrize(
    "args",
    [
        ("annotate", "a", "b"),
        ("routes", "read"),
        ("routes", "events", "."),
        ("routes", "events", ".", "--from", "yesterday", "--to", "2024-05-02"),
        ("routes", "events", ".", "--from", "2024-05-02", "--to", "2024-05-01"),
        ("routes", "events", ".", "--from", "2024-05-01", "--to", "2024-05-02", "--asn", "ASX"),
        ("routes", "events", ".", "--from", "2024-05-01", "--to", "2024-05-02", "--asn", "4294967296"),
        ("routes", "events", ".", "--from", "2024-05-01", "--to", "2024-05-02", "--prefix", "175.45.176.0/33"),
        ("routes", "events", ".", "--from", "2024-05-01", "--to", "2024-05-02", "--country", "Korea"),
        ("verify", "claims.jsonl"),
        ("search", "x", "--kind", "rumour"),
        ("search", "x", "--limit", "0"),
        ("timeline", "KP", "--from", "soon"),
        ("digest", "preview", "demo", "--period", "2024-05-01"),
        ("export", "x"),
        ("export", "x", "--format", "xml"),
        ("up", "--port", "99999"),
        ("no-such-command",),
    ],
)
def test_a_wrong_call_ends_with_2_and_prints_nothing(args: tuple[str, ...], run: Run, tmp_path: Path) -> None:
    where = () if args[0] == "no-such-command" else ("--data-dir", tmp_path)
    done = run(*args, *where)
    assert (done.code, done.out) == (2, "")
    assert done.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("args", "named"),
    [
        (("annotate", "absent.jsonl"), "absent.jsonl"),
        (("routes", "read", "absent.gz", "--json"), "absent.gz"),
        (("routes", "events", "absent", "--from", "2024-05-01", "--to", "2024-05-02"), "absent"),
        (("routes", "watch", "absent", "--from", "2024-05-01", "--to", "2024-05-02"), "absent"),
        (("verify", "absent.jsonl", "--archive", "."), "absent.jsonl"),
        (("ingest", "absent.warc.gz"), "absent.warc.gz"),
        (("crawl", "--once", "no-such-source"), "no-such-source"),
        (("crawl", "--once", "--sources", "absent.toml"), "absent.toml"),
        (("timeline", "AS4294967295", "--json"), "AS4294967295"),
        (("explain", "no-such-event", "--json"), "no-such-event"),
        (("digest", "preview", "no-such-subscription"), "no-such-subscription"),
        (("digest", "send", "demo"), "ROUTEWIRE_SMTP_URL"),
        (("retry", "no-such-work"), "no-such-work"),
    ],
)
def test_what_is_not_there_is_named_and_ends_with_1(
    args: tuple[str, ...], named: str, run: Run, demo_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(*args, "--data-dir", demo_folder)
    assert (done.code, done.out) == (1, "")
    assert named in done.err


@pytest.mark.parametrize(
    "args",
    [
        ("search", "x"),
        ("timeline", "KP"),
        ("explain", "x"),
        ("export", "--format", "csv", "x"),
        ("rebuild",),
        ("retry",),
        ("digest", "list"),
    ],
)
def test_asking_where_there_is_no_record_says_so_and_leaves_nothing_behind(
    args: tuple[str, ...], run: Run, tmp_path: Path
) -> None:
    done = run(*args, "--data-dir", tmp_path / "data")
    assert (done.code, done.out) == (1, "")
    assert "no record here" in done.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("args", "named"), [(("search", 'a AND (b "'), 'a AND (b "'), (("bench", "no-such-bench"), "no-such-bench")]
)
def test_a_question_with_a_mistake_ends_with_2_and_points_at_it(
    args: tuple[str, ...], named: str, run: Run, demo_folder: Path
) -> None:
    done = run(*args, "--data-dir", demo_folder)
    assert (done.code, done.out) == (2, "")
    assert named in done.err


# -- what it reads ----------------------------------------------------------------------------------------------------
def test_a_bad_line_is_told_by_its_number_and_the_others_are_annotated(run: Run) -> None:
    other = {**TEXT, "id": "t2"}
    done = run("annotate", "--json", "-", stdin=lines("{not json", TEXT, "", [1], {"id": "t3"}, other))
    assert done.code == 1
    assert [row["id"] for row in done.rows()] == ["t1", "t2"]
    for number in (1, 4, 5):
        assert f"line {number}:" in done.err
    assert "line 2" not in done.err


def test_an_annotation_holds_the_claim_with_its_words(run: Run) -> None:
    (row,) = run("annotate", "--json", stdin=lines(TEXT)).rows()
    (claim,) = row["claims"]
    assert (claim["type"], claim["actor"], claim["target"]) == ("transit_added", "AS174", "AS5603")
    start, end = claim["quote_span"]
    assert TEXT["text"] is not None
    assert TEXT["text"][start:end] == claim["quote"]
    told = run("annotate", stdin=lines(TEXT))
    assert "transit_added: AS174 -> AS5603" in told.out


def test_a_bad_claim_is_told_by_its_number_and_the_others_are_judged(
    run: Run, demo_folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "claims.jsonl"
    file.write_text(
        lines(
            CLAIM,
            "nonsense",
            {**CLAIM, "id": "c2", "polarity": "perhaps"},
            {**CLAIM, "id": "c3"},
            {**CLAIM, "id": "c4", "type": "banana"},
            {**CLAIM, "id": "c5", "modality": "surely"},
        )
    )
    done = run("verify", file, "--archive", demo_folder / "demo" / "routes", "--json")
    assert done.code == 1
    assert [(row["claim_id"], row["verdict"], row["delta_s"]) for row in done.rows()] == [
        ("c1", "confirmed", -9),
        ("c3", "confirmed", -9),
    ]
    assert "line 2:" in done.err
    assert "line 3: claim c2: `polarity`" in done.err
    assert "line 5: claim c4: `type`" in done.err
    assert "line 6: claim c5: `modality`" in done.err


def test_a_cut_mrt_file_is_told_and_what_is_whole_is_printed(run: Run, demo_folder: Path, tmp_path: Path) -> None:
    whole = next((demo_folder / "demo" / "routes").rglob("bview*.gz"))
    cut = tmp_path / "rrc99" / "updates.20240501.1000.gz"
    cut.parent.mkdir()
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    done = run("routes", "read", cut, whole, "--json")
    assert done.code == 1
    assert str(cut) in done.err
    assert str(whole) not in done.err
    files = [row["file"] for row in done.rows()]
    assert 0 < files.count(str(cut)) < files.count(str(whole))


def test_a_folder_without_mrt_files_is_told(run: Run, tmp_path: Path) -> None:
    done = run("routes", "events", tmp_path, "--from", "2024-05-01", "--to", "2024-05-02", "--json")
    assert (done.code, done.out) == (1, "")
    assert str(tmp_path) in done.err


def test_events_can_be_asked_for_by_network_prefix_and_country(run: Run, demo_folder: Path) -> None:
    archive = demo_folder / "demo" / "routes"
    window = ("--from", "2017-10-01T09:00:00Z", "--to", "2017-10-01T11:00:00Z", "--json")
    by_prefix = run("routes", "events", archive, *window, "--prefix", "175.45.177.0/24").rows()
    assert [row["kind"] for row in by_prefix] == ["outage"]
    assert by_prefix[0]["first_seen"] == "2017-10-01T10:47:20Z"
    assert run("routes", "events", archive, *window, "--asn", "64512", "--country", "FR").rows() == []
    by_network = run("routes", "events", archive, *window, "--asn", "131279").rows()
    assert by_network
    assert run("routes", "events", archive, *window, "--asn", "as131279").rows() == by_network
    assert run("routes", "events", archive, *window, "--country", "kp").rows() == by_network


@pytest.mark.parametrize("window", [("2017-09-01", "2017-09-02"), ("2020-01-01", "2020-01-02")])
def test_a_window_without_a_file_has_no_event_and_is_told(run: Run, demo_folder: Path, window: tuple[str, str]) -> None:
    start, end = window
    done = run("routes", "events", demo_folder / "demo" / "routes", "--from", start, "--to", end, "--json")
    assert (done.code, done.out) == (1, "")
    assert "no file of this window; its files reach from 2017-10-01T00:00:00Z to 2017-10-02T12:00:00Z" in done.err


# -- what it shows ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "args",
    [
        ("search", "TransTeleCom"),
        ("timeline", "KP"),
        ("digest", "list"),
        ("digest", "preview", "demo", "--period", "2017-10-01/2017-10-08"),
        ("check",),
    ],
)
def test_with_json_standard_output_is_json_lines_and_without_it_is_for_people(
    args: tuple[str, ...], run: Run, demo_folder: Path
) -> None:
    found = run(*args, "--json", "--data-dir", demo_folder)
    assert (found.code, found.err) == (0, "")
    assert found.rows()
    told = run(*args, "--data-dir", demo_folder)
    assert (told.code, told.err) == (0, "")
    assert not told.out.startswith("{")


def test_a_hit_leads_to_an_explanation(run: Run, demo_folder: Path) -> None:
    where = ("--json", "--data-dir", demo_folder)
    (hit,) = run("search", "asn:20485 type:upstream_added", "--kind", "event", *where).rows()
    assert hit["time"] == "2017-10-01T09:07:51Z"
    rows = run("explain", hit["id"], *where).rows()
    assert [row["score"] for row in rows] == sorted((row["score"] for row in rows), reverse=True)
    assert rows[0]["verdict"] == "confirmed"


def test_a_timeline_can_be_cut_to_a_window(run: Run, demo_folder: Path) -> None:
    window = ("--from", "2017-10-01T10:00:00Z", "--to", "2017-10-01T10:30:00Z")
    rows = run("timeline", "AS131279", *window, "--json", "--data-dir", demo_folder).rows()
    assert {row["kind"] for row in rows} == {"claim", "event"}
    assert {row["time"][:13] for row in rows} == {"2017-10-01T10"}


def test_an_export_is_rows_in_each_format(run: Run, demo_folder: Path, tmp_path: Path) -> None:
    where = ("--data-dir", demo_folder)
    rows = run("export", "--format", "jsonl", "TransTeleCom", *where).rows()
    csv = run("export", "--format", "csv", "TransTeleCom", *where).out.splitlines()
    file = tmp_path / "out.parquet"
    assert run("export", "--format", "parquet", "TransTeleCom", "-o", file, *where).code == 0
    assert len(rows) == pyarrow.parquet.read_table(file).num_rows
    assert len(rows) > 10
    assert "title" in csv[0]


def test_a_full_disk_is_told_in_words(run: Run, demo_folder: Path) -> None:
    done = run("export", "--format", "jsonl", "", "-o", "/dev/full", "--data-dir", demo_folder)
    assert done.code == 1
    assert "No space left" in done.err


def test_an_index_that_is_lost_is_made_anew_from_the_record(run: Run, demo_folder: Path, tmp_path: Path) -> None:
    folder = copy(demo_folder, tmp_path / "copy")
    search = ("search", "TransTeleCom", "--limit", "100", "--json", "--data-dir", folder)
    before = run(*search).rows()
    for file in sorted((folder / "index").rglob("*"), reverse=True):
        file.unlink() if file.is_file() else file.rmdir()
    assert run(*search).rows() == []
    assert run("rebuild", "--data-dir", folder).code == 0
    assert run(*search).rows() == before


def test_a_subscription_is_listed_and_previewed(run: Run, tmp_path: Path) -> None:
    where = ("--data-dir", tmp_path)
    assert run("digest", "subscribe", "desk", "--query", "asn:174", "--to", "a@example.org", *where).code == 0
    (row,) = run("digest", "list", "--json", *where).rows()
    assert (row["id"], row["query"], row["every_days"]) == ("desk", "asn:174", 7)
    assert run("digest", "subscribe", "bad", "--query", '("', "--to", "a@example.org", *where).code == 2


@pytest.mark.parametrize(
    "options",
    [
        ("desk", "--to", "not an address"),
        ("desk", "--to", "a@example.org\nBcc: b@example.org"),
        ("desk", "--to", "a@example.org", "--title", "T\r\nBcc: b@example.org"),
        ("desk", "--to", "a@example.org", "--every", "99999999999"),
        ("a/b", "--to", "a@example.org"),
    ],
)
def test_a_subscription_that_no_mail_could_carry_is_refused(options: tuple[str, ...], run: Run, tmp_path: Path) -> None:
    done = run("digest", "subscribe", *options, "--query", "x", "--data-dir", tmp_path)
    assert done.code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_line_that_is_no_text_stops_no_other(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "in.jsonl"
    file.write_bytes(
        b"\xef\xbb\xbf" + lines(TEXT).encode() + b"\xff\xfe\n" + b"[" * 100_000 + b"\n" + lines(TEXT).encode()
    )
    done = run("annotate", "--json", file)
    assert done.code == 1
    assert len(done.rows()) == 2
    assert "line 2" in done.err
    assert "line 3" in done.err


# -- other people's files ---------------------------------------------------------------------------------------------
def test_other_peoples_warc_and_routes_go_the_same_way(run: Run, demo_folder: Path, tmp_path: Path) -> None:
    """A WARC of somebody's crawl, a copy of it that was cut, and a mirrored routing archive, into an empty folder."""
    folder, archive = tmp_path / "data", demo_folder / "demo" / "routes"
    warc = min((demo_folder / "captures").glob("*.warc.gz"))
    cut = tmp_path / "cut.warc.gz"
    cut.write_bytes(warc.read_bytes()[: warc.stat().st_size * 2 // 3])
    torn = run("ingest", cut, "--json", "--data-dir", folder)
    assert torn.code == 1
    assert "cut.warc.gz" in torn.err
    whole = run("ingest", warc, "--json", "--data-dir", folder)
    assert whole.code == 0
    rows = torn.rows() + whole.rows()
    assert torn.rows()
    assert whole.rows(), "what the cut file lacked"
    assert {row["status"] for row in rows} == {200}
    assert all(row["document_id"] for row in rows)
    assert len({row["url"] for row in rows}) == len(rows)
    assert run("ingest", warc, "--json", "--data-dir", folder).rows() == []

    window = ("--from", "2017-10-01", "--to", "2017-10-02T12:00:00Z")
    assert run("routes", "watch", archive, *window, "--data-dir", folder).code == 0
    assert run("work", "--data-dir", folder).code == 0
    with opened(folder) as house:
        assert len(house.system.record.view((), (), ()).events) == 8
        told = house.tells("/star-jv-russian-upstream", type="transit_added")
        assert told.verdict.verdict == "corrected"
