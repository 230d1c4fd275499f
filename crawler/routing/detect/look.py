"""The exact look at one prefix: what was held of it and when, and the drafts that this makes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from crawler.routing.detect import paths
from crawler.routing.detect.drafts import Draft
from crawler.routing.detect.sweep import Fact, Span, merge
from crawler.routing.knowledge import Validity, Vrps
from crawler.routing.model import EventKind
from crawler.routing.state.table import Seen
from crawler.routing.thresholds import DetectSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """`held` has the spans of each fact, `before` the facts of the prefix in the RIB, or else of the longest prefix
    above it there (`covering`; None where the prefix itself was in the RIB, or nothing was). `need` is how many
    sessions must see a thing, `sells` whether one network is known as a provider of another, `sessions` the session of
    each peer (empty: its own).
    """

    prefix: str
    held: Mapping[Fact, list[Span]]
    before: Set[Fact]
    covering: str | None
    need: int
    settings: DetectSettings
    sells: Callable[[int, int], bool]
    sessions: Sequence[int] = ()

    @property
    def origins(self) -> Set[int]:
        return {fact.origin for fact in self.before}

    def lasting(self, found: Sequence[Span], min_s: float | None = None) -> list[list[Span]]:
        """Clusters that enough peers saw for long enough; None: for `settings.min_s`."""
        kept = []
        least = self.settings.min_s if min_s is None else min_s
        for cluster in merge(found, self.settings.merge_s):
            peers = {self.sessions[peer] if self.sessions else peer for span in cluster for peer in span.first}
            end = cluster[-1].end
            if (end is None or end - cluster[0].start >= least) and len(peers) >= self.need:
                kept.append(cluster)
        return kept

    def stood(
        self,
        kind: EventKind,
        found: Sequence[Span],
        origin: int | None,
        *,
        upstream: int | None = None,
        offender: int | None = None,
        min_s: float | None = None,
    ) -> Iterator[Draft]:
        """The draft of a fact that lasted; none where none did."""
        kept = self.lasting(found, min_s)
        if not kept:
            return
        first: dict[int, Seen] = {}
        for cluster in kept:
            for span in cluster:
                first = span.first | first
        yield Draft(
            kind=kind,
            origin=origin,
            upstream=upstream,
            offender=offender,
            prefix=self.prefix,
            intervals=tuple((cluster[0].start, cluster[-1].end) for cluster in kept),
            first=first,
            flaps=sum(len(cluster) - 1 for cluster in kept),
        )


# -- upstreams -------------------------------------------------------------------------------------------------------
def upstreams(look: Look) -> Iterator[Draft]:
    for fact, found in look.held.items():
        if fact.what != "pair" or fact.other is None or fact.origin not in look.origins:
            continue
        if fact not in look.before:
            yield from look.stood(EventKind.UPSTREAM_ADDED, found, fact.origin, upstream=fact.other)
        yield from _removed(look, fact, found, look.held[Fact("origin", fact.origin)])


def _removed(look: Look, fact: Fact, found: Sequence[Span], reached: Sequence[Span]) -> Iterator[Draft]:
    """The upstream went while the origin was still reached, and stayed away for more than a flap."""
    kept = look.lasting(found)
    for cluster, following in zip(kept, [*kept, None][1:], strict=True):
        end = cluster[-1].end
        if end is None or not _stays(look, reached, end) or _taken_over(look, cluster[-1], end):
            continue
        yield Draft(
            kind=EventKind.UPSTREAM_REMOVED,
            origin=fact.origin,
            upstream=fact.other,
            offender=None,
            prefix=look.prefix,
            intervals=((end, following[0].start if following else None),),
            first={peer: seen for span in cluster for peer, seen in span.last.items()},
        )


def _stays(look: Look, reached: Sequence[Span], end: float) -> bool:
    """Whether the origin was reached when the upstream had gone, and for long enough after it. Where it goes too, one
    upstream after the other is lost with it: no more than a few peers that may be stuck (`weak_since`) still hold it.
    """
    least = end + look.settings.removed_s
    for cluster in merge(reached, look.settings.outage_min_s):
        last = cluster[-1]
        gone = last.end if last.weak_since is None else last.weak_since
        if cluster[0].start <= end and (last.end is None or last.end > end) and (gone is None or gone > least):
            return True
    return False


def _taken_over(look: Look, span: Span, end: float) -> bool:
    """Whether most of those that gave the upstream up last went over to an origin that is new to the prefix."""
    late = [paths.ends(seen.path) for seen in span.last.values() if seen.at >= end - look.settings.removed_s]
    strange = [one for one in late if one is not None and one[0] not in look.origins]
    return 2 * len(strange) > len(late)


# -- origins ---------------------------------------------------------------------------------------------------------
def origins(look: Look, vrps: Vrps | None) -> Iterator[Draft]:
    """A new origin is told once: as the change that it is, with its validity beside it. Where it is none, because the
    holder's own routes lead to it, or because nobody held the prefix, or it is the holder's own more-specific, it is
    told only if the RPKI does not allow it.
    """
    for fact, found in look.held.items():
        if fact.what != "origin" or found[0].since_before:
            continue
        kind = _change(look, fact, found)
        if kind is None and vrps and vrps.validity(look.prefix, fact.origin) is Validity.INVALID:
            kind = EventKind.RPKI_INVALID
        if kind is not None:
            holder = fact.origin if fact.origin in look.origins else _holder(look)
            yield from look.stood(kind, found, holder, offender=fact.origin)


def _holder(look: Look) -> int | None:
    """Of several the one that most sessions reached."""
    spans_of = {origin: look.held.get(Fact("origin", origin), ()) for origin in look.origins}
    peaks = {origin: max((span.peak for span in found), default=0) for origin, found in spans_of.items()}
    return min(peaks, key=lambda origin: (-peaks[origin], origin), default=None)


def _change(look: Look, fact: Fact, found: Sequence[Span]) -> EventKind | None:
    """Which change of origin it is; None for none."""
    if not look.origins or fact.origin in look.origins:
        return None
    kept = [span for cluster in look.lasting(found) for span in cluster]
    if (look.covering is not None or paths.private(fact.origin)) and _delegated(kept, look.origins):
        return None
    if look.covering is not None and any(look.sells(holder, fact.origin) for holder in look.origins):
        return None
    if look.covering is not None:
        return EventKind.SUBPREFIX_ORIGIN_CHANGE
    return EventKind.MOAS if _both(look, kept) else EventKind.ORIGIN_CHANGE


def _delegated(kept: Sequence[Span], holders: Set[int]) -> bool:
    """A more-specific that the holder of the covering prefix hears from its origin itself, or that all reach through
    the holder, is a customer's and not taken from it; nor is a prefix whose holder forgets to take a private number out
    of the path.
    """
    ways = [paths.hops(seen.path) for span in kept for seen in span.first.values()]
    return any(way[-2:-1] and way[-2] in holders for way in ways) or all(holders & set(way) for way in ways)


def _both(look: Look, kept: Sequence[Span]) -> bool:
    """Whether an origin of before was seen all the while."""
    return all(
        any(
            old.start <= span.start and (old.end is None or (span.end is not None and old.end >= span.end))
            for origin in look.origins
            for old in look.held.get(Fact("origin", origin), ())
        )
        for span in kept
    )
