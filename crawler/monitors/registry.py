"""The monitors by name, and how one is named with its question where an archive's folder could stand."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from ipaddress import ip_network
from typing import Protocol
from urllib.parse import parse_qsl, urlencode

from crawler.errors import Permanent, WrongCall
from crawler.http.service import Service
from crawler.monitors import grip, ioda, radar, ripestat
from crawler.monitors.asking import AT_ONCE
from crawler.monitors.model import Monitor, Question
from crawler.routing.reference.known import Reference
from crawler.routing.thresholds import DetectSettings

SCHEME = "monitor:"
TOKEN_SETTING = "ROUTEWIRE_RADAR_TOKEN"  # noqa: S105  (the name of a setting)
TRIES = 4


class ServiceMonitor(Monitor, Protocol):
    """A monitor over HTTP: where it is, and how long to wait between two requests."""

    base_url: str
    interval_s: float
    needs_token: bool

    def __init__(self, service: Service) -> None: ...


MONITORS: dict[str, type[ServiceMonitor]] = {
    "ripestat": ripestat.Ripestat,
    "ioda": ioda.Ioda,
    "grip": grip.Grip,
    "radar": radar.Radar,
}


@contextmanager
def open_monitor(
    monitor_id: str,
    *,
    token: str | None = None,
    base_url: str | None = None,
    user_agent: str = "routewire/0.1",
    pause: Callable[[float], None] = time.sleep,
    reference: Reference | None = None,
    thresholds: DetectSettings | None = None,
) -> Iterator[Monitor]:
    """The monitor of that id, to be asked inside the `with`.

    `base_url` is another address of the same service, on this machine or in its network too: it is the caller's word.
    `pause` waits so many seconds between requests. `reference` and `thresholds` are for what is detected here from a
    monitor's routes; the bundled snapshot and the defaults unless given. Raises `WrongCall` for an unknown id,
    `Permanent` where a token is needed and missing.
    """
    made = MONITORS.get(monitor_id)
    if made is None:
        raise WrongCall("no such monitor", subject=monitor_id, remedy="there are: " + ", ".join(MONITORS))
    if made.needs_token and not token:
        raise Permanent("needs a token", subject=made.name, remedy=f"set {TOKEN_SETTING} to one that may read Radar")
    with Service(
        made.name,
        base_url or made.base_url,
        headers={"Authorization": f"Bearer {token}"} if made.needs_token else None,
        interval_s=made.interval_s,
        at_once=AT_ONCE,
        tries=TRIES,
        allow_private=base_url is not None,
        user_agent=user_agent,
        pause=pause,
    ) as service:
        yield ripestat.Ripestat(service, reference, thresholds) if made is ripestat.Ripestat else made(service)


def address(monitor_id: str, question: Question) -> str:
    """The question without its window, such as `monitor:ioda?asn=64500&country=IR`; equal questions, equal text."""
    pairs = [("asn", str(asn)) for asn in sorted(set(question.asns))]
    pairs += [("prefix", prefix) for prefix in sorted(set(question.prefixes))]
    pairs += [("country", country) for country in sorted({code.upper() for code in question.countries})]
    query = urlencode(pairs, safe="/:")
    return f"{SCHEME}{monitor_id}{'?' if query else ''}{query}"


def is_address(text: str) -> bool:
    return text.startswith(SCHEME)


def parse_address(text: str, start: datetime, end: datetime) -> tuple[str, Question]:
    """The monitor's id and what to ask it of the window, from what `address` made. Raises `WrongCall`."""
    name, _, query = text.removeprefix(SCHEME).partition("?")
    if not is_address(text) or name not in MONITORS:
        raise WrongCall(
            "names no monitor", subject=text, remedy=f"write {SCHEME}NAME?asn=…, with NAME of {', '.join(MONITORS)}"
        )
    asked: dict[str, list[str]] = {"asn": [], "prefix": [], "country": []}
    for key, value in parse_qsl(query, keep_blank_values=True):
        if key not in asked:
            raise WrongCall(f"{key!r} cannot be asked", subject=text, remedy="ask by asn, prefix or country")
        asked[key].append(value)
    return name, question(start, end, asns=asked["asn"], prefixes=asked["prefix"], countries=asked["country"])


def question(
    start: datetime,
    end: datetime,
    *,
    asns: Sequence[str | int] = (),
    prefixes: Sequence[str] = (),
    countries: Sequence[str] = (),
) -> Question:
    """A question of checked parts. Raises `WrongCall` that names the wrong one."""
    if end <= start:
        raise WrongCall("the window is empty", subject=f"{start} to {end}", remedy="let it end after it starts")
    return Question(
        start=start,
        end=end,
        asns=tuple(dict.fromkeys(_asn(str(asn)) for asn in asns)),
        prefixes=tuple(dict.fromkeys(_prefix(prefix) for prefix in prefixes)),
        countries=tuple(dict.fromkeys(_country(code) for code in countries)),
    )


def _asn(text: str) -> int:
    digits = text.upper().removeprefix("AS")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 10 and 0 < int(digits) < 2**32):
        raise WrongCall("is not an AS number", subject=text, remedy="write it like 64500 or AS64500")
    return int(digits)


def _prefix(text: str) -> str:
    try:
        return str(ip_network(text))
    except ValueError:
        raise WrongCall("is not a prefix", subject=text, remedy="write it like 192.0.2.0/24") from None


def _country(text: str) -> str:
    if len(text) != 2 or not (text.isascii() and text.isalpha()):
        raise WrongCall("is not a country code", subject=text, remedy="write ISO 3166-1 alpha-2, like IR")
    return text.upper()
