"""The archives of RIS and RouteViews as their servers lay them out: where each file of a window is.

Pure: pages come in as texts, times as arguments. Paths are relative to the server's root, and a local mirror keeps
them as they are.
Sources: https://ris.ripe.net/docs/mrt (steps, layout), https://www.routeviews.org/routeviews/index.php/archive/.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote, urlsplit

from crawler.errors import WrongCall

RIS_URL = "https://data.ris.ripe.net/"
ROUTEVIEWS_URL = "https://archive.routeviews.org/"

# The first and the last year of each RIS collector (None: still collecting), as RIPEstat's rrc-info has them; there
# never was an rrc17. Told to who asks for another time; what a server has is asked of the server.
RIS_YEARS: dict[str, tuple[int, int | None]] = {
    "rrc00": (1999, None),
    "rrc01": (2000, None),
    "rrc02": (2001, 2008),
    "rrc03": (2001, None),
    "rrc04": (2001, None),
    "rrc05": (2001, None),
    "rrc06": (2001, None),
    "rrc07": (2002, None),
    "rrc08": (2002, 2004),
    "rrc09": (2003, 2004),
    "rrc10": (2003, None),
    "rrc11": (2004, None),
    "rrc12": (2004, None),
    "rrc13": (2005, None),
    "rrc14": (2004, None),
    "rrc15": (2005, None),
    "rrc16": (2008, None),
    "rrc18": (2015, None),
    "rrc19": (2016, None),
    "rrc20": (2015, None),
    "rrc21": (2015, None),
    "rrc22": (2017, None),
    "rrc23": (2017, None),
    "rrc24": (2019, None),
    "rrc25": (2021, None),
    "rrc26": (2021, None),
}

# How far before a window its RIB may lie: each further hour is an hour of updates to fetch and to read.
OLDEST_RIB = timedelta(hours=24)
_FIRST = datetime(1997, 11, 1, tzinfo=UTC)  # the oldest month of RouteViews; RIS began in 1999
FIVE_MINUTES_SINCE = datetime(2003, 7, 1, tzinfo=UTC)
RIS_STEP = timedelta(minutes=5)
ROUTEVIEWS_STEP = timedelta(minutes=15)
_RIS = re.compile(r"rrc\d\d")
# Named `route-views…` until 2022, since then by exchange and airport: `amsix.ams`, `iraq-ixp.bgw`.
_ROUTEVIEWS = re.compile(r"route-views\d?(\.[a-z0-9-]+)?|[a-z0-9-]+\.[a-z]{3}")
_NAME = re.compile(r"(bview|rib|updates)\.(\d{8}\.\d{4})\.(gz|bz2)")
# Possessive and bounded: a page may be made to be read for ever.
_LINK = re.compile(r"""<a\s[^<>]{0,200}?href\s*+=\s*+["']?([^"'\s<>]++)[^<>]{0,2000}+>""", re.IGNORECASE)
_INDEX = re.compile(r"index of|parent directory|directory listing|href=[\"']\.\./", re.IGNORECASE)
_SIZE = re.compile(r"\d\d:\d\d(?::\d\d)?\s+(\d{1,15}(?:\.\d{1,9})?)\s*([KMGT]?)(?:i?B)?(?=\s|$)", re.IGNORECASE)
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


@dataclass(frozen=True, slots=True, order=True)
class RemoteFile:
    """One file of an archive; `stamp` is the time in its name, `path` relative to the server's root.

    `size` is the index's word in bytes (None: it has none), and `exact` whether that was not rounded.
    """

    collector: str
    stamp: datetime
    is_rib: bool
    path: str
    size: int | None = None
    exact: bool = False


def archive_of(collector: str) -> str:
    """The address of the archive that holds a collector. Raises `WrongCall` for what is no collector's name."""
    if _RIS.fullmatch(collector):
        return RIS_URL
    if _ROUTEVIEWS.fullmatch(collector):
        return ROUTEVIEWS_URL
    raise WrongCall(
        "no collector of RIS or RouteViews is called so",
        subject=collector,
        remedy="name one such as rrc00, route-views2 or amsix.ams",
    )


def life_of(collector: str, start: datetime, end: datetime) -> str:
    """Words on a window in which a RIS collector did not collect; "" where nothing is known against it."""
    if collector not in RIS_YEARS:
        return ""
    first, last = RIS_YEARS[collector]
    if end.year >= first and (last is None or start.year <= last):
        return ""
    return f"{collector} collected from {first} to {last}" if last is not None else f"{collector} began in {first}"


def folders(collector: str, month: datetime) -> tuple[str, ...]:
    """The folders of a month on the collector's own server, each with an index page of its own.

    A RIS month is in one, RouteViews has two: RIBs, then updates. `route-views2` is at the root of its server.
    """
    name = f"{month:%Y.%m}/"
    if archive_of(collector) == RIS_URL:
        return (f"{collector}/{name}",)
    root = "bgpdata/" if collector == "route-views2" else f"{collector}/bgpdata/"
    return f"{root}{name}RIBS/", f"{root}{name}UPDATES/"


def layouts(collector: str, month: datetime, *, mirrored: bool) -> tuple[tuple[str, ...], ...]:
    """Where a month may be, the likeliest first: a mirror may keep any collector in either layout."""
    own = folders(collector, month)
    if not mirrored:
        return (own,)
    name = f"{month:%Y.%m}/"
    either = ((f"{collector}/{name}",), (f"{collector}/bgpdata/{name}RIBS/", f"{collector}/bgpdata/{name}UPDATES/"))
    return own, *(other for other in either if other != own)


def months(start: datetime, end: datetime) -> tuple[datetime, ...]:
    """The first moments of the months whose files a window may need, its RIB's among them; oldest first. None of them
    is from before there were archives.
    """
    at = max(start - OLDEST_RIB, _FIRST).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    found = []
    while at < end:
        found.append(at)
        at = (at + timedelta(days=32)).replace(day=1)
    return tuple(found)


def listed(page: str, collector: str, folder: str) -> tuple[RemoteFile, ...] | None:
    """The files that an index page of Apache or nginx names, oldest first; None where the page is no index.

    A name with an impossible time, a checksum beside a file and the like are left out, a file named twice counts once.
    """
    found: dict[tuple[bool, datetime], RemoteFile] = {}
    links = list(_LINK.finditer(page))
    ends = [*(link.start() for link in links[1:]), len(page)]
    for link, stop in zip(links, ends, strict=False):
        name = unquote(urlsplit(html.unescape(link[1])).path).rpartition("/")[2]
        named = _NAME.fullmatch(name)
        stamp = _stamp(named[2]) if named else None
        if named is None or stamp is None:
            continue
        size, exact = _size(page[link.end() : stop])
        is_rib = named[1] != "updates"
        file = RemoteFile(collector, stamp, is_rib, f"{folder}{name}", size, exact)
        found.setdefault((is_rib, stamp), file)
    if not found and not _INDEX.search(page):
        return None
    return tuple(sorted(found.values()))


def _stamp(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y%m%d.%H%M").replace(tzinfo=UTC)
    except ValueError:
        return None


def _size(text: str) -> tuple[int | None, bool]:
    """The size behind a file's date, as bytes; servers round to a unit unless told otherwise."""
    told = _SIZE.search(html.unescape(re.sub(r"<[^<>]*>", " ", text)))
    if told is None:
        return None, False
    unit = told[2].upper()
    return round(float(told[1]) * _UNITS[unit]), not unit


def needed(files: Iterable[RemoteFile], start: datetime, end: datetime) -> tuple[RemoteFile, ...]:
    """Of one collector's files those that a window needs, oldest first: the RIB that its state grows from, all updates
    since, and after a hole in these the next RIB, which repairs the state.

    The RIB is the newest at or before `start`, if it is not older than `OLDEST_RIB`; else the first one in the window.
    """
    known = sorted(file for file in files if file.stamp < end)
    ribs = [file for file in known if file.is_rib and file.stamp >= start - OLDEST_RIB]
    first = max((rib for rib in ribs if rib.stamp <= start), default=min(ribs, default=None))
    since = min(start, first.stamp) if first is not None else start
    updates = [f for f in known if not f.is_rib and since < f.stamp + update_step(f.collector, f.stamp)]
    repairing = {next((rib for rib in ribs if rib.stamp >= hole), None) for hole in _holes(updates, since)}
    wanted = {first, *repairing} - {None}
    return tuple(sorted([*updates, *(rib for rib in ribs if rib in wanted)]))


def _holes(updates: list[RemoteFile], since: datetime) -> list[datetime]:
    """Where updates begin again after one file or more that are not there; early ones came at odd minutes."""
    before = [since, *(file.stamp for file in updates)]
    steps = [update_step(file.collector, file.stamp) for file in updates]
    return [
        file.stamp for file, last, step in zip(updates, before, steps, strict=False) if file.stamp - last >= 2 * step
    ]


def update_step(collector: str, at: datetime) -> timedelta:
    """RIS writes updates every 5 minutes since July 2003; before that, as RouteViews to this day, every 15."""
    if archive_of(collector) == RIS_URL and at >= FIVE_MINUTES_SINCE:
        return RIS_STEP
    return ROUTEVIEWS_STEP


def ribs_by_step(collector: str, start: datetime) -> tuple[RemoteFile, ...]:
    """The RIBs from which a window may grow, by the layout's own times, newest first; RIS every 8 h, RouteViews 2 h."""
    step = timedelta(hours=8 if archive_of(collector) == RIS_URL else 2)
    newest = start - (start - datetime(1970, 1, 1, tzinfo=UTC)) % step
    return tuple(_by_step(collector, newest - number * step, is_rib=True) for number in range(3))


def updates_by_step(collector: str, since: datetime, end: datetime) -> tuple[RemoteFile, ...]:
    """The updates files from `since` to `end` by the layout's own times."""
    step = update_step(collector, since)
    at = since - (since - datetime(1970, 1, 1, tzinfo=UTC)) % step
    found = []
    while at < end:
        found.append(_by_step(collector, at, is_rib=False))
        at += update_step(collector, at)
    return tuple(found)


def _by_step(collector: str, at: datetime, *, is_rib: bool) -> RemoteFile:
    ris = archive_of(collector) == RIS_URL
    kind = ("bview" if ris else "rib") if is_rib else "updates"
    folder = folders(collector, at)[-1 if not is_rib else 0]
    return RemoteFile(collector, at, is_rib, f"{folder}{kind}.{at:%Y%m%d.%H%M}.{'gz' if ris else 'bz2'}")
