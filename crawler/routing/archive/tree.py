"""A mirrored tree of RIS or RouteViews: its collectors, months and files, by their names alone.

Months in the layout of both (`2021.04`) are looked into when they are asked for, and no file is opened or asked for its
size: a mirror of a year is listed in a moment.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from operator import attrgetter
from pathlib import Path

from crawler.errors import Permanent
from crawler.routing.mrt.file import collector_of

_log = logging.getLogger(__name__)
_NAME = re.compile(r"(?:^|[._])(bview|rib|updates)\.(\d{8}\.\d{4})(?=\.|$)")
_MONTH = re.compile(r"\d{4}\.\d{2}")
IN_ORDER = attrgetter("stamp", "is_rib", "name")


@dataclass(frozen=True, slots=True, order=True)
class ArchiveFile:
    """One file of a collector; `stamp` is the time in its name, `name` its path in the archive."""

    collector: str
    stamp: datetime
    is_rib: bool
    name: str
    archive: Path = field(compare=False)

    @property
    def path(self) -> Path:
        return self.archive / self.name


class Tree:
    """A mirrored tree. The files of a month are read when they are asked for; those outside of months at once.

    Raises `Permanent` where there is no such folder.
    """

    def __init__(self, archive: Path) -> None:
        if not archive.is_dir():
            wrong = "is not a folder" if archive.exists() else "no such folder"
            raise Permanent(wrong, subject=str(archive), remedy="name the folder that holds the collectors' folders")
        self.archive = archive
        self._months: dict[str, dict[str, list[str]]] = {}  # folders by collector and month
        self._read: dict[str, list[ArchiveFile]] = {}  # by folder
        self._loose: list[ArchiveFile] = []
        self._find("")

    def _find(self, folder: str) -> None:
        self._loose += self._in(folder, deep=False)
        for name in sorted(entry.name for entry in self._scan(folder) if entry.is_dir()):
            inner = f"{folder}{name}/"
            collector = self._collector(inner) if _MONTH.fullmatch(name) else None
            if collector:
                self._months.setdefault(collector, {}).setdefault(name, []).append(inner)
            else:
                self._find(inner)

    def _scan(self, folder: str) -> list[os.DirEntry[str]]:
        with os.scandir(self.archive / folder) as entries:
            return list(entries)

    def collectors(self) -> list[str]:
        return sorted({*self._months, *(file.collector for file in self._loose)})

    def months(self, collector: str) -> list[str]:
        """As the folders are named, ascending."""
        return sorted(self._months.get(collector, ()))

    def files(self, collector: str, months: Iterable[str]) -> list[ArchiveFile]:
        """Of these months, and those outside of months, by time."""
        found = [file for file in self._loose if file.collector == collector]
        for month in months:
            found += self.month(collector, month)
        return sorted(found, key=IN_ORDER)

    def month(self, collector: str, month: str) -> list[ArchiveFile]:
        folders = self._months.get(collector, {}).get(month, ())
        for folder in folders:
            if folder not in self._read:
                self._read[folder] = self._in(folder, deep=True)
        return [file for folder in folders for file in self._read[folder]]

    def edges(self, collector: str) -> list[ArchiveFile]:
        """The files of the first month that has some, and of the last."""
        months = self.months(collector)
        ends = (next((m for m in order if self.month(collector, m)), None) for order in (months, months[::-1]))
        return self.files(collector, {month for month in ends if month})

    def _in(self, folder: str, *, deep: bool) -> list[ArchiveFile]:
        """`deep`: those in folders below it, too (RouteViews: RIBS and UPDATES)."""
        found: list[ArchiveFile] = []
        of_folder = self._collector(folder)
        for entry in self._scan(folder):
            named = _NAME.search(entry.name)
            if deep and entry.is_dir():
                found += self._in(f"{folder}{entry.name}/", deep=True)
            elif named and entry.is_file():
                stamp = _stamp(named[2])
                if stamp is None:
                    _log.warning("%s: %s is no time; the file is left out", entry.path, named[2])
                    continue
                name = folder + entry.name
                collector = of_folder or _collector(Path(name), self.archive)
                found.append(ArchiveFile(collector, stamp, named[1] != "updates", name, self.archive))
        return found

    def _collector(self, folder: str) -> str | None:
        """The collector of all files in it; None where each file's name must say it."""
        named = _collector(Path(folder, "any"), self.archive)
        return None if named == "unknown" else named


@lru_cache(1 << 17)
def _stamp(text: str) -> datetime | None:
    try:
        year, month, day, hour, minute = (int(text[a:b]) for a, b in ((0, 4), (4, 6), (6, 8), (9, 11), (11, 13)))
        return datetime(year, month, day, hour, minute, tzinfo=UTC)
    except ValueError:
        return None


def _collector(name: Path, archive: Path) -> str:
    """A folder of one collector alone may be given, too: its own name counts then."""
    return collector_of(name) if len(name.parts) > 2 else collector_of(archive / name)
