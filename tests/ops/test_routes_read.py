"""`routewire routes read` on files that hold more than routes, or less."""

from pathlib import Path

from ops.demo.mrt import record
from tests.crawler.routing import mrt_bytes as mrt
from tests.ops.running import Run

SETS = mrt.ORIGIN_IGP + mrt.as_path(mrt.segment([1, 2]), mrt.segment([9, 5], kind=mrt.SET))


def test_a_path_identifier_is_printed(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "updates"
    file.write_bytes(mrt.bgp4mp(mrt.update(SETS, mrt.nlri("198.51.100.0/24", path_id=7)), 9))
    (row,) = run("routes", "read", file, "--json").rows()
    assert (row["path_id"], row["as_path"], row["origin_asns"]) == (7, [1, 2, [5, 9]], [5, 9])
    assert run("routes", "read", file).out.split()[-4:] == ["198.51.100.0/24", "1", "2", "{5,9}"]


def test_what_is_no_route_is_told_and_is_no_failure(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "updates"
    update = mrt.bgp4mp(mrt.update(SETS, mrt.nlri("198.51.100.0/24")))
    file.write_bytes(update + record(mrt.AT, 11, 0, b"ospf") + update)
    done = run("routes", "read", file, "--json")
    assert (done.code, len(done.rows())) == (0, 2)
    assert f"{file}: no routes: records of type 11, OSPFv2 (1)" in done.err


def test_each_broken_file_is_told_and_the_others_are_read(run: Run, tmp_path: Path) -> None:
    update = mrt.bgp4mp(mrt.update(SETS, mrt.nlri("198.51.100.0/24")))
    files = [tmp_path / name for name in ("cut", "html", "whole", "absent")]
    for file, content in zip(files, (update + update[:30], b"<html>", update), strict=False):
        file.write_bytes(content)
    done = run("routes", "read", *files, "--json")
    assert done.code == 1
    assert [row["file"] for row in done.rows()] == [str(files[0]), str(files[2])]
    assert f"{files[0]}: cut at byte {len(update) + 30} inside record 1" in done.err
    assert f"{files[1]}: holds no MRT record" in done.err
    assert f"{files[3]}: cannot be opened" in done.err
    assert str(files[2]) not in done.err
