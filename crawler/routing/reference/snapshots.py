"""Reference files on disk: `<folder>/<name>/<date>[.<part>].<extension>`, read whatever they are compressed with."""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from io import BufferedIOBase
from pathlib import Path

from crawler.errors import Permanent

# The kinds of reference data.
AS_NAMES, DELEGATIONS, RELATIONSHIPS = "as-names", "delegations", "relationships"
ORGANISATIONS, PEERINGDB, VRPS = "organisations", "peeringdb", "vrps"
# Each publishes its delegations and is a trust anchor of the RPKI.
REGISTRIES = ("afrinic", "apnic", "arin", "lacnic", "ripencc")
# Under the data folder.
FOLDER = "reference"
# The file is another than it says where more of its lines than this cannot be read.
MAX_BAD_SHARE = 0.01

_NAME = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:\.([a-z0-9-]+))??((?:\.(?:txt|csv|json|bz2|gz|xz))+)")


@dataclass(frozen=True, slots=True, order=True)
class Snapshot:
    """One file: the day that its data are of, and its part (a registry, a trust anchor), "" where it is whole."""

    day: date
    part: str
    path: Path


def snapshots(folder: Path | None, name: str) -> list[Snapshot]:
    """The files of one kind, oldest first; none without a folder. Other names, and links to nothing, are left alone."""
    if folder is None or not (folder / name).is_dir():
        return []
    found = []
    for path in (folder / name).iterdir():
        match = _NAME.fullmatch(path.name)
        if match and path.is_file():
            year, month, day, part, _ = match.groups()
            try:
                found.append(Snapshot(date(int(year), int(month), int(day)), part or "", path))
            except ValueError:
                continue
    return sorted(found)


def lines(path: Path) -> Iterator[str]:
    """The lines of a text, decompressed by content. Raises `Permanent` where the file is missing, cut or corrupt."""
    try:
        with _opened(path) as stream:
            for line in stream:
                yield line.decode("utf-8", "replace").rstrip("\r\n")
    except (EOFError, OSError, lzma.LZMAError) as error:
        raise Permanent("cannot be read whole", subject=str(path), remedy="fetch it again") from error


def _opened(path: Path) -> BufferedIOBase:
    with path.open("rb") as raw:
        magic = raw.read(6)
    if magic.startswith(b"BZh"):
        return bz2.open(path)
    if magic.startswith(b"\x1f\x8b"):
        return gzip.open(path)
    if magic == b"\xfd7zXZ\x00":
        return lzma.open(path)
    return path.open("rb")


def told(path: Path, what: str, good: int, bad: int) -> None:
    """Raises `Permanent` where there is nothing good in a file, or too much bad."""
    if good == 0 or bad > MAX_BAD_SHARE * (good + bad):
        message = f"does not hold {what}: {good} lines could be read and {bad} could not"
        raise Permanent(message, subject=str(path), remedy="fetch it again, or move it out of the folder")


def unread(bad: int) -> str:
    """For a source's name, so that an answer tells what is missing from it."""
    return f" ({bad} lines could not be read)" if bad else ""
