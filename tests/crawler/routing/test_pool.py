"""Work done by processes: in order, with their errors, and never longer than those who asked for it."""

import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from crawler.errors import Permanent, Transient
from crawler.routing.archive.collectors import span_of
from crawler.routing.archive.tree import ArchiveFile
from crawler.routing.state.pool import Pool
from crawler.routing.state.reading import Task, read_part
from ops.demo.routes import START


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_the_order_of_tasks(workers: int) -> None:
    with Pool(workers) as pool:
        assert list(pool.map(math.factorial, range(20), str)) == [(n, math.factorial(n)) for n in range(20)]
        assert list(pool.map(math.factorial, [], str)) == []


def test_few_tasks_are_taken_ahead() -> None:
    taken: list[int] = []
    with Pool(2) as pool:
        results = pool.map(abs, (taken.append(n) or n for n in range(100)), str)  # type: ignore[func-returns-value]
        next(results)
        assert len(taken) < 6


def test_a_process_that_dies_is_an_error_with_the_files_name() -> None:
    with Pool(2) as pool, pytest.raises(Transient, match=r"updates\.20200101.*exit 9"):
        list(pool.map(os._exit, [9], lambda _: "updates.20200101.0000.gz"))


def test_what_is_printed_by_the_work_is_no_result(capfd: pytest.CaptureFixture[str]) -> None:
    with Pool(2) as pool:
        assert list(pool.map(print, ["a line"], str)) == [("a line", None)]


def test_leaving_ends_what_still_runs() -> None:
    with Pool(2) as pool:
        results = pool.map(time.sleep, [0, 3600, 3600, 3600, 3600], str)
        assert next(results) == (0, None)
    commands = [" ".join(child.cmdline()) for child in psutil.Process().children()]
    assert [command for command in commands if "crawler.routing.state.pool" in command] == []


def test_a_killed_parent_takes_its_workers_along() -> None:
    code = (
        "import time, psutil\n"
        "from crawler.routing.state.pool import Pool\n"
        "pool = Pool(2)\n"
        "print(*[child.pid for child in psutil.Process().children()], flush=True)\n"
        "list(pool.map(time.sleep, [3600, 3600], str))\n"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=env) as parent:
        assert parent.stdout is not None
        workers = [psutil.Process(int(pid)) for pid in parent.stdout.readline().split()]
        parent.send_signal(signal.SIGKILL)
    assert len(workers) == 2
    assert psutil.wait_procs(workers, timeout=30)[1] == []


def test_a_file_that_is_not_there_is_damage_and_stops_nothing(tmp_path: Path) -> None:
    file = ArchiveFile("rrc00", START, False, "rrc00/2020.01/updates.20200101.0000.gz", tmp_path)
    with Pool(2) as pool:
        ((_, part),) = pool.map(read_part, [Task(file, 0, math.inf, None)], lambda task: task.file.name)
    assert (len(part.batch), part.batch.damage) == (0, "cannot be opened")


def test_an_expected_failure_keeps_its_words(tmp_path: Path) -> None:
    with Pool(2) as pool, pytest.raises(Permanent, match=r"absent: no such folder; name the folder"):
        list(pool.map(span_of, [tmp_path / "absent"], str))
