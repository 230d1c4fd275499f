"""When a page was published, as its listing, its markup or its text says, with where it was said.

A date from JSON-LD or meta was right on each of 258 news pages; a free search makes one up where there is none. So
what no markup states is marked as a guess, and what the page does not print is no date at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import MAXYEAR, UTC, datetime, time, timedelta
from email.utils import parsedate_to_datetime
from typing import NamedTuple

import dateparser
from htmldate import find_date
from lxml.html import HtmlElement

from crawler.model import Entry

FIRST_PLAUSIBLE = datetime(1990, 1, 1, tzinfo=UTC)
"""Nothing on the web is older; an epoch or a zero date in a template is."""

CLOCK_SLACK = timedelta(days=1)
"""How far a page may be ahead of our clock: a day printed east of us is one."""

_DATE_METAS = (
    "article:published_time",
    "datepublished",
    "og:published_time",
    "og:article:published_time",
    "parsely-pub-date",
    "dc.date.issued",
    "dcterms.created",
    "dc.date",
    "pubdate",
    "publishdate",
    "publish-date",
    "sailthru.date",
    "date",
)
_ASIDE = "ancestor::aside or ancestor::nav or ancestor::footer or ancestor::li or ancestor::*[@id='comments']"
_PROSE = (
    "//p | //pre | //td | //blockquote | //li[not(descendant::time)] | //style"
    " | //script[not(@type='application/ld+json')]"
)
_NOT_FIRST = re.compile(r"update|modif", re.IGNORECASE)
_CLOCK = re.compile(r"\d{1,2}[:h]\d{2}|\d\s*[ap]\.?m\b", re.IGNORECASE)
_ISO_DATE = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/\d{4}")
_LONGEST_DATE = 60
_SECONDS = re.compile(r"\d{1,2}:\d{2}:\d{2}")


class Moment(NamedTuple):
    """A time of publication in UTC, how fine it is (`second`, `minute`, `day`), and where it stood.

    A day is held as its midnight.
    """

    at: datetime
    precision: str
    source: str


def find_published(
    page: HtmlElement,
    metas: Mapping[str, str],
    json_ld_date: str,
    entry: Entry | None,
    *,
    url: str,
    fetched_at: datetime,
) -> Moment | None:
    """The first plausible one of: listing, JSON-LD, meta, `<time>`, htmldate, htmldate's free search (a guess)."""

    def plausible(moment: Moment | None) -> bool:
        return moment is not None and FIRST_PLAUSIBLE <= moment.at <= fetched_at + CLOCK_SLACK

    stated = (
        _from_entry(entry),
        parse_moment(json_ld_date, "json-ld"),
        *(parse_moment(metas[name], f"meta:{name}") for name in _DATE_METAS if name in metas),
        *(parse_moment(raw, "time") for raw in _time_elements(page)),
    )
    if found := next(filter(plausible, stated), None):
        return found
    return next(filter(plausible, _searched(page, url, fetched_at)), None)


def parse_moment(raw: str, source: str) -> Moment | None:
    """A date as pages print it, or None for one without a day.

    A clock without a zone is taken as UTC, and marked. Midnight to the second is what templates make of a day.
    """
    raw = " ".join(raw.split())
    parsed = _parse(raw) if raw else None
    if parsed is None or not FIRST_PLAUSIBLE.year <= parsed.year < MAXYEAR:
        return None
    if not _has_clock(raw) or parsed.time() == time.min:
        return Moment(datetime(parsed.year, parsed.month, parsed.day, tzinfo=UTC), "day", source)
    precision = "second" if _SECONDS.search(raw) else "minute"
    if parsed.tzinfo is None:
        return Moment(parsed.replace(tzinfo=UTC), precision, f"{source}, assumed-utc")
    return Moment(parsed.astimezone(UTC), precision, source)


