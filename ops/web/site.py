"""What every page shares: the record, the index, names, and the templates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from crawler.errors import RoutewireError
from crawler.model import Source
from indexer.model import VerdictKind
from indexer.record.protocol import Record
from indexer.search.protocol import Index
from indexer.titles import claim_title, entity, event_title
from nlp.registry import Registry
from ops.web import words
from ops.web.marks import highlighted
from ops.wiring import System, every_source

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Site:
    """One application's world; it lives in `app.state.site`. `sources` are those that documents may come from, by id;
    none where the catalogue cannot be read, which the health page tells. `public_url` has no slash at its end.
    """

    system: System
    registry: Registry
    templates: Environment
    sources: Mapping[str, Source]
    public_url: str

    @property
    def record(self) -> Record:
        return self.system.record

    @property
    def index(self) -> Index:
        return self.system.index

    @property
    def name(self) -> Callable[[str], str]:
        return self.registry.name

    def page(self, request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        text = self.templates.get_template(template).render(status_code=status, **values)
        return HTMLResponse(text, status)


def site_of(request: Request) -> Site:
    found: Site = request.app.state.site
    return found


def make_site(system: System, address: str | None = None) -> Site:
    """`address` is where the server listens: readers are led there unless the settings say where they reach it."""
    registry = Registry.load()
    settings = system.settings
    told = settings.public_url if address is None or "public_url" in settings.model_fields_set else address
    return Site(system, registry, _templates(registry), _sources(system), told.rstrip("/"))


def _sources(system: System) -> Mapping[str, Source]:
    try:
        return every_source(system.settings)
    except RoutewireError:
        return {}


def _templates(registry: Registry) -> Environment:
    env = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    env.filters |= {
        "utc": words.utc,
        "iso": words.iso,
        "lasting": words.length,
        "safe_href": words.safe_href,
        "host": words.host,
        "highlighted": lambda hit: highlighted(hit.snippet, hit.highlights),
    }
    env.globals |= {
        "apart": words.apart,
        "to_precision": words.to_precision,
        "edges": words.edges,
        "path": words.path,
        "anchor": words.anchor,
        "hops": words.hops,
        "found_in": words.found_in,
        "depth_words": words.DEPTHS,
        "thresholds": words.thresholds,
        "as_verdict": VerdictKind,
        "verdict_words": words.VERDICTS,
        "event_words": words.EVENTS,
        "kind_words": words.KINDS,
        "outcome_words": words.OUTCOMES,
        "name": registry.name,
        "entity_name": lambda entity_id: entity(entity_id, registry.name),
        "event_title": lambda event: event_title(event, registry.name),
        "event_label": lambda event: words.event_label(event, registry.name),
        "claim_title": lambda claim: claim_title(claim, registry.name),
    }
    return env
