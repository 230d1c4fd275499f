"""Stories, and verdicts with the events that they name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import delete, select, update

from indexer.model import ClaimRecord, Kind, Story, Verdict, Work
from indexer.record.database import Database, chunks, log, put, succeeded
from indexer.record.reading import claim_record
from indexer.record.tables import claims, stories, story_documents, verdict_events, verdicts
from indexer.record.work import GROUP_KEY, grouped, judged


class JoinPart(Database):
    """See `indexer.record.protocol.Record`."""

    def save_stories(self, found: Iterable[Story]) -> None:
        new = {story.id: story for story in found}
        with self.writing() as conn:
            old = {story.id: story for story in conn.scalars(select(stories.c.data))}
            changed = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
            for part in chunks(changed):
                conn.execute(delete(stories).where(stories.c.id.in_(part)))
            put(conn, stories, [{"id": name, "data": new[name]} for name in changed if name in new])
            links = [(name, document) for name in changed if name in new for document in new[name].document_ids]
            put(conn, story_documents, [{"story_id": s, "document_id": d} for s, d in dict.fromkeys(links)])
            grouped(conn)
            succeeded(conn, Work.GROUP, GROUP_KEY)
            both = [story for name in changed for story in (old.get(name), new.get(name)) if story is not None]
            told = [(Kind.DOCUMENT, document) for story in both for document in story.document_ids]
            log(conn, [*((Kind.STORY, name) for name in changed), *told])

    def story(self, story_id: str) -> Story | None:
        with self.reading() as conn:
            found: Story | None = conn.scalar(select(stories.c.data).where(stories.c.id == story_id))
            return found

    def stories_of(self, document_id: str) -> Sequence[Story]:
        of = (
            select(stories.c.data)
            .join_from(story_documents, stories)
            .where(story_documents.c.document_id == document_id)
            .order_by(stories.c.id)
        )
        with self.reading() as conn:
            return list(conn.scalars(of))

    def save_verdict(self, verdict: Verdict, judge: str, evidence: str) -> None:
        name = verdict.claim_id
        with self.writing() as conn:
            claim = conn.execute(select(claims).where(claims.c.id == name).with_for_update()).first()
            if claim is None:
                return  # the document was read anew meanwhile, and says so no longer
            old = conn.scalar(select(verdicts.c.data).where(verdicts.c.claim_id == name))
            row = {"claim_id": name, "verdict": verdict.verdict.value, "judge": judge, "evidence": evidence}
            put(conn, verdicts, [{**row, "data": verdict}])
            conn.execute(update(claims).where(claims.c.id == name).values(judged=judged(judge, evidence)))
            succeeded(conn, Work.VERIFY, name)
            if old == verdict:
                return
            conn.execute(delete(verdict_events).where(verdict_events.c.claim_id == name))
            put(conn, verdict_events, [{"claim_id": name, "event_id": e} for e in dict.fromkeys(verdict.events)])
            named = {*verdict.events, *(old.events if old is not None else ())}
            log(
                conn,
                [(Kind.CLAIM, name), (Kind.DOCUMENT, claim.document_id), *((Kind.EVENT, event) for event in named)],
            )

    def verdict(self, claim_id: str) -> Verdict | None:
        with self.reading() as conn:
            found: Verdict | None = conn.scalar(select(verdicts.c.data).where(verdicts.c.claim_id == claim_id))
            return found

    def verdicts_of(self, document_id: str) -> Mapping[str, Verdict]:
        of = (
            select(verdicts.c.data)
            .join_from(verdicts, claims)
            .where(claims.c.document_id == document_id)
            .order_by(claims.c.ordinal)
        )
        with self.reading() as conn:
            return {verdict.claim_id: verdict for verdict in conn.scalars(of)}

    def claims_on_event(self, event_id: str) -> Sequence[ClaimRecord]:
        of = (
            select(claims)
            .join_from(verdict_events, claims, verdict_events.c.claim_id == claims.c.id)
            .where(verdict_events.c.event_id == event_id)
            .order_by(claims.c.time, claims.c.id)
        )
        with self.reading() as conn:
            return [claim_record(row) for row in conn.execute(of)]
