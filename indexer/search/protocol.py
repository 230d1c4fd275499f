"""Search: one query language, any engine. An index holds what `indexer.sync` made of the record and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from indexer.model import IndexDoc, Kind, SearchResult

FACETS = ("kind", "source", "country", "asn", "type", "verdict", "lang", "month")
"""The facets that every engine gives; `month` is `YYYY-MM` of the time, newest first, the others commonest first."""


class Index(Protocol):
    """One index. Methods raise `Transient` when the engine is away, `Permanent` for a query that cannot be read."""

    def apply(self, put: Sequence[IndexDoc], gone: Iterable[tuple[Kind, str]], seq: int) -> None:
        """Puts (replacing by kind and id) and deletes, then remembers `seq`; all of it is searchable on return."""

    def seq(self) -> int:
        """The last change of the record that the index holds; 0 for an empty one."""

    def search(
        self,
        query: str,
        *,
        kind: Kind | None = None,
        limit: int = 20,
        offset: int = 0,
        facets: bool = False,
        sort: str = "relevance",
    ) -> SearchResult:
        """`query` in the language of `indexer.search.query`; "" matches everything. `sort` is `relevance` or `time`
        (newest first). Ties by id, so that pages are stable.
        """

    def rebuilding(self) -> AbstractContextManager[Index]:
        """A fresh index beside this one; on a clean exit it takes this one's place at once, searchable all the
        while.
        """

    def close(self) -> None: ...
