"""One application over the sample, on a real server on loopback, shared by the tests of a module."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from ops.web.app import make_app
from ops.wiring import System
from tests.ops.web import sample


@pytest.fixture(scope="package")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with sample.system(tmp_path_factory.mktemp("web")) as opened:
        yield opened


@pytest.fixture(scope="package")
def app(system: System) -> FastAPI:
    return make_app(system)


@pytest.fixture(scope="package")
def base(app: FastAPI) -> Iterator[str]:
    """The address of the running application."""
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="package")
def client(base: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=base) as opened:
        yield opened
