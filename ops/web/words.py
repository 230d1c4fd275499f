"""How values are written for people: times, lengths, links, and the words for what the record abbreviates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlsplit

from crawler.model import Outcome
from crawler.routing.model import EventKind, RoutingEvent
from indexer.model import Kind, VerdictKind
from indexer.titles import Name

VERDICTS: Mapping[VerdictKind, tuple[str, str]] = {
    VerdictKind.CONFIRMED: ("confirmed", "the routes show what the claim says"),
    VerdictKind.CORRECTED: ("corrected", "it happened, and a stated number, time, prefix or place is wrong"),
    VerdictKind.PARTLY: ("partly", "the routes show a part of what the claim says"),
    VerdictKind.CONTRADICTED: ("contradicted", "vantage points could have seen it, without a gap, and did not"),
    VerdictKind.NOT_OBSERVABLE: ("not observable", "routing data cannot say"),
    VerdictKind.NO_DATA: ("no data", "no routing data for that time or those networks"),
}

EVENTS: Mapping[EventKind, tuple[str, str]] = {
    EventKind.UPSTREAM_ADDED: ("Upstream added", "gain"),
    EventKind.UPSTREAM_REMOVED: ("Upstream removed", "loss"),
    EventKind.ORIGIN_CHANGE: ("Origin changed", "odd"),
    EventKind.MOAS: ("Several origins at once", "odd"),
    EventKind.SUBPREFIX_ORIGIN_CHANGE: ("More specific prefix by another origin", "odd"),
    EventKind.ROUTE_LEAK: ("Route leak", "odd"),
    EventKind.OUTAGE: ("Outage", "loss"),
    EventKind.PARTIAL_OUTAGE: ("Partial outage", "loss"),
    EventKind.RPKI_INVALID: ("RPKI-invalid route", "odd"),
}
"""What a kind of event is called, and its tone in a chart: a gain, a loss, or something odd."""

KINDS: Mapping[Kind, str] = {
    Kind.DOCUMENT: "article",
    Kind.CLAIM: "claim",
    Kind.EVENT: "routing event",
    Kind.STORY: "story",
}

OUTCOMES: Mapping[Outcome, str] = {
    Outcome.FETCHED: "answered with something new",
    Outcome.UNCHANGED: "answered, nothing new",
    Outcome.GONE: "gone: the page is no longer there",
    Outcome.FAILED: "failed: an error or an unreadable answer",
    Outcome.UNREACHABLE: "unreachable: no answer",
    Outcome.REFUSED: "not asked: robots.txt or our guard forbids it",
}


FOUND_IN: Mapping[str, str] = {
    "h1": "from the page's only headline",
    "json-ld": "from the page's JSON-LD",
    "feed": "from the feed",
    "title": "from the page's title tag",
    "rel-author": "from the page's link to its author",
    "html-lang": "from the page's language mark",
    "time": "from the page's time tag",
    "url": "from the address",
    "text-guess": "the first line of the text, for want of a headline",
    "trafilatura": "by trafilatura",
}


def utc(value: datetime | None) -> str:
    """`2017-10-01 09:07:51Z`; "" for None."""
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z" if value else ""


def iso(value: datetime | None) -> str | None:
    """`2017-10-01T09:07:51Z`."""
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if value else None


def to_precision(value: datetime | None, precision: str | None) -> str:
    """A published time as far as it is known: `second`, `minute` or `day`."""
    if value is None:
        return "not said"
    form = {"day": "%Y-%m-%d", "minute": "%Y-%m-%d %H:%MZ"}.get(precision or "", "%Y-%m-%d %H:%M:%SZ")
    return f"{value.astimezone(UTC):{form}}"


def length(value: timedelta | float) -> str:
    """The two largest units: `1 h 7 min`, `36 s`, `2 d 3 h`; `0 s` for none. The sign is left out."""
    seconds = abs(round(value.total_seconds() if isinstance(value, timedelta) else value))
    units = ((31_536_000, "y"), (86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))
    parts = []
    for size, name in units:
        if seconds >= size:
            parts.append(f"{seconds // size} {name}")
            seconds %= size
        elif parts:
            break
        if len(parts) == 2:
            break
    return " ".join(parts) or "0 s"


def apart(delta_s: int | None) -> str:
    """Observed minus claimed, in words."""
    if delta_s is None:
        return ""
    if delta_s == 0:
        return "at the claimed time"
    return f"{length(delta_s)} {'before' if delta_s < 0 else 'after'} the claimed time"


def safe_href(url: str | None) -> str | None:
    """The address if it leads to a web server, else None: what a page or a feed named may be anything."""
    if not url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme.lower() in {"http", "https"} and parts.netloc else None


def host(url: str | None) -> str:
    """The host of an address, without `www.`; "" where there is none."""
    try:
        return (urlsplit(url or "").hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def edges(text: str, each: int = 120) -> tuple[str, str]:
    """A long text's first and last whole words, about `each` code points; a short one whole, and ""."""
    if len(text) <= 2 * each + 20:
        return text, ""
    return text[:each].rsplit(None, 1)[0], text[-each:].split(None, 1)[-1]


