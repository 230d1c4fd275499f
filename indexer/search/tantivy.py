"""The embedded index, on Tantivy. It is made from the record alone and can be lost."""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import tantivy
from tantivy import Occur, Query

from crawler.errors import Permanent, Transient
from indexer.model import Hit, IndexDoc, Kind, SearchResult, VerdictKind
from indexer.search.analyzer import Token, stem, tokens
from indexer.search.protocol import FACETS, Index
from indexer.search.query import parse
from indexer.search.snippets import snippet
from indexer.search.tantivy_query import Compiler, covering, schema, terms_of

_HEAP = 50_000_000
_SEQ_KEY = "meta/seq"
_POINTER = "current"


class TantivyIndex:
    """An index in a folder. `current` in it names the generation that is read; a rebuild makes another and swaps."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._schema = schema()
        self._generation, self._index = self._open(self._current())

    def _current(self) -> str:
        with self._whole():
            named = (self._folder / _POINTER).read_text()
            if not named.isalnum():
                raise ValueError(named)
            return named

    def _open(self, generation: str) -> tuple[str, tantivy.Index]:
        path = self._folder / generation
        with self._whole():
            path.mkdir(parents=True, exist_ok=True)
            index = tantivy.Index(self._schema, path=str(path))
            index.config_reader("manual")
        return generation, index

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """Raises `Permanent` where the folder's files are not those of an index."""
        try:
            yield
        except (ValueError, OSError) as error:
            raise Permanent(
                "the index cannot be read", subject=str(self._folder), remedy="run `routewire rebuild`: nothing is lost"
            ) from error

    @classmethod
    def open(cls, folder: Path) -> TantivyIndex:
        """The index in `folder`, empty if there is none. Raises `Permanent` for one that is damaged."""
        if folder.exists() and not folder.is_dir():
            raise Permanent("is not a folder", subject=str(folder), remedy="remove it, then run `routewire rebuild`")
        if not (folder / _POINTER).exists():
            _point(folder, "0")
        return cls(folder)

    def _searcher(self) -> tantivy.Searcher:
        """Reads what other processes wrote, and follows a rebuild that one of them did."""
        generation = self._current()
        if generation != self._generation:
            self._generation, self._index = self._open(generation)
        with self._whole():
            self._index.reload()
            return self._index.searcher()

    # -- writing ------------------------------------------------------------------------------------------------------
    def apply(self, put: Sequence[IndexDoc], gone: Iterable[tuple[Kind, str]], seq: int) -> None:
        self._searcher()
        try:
            writer = self._index.writer(_HEAP, 1)
        except ValueError as error:
            raise Transient("another process writes to the index", subject=str(self._folder)) from error
        for kind, item_id in [*gone, *((doc.kind, doc.id) for doc in put)]:
            writer.delete_documents_by_term("key", f"{kind.value}/{item_id}")
        for doc in put:
            writer.add_document(_document(doc))
        writer.delete_documents_by_term("key", _SEQ_KEY)
        mark = tantivy.Document()
        mark.add_text("key", _SEQ_KEY)
        mark.add_text("stored", str(seq))
        writer.add_document(mark)
        writer.commit()
        writer.wait_merging_threads()

    @contextmanager
    def rebuilding(self) -> Iterator[Index]:
        aside = self._folder / "rebuild"
        shutil.rmtree(aside, ignore_errors=True)  # what a killed rebuild left
        generation = uuid.uuid4().hex
        _point(aside, generation)
        try:
            yield TantivyIndex(aside)
            (aside / generation).rename(self._folder / generation)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        old = self._generation
        _point(self._folder, generation)
        self._searcher()
        shutil.rmtree(self._folder / old, ignore_errors=True)

    # -- reading ------------------------------------------------------------------------------------------------------
    def seq(self) -> int:
        searcher = self._searcher()
        found = searcher.search(Query.term_query(self._schema, "key", _SEQ_KEY), 1).hits
        return int(str(searcher.doc(found[0][1]).get_first("stored"))) if found else 0

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
        node = parse(query)
        searcher = self._searcher()
        compiled = Compiler(self._schema).compile(node)
        kinds = [kind.value] if kind else [k.value for k in Kind]
        only = Query.const_score_query(Query.term_set_query(self._schema, "kind", kinds), 0.0)
        wanted = Query.boolean_query([(Occur.Must, only), (Occur.Must, compiled)])
        if sort == "time":
            found = searcher.search(wanted, limit, offset=offset, order_by_field="time")
        else:
            found = searcher.search(wanted, limit, offset=offset)
        terms = terms_of(node)
        hits = [
            _hit(json.loads(str(searcher.doc(address).get_first("stored"))), 0.0 if sort == "time" else score, terms)
            for score, address in found.hits
        ]
        total: int = found.count  # type: ignore[attr-defined]  # its stubs leave it out
        return SearchResult(hits=tuple(hits), total=total, facets=_facets(searcher, wanted) if facets else {})

    def close(self) -> None:
        """Nothing is held between calls."""


