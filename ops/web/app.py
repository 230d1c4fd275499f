"""The web application: pages for people, JSON for programs, feeds, and what keeps them safe."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from crawler.errors import RoutewireError, Transient
from ops.web import api, feeds, health, pages
from ops.web.problems import NotFound, Problem
from ops.web.site import FOLDER, make_site, site_of
from ops.wiring import System

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
}


def make_app(system: System, address: str | None = None) -> FastAPI:
    """The application over an opened system, which the caller closes. `address` is where it is served, with scheme."""
    app = FastAPI(
        title="Routewire",
        version=version("routewire"),
        description="The connectivity press and the routing table, one checked against the other. Times are UTC.",
        docs_url=None,  # their pages fetch scripts from another host
        redoc_url=None,
        responses={404: {"model": Problem}},
    )
    app.state.site = make_site(system, address)
    app.add_middleware(SafeHeaders)
    app.add_middleware(HeadAsGet)
    app.mount("/static", StaticFiles(directory=FOLDER / "static"), name="static")
    for router in (api.router, feeds.router, health.router, pages.router):
        app.include_router(router)
    app.add_exception_handler(RoutewireError, _failed)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _refused)
    return app


class SafeHeaders:
    """Puts on each answer what keeps a browser from running or fetching anything that is not ours."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self.app(scope, receive, sending if scope["type"] == "http" else send)


class HeadAsGet:
    """Answers HEAD as GET without a body (the server leaves the body out by itself)."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        head = scope["type"] == "http" and scope["method"] == "HEAD"
        await self.app({**scope, "method": "GET"} if head else scope, receive, send)


def _failed(request: Request, error: Exception) -> Response:
    assert isinstance(error, RoutewireError)
    status = 404 if isinstance(error, NotFound) else 503 if isinstance(error, Transient) else 400
    return _tell(request, status, Problem(error=error.message, subject=error.subject, remedy=error.remedy))


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first: dict[str, Any] = dict(error.errors()[0])
    where = ".".join(str(part) for part in first["loc"][1:])
    return _tell(request, 422, Problem(error=str(first["msg"]), subject=where, remedy="correct it and ask again"))


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    remedy = "search for it" if error.status_code == 404 else ""
    problem = Problem(error=str(error.detail), subject=request.url.path, remedy=remedy)
    return _tell(request, error.status_code, problem, error.headers)


def _tell(request: Request, status: int, problem: Problem, headers: Any = None) -> Response:
    if request.url.path.startswith(("/api/", "/feeds/")):
        return JSONResponse(problem.model_dump(), status, headers)
    page = site_of(request).page(request, "problem.html", status, problem=problem)
    page.headers.update(headers or {})
    return page