DEPTHS = {
    "full": "by the structure of its sentences",
    "cues": "by cues of its language",
    "none": "by names and numbers alone",
}
"""How far a text was read, by the annotation's depth."""


def path(kind: str, item_id: str) -> str:
    """The address of our page on a thing; a claim's is found by its document (see `pages`)."""
    return f"/{kind}/{quote(item_id, safe=':/')}"


def anchor(prefix: str, item_id: str) -> str:
    """An element's id for a thing."""
    return f"{prefix}-{quote(item_id, safe='')}".replace("%", "_")


def event_label(event: RoutingEvent, name: Name, held: int | None = None) -> str:
    """What happened and through whom, short, and to which prefixes (of `held` in all); the network it happened to where
    nobody else took part.
    """
    who = next((asn for asn in (event.offender_asn, event.upstream_asn, event.origin_asn) if asn is not None), None)
    kind = EVENTS[event.kind][0]
    told = kind if who is None else f"{kind}: {name(f'AS{who}')}"
    return told + "".join(f", {part}" for part in (_prefixes(event, held),) if part)


def _prefixes(event: RoutingEvent, held: int | None) -> str:
    count = len(event.prefixes)
    if count == 1:
        return event.prefixes[0]
    if held is not None and held >= count:
        return f"all {held} prefixes" if held == count else f"{count} of {held} prefixes"
    return f"{count} prefixes" if count else ""


def found_in(source: str) -> str:
    """Where a value of a document was found, in words; `source` is as in its provenance."""
    place, _, assumed = source.partition(", ")
    meta = place.removeprefix("meta:")
    said = f"from the page's meta tag {meta}" if meta != place else FOUND_IN.get(place, f"from {place}")
    return said + (", its clock taken as UTC" if assumed == "assumed-utc" else f", {assumed}" if assumed else "")


THRESHOLDS = {
    "min_s": "It lasted at least {}.",
    "min_peers": "At least {:g} full-feed peers saw it, or all where there are fewer.",
    "merge_s": "Absences of up to {} are merged.",
    "group_s": "Prefixes that begin within {} of each other are one event.",
    "full_feed_share": "A full-feed peer holds at least {:.0%} of the prefixes of the largest table.",
}
OUTAGE_THRESHOLDS = {"outage_share": "A prefix counts as lost when {:.0%} of the peers that had it have no route."}
NETWORK_THRESHOLDS = {
    "total_share": "An outage is the loss of {:.0%} of a network's prefixes.",
    "partial_share": "A partial one begins at {:.0%} of them.",
}
COUNTRY_THRESHOLDS = {
    "country_share": "An outage of a country is the loss of {:.0%} of its prefixes.",
    "country_partial_share": "A partial outage of one begins at {:.0%} of its prefixes.",
    "country_networks": "At least {:g} of its networks lost some.",
}
LEAK_THRESHOLDS = {
    "leak_share": "Between others than two transit-free networks, at least {:.3%} of all prefixes leak at once.",
}


def thresholds(event: RoutingEvent) -> list[str]:
    """The settings by which it was called an event, as sentences; those it does not name are left out."""
    held, told = event.thresholds, THRESHOLDS
    if event.kind in {EventKind.OUTAGE, EventKind.PARTIAL_OUTAGE}:
        of_whom = COUNTRY_THRESHOLDS if event.origin_asn is None else NETWORK_THRESHOLDS
        least = "outage_min_s" if "outage_min_s" in held else "min_s"
        told = {least: told["min_s"]} | {k: v for k, v in told.items() if k != "min_s"} | OUTAGE_THRESHOLDS | of_whom
    elif event.kind is EventKind.ROUTE_LEAK:
        told = told | LEAK_THRESHOLDS
    found = [says.format(length(held[k]) if k.endswith("_s") else held[k]) for k, says in told.items() if k in held]
    flaps = round(held.get("flaps_merged", 0))
    return found + ([f"{flaps} such absence{'s were' if flaps != 1 else ' was'} merged."] if flaps else [])


def hops(event: RoutingEvent, as_path: tuple[int | tuple[int, ...], ...]) -> list[tuple[str, bool, str | None]]:
    """An AS path for people: each hop as text, whether it is the one that changed, and its entity id."""
    named = [asn for asn in (event.offender_asn, event.upstream_asn) if asn is not None]
    crossed = {asn for hop in as_path for asn in (hop if isinstance(hop, tuple) else (hop,))}
    changed = next((asn for asn in named if asn in crossed), None)
    if changed is None and event.kind is EventKind.UPSTREAM_REMOVED and event.origin_asn in as_path:
        place = as_path.index(event.origin_asn)  # what the origin is reached through instead
        before = as_path[place - 1] if place else None
        changed = before if isinstance(before, int) else None
    found: list[tuple[str, bool, str | None]] = []
    for hop in as_path:
        if isinstance(hop, tuple):
            found.append(("{" + " ".join(map(str, hop)) + "}", changed in hop, None))
        else:
            found.append((str(hop), hop == changed, f"AS{hop}"))
    return found