def _parse(raw: str) -> datetime | None:
    for reader in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            return reader(raw)
        except (ValueError, TypeError, IndexError):
            continue
    if not re.search(r"\d", raw) or len(raw) > _LONGEST_DATE or _is_ambiguous(raw):
        return None
    # Absolute dates with all three parts, or none: what is missing would be filled in from today.
    settings = {"PARSERS": ["absolute-time"], "REQUIRE_PARTS": ["day", "month", "year"], "DATE_ORDER": _order(raw)}
    found = dateparser.parse(raw, settings=settings)
    return found if isinstance(found, datetime) else None


def _is_ambiguous(raw: str) -> bool:
    """Whether `02/10/2017` may be of February or of October: then it is no date rather than a wrong one."""
    match = _SLASHED.match(raw)
    return match is not None and match[1] != match[2] and max(int(match[1]), int(match[2])) <= 12


def _order(raw: str) -> str:
    return "YMD" if _ISO_DATE.match(raw) else "DMY"


def _has_clock(raw: str) -> bool:
    rest = _ISO_DATE.sub("", raw, count=1)
    return bool(_CLOCK.search(rest)) or bool(re.match(r"\d{8}T\d{4}", raw))


def _from_entry(entry: Entry | None) -> Moment | None:
    if entry is None or entry.published_at is None:
        return None
    at = entry.published_at.astimezone(UTC)
    # A listing that knows the day alone reaches us as midnight.
    is_day = (at.hour, at.minute, at.second) == (0, 0, 0)
    return Moment(at, "day" if is_day else "second", "feed")


def _time_elements(page: HtmlElement) -> Iterator[str]:
    """`<time>` in the order of trust: said to be the publication, then in reading order outside lists and asides."""
    times = page.xpath(f"//time[not({_ASIDE})]")
    usable = [t for t in times if not _NOT_FIRST.search(f"{t.get('class', '')} {t.get('itemprop', '')}")]
    usable.sort(key=lambda t: t.get("itemprop") != "datePublished" and t.get("pubdate") is None)
    for element in usable:
        yield element.get("datetime") or _text(element)


def _searched(page: HtmlElement, url: str, fetched_at: datetime) -> Iterator[Moment]:
    latest = (fetched_at + CLOCK_SLACK).date().isoformat()
    if found := find_date(_frame(page), extensive_search=False, original_date=True, url=url, max_date=latest):
        yield Moment(datetime.fromisoformat(found).replace(tzinfo=UTC), "day", "htmldate")
    if (found := find_date(page, original_date=True, url=url, max_date=latest)) and _prints(page, found):
        yield Moment(datetime.fromisoformat(found).replace(tzinfo=UTC), "day", "htmldate-guess")


def _frame(page: HtmlElement) -> HtmlElement:
    """A copy without prose and scripts, whose timestamps (of an outage, of a build) htmldate takes for the page's."""
    frame = deepcopy(page)
    for element in frame.xpath(_PROSE):
        if element.tag in ("script", "style") or len(_text(element)) > _LONGEST_DATE:
            element.clear(keep_tail=True)
    return frame


def _prints(page: HtmlElement, iso_date: str) -> bool:
    """Whether day and year stand side by side in the text: the free search makes a full date of a copyright year."""
    year, month, day = iso_date.split("-")
    near = rf"\b0?{int(day)}(?:st|nd|rd|th)?\b\D{{0,20}}(?:\b0?{int(month)}\b\D{{0,3}})?\b{year}\b"
    us_order = rf"\b0?{int(month)}[./-]0?{int(day)}[./-]{year}\b"
    iso_order = rf"\b{year}\D{{1,3}}0?{int(month)}\D{{1,3}}0?{int(day)}\b"
    text = " ".join(page.xpath("//body//text()[not(ancestor::script or ancestor::style)]"))
    return re.search(f"{near}|{us_order}|{iso_order}", text) is not None


def _text(element: HtmlElement) -> str:
    return " ".join(element.text_content().split())
