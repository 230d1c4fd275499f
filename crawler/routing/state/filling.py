"""A table filled from an archive's files: RIBs, then updates collector by collector, read by several processes."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import chain, groupby, islice
from pathlib import Path
from typing import NamedTuple

from crawler.routing.archive.collectors import Listing, holds_nothing, is_quiet
from crawler.routing.archive.tree import ArchiveFile
from crawler.routing.detect.sessions import Down, Sessions
from crawler.routing.model import Gap
from crawler.routing.mrt.batch import Batch
from crawler.routing.state.pool import Pool, cores
from crawler.routing.state.reading import Part, Task, Wanted, overlapping, parted, read_part
from crawler.routing.state.table import Table

Progress = Callable[[int, int], None]
# Less than this is read here in the time in which a process would start.
_BYTES_A_WORKER = 1 << 20
_MOST_WORKERS = 8  # what one table takes in while they read


@dataclass(slots=True)
class Filled:
    """`repaired` has for each RIB that mended a state, by its file's name, since when that was in doubt. `until` is the
    end of the data, seconds since the epoch.
    """

    table: Table = field(default_factory=Table)
    gaps: list[Gap] = field(default_factory=list)
    downs: list[Down] = field(default_factory=list)
    repaired: dict[str, datetime] = field(default_factory=dict)
    until: float = 0.0


class _Step(NamedTuple):
    """The files of one stamp of a collector; of updates, they reach to `upto`."""

    collector: str
    at: datetime
    upto: datetime
    files: tuple[ArchiveFile, ...]


@dataclass(slots=True)
class _Aside:
    """What a step told of prefixes that turned out to be wanted only while files were read. `known` are those of which
    it has all rows.
    """

    step: _Step
    is_rib: bool
    batches: list[Batch]
    known: frozenset[str]


def fill(listing: Listing, wanted: Callable[[Table], Wanted] | None = None, progress: Progress | None = None) -> Filled:
    """All of a listing, or what is `wanted` of it, which is asked once the RIBs are in.

    Raises `Transient` with the file's name where a process that read it died.
    """
    files = [file for part in (listing.ribs, listing.updates) for own in part.values() for file in own]
    with Pool(_workers(files)) as pool, tempfile.TemporaryDirectory() as folder:
        filling = _Filling(listing, pool, progress, len(files))
        if wanted is None:
            filling.everything()
        else:
            filling.only(wanted, Path(folder, "names"))
    return filling.out


def _workers(files: Sequence[ArchiveFile]) -> int:
    enough = sum(file.path.stat().st_size for file in files[: 1 << 10] if file.path.exists()) // _BYTES_A_WORKER
    return min(cores(), len(files), enough, _MOST_WORKERS)


class _Filling:
    def __init__(self, listing: Listing, pool: Pool, progress: Progress | None, todo: int) -> None:
        self.out = Filled()
        self._listing, self._pool = listing, pool
        self._progress, self._done, self._todo = progress, 0, todo
        self._wanted: Wanted | None = None
        self._late: frozenset[str] = frozenset()  # prefixes that turned out to be wanted
        self._aside: list[_Aside] = []
        self._quiet: dict[str, bool] = {}

    def everything(self) -> None:
        results = self._read(chain(self._ribs(), self._updates()))
        self._load(results)
        self._follow(results)

    def only(self, wanted: Callable[[Table], Wanted], file: Path) -> None:
        """`file` is where workers find the names, which may be many."""
        self._load(self._read(self._ribs()))
        asked = wanted(self.out.table)
        file.write_bytes(pickle.dumps(asked.names, 5))
        self._wanted = replace(asked, names=frozenset(), names_file=file)
        self._follow(self._read(self._updates()))
        self._look_again()

    def _ribs(self) -> Iterator[Task]:
        return (Task(rib, 0, 0, None) for ribs in self._listing.ribs.values() for rib in ribs)

    def _updates(self) -> Iterator[Task]:
        """Each made as late as can be: `_late` grows while files are read."""
        for collector in self._listing.collectors:
            for step in self._steps(collector):
                yield from (self._task(file, self._since(collector)) for file in step.files)

    def _steps(self, collector: str) -> list[_Step]:
        return list(_steps(self._listing.updates.get(collector, ()), self._listing.steps[collector]))

    def _load(self, results: Iterator[tuple[Task, Part]]) -> None:
        for ribs in self._listing.ribs.values():
            for task, part in islice(results, len(ribs)):
                self.out.table.load_batch(part.batch, task.file.stamp.timestamp())
                self._note_damage(task.file, part, self._listing.end)

    def _follow(self, results: Iterator[tuple[Task, Part]]) -> None:
        for collector in self._listing.collectors:
            sessions = Sessions(collector)
            self._follow_one(collector, results, sessions)
            self.out.downs += sessions.downs

    # -- one collector -----------------------------------------------------------------------------------------------
    def _follow_one(self, collector: str, results: Iterator[tuple[Task, Part]], sessions: Sessions) -> None:
        """Its updates in order of time, and a later RIB wherever the state before it is in doubt."""
        ribs = list(_steps(self._listing.later_ribs.get(collector, ()), timedelta(0)))[::-1]
        covered, doubt = self._since(collector), None
        for step in [*self._steps(collector), None]:
            while ribs and (step is None or ribs[-1].at <= step.at):
                rib = ribs.pop()
                doubt = covered if doubt is None and covered < rib.at else doubt
                if doubt is not None:
                    self._repair(rib, doubt)
                covered, doubt = max(covered, rib.at), None
            if step is not None:
                doubt = covered if doubt is None and covered < step.at else doubt
                if self._update(step, list(islice(results, len(step.files))), sessions):
                    doubt = doubt or step.at
                covered = max(covered, step.upto)
        self.out.until = max(self.out.until, min(covered, self._listing.end).timestamp())

    def _since(self, collector: str) -> datetime:
        ribs = self._listing.ribs.get(collector)
        return ribs[0].stamp if ribs else self._listing.start

    def _task(self, file: ArchiveFile, since: datetime) -> Task:
        wanted = replace(self._wanted, names=self._late) if self._wanted else None
        return Task(file, since.timestamp(), self._listing.end.timestamp(), wanted)

    def _update(self, step: _Step, results: Sequence[tuple[Task, Part]], sessions: Sessions) -> bool:
        """Whether there is a gap."""
        damaged = [self._note_damage(task.file, part, step.upto) for task, part in results]
        changes = {change for _, part in results for change in part.batch.sessions}
        signs = sorted((sign for _, part in results for sign in part.signs), key=lambda sign: sign.observed_at)
        sessions.take(signs, changes)
        self.out.table.update_batches(self._taken(step, results, is_rib=False))
        for _, part in results:
            self.out.table.note_withdrawals(part.batch, part.burst_at, part.burst_peer)
        return any(damaged)

    def _repair(self, rib: _Step, doubt: datetime) -> None:
        self._todo += len(rib.files)
        results = list(self._read(self._task(file, rib.at) for file in rib.files))
        for task, part in results:
            self._note_damage(task.file, part, rib.at)
            self.out.repaired[task.file.name] = doubt
        among = _Among(self._wanted) if self._wanted else None
        self.out.table.repair(self._taken(rib, results, is_rib=True), rib.at.timestamp(), among)

    def _taken(self, step: _Step, results: Sequence[tuple[Task, Part]], *, is_rib: bool) -> list[Batch]:
        """The batches, without what they tell of late prefixes: that is put aside until all of it is known."""
        batches = [part.batch for _, part in results]
        if self._wanted is None:
            return batches
        found = frozenset[str]().union(*(part.found for _, part in results))
        if not found <= self._late:
            self._late |= found
        asked = frozenset.intersection(*(task.wanted.names for task, _ in results if task.wanted))
        halves = [parted(batch, self._late) for batch in batches]
        own = found if len(results) == 1 else frozenset[str]()
        self._aside.append(_Aside(step, is_rib, [late for _, late in halves], asked | own))
        return [rest for rest, _ in halves]

    # -- what was found late -----------------------------------------------------------------------------------------
    def _look_again(self) -> None:
        """Reads once more those files that were read before a prefix was known to be wanted, for such prefixes."""
        tasks = [self._again(aside, file) for aside in self._aside for file in aside.step.files if self._missing(aside)]
        self._todo += len(tasks)
        results = self._read(tasks)
        for aside in self._aside:
            missing = self._missing(aside)
            again = [next(results)[1].batch for _ in aside.step.files] if missing else []
            kept = [parted(batch, missing)[0] for batch in aside.batches]
            if aside.is_rib:
                self.out.table.repair([*kept, *again], aside.step.at.timestamp(), self._late)
            else:
                self.out.table.update_batches([*kept, *again])

    def _missing(self, aside: _Aside) -> frozenset[str]:
        return self._late - aside.known

    def _again(self, aside: _Aside, file: ArchiveFile) -> Task:
        since = self._since(file.collector).timestamp()
        return Task(file, since, self._listing.end.timestamp(), Wanted(names=self._missing(aside)))

    # -- files -------------------------------------------------------------------------------------------------------
    def _read(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Part]]:
        for task, part in self._pool.map(read_part, tasks, lambda task: task.file.name):
            self._done += 1
            if self._progress:
                self._progress(self._done, self._todo)
            yield task, part

    def _note_damage(self, file: ArchiveFile, part: Part, end: datetime) -> bool:
        """A file that is missing a part, or all, is a gap; unless it is whole, holds nothing, and most others of the
        collector's update files do so too.
        """
        damage = part.batch.damage
        if damage is None or (not part.batch.records and self._is_quiet(file)):
            return False
        self.out.gaps.append(Gap(collector=file.collector, start=file.stamp, end=end, reason=f"{file.name}: {damage}"))
        return True

    def _is_quiet(self, file: ArchiveFile) -> bool:
        if file.is_rib or not holds_nothing(file.path):
            return False
        if file.collector not in self._quiet:
            self._quiet[file.collector] = is_quiet(file.archive, file.collector)
        return self._quiet[file.collector]


class _Among:
    """The prefixes that are wanted whatever the paths."""

    def __init__(self, wanted: Wanted) -> None:
        self._names, self._overlaps = wanted.named(), overlapping(wanted.inside)

    def __contains__(self, prefix: object) -> bool:
        return isinstance(prefix, str) and (prefix in self._names or self._overlaps(prefix))


def _steps(files: Iterable[ArchiveFile], step: timedelta) -> Iterator[_Step]:
    for stamp, same in groupby(files, key=lambda file: file.stamp):
        own = tuple(same)
        yield _Step(own[0].collector, stamp, stamp + step, own)
