"""What was fetched: for each reference file its source, date, licence and checksum, in `manifest.json` beside them."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from crawler.errors import Permanent

_FILE = "manifest.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One file. `path` is relative to the folder, `date` the day of its data (ISO 8601); `fetched_at` and `checked_at`,
    when its publisher was last asked whether it had changed, are UTC with `Z`. `validator` is what the publisher's
    server calls this content, "" without one.
    """

    path: str
    name: str
    part: str
    date: str
    source: str
    url: str
    licence: str
    fetched_at: str
    checked_at: str
    rows: int
    bad_lines: int
    bytes: int
    sha256: str
    validator: str

    @property
    def day(self) -> datetime.date:
        return datetime.date.fromisoformat(self.date)


def _entry(path: str, row: dict[str, Any]) -> Entry:
    """Raises `ValueError` or `TypeError` for what was never written here: a hand, or a failing disk."""
    entry = Entry(path=path, **row)
    datetime.date.fromisoformat(entry.date)
    if datetime.datetime.fromisoformat(entry.checked_at).tzinfo is None:
        raise ValueError("a time without a zone")
    for field in fields(Entry):
        wanted = int if field.name in {"rows", "bad_lines", "bytes"} else str
        if not isinstance(getattr(entry, field.name), wanted):
            raise TypeError(field.name)
    return entry


class Manifest:
    """Every change is on disk at once. Raises `Permanent` where the file is no manifest."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        path = folder / _FILE
        try:
            rows = json.loads(path.read_bytes()) if path.exists() else {}
            self._entries = {key: _entry(key, row) for key, row in rows.items()}
        except (OSError, ValueError, TypeError, AttributeError) as error:
            remedy = "delete it: the files stay in use, and are fetched again by the next update"
            raise Permanent("is no manifest of reference data", subject=str(path), remedy=remedy) from error

    def __iter__(self) -> Iterator[Entry]:
        """Those whose file is there, by kind, part and day."""
        found = (entry for entry in self._entries.values() if (self.folder / entry.path).is_file())
        return iter(sorted(found, key=lambda entry: (entry.name, entry.part, entry.date)))

    def of(self, path: Path) -> Entry | None:
        return self._entries.get(path.relative_to(self.folder).as_posix())

    def latest(self, url: str) -> Entry | None:
        """The newest file that came from an address."""
        return max((entry for entry in self if entry.url == url), key=lambda entry: entry.date, default=None)

    def put(self, entry: Entry) -> None:
        self._entries[entry.path] = entry
        self._write()

    def drop(self, entry: Entry) -> None:
        """Forgets a file, and removes it."""
        (self.folder / entry.path).unlink(missing_ok=True)
        self._entries.pop(entry.path, None)
        self._write()

    def _write(self) -> None:
        names = [field.name for field in fields(Entry) if field.name != "path"]
        rows = {key: {name: asdict(entry)[name] for name in names} for key, entry in sorted(self._entries.items())}
        half = self.folder / f".{_FILE}"
        half.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        half.replace(self.folder / _FILE)
