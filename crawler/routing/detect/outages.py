"""Lost prefixes to outages of networks and of countries: all lost at once, or a part."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from crawler.routing.detect.covering import widest
from crawler.routing.detect.drafts import Draft
from crawler.routing.detect.sweep import Stretch
from crawler.routing.knowledge import Knowledge
from crawler.routing.model import EventKind
from crawler.routing.state.table import Seen
from crawler.routing.thresholds import DetectSettings

# How bad it is.
_OUT, _PARTLY, _UP = 2, 1, 0
Level = tuple[int, float, float | None]


@dataclass(frozen=True, slots=True)
class Loss:
    """When a prefix of `origin` was lost, and its withdrawals in order of time."""

    prefix: str
    origin: int
    stretches: tuple[Stretch, ...]
    withdrawals: tuple[Seen, ...]

    def withdrawn_by(self, at: float, until: float) -> dict[int, Seen]:
        """By peer, the last withdrawal up to `at`; of those that had none by then, the first up to `until`."""
        before = {seen.peer: seen for seen in self.withdrawals if seen.at <= at}
        return {seen.peer: seen for seen in reversed(self.withdrawals) if at < seen.at <= until} | before

    def within(self, start: float, end: float | None) -> Stretch | None:
        """From its first loss in this time to the end of its last one; None where it was not lost."""
        found = [(s, e) for s, e in self.stretches if (end is None or s < end) and (e is None or e > start)]
        if not found:
            return None
        last = found[-1][1]
        return max(start, found[0][0]), end if last is None or (end is not None and last > end) else last


@dataclass(frozen=True, slots=True)
class Outage:
    """All lost or a part, from, to (None: to the end of the data), and how many flaps that hides."""

    total: bool
    start: float
    end: float | None
    flaps: int = 0


def outages(losses: Iterable[Loss], whole: float, least: float, settings: DetectSettings) -> Iterator[Outage]:
    """Out is who lost `whole` prefixes or more at a time, partly out who lost `least` or more.

    Less than `outage_min_s` is none; two that are at most `merge_s` apart are one. What is partly out for no longer
    than that just before or after it is out, is on its way.
    """
    levels = list(_levels(losses, whole, least))
    for wanted in (_OUT, _PARTLY):
        last: Outage | None = None
        for index, (level, start, end) in enumerate(levels):
            short = end is not None and end - start < settings.outage_min_s
            if level != wanted or short or (level == _PARTLY and _on_its_way(levels, index, settings.merge_s)):
                continue
            if last and last.end is not None and start - last.end <= settings.merge_s:
                last = Outage(last.total, last.start, end, last.flaps + 1)
                continue
            if last:
                yield last
            last = Outage(wanted == _OUT, start, end)
        if last:
            yield last


def _levels(losses: Iterable[Loss], whole: float, least: float) -> Iterator[Level]:
    """How bad it is, from, to; one after the other."""
    steps: dict[float, int] = {}
    for loss in losses:
        for start, end in loss.stretches:
            steps[start] = steps.get(start, 0) + 1
            if end is not None:
                steps[end] = steps.get(end, 0) - 1
    lost, found = 0, []
    for at in sorted(steps):
        lost += steps[at]
        found.append((_OUT if lost >= whole else _PARTLY if lost >= least else _UP, at))
    runs = [(level, next(run)[1]) for level, run in groupby(found, key=lambda one: one[0])]
    for (level, start), following in zip(runs, [*runs, None][1:], strict=True):
        yield level, start, following[1] if following else None


def _on_its_way(levels: Sequence[Level], index: int, merge_s: float) -> bool:
    _, start, end = levels[index]
    beside = levels[max(0, index - 1) : index + 2]
    return end is not None and end - start <= merge_s and any(level == _OUT for level, _, _ in beside)


def both(one: Iterable[Stretch], other: Iterable[Stretch]) -> list[Stretch]:
    """The times that are in both, in order."""
    found = []
    others = list(other)
    for start, end in one:
        for begun, ended in others:
            first = max(start, begun)
            last = ended if end is None else end if ended is None else min(end, ended)
            if last is None or first < last:
                found.append((first, last))
    return found


def without(times: Iterable[Stretch], taken: Iterable[Stretch]) -> list[Stretch]:
    """What is left of the times, in order."""
    left = list(times)
    for begun, ended in taken:
        parts: list[Stretch] = []
        for start, end in left:
            parts += both([(start, end)], [(float("-inf"), begun)])
            if ended is not None:
                parts += both([(start, end)], [(ended, None)])
        left = parts
    return left


def of_networks(
    losses: Iterable[Loss], announced: Mapping[int, Collection[str]], settings: DetectSettings
) -> Iterator[Draft]:
    """`announced` has the prefixes of each network in the RIB. What a wider one still reaches is not lost."""
    by_origin: dict[int, list[Loss]] = {}
    for loss in losses:
        by_origin.setdefault(loss.origin, []).append(loss)
    for origin, found in by_origin.items():
        own = widest(announced[origin])
        part = [loss for loss in found if loss.prefix in own]
        whole, least = (max(1, share * len(own)) for share in (settings.total_share, settings.partial_share))
        for outage in outages(part, whole, least, settings):
            yield from _drafts(outage, part, origin, None, settings)


def of_countries(
    losses: Iterable[Loss], announced: Mapping[int, Collection[str]], knowledge: Knowledge, settings: DetectSettings
) -> Iterator[Draft]:
    """A country is the networks that the delegations give it. A loss of one network is that network's alone."""
    lost: dict[str, list[Loss]] = {}
    for loss in losses:
        if country := knowledge.country(loss.origin):
            lost.setdefault(country, []).append(loss)
    networks: dict[str, list[int]] = {country: [] for country in lost}
    for origin in announced if lost else ():
        if (country := knowledge.country(origin)) in networks:
            networks[country].append(origin)
    for country, found in lost.items():
        known = len(knowledge.networks_of(country))
        if len({loss.origin for loss in found}) < settings.country_networks:
            continue
        if len(networks[country]) < settings.country_seen_share * known:
            continue
        own = widest(prefix for origin in networks[country] for prefix in announced[origin])
        part = list({loss.prefix: loss for loss in found if loss.prefix in own}.values())
        whole, least = (max(1, share * len(own)) for share in (settings.country_share, settings.country_partial_share))
        for outage in outages(part, whole, least, settings):
            drafts = list(_drafts(outage, part, None, country, settings, knowledge.country_source))
            told = {draft.prefix for draft in drafts}
            if len({loss.origin for loss in part if loss.prefix in told}) >= settings.country_networks:
                yield from drafts


def _drafts(
    outage: Outage,
    losses: Iterable[Loss],
    origin: int | None,
    country: str | None,
    settings: DetectSettings,
    *basis: str,
) -> Iterator[Draft]:
    flaps = outage.flaps
    for loss in losses:
        own = loss.within(outage.start, outage.end)
        if own is None:
            continue
        until = own[0] + settings.group_s  # by when the last peers have heard of it
        yield Draft(
            kind=EventKind.OUTAGE if outage.total else EventKind.PARTIAL_OUTAGE,
            origin=origin,
            upstream=None,
            offender=None,
            prefix=loss.prefix,
            intervals=((outage.start, own[1]),),
            first=loss.withdrawn_by(own[0], until if own[1] is None else min(until, own[1])),
            flaps=flaps,
            country=country,
            basis=basis,
        )
        flaps = 0  # told once
