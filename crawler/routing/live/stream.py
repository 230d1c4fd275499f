"""One WebSocket connection to a live stream: to the configured address alone, and each way to fail in words."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidProxy, InvalidStatus, InvalidURI, WebSocketException
from websockets.http11 import Response

from crawler.errors import Permanent, Transient, WrongCall
from crawler.http.courtesy import retry_after

_PASSING = frozenset({408, 425, 429})  # HTTP 4xx that may go away by themselves
_LONGEST_PAUSE_S = 3600.0  # a slip in a server's Retry-After must not silence us for days


class Off(Transient):
    """The stream is off for now; `pause_s` is how long the server asks us to stay away, None where it does not."""

    def __init__(self, message: str, pause_s: float | None = None) -> None:
        super().__init__(message)
        self.pause_s = pause_s


class Refused(Permanent):
    """The server, or its certificate, refuses us each time."""


class _Connect(connect):
    """A connection to the address that was given: a redirect is an answer like any other."""

    def process_redirect(self, exc: Exception) -> Exception:
        return exc


@asynccontextmanager
async def connected(url: str, client: str, frame_bytes: int) -> AsyncIterator[ClientConnection]:
    """An open connection; a longer frame than `frame_bytes` ends it. wss checks the certificate.

    Raises `Off` where it cannot be opened or ends, `Refused` where it is of no use to try again.
    """
    opening = _Connect(_with_client(url, client), max_size=frame_bytes, close_timeout=2, user_agent_header=client)
    try:
        async with opening as socket:
            yield socket
    except ConnectionClosed as closed:
        raise Off(_why(closed)) from None
    except InvalidStatus as answer:
        raise _refusal(url, answer.response) from None
    except ssl.SSLCertVerificationError as error:
        words = f"its certificate cannot be verified ({error.verify_message})"
        raise Refused(words, subject=place(url), remedy="check the address, and this machine's certificates") from None
    except TimeoutError:
        raise Off("no answer in time") from None
    except (InvalidProxy, ImportError):  # their words hold the proxy's address, perhaps with its password
        remedy = "name an http:// or https:// one in the environment (HTTPS_PROXY …), or none"
        raise Refused("the proxy of the environment cannot be used", subject=place(url), remedy=remedy) from None
    except (InvalidURI, UnicodeError):  # the former's words hold the whole address, with a token or a user name
        raise Refused("is not an address that can be asked", subject=place(url), remedy="correct --url") from None
    except (OSError, WebSocketException) as error:
        raise Off(str(error) or type(error).__name__) from None


def check_url(url: str) -> str:
    """Raises `WrongCall` for what is no address of a WebSocket."""
    try:
        parts = urlsplit(url)
        right = parts.scheme in {"ws", "wss"} and bool(parts.hostname) and parts.port != 0
        right = right and not parts.fragment and " " not in url and url.isprintable()
    except ValueError:
        right = False
    if not right:
        raise WrongCall("is not ws://host:port/… or wss://…", subject=place(url), remedy="correct --url")
    return url


def place(url: str) -> str:
    """An address for people: without what may be a secret (a password, a token in the query)."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('?')[0].partition('#')[0].rpartition('@')[2]}" if rest else "the address"


def _with_client(url: str, client: str) -> str:
    """The service asks for `client` in the query; one that stands there already is kept."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    return urlunsplit(parts._replace(query=urlencode({"client": client, **query})))


def _why(closed: ConnectionClosed) -> str:
    if closed.sent is not None and not closed.rcvd_then_sent:
        return f"we closed the connection: {closed.sent}"
    return f"the server closed the connection: {closed.rcvd}" if closed.rcvd else "the connection broke off"


def _refusal(url: str, answer: Response) -> Off | Refused:
    status = answer.status_code
    if status >= 500 or status in _PASSING:
        pause = retry_after(answer.headers.get("Retry-After", ""), datetime.now(UTC))
        pause = None if pause is None else min(pause, _LONGEST_PAUSE_S)
        return Off(f"the server answered HTTP {status}", pause)
    return Refused(f"the server answered HTTP {status}", subject=place(url), remedy="check the address (--url)")
