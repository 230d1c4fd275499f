"""Every threshold by which something is called an event. They are shown in each event, and can be set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from difflib import get_close_matches
from math import isfinite

from crawler.errors import WrongCall


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectSettings:
    """Names end in `_s` for seconds and in `_share` for a part from 0 to 1; all others are counts.

    What is seen:
    `full_feed_share`: a peer is full-feed if its RIB has this share of the prefixes of the largest RIB of the archive.
    `min_peers`: so many full-feed peers must have seen a thing (or all, where there are fewer).
    `min_s`: shorter than this is path exploration. `merge_s`: what is away no longer is told as a flap of one interval.
    `group_s`: prefixes that start within it are one event. `removed_s`: an upstream is removed if the origin is reached
    without it for longer; where the origin goes too, that is a part of it (path exploration takes three minutes on
    average: C. Labovitz et al., "Delayed Internet Routing Convergence", SIGCOMM 2000).

    What is not believed:
    `ghost_share`, `ghost_s`: where all but this share of those that held a route (and fewer than `min_peers`) have said
    otherwise, the rest are stuck if they hold on for longer than `ghost_s` (90 minutes, as in R. Fontugne et al.,
    "BGP Zombies", PAM 2019), and it was over when the others said so.
    `session_loss_share`, `session_loss_s`: a peer that withdraws this share of its table within the time has lost a
    session, and has not seen every network go. `session_loss_prefixes`: but only in a table of so many, as a smaller
    one may hold a single country. `blind_share`: a collector is blind, which is a gap, while more than this share of
    its full-feed peers of an address family is down.

    Leaks:
    `leak_min_s`: shorter is path exploration, which takes a withdrawn route through strange places. `leak_share`: a
    leak between others than two transit-free networks must take this share of the prefixes of the RIB (of those asked
    for) at once, and one at least. `detour_hops`: a new more-specific that goes around to the origin's own transit-free
    neighbour over so many networks leaked. `wide_upstreams`: a network that so many hear directly peers at the top, and
    buys nothing from a small one. `middle_hops`: so many networks at most stand between two others to which they do not
    sell. `middle_tops`: whom so many carriers hear directly buys nothing of a network with `middle_bits` fewer binary
    digits of addresses (4: a sixteenth), if it is content, or an incumbent of another country; and an incumbent nothing
    on other continents.

    Outages:
    `outage_share`: a prefix is lost when this share of the peers that had it have no route. `outage_min_s`: shorter is
    none. `total_share`: this share of a network's prefixes lost is an outage, `partial_share` a partial one.
    `country_share`, `country_partial_share`: the same of a country's prefixes, in `country_networks` of its networks or
    more; `country_seen_share` of its networks must be in the RIB.
    """

    full_feed_share: float = 0.7
    min_peers: int = 2
    min_s: float = 10.0
    merge_s: float = 300.0
    group_s: float = 60.0
    removed_s: float = 180.0
    ghost_share: float = 0.1
    ghost_s: float = 5400.0
    session_loss_share: float = 0.8
    session_loss_s: float = 300.0
    session_loss_prefixes: int = 10_000
    blind_share: float = 0.5
    leak_min_s: float = 60.0
    leak_share: float = 1e-5
    detour_hops: int = 2
    wide_upstreams: int = 10
    middle_hops: int = 2
    middle_tops: int = 3
    middle_bits: int = 4
    outage_share: float = 0.9
    outage_min_s: float = 30.0
    total_share: float = 0.9
    partial_share: float = 0.1
    country_share: float = 0.9
    country_partial_share: float = 0.2
    country_networks: int = 2
    country_seen_share: float = 0.25

    def shown(self) -> dict[str, float]:
        """As events show them."""
        return {name: float(value) for name, value in asdict(self).items()}

    @staticmethod
    def of(given: Mapping[str, float]) -> DetectSettings:
        """The defaults with `given` in their place. Raises `WrongCall` for an unknown name or a wrong value."""
        for name, value in given.items():
            if wrong := _wrong(name, value):
                raise WrongCall(wrong, subject=f"threshold {name}", remedy="an event's thresholds names them all")
        counts = {field.name for field in fields(DetectSettings) if isinstance(field.default, int)}
        values = {name: int(value) if name in counts else float(value) for name, value in given.items()}
        return replace(DetectSettings(), **values)  # type: ignore[arg-type]


def _wrong(name: str, value: float) -> str | None:
    """What is wrong with a threshold; None where nothing is."""
    known = {field.name: field.default for field in fields(DetectSettings)}
    if name not in known:
        near = get_close_matches(name, known, 1)
        return "there is no such threshold" + (
            f", did you mean {near[0]}?" if near else f"; there are {', '.join(known)}"
        )
    if not isfinite(value) or value < 0:
        return f"{value} is not a number from 0 on"
    if name.endswith("_share"):
        return None if 0 < value <= 1 else f"{value} is not above 0 and at most 1"
    if isinstance(known[name], int):
        return None if value >= 1 and value == int(value) else f"{value} is not a whole number from 1 on"
    return None
