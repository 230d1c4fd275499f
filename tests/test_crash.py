"""kill -9 at any moment costs nothing but time: what is killed and started again ends as what nobody disturbed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest
from warcio.archiveiterator import ArchiveIterator

from indexer.model import Kind
from indexer.record.sql import SqlRecord
from indexer.search.protocol import Index
from tests.contracts.dump import logical_dump
from tests.demo import ROUTEWIRE, House, check_warcs, environment, opened

KILLS = 50 if os.environ.get("ROUTEWIRE_TEST_ALL") else 8
CHAINS = 2
SOONEST_S, LATEST_S = 0.3, 6.0
"""A run that is not disturbed takes longer than `LATEST_S`, so that a load is killed several times on its way."""


def start(folder: Path, *args: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [ROUTEWIRE, *args],
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )


def killed(process: subprocess.Popen[str], after_s: float) -> bool:
    """Kills a process and all below it at that moment; False if it had ended by then."""
    try:
        process.wait(timeout=after_s)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return True
    finally:
        assert process.stdout is not None
        process.stdout.close()
    assert process.returncode == 0
    return False


def content(index: Index) -> Mapping[str, Any]:
    """All that an index can answer: every thing in it, and how they count by facet."""
    everything = index.search("", limit=10_000, facets=True)
    words = {kind: index.search("TransTeleCom OR Корея OR internet", kind=kind, limit=10_000) for kind in Kind}
    return {
        "hits": sorted(everything.hits, key=lambda hit: (hit.kind, hit.id)),
        "facets": everything.facets,
        "words": {
            kind: (found.total, {hit.id: round(hit.score, 3) for hit in found.hits}) for kind, found in words.items()
        },
    }


def answers_in_warcs(folder: Path) -> set[str]:
    """The ids of the answers to what the record asked for, as the archive has them."""
    found = set()
    for path in sorted(folder.glob("*.warc.gz")):
        with path.open("rb") as file:
            asked = False
            for record in ArchiveIterator(file):
                if record.rec_type == "metadata":
                    facts = dict(
                        line.split(": ", 1) for line in record.raw_stream.read().decode().splitlines() if ": " in line
                    )
                    asked = facts["routewire-purpose"] == facts["routewire-kind"]
                elif record.rec_type in {"response", "revisit"} and asked:
                    found.add(record.rec_headers.get_header("WARC-Record-ID").removeprefix("<urn:uuid:").rstrip(">"))
    return found


def assert_same(folder: Path, undisturbed: House) -> None:
    with opened(folder) as house:
        record, expected = house.system.record, undisturbed.system.record
        assert isinstance(record, SqlRecord)
        assert isinstance(expected, SqlRecord)
        found, wanted = logical_dump(record), logical_dump(expected)
        assert found.keys() == wanted.keys()
        for part in wanted:
            assert found[part] == wanted[part], f"the record's {part} differ in {folder}"
        assert content(house.system.index) == content(undisturbed.system.index)
        assert house.system.index.seq() == record.last_change()
        archive = house.system.settings.archive_dir
        assert check_warcs(archive) == []
        kept = answers_in_warcs(archive)
        assert all(record.capture(name) for name in kept), "an answer was archived and is not in the record"


@pytest.mark.parametrize("chain", range(CHAINS))
def test_a_load_that_is_killed_again_and_again_ends_as_one_that_was_not(
    chain: int, house: House, tmp_path: Path
) -> None:
    rng = random.Random(20171001 + chain)
    loads = kills = 0
    while kills < KILLS // CHAINS:
        folder = tmp_path / str(loads)
        if killed(start(folder, "demo"), rng.uniform(SOONEST_S, LATEST_S)):
            kills += 1
        else:
            assert_same(folder, house)
            loads += 1
    folder = tmp_path / str(loads)
    assert not killed(start(folder, "demo"), 120)
    assert_same(folder, house)


def test_nothing_runs_on_when_only_the_first_process_is_killed(tmp_path: Path) -> None:
    process = start(tmp_path, "demo", "--json")
    assert process.stdout is not None
    assert '"routes"' in process.stdout.readline()  # the crawl is next, and has a process of its own
    parent, below = psutil.Process(process.pid), list[psutil.Process]()
    while not below:
        assert process.poll() is None, "it ended without a child"
        below = parent.children(recursive=True)
    process.kill()
    process.wait()
    process.stdout.close()
    _, left = psutil.wait_procs(below, timeout=20)
    assert left == []
