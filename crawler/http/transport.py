"""Addresses that may be told, and connections that lead to the public internet alone.

A name is judged by the addresses that it has at the moment it is used.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable
from urllib.parse import quote

import httpcore
import httpx

from crawler.errors import Permanent
from crawler.guard import address_refusal

_SECRET = re.compile(r"key|token|secret|passw|auth|sig|sourceapp|credential", re.IGNORECASE)


class _PublicOnly(httpcore.SyncBackend):
    """Resolves, judges each address and connects to one that passed, so that no second lookup can answer otherwise."""

    def __init__(self, allowed: frozenset[str]) -> None:
        self._allowed = allowed

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        if host in self._allowed:
            return super().connect_tcp(host, port, timeout, local_address, socket_options)
        failure: Exception = httpcore.ConnectError("the name has no address")
        for address in _public(host, port):
            try:
                return super().connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure


def _public(host: str, port: int) -> list[str]:
    """The addresses of `host` that may be reached; raises `Permanent` where it has others only."""
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(f"the name cannot be resolved: {error}") from None
    found = list(dict.fromkeys(str(answer[4][0]) for answer in answers))
    reasons = {address: address_refusal(ipaddress.ip_address(address.partition("%")[0])) for address in found}
    passed = [address for address, reason in reasons.items() if reason is None]
    if found and not passed:
        raise Permanent(f"leads to {next(iter(reasons.values()))}", subject=host, remedy="name a public service")
    return passed


def guarded_client(*, allowed: frozenset[str], connections: int, timeout_s: float) -> httpx.Client:
    """A client whose direct connections are guarded, `allowed` hosts excepted; it follows no redirect by itself.

    A proxy of the environment is used, but not for `allowed` hosts: they are near, and a proxy may not reach them.
    httpx has no way to hand in the network below its transport, and an own transport would lose the environment's
    proxies: hence the two private names, which `tests/crawler/test_service.py` holds to their work. Raises `Permanent`
    for a proxy of a kind that cannot be used (SOCKS), or that is no address.
    """
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    ssl_context = httpx.create_ssl_context()
    transport = httpx.HTTPTransport(limits=limits, verify=ssl_context)
    transport._pool = httpcore.ConnectionPool(
        ssl_context=ssl_context,
        max_connections=connections,
        max_keepalive_connections=connections,
        network_backend=_PublicOnly(allowed),
    )
    near = {f"all://[{host}]" if ":" in host else f"all://{host}": transport for host in allowed}
    try:
        client = httpx.Client(timeout=timeout_s, limits=limits, verify=ssl_context, follow_redirects=False, mounts=near)
    except (ImportError, ValueError, httpx.InvalidURL):  # their words may hold a password
        remedy = "name an http:// or https:// one, or none"
        subject = "HTTPS_PROXY, HTTP_PROXY or ALL_PROXY"
        raise Permanent("the proxy of the environment cannot be used", subject=subject, remedy=remedy) from None
    client._transport = transport
    return client


class Secrets:
    """Words that were sent and must not be told, also where an answer repeats them."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words: frozenset[str] = frozenset()
        self.keep(words)

    def keep(self, words: Iterable[str]) -> None:
        """Those of three characters and less say nothing, and are in every text."""
        self._words |= {form for word in words if len(word) > 3 for form in (word, quote(word, safe=""))}

    def hidden_in(self, text: str) -> str:
        for word in sorted(self._words, key=len, reverse=True):
            text = text.replace(word, "…")
        return text


def host_of(url: httpx.URL) -> str:
    """As connections name it: without brackets, a name's letters beyond ASCII in their DNS form."""
    return url.raw_host.decode("ascii")


def is_secret(name: str) -> bool:
    """Whether a parameter's name says that its value is not for telling."""
    return _SECRET.search(name) is not None


def parsed(text: str) -> httpx.URL:
    try:
        return httpx.URL(text)
    except (httpx.InvalidURL, ValueError):
        shortened = re.sub(r"//[^/]*@", "//…@", text.partition("?")[0])
        raise Permanent("not a valid address", subject=shortened, remedy="look at the address") from None


def origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def shown(url: httpx.URL) -> str:
    """The address with secret values and user names left out, on one line."""
    told = [(quote(name), "…" if is_secret(name) else quote(value, "/:,")) for name, value in url.params.multi_items()]
    query = "&".join(f"{name}={value}" for name, value in told)
    path = url.raw_path.decode("ascii").partition("?")[0]
    host = f"[{url.host}]" if ":" in url.host else url.host
    port = f":{url.port}" if url.port is not None else ""
    return f"{url.scheme}://{host}{port}{path}{'?' if query else ''}{query}"