def _point(folder: Path, generation: str) -> None:
    """Names the generation that is read, in one step that a reader sees whole."""
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f"{_POINTER}.{generation}"
    fresh.write_text(generation)
    fresh.replace(folder / _POINTER)


def _document(doc: IndexDoc) -> tantivy.Document:
    out = tantivy.Document()
    out.add_text("key", f"{doc.kind.value}/{doc.id}")
    out.add_text("id", doc.id)
    for field, text in (("title", doc.title), ("", doc.body)):
        exact, stemmed = _streams(text, doc.lang)
        out.add_pre_tokenized_text(f"{field}_exact".lstrip("_"), exact)
        out.add_pre_tokenized_text(f"{field}_stem".lstrip("_"), stemmed)
    for name, values in _values(doc).items():
        for value in values:
            out.add_text(name, value)
    out.add_integer("time", int(doc.time.timestamp()))
    out.add_text("stored", json.dumps(_stored(doc), ensure_ascii=False))
    return out


def _streams(text: str, lang: str | None) -> tuple[tantivy.PreTokenizedString, tantivy.PreTokenizedString]:
    """The text's tokens as they are, and their stems at the same positions."""
    found = list(tokens(text))
    exact = [_token(i, token, token.term) for i, token in enumerate(found)]
    stemmed = [_token(i, token, s) for i, token in enumerate(found) if (s := stem(token.term, lang)) is not None]
    return tantivy.PreTokenizedString(text, exact), tantivy.PreTokenizedString(text, stemmed)


def _token(position: int, token: Token, term: str) -> tantivy.tantivy.Token:
    return tantivy.tantivy.Token(term, position, token.start, token.end)


def _values(doc: IndexDoc) -> Mapping[str, Sequence[str]]:
    return {
        "kind": [doc.kind.value],
        "source": [doc.source] if doc.source else [],
        "country": doc.countries,
        "asn": [str(asn) for asn in doc.asns],
        "type": doc.types,
        "verdict": [v.value for v in doc.verdicts],
        "lang": [doc.lang] if doc.lang else [],
        "month": [f"{doc.time:%Y-%m}"],
        "entity": doc.entities,
        "prefix": doc.prefixes,
        "inside": sorted({cover for prefix in doc.prefixes for cover in covering(prefix)}),
    }


def _stored(doc: IndexDoc) -> dict[str, Any]:
    return {
        "kind": doc.kind.value, "id": doc.id, "title": doc.title, "url": doc.url, "time": doc.time.timestamp(),
        "body": doc.body, "source": doc.source, "verdict": doc.verdicts[0].value if doc.verdicts else None,
    }  # fmt: skip


def _hit(stored: Mapping[str, Any], score: float, terms: frozenset[str]) -> Hit:
    text, marks = snippet(stored["body"], terms)
    return Hit(
        kind=Kind(stored["kind"]),
        id=stored["id"],
        title=stored["title"],
        url=stored["url"],
        time=datetime.fromtimestamp(stored["time"], UTC),
        score=score,
        snippet=text,
        highlights=marks,
        verdict=VerdictKind(stored["verdict"]) if stored["verdict"] else None,
        source=stored["source"],
    )


def _facets(searcher: tantivy.Searcher, query: Query) -> dict[str, tuple[tuple[str, int], ...]]:
    wanted = {name: {"terms": {"field": name, "size": 50}} for name in FACETS}
    found = searcher.aggregate(query, wanted)
    out = {}
    for name in FACETS:
        counted = [(str(b["key"]), int(b["doc_count"])) for b in found[name]["buckets"]]
        out[name] = tuple(
            sorted(counted, key=lambda c: c[0], reverse=True)
            if name == "month"
            else sorted(counted, key=lambda c: (-c[1], c[0]))
        )
    return out
