"""Files read at once by processes of our own, which hand back columns.

Each is a fresh interpreter that reads pickled tasks from its standard input: it inherits no lock, does not run the
caller's main module again as `multiprocessing` would, and ends when its parent does, however that ends.
"""

from __future__ import annotations

import gc
import os
import pickle
import queue
import subprocess
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, BinaryIO, TypeVar

from crawler.errors import RoutewireError, Transient

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")
_START = "from crawler.routing.state.pool import serve; serve()"


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Pool:
    """`workers` processes; with one or none, the work is done here. Use it as a context: leaving ends them at once."""

    def __init__(self, workers: int) -> None:
        self._workers = [_Worker() for _ in range(workers if workers > 1 else 0)]
        self._idle: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        for worker in self._workers:
            self._idle.put(worker)
        self._threads = ThreadPoolExecutor(max(1, len(self._workers)), "reading")

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.kill()
        self._threads.shutdown(cancel_futures=True)
        for worker in self._workers:
            worker.close()

    def map(
        self, work: Callable[[_Task], _Result], tasks: Iterable[_Task], name: Callable[[_Task], str]
    ) -> Iterator[tuple[_Task, _Result]]:
        """Each task with its result, in order; a few are taken from `tasks` ahead. `work` is a module's function.

        What `work` raises is raised here. A process that dies raises `Transient` with the task's `name`.
        """
        if not self._workers:
            yield from ((task, work(task)) for task in tasks)
            return
        ahead: deque[tuple[_Task, Future[_Result]]] = deque()
        for task in tasks:
            ahead.append((task, self._threads.submit(self._done, work, task, name)))
            if len(ahead) > len(self._workers) + 1:
                yield _first(ahead)
        while ahead:
            yield _first(ahead)

    def _done(self, work: Callable[[_Task], _Result], task: _Task, name: Callable[[_Task], str]) -> _Result:
        worker = self._idle.get()
        try:
            result: _Result = worker.call(work, task)
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            code = worker.kill()
            raise Transient(
                f"the process that read it ended early (exit {code})",
                subject=name(task),
                remedy="see whether the machine is out of memory, then run it again",
            ) from error
        finally:
            self._idle.put(worker)
        return result


def _first(ahead: deque[tuple[_Task, Future[_Result]]]) -> tuple[_Task, _Result]:
    task, future = ahead.popleft()
    return task, future.result()


class _Worker:
    """One process and the pipes to it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603  # our own interpreter and words
            [sys.executable, "-c", _START],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            process_group=0,  # Ctrl-C is the parent's to handle
        )

    def call(self, work: Callable[[Any], Any], task: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        pickle.dump((work, task), self._process.stdin, 5)
        self._process.stdin.flush()
        done, result = pickle.load(self._process.stdout)  # noqa: S301  # by our own child
        if not done:
            raise result
        return result

    def kill(self) -> int:
        self._process.kill()
        return self._process.wait()

    def close(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            try:
                if pipe is not None:
                    pipe.close()
            except OSError:  # what was not sent yet cannot be
                pass


def serve() -> None:
    """The life of a worker: tasks from standard input, results to standard output, until the former ends."""
    results = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not stand among the results
    gc.disable()  # columns and paths have no cycles; to look for some takes a tenth of the time
    tasks: queue.SimpleQueue[tuple[Callable[[Any], Any], Any]] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(sys.stdin.buffer, tasks), daemon=True).start()
    while True:
        work, task = tasks.get()
        answer: tuple[bool, Any]
        try:
            answer = True, work(task)
        except RoutewireError as error:
            answer = False, error
        except BaseException:  # a defect: told here, and by the parent with the file's name
            traceback.print_exc()
            os._exit(1)
        pickle.dump(answer, results, 5)
        results.flush()


def _receive(source: BinaryIO, tasks: queue.SimpleQueue[tuple[Callable[[Any], Any], Any]]) -> None:
    """Reads ahead while the other thread works, so that the parent's end is noticed at once, and is ours."""
    while True:
        try:
            tasks.put(pickle.load(source))  # noqa: S301  # by our own parent
        except (EOFError, OSError, pickle.UnpicklingError):
            os._exit(1)
