"""Sources, pages and captures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, select, update

from crawler.model import Capture, Entry, Outcome, PageState, ResourceKind, SourceState
from indexer.model import Work
from indexer.record.database import Database, chunks, put, succeeded
from indexer.record.tables import captures, entries, pages, sources


class CrawlPart(Database):
    """See `indexer.record.protocol.Record`."""

    def sources(self) -> Mapping[str, SourceState]:
        with self.reading() as conn:
            return {state.source_id: state for state in conn.scalars(select(sources.c.data).order_by(sources.c.id))}

    def put_source(self, state: SourceState) -> None:
        with self.writing() as conn:
            _put_source(conn, state)

    def pages(self, urls: Iterable[str]) -> Mapping[str, PageState]:
        with self.reading() as conn:
            return {
                state.url: state
                for part in chunks(urls)
                for state in conn.scalars(select(pages.c.data).where(pages.c.url.in_(part)))
            }

    def save_poll(self, state: SourceState, capture: Capture, new_pages: Iterable[PageState]) -> Sequence[PageState]:
        listed = {page.url: page for page in new_pages}
        with self.writing() as conn:
            _put_capture(conn, capture)
            _put_source(conn, state)
            known = {
                url for part in chunks(listed) for url in conn.scalars(select(pages.c.url).where(pages.c.url.in_(part)))
            }
            new = [page for url, page in listed.items() if url not in known]
            put(conn, pages, [_page(page) for page in new], replace=False)
            put(conn, entries, [{"url": page.url, "data": page.entry} for page in new])
            succeeded(conn, Work.POLL, state.source_id)
        return new

    def save_fetch(self, state: PageState, capture: Capture) -> None:
        with self.writing() as conn:
            _put_capture(conn, capture)
            put(conn, pages, [_page(state)])
            put(conn, entries, [{"url": state.url, "data": state.entry}])
            succeeded(conn, Work.FETCH, state.url)

    def save_capture(self, capture: Capture, entry: Entry | None = None) -> None:
        with self.writing() as conn:
            _put_capture(conn, capture)
            if entry is not None:
                put(conn, entries, [{"url": entry.url, "data": entry}])

    def capture(self, capture_id: str) -> Capture | None:
        with self.reading() as conn:
            found: Capture | None = conn.scalar(select(captures.c.data).where(captures.c.id == capture_id))
            return found

    def last_body(self, url: str) -> Capture | None:
        bodies = select(captures.c.data).where(captures.c.url == url, captures.c.outcome == Outcome.FETCHED.value)
        with self.reading() as conn:
            found: Capture | None = conn.scalar(bodies.order_by(captures.c.fetched_at.desc()).limit(1))
            return found

    def entry(self, url: str) -> Entry | None:
        with self.reading() as conn:
            found: Entry | None = conn.scalar(select(entries.c.data).where(entries.c.url == url))
            return found


def _put_source(conn: Connection, state: SourceState) -> None:
    put(conn, sources, [{"id": state.source_id, "next_poll_at": state.next_poll_at, "data": state}])


def _page(state: PageState) -> dict[str, object]:
    return {"url": state.url, "source_id": state.source_id, "next_fetch_at": state.next_fetch_at, "data": state}


def _put_capture(conn: Connection, capture: Capture) -> None:
    """Adds it once. Captures never change, and only what an answer said of a page can be the page's newest."""
    says = capture.kind is ResourceKind.PAGE and capture.outcome in (Outcome.FETCHED, Outcome.GONE)
    same_page = captures.c.newest & (captures.c.url == capture.url)
    later = select(captures.c.id).where(same_page, captures.c.fetched_at > capture.fetched_at)
    newest = says and conn.scalar(later) is None
    if newest:
        conn.execute(update(captures).where(same_page, captures.c.id != capture.id).values(newest=False))
    row = {
        "id": capture.id,
        "url": capture.url,
        "kind": capture.kind.value,
        "outcome": capture.outcome.value,
        "fetched_at": capture.fetched_at,
        "newest": newest,
        "data": capture,
    }
    put(conn, captures, [row], replace=False)
