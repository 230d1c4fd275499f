"""The tables in `data/`: tab-separated, one row a line, a header first, checked as they are read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from crawler.errors import Permanent

DATA = Path(__file__).parent / "data"
ALIAS = re.compile(r"^(?P<name>[^\[\]?^]+)(?P<flag>[?^]?)(?:\[(?P<since>[\d-]*)\.\.(?P<until>[\d-]*)\])?$")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table, by column; `where` names file and line for errors."""

    where: str
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def parts(self, column: str, separator: str = ";") -> tuple[str, ...]:
        """The cell's values, in order, without blanks."""
        return tuple(part.strip() for part in self.cells[column].split(separator) if part.strip())

    def matching(self, column: str, pattern: str) -> str:
        """The cell, which must match `pattern` in full. Raises Permanent."""
        if not re.fullmatch(pattern, self.cells[column]):
            raise self.error(f"{column} is {self.cells[column]!r}", f"write it as {pattern}")
        return self.cells[column]

    def error(self, message: str, remedy: str) -> Permanent:
        return Permanent(message, subject=self.where, remedy=remedy)


@dataclass(frozen=True, slots=True)
class WrittenAlias:
    """An alias as a table writes it: `Name`, `Name?` (needs support), `Name^` (a brand of many countries), and
    `Name[2009..2021-05]` with the days between which it was in use (both ends may be open)."""

    name: str
    flag: str
    since: str
    until: str


def rows(name: str, columns: tuple[str, ...], folder: Path = DATA) -> Iterator[Row]:
    """The rows of `folder/name`, whose header must be `columns`. Raises Permanent naming file and line."""
    path = folder / name
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Permanent(
            "cannot read a registry table", subject=str(path), remedy="install the package again"
        ) from error
    lines = text.splitlines()
    if not lines or tuple(lines[0].split("\t")) != columns:
        raise Permanent("unexpected header", subject=f"{path}:1", remedy=f"write the columns {' '.join(columns)}")
    for number, line in enumerate(lines[1:], 2):
        cells = line.split("\t")
        if len(cells) != len(columns):
            message = f"{len(cells)} cells for {len(columns)} columns"
            raise Permanent(message, subject=f"{path}:{number}", remedy="separate the cells by one tab each")
        yield Row(f"{path}:{number}", dict(zip(columns, cells, strict=True)))


def aliases(row: Row, column: str = "aliases") -> tuple[WrittenAlias, ...]:
    """The aliases in a cell. Raises Permanent for one that is not written as `WrittenAlias` says."""
    found = []
    for part in row.parts(column):
        match = ALIAS.match(part)
        if match is None:
            raise row.error(f"alias {part!r} is not readable", "write Name, Name?, Name^ or Name[2009..2021]")
        found.append(WrittenAlias(match["name"].strip(), match["flag"], match["since"] or "", match["until"] or ""))
    return tuple(found)


def words(text: str) -> frozenset[str]:
    """The words of a short list that stands in code."""
    return frozenset(text.split())
