"""The pages. Each reads what it shows, and hands it to a template."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from crawler.errors import Permanent
from indexer.documents import leading
from indexer.entities import known_entities
from indexer.model import ClaimRecord, Hit, Kind, Verdict
from indexer.record.protocol import Record
from indexer.search.query import FIELDS, parse
from ops.web.api import moment
from ops.web.entities import entity_view
from ops.web.finding import LAST_PAGE, PAGE, asked, facets, label
from ops.web.health import DOING, due
from ops.web.problems import not_found
from ops.web.site import Site, site_of
from ops.web.views import Badges, badges, document_view, event_view, story_view
from ops.web.words import anchor, path

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Here = Annotated[Site, Depends(site_of)]
From = Annotated[str | None, Query(alias="from")]
To = Annotated[str | None, Query(alias="to")]

JUDGED = "verdict:(confirmed OR corrected OR partly OR contradicted)"
LATEST = 8
NAMED = 6


@dataclass(frozen=True, slots=True)
class Judged:
    """An article with its leading claim."""

    hit: Hit
    claim: ClaimRecord
    verdict: Verdict
    badges: Badges


@router.get("/")
def start(request: Request, site: Here) -> Response:
    record = site.record
    articles = site.index.search(JUDGED, kind=Kind.DOCUMENT, limit=LATEST, sort="time").hits
    stories = site.index.search("", kind=Kind.STORY, limit=LATEST, sort="time").hits
    events = site.index.search("", kind=Kind.EVENT, limit=LATEST, sort="time").hits
    return site.page(
        request,
        "start.html",
        notes=_notes(site),
        entities=_entities(site),
        judged=[found for hit in articles if (found := _judged(record, hit)) is not None],
        stories=[story for hit in stories if (story := record.story(hit.id)) is not None],
        events=[event for hit in events if (event := record.event(hit.id)) is not None],
        due=due(record, datetime.now(UTC)),
        doing=DOING,
        quarantined=sum(f.retry_at is None for f in record.failures()),
        counts=record.counts(),
    )


def _judged(record: Record, hit: Hit) -> Judged | None:
    """An article with its leading claim. None for what the record holds no longer: the index may be a moment behind."""
    verdicts = record.verdicts_of(hit.id)
    first, shown = leading(c for c in record.claims_of(hit.id) if c.id in verdicts), badges(record, hit.id)
    return Judged(hit, first, verdicts[first.id], shown) if first and shown else None


def _notes(site: Site) -> list[tuple[str, int]]:
    """What readers must be told of the articles' sources, with the number of articles."""
    of: dict[str, list[str]] = {}
    for source in site.sources.values():
        if source.note:
            of.setdefault(source.note, []).append(f'source:"{source.id}"')
    counted = [(note, site.index.search(" OR ".join(q), kind=Kind.DOCUMENT, limit=1).total) for note, q in of.items()]
    return [(note, count) for note, count in counted if count]


def _entities(site: Site) -> list[str]:
    """The networks and countries that most of the record's articles name."""
    counted = site.index.search("", kind=Kind.DOCUMENT, limit=1, facets=True).facets
    ids = [(f"AS{value}", n) for value, n in counted.get("asn", ())] + list(counted.get("country", ()))
    most = [i for i, _ in sorted(ids, key=lambda c: (-c[1], c[0]))]
    return [i for i in most if site.record.knows_entity(i)][:NAMED]


@router.get("/search")
def search(
    request: Request,
    site: Here,
    q: str = "",
    f: Annotated[list[str] | None, Query()] = None,
    sort: Literal["relevance", "time"] = "relevance",
    page: Annotated[int, Query(ge=1, le=LAST_PAGE)] = 1,
) -> Response:
    this = asked(q, f or [], sort, page)
    try:
        parse(q)  # by itself first, so that a mistake is told in the reader's own words
        found = site.index.search(this.query, limit=PAGE, offset=(page - 1) * PAGE, facets=True, sort=sort)
    except Permanent as error:
        return site.page(request, "wrong_query.html", 400, this=this, q=q, problem=error, fields=FIELDS)
    chosen = [(label(facet, value, site.registry), this.minus(facet, value).href) for facet, value in this.narrow]
    return site.page(
        request,
        "search.html",
        this=this,
        q=q,
        found=found,
        entities=known_entities(q, site.record, site.registry),
        badges_of={h.id: badges(site.record, h.id) for h in found.hits if h.kind is Kind.DOCUMENT},
        facets=facets(this, found, site.registry),
        chosen=chosen,
        pages=min(LAST_PAGE, -(-found.total // PAGE)),
    )


@router.get("/about-query")
def about_query(request: Request, site: Here) -> Response:
    return site.page(request, "about_query.html", fields=FIELDS)


@router.get("/document/{document_id}")
def document(request: Request, site: Here, document_id: str) -> Response:
    return site.page(request, "document.html", view=document_view(site, document_id))


@router.get("/document/{document_id}/reading")
def reading(request: Request, site: Here, document_id: str) -> Response:
    """Why: what each name and time of a document was taken for."""
    return site.page(request, "reading.html", view=document_view(site, document_id))


@router.get("/claim/{claim_id}")
def claim(site: Here, claim_id: str) -> Response:
    """A claim is shown in its document."""
    known = site.record.claim(claim_id)
    if known is None:
        raise not_found("claim", claim_id)
    return RedirectResponse(f"{path('document', known.document_id)}#{anchor('claim', claim_id)}", 302)


@router.get("/event/{event_id}")
def event(request: Request, site: Here, event_id: str, since: From = None, until: To = None) -> Response:
    view = event_view(site, event_id, moment(since, "from"), moment(until, "to"))
    return site.page(request, "event.html", view=view)


@router.get("/story/{story_id}")
def story(request: Request, site: Here, story_id: str, since: From = None, until: To = None) -> Response:
    view = story_view(site, story_id, moment(since, "from"), moment(until, "to"))
    return site.page(request, "story.html", view=view)


@router.get("/entity/{entity_id:path}")
def entity(request: Request, site: Here, entity_id: str, since: From = None, until: To = None) -> Response:
    view = entity_view(site, entity_id, moment(since, "from"), moment(until, "to"))
    return site.page(request, "entity.html", view=view)
