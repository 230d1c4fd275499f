"""A local mirror's own book: which files it holds, where each came from and its sha256; so that damage shows."""

from __future__ import annotations

import bz2
import fcntl
import gzip
import hashlib
import json
import threading
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType

from crawler.errors import Permanent, Transient

MANIFEST = "MANIFEST.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A file as it came: `path` relative to the mirror, `url` "" where it was there before, `last_modified` as told."""

    path: str
    url: str
    bytes: int
    sha256: str
    last_modified: str = ""


class Mirror:
    """The folder with its `MANIFEST.jsonl`: a line a file, the last one of a path counts. One process writes at a time.

    Entering raises `Transient` where another process fetches into the same folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.held: dict[str, Held] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Mirror:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._book = (self.folder / MANIFEST).open("a+b")
        try:
            fcntl.flock(self._book, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._book.close()
            raise Transient(
                "another process fetches into this folder", subject=str(self.folder), remedy="wait until it has ended"
            ) from None
        self.held = read_manifest(self.folder)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._book.close()

    def note(self, held: Held) -> None:
        """Writes a file into the book; begins with a line's end, for a killed writer may have left half a line."""
        line = b"\n" + json.dumps(asdict(held)).encode()
        with self._lock:
            self.held[held.path] = held
            self._book.write(line)
            self._book.flush()

    def damage(self, path: str) -> str | None:
        """What is wrong with a file that is here, in words; None where it is as it came.

        A file that the book does not know (copied by hand, or its process was killed) is read through once: its
        compression has a checksum of its own. It is written into the book if it agrees.
        """
        held = self.held.get(path)
        if held is not None:
            return damage_of(self.folder, held)
        file = self.folder / path
        why = _unreadable(file)
        if why is None:
            self.note(Held(path=path, url="", bytes=file.stat().st_size, sha256=sha256_of(file)))
        return why


def read_manifest(folder: Path) -> dict[str, Held]:
    """The book, by path; a line that cannot be read stands for a file that will be looked at anew."""
    try:
        lines = (folder / MANIFEST).read_bytes().splitlines()
    except FileNotFoundError:
        return {}
    found = {}
    for line in lines:
        try:
            row = json.loads(line)
            held = Held(**{**row, "path": str(row["path"]), "bytes": int(row["bytes"])})
            found[held.path] = held
        except (ValueError, TypeError, KeyError):
            continue
    return found


def damage_of(folder: Path, held: Held) -> str | None:
    """How a file differs from the book, in words; None where it does not."""
    file = folder / held.path
    try:
        size = file.stat().st_size
        if size != held.bytes:
            return f"has {size:,} bytes instead of {held.bytes:,}"
        return None if sha256_of(file) == held.sha256 else "has another sha256 than it came with"
    except FileNotFoundError:
        return "is not here any more"


def check(folder: Path) -> Iterator[tuple[Held, str | None]]:
    """Each file of the book with what is wrong with it. Raises `Permanent` where the folder has no book."""
    held = read_manifest(folder)
    if not held:
        raise Permanent(
            f"has no {MANIFEST} with files", subject=str(folder), remedy="name a folder that `routes fetch` filled"
        )
    for path in sorted(held):
        yield held[path], damage_of(folder, held[path])


def sha256_of(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _unreadable(file: Path) -> str | None:
    opener = gzip.open if file.suffix == ".gz" else bz2.open
    try:
        with opener(file, "rb") as content:
            while content.read(1 << 20):
                pass
    except (OSError, EOFError, zlib.error) as error:
        return f"is cut or damaged ({error})"
    return None
