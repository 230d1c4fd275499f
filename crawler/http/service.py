"""One polite HTTP client for every service that is asked and not crawled: monitors, reference data, routing archives.

Each request and each redirect passes `crawler.guard`, and a name is judged again by what it resolves to, where the
connection is made. A proxy of the environment (HTTPS_PROXY …) is the operator's will: it resolves the names itself,
so the guard then judges the text of an address alone.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import httpx
import tenacity

from crawler.errors import Permanent, RoutewireError, Transient, WrongCall
from crawler.guard import PORTS, refusal
from crawler.http.bodies import paced, whole
from crawler.http.courtesy import LONGEST_PAUSE_S, Turns, growing_pause, retry_after
from crawler.http.partial import Downloaded, Incomplete, PartialFile, Progress
from crawler.http.transport import Secrets, guarded_client, host_of, is_secret, origin, parsed, shown

MEBIBYTE = 1 << 20
_FOR_ALL = frozenset({429, 503})  # not this address alone: we are too many, or it is out
_REDIRECTS = 5
# 520 to 527 are a content network's words for a server behind it that is out.
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504, *range(520, 528)})

T = TypeVar("T")

# httpx logs every address at INFO, with the keys that its query holds.
logging.getLogger("httpx").setLevel(logging.WARNING)


class NotThere(Permanent):
    """The service answers, and has nothing at this address (404, 410)."""


class Forbidden(Permanent):
    """The service does not let us in, or not here (401, 403)."""


class _Again(Transient):
    """Worth another try, after `pause_s` where the server named a time; `for_all` where it means every request."""

    def __init__(
        self, message: str, *, subject: str = "", remedy: str = "", pause_s: float | None = None, for_all: bool = False
    ) -> None:
        super().__init__(message, subject=subject, remedy=remedy)
        self.pause_s = pause_s
        self.for_all = for_all


class Service:
    """A web service at `base_url`, asked by any number of threads.

    `headers` go to the host of `base_url` alone and are never told, nor are parameters whose name tells of a secret
    (token, key, sourceapp …). Two requests start at least `interval_s` seconds apart and at most `at_once` run at the
    same time. `tries` counts requests for one answer; `timeout_s` is for connecting and for each read. `allow_private`
    lets the host of `base_url`, and no other, be in this machine or network. `pause` waits that many seconds.

    Making one raises `WrongCall` for an address that is no service's. Every method raises `Transient` where the
    service is out, limits us or answers nonsense, `NotThere` for 404 and 410, `Forbidden` for 401 and 403, `Permanent`
    for what else it or the guard refuses.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        *,
        headers: Mapping[str, str] | None = None,
        interval_s: float = 0.0,
        at_once: int = 4,
        tries: int = 5,
        timeout_s: float = 30.0,
        allow_private: bool = False,
        user_agent: str = "routewire/0.1",
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.name = name
        self._base = _base(base_url)
        self._headers = dict(headers or {})
        for key, value in self._headers.items():
            if not (value.isascii() and value.isprintable()):
                remedy = "give it in printable ASCII characters, on one line"
                raise Permanent(f"the header {key} cannot be sent", subject=name, remedy=remedy)
        self._secrets = Secrets(word for value in self._headers.values() for word in (value, value.rpartition(" ")[2]))
        self._tries = tries
        self._timeout_s = timeout_s
        self._allowed = frozenset({host_of(self._base)}) if allow_private else frozenset()
        self._user_agent = user_agent
        self._turns = Turns(interval_s=interval_s, at_once=at_once, pause=pause)
        self._client = guarded_client(allowed=self._allowed, connections=at_once, timeout_s=timeout_s)

    def __repr__(self) -> str:
        return f"Service({self.name!r}, {shown(self._base)!r})"

    def __enter__(self) -> Service:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._client.close()

    def address(self, path: str) -> str:
        """The whole address of `path`, fit to be told."""
        url = self._url(path, None)
        return self._secrets.hidden_in(shown(url))

    def json(self, path: str, params: Mapping[str, Any] | None = None, *, limit_bytes: int = 64 * MEBIBYTE) -> Any:
        """The answer's JSON; `path` is relative to `base_url`, or a whole address."""
        url = self._url(path, params)
        body = self._body(url, limit_bytes)
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            start = self._secrets.hidden_in(body[:80].decode("utf-8", "replace"))
            raise Transient(
                f"answered with something that is no JSON: {start!r}",
                subject=self._subject(url),
                remedy="try again later; the service may be out of order",
            ) from None

    def text(self, path: str, params: Mapping[str, Any] | None = None, *, limit_bytes: int = 64 * MEBIBYTE) -> str:
        """The answer as text: UTF-8, with a mark in place of what is not."""
        return self._body(self._url(path, params), limit_bytes).decode("utf-8", "replace")

    def download(
        self,
        path: str,
        target: Path,
        *,
        limit_bytes: int,
        validator: str = "",
        progress: Progress | None = None,
        check: Callable[[Path], None] | None = None,
    ) -> Downloaded:
        """Fetches `path` (or a whole address) into `target`, which changes at once and only when all bytes are there.

        A half file of an earlier call is gone on with, where the server still has the same one. `validator` is the
        `validator` of what `target` holds now: where the server still has that, nothing is written and `unchanged` is
        true. `progress` is told the bytes so far and in all (None: not known). The bytes are kept as they are sent.
        `check` looks at all of them before: what it refuses by `Permanent` is thrown away, and `target` stays.
        """
        url = self._url(path, None)
        part = PartialFile(target, limit_bytes=limit_bytes, subject=self._subject(url), check=check)

        def attempt() -> Downloaded:
            wanted = {"Accept-Encoding": "identity", **part.wanted(validator)}
            with self._answer(url, wanted, accepted=(200, 206, 304, 416)) as answer:
                return part.take(answer.status_code, answer.headers, paced(answer, self._timeout_s), progress)

        return self._patiently(url, attempt)

    def _url(self, path: str, params: Mapping[str, Any] | None) -> httpx.URL:
        text = path if "://" in path else f"{self._base}{path.lstrip('/')}"
        url = parsed(text)
        if params:
            url = url.copy_merge_params(dict(params))
        self._secrets.keep(value for name, value in url.params.multi_items() if is_secret(name))
        return url

    def _body(self, url: httpx.URL, limit_bytes: int) -> bytes:
        def attempt() -> bytes:
            with self._answer(url, {"Accept-Encoding": "gzip"}, accepted=(200,)) as answer:
                return whole(answer, limit_bytes=limit_bytes, timeout_s=self._timeout_s, subject=self._subject(url))

        return self._patiently(url, attempt)

    def _patiently(self, url: httpx.URL, attempt: Callable[[], T]) -> T:
        """Tries until there is an answer, with growing pauses, or as the server asks."""
        for_all = False

        def once() -> T:
            nonlocal for_all
            try:
                return self._told(url, attempt)
            except _Again as error:
                for_all = error.for_all
                raise

        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self._tries),
            wait=_pause_before,
            retry=tenacity.retry_if_exception_type((_Again, Incomplete)),
            sleep=lambda seconds: self._turns.rest(seconds, for_all=for_all),
            reraise=True,
        )
        try:
            answer: T = retrying(once)
        except (_Again, Incomplete) as error:
            tried = f"{error.message}, {self._tries} times" if self._tries > 1 else error.message
            raise Transient(tried, subject=error.subject, remedy=error.remedy) from None
        return answer

    def _told(self, url: httpx.URL, attempt: Callable[[], T]) -> T:
        """One attempt, its failures in our words: httpx's may hold a header or an address."""
        remedy = "look at the network and at the service's own state; try again later"
        try:
            with self._turns.slot():
                return attempt()
        except httpx.TimeoutException:
            raise _Again("did not answer in time", subject=self._subject(url), remedy=remedy) from None
        except httpx.TransportError as error:
            why = self._secrets.hidden_in(str(error)) or type(error).__name__
            raise _Again(f"the connection failed: {why}", subject=self._subject(url), remedy=remedy) from None
        except (httpx.InvalidURL, httpx.RequestError) as error:
            what = f"cannot be asked ({type(error).__name__})"
            raise Permanent(what, subject=self._subject(url), remedy="look at the address") from None

    @contextmanager
    def _answer(self, url: httpx.URL, wanted: Mapping[str, str], accepted: tuple[int, ...]) -> Iterator[httpx.Response]:
        """The open answer, redirects followed; its body is not yet read."""
        for _ in range(_REDIRECTS + 1):
            self._guard(url)
            self._turns.take()
            own = self._headers if origin(url) == origin(self._base) else {}
            headers = {"User-Agent": self._user_agent, "Accept": "*/*", **own, **wanted}
            answer = self._client.send(self._client.build_request("GET", url, headers=headers), stream=True)
            try:
                if not answer.has_redirect_location:
                    if answer.status_code not in accepted:
                        self._refuse(answer, url)
                    yield answer
                    return
                url = parsed(str(url.join(answer.headers["Location"])))
            finally:
                answer.close()
        raise Permanent(
            f"leads on more than {_REDIRECTS} times", subject=self._subject(url), remedy="look at the address"
        )

    def _guard(self, url: httpx.URL) -> None:
        if host_of(url) in self._allowed:
            reason = None if url.scheme in PORTS and not url.userinfo else "no plain http or https address"
        else:
            reason = refusal(str(url))
        if reason is not None:
            raise Permanent(f"not fetched: {reason}", subject=self._subject(url), remedy="name a public service")

    def _refuse(self, answer: httpx.Response, url: httpx.URL) -> None:
        status = answer.status_code
        subject = self._subject(url)
        said = f"answered {status} {answer.reason_phrase}".rstrip()
        if status in _AGAIN:
            pause_s = retry_after(answer.headers.get("Retry-After", ""), datetime.now(UTC))
            if pause_s is not None and pause_s > LONGEST_PAUSE_S:
                when = datetime.now(UTC) + timedelta(seconds=pause_s)
                raise Transient(said, subject=subject, remedy=f"try again after {when:%Y-%m-%d %H:%M:%S} UTC")
            raise _Again(said, subject=subject, remedy="try again later", pause_s=pause_s, for_all=status in _FOR_ALL)
        words = self._secrets.hidden_in(self._words(answer, url))
        said = f"{said}: {words}" if words else said
        if status in (404, 410):
            raise NotThere(said, subject=subject, remedy="look at the address, or ask for another time")
        if status in (401, 403):
            raise Forbidden(said, subject=subject, remedy="look at the token or key, and whether we may ask for this")
        raise Permanent(said, subject=subject, remedy="look at what is asked for")

    def _words(self, answer: httpx.Response, url: httpx.URL) -> str:
        """The service's own words on a refusal, where they are no page."""
        if not answer.headers.get("Content-Type", "").startswith(("application/json", "text/plain")):
            return ""
        try:
            body = whole(answer, limit_bytes=64 << 10, timeout_s=self._timeout_s, subject="")
        except (RoutewireError, httpx.TransportError):
            return ""
        words = " ".join(body.decode("utf-8", "replace").split())
        return "".join(char if char.isprintable() else "\ufffd" for char in words[:300])

    def _subject(self, url: httpx.URL) -> str:
        return f"{self.name} {self._secrets.hidden_in(shown(url))}"


def _base(text: str) -> httpx.URL:
    """Raises `WrongCall`: who names a service wrongly has called wrongly, whereas a redirect has not."""
    try:
        url = parsed(text if text.endswith("/") else f"{text}/")
    except Permanent as error:
        raise WrongCall(error.message, subject=error.subject, remedy=error.remedy) from None
    if url.scheme not in PORTS or not url.host or url.userinfo or url.query or url.fragment:
        remedy = "name it as https://service.example, without a user name or password and without ? or #"
        raise WrongCall("is not the address of a web service", subject=shown(url), remedy=remedy)
    return url


def _pause_before(state: tenacity.RetryCallState) -> float:
    failure = state.outcome.exception() if state.outcome is not None else None
    asked = failure.pause_s if isinstance(failure, _Again) else None
    return growing_pause(state.attempt_number) if asked is None else asked
