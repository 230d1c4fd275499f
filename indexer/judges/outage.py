"""Judges of outages: routes withdrawn and back again. A loss of traffic alone does not show in routes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from indexer.claimtime import length, stamp
from indexer.correlate import Case
from indexer.judges.finding import finding, not_over, routeless, seen_then, unknown, watched, wrong_end
from indexer.judges.losses import Loss, losses, networks_lost, spells_of, stayed
from indexer.judges.parties import corrected, meant
from indexer.judges.state import interval
from indexer.lookup import overlap
from indexer.model import Correction, Verdict, VerdictKind
from indexer.sight import blind
from indexer.telling import as_id

# Words by which a claim speaks of routes and not of traffic; only such a claim is contradicted by routes that stayed.
ROUTE_WORDS = re.compile(
    r"\bBGP\b|withdr[ae]w|\brout(?:e|es|ing)\b|prefix|announce|маршрут|анонс|préfixe|annonc|prefijo|anunci",
    re.IGNORECASE,
)
STAYED = "The routes stayed up; a loss of traffic alone would not show in them."


def start(case: Case) -> Verdict:
    """Routes of the target begin to be lost."""
    return _turn(case, "start")


def end(case: Case) -> Verdict:
    """Lost routes of the target come back."""
    return _turn(case, "end")


def state(case: Case) -> Verdict:
    """Routes of the target are lost over a time."""
    if verdict := _nobody(case):
        return verdict
    low, high = interval(case)
    found = [x for x in losses(case) if overlap(x.start, x.end, low, high)]
    if not found:
        return routeless(case) or _stayed(case)
    loss = _worst(found)
    kind = VerdictKind.CONFIRMED if loss.whole else VerdictKind.PARTLY
    return _tell(case, loss, kind, f"{_what(loss)} of {case.target.name} were gone from {_lasted(loss)}")


def _nobody(case: Case) -> Verdict | None:
    return (
        None if case.prefixes and case.target.stated is None else unknown(case, case.target, "the one that is cut off")
    )


def _turn(case: Case, side: str) -> Verdict:
    if verdict := _nobody(case):
        return verdict
    found = losses(case)
    moments = [(m, x) for x in found if (m := _moment(x, side)) is not None]
    timely = [(m, x) for m, x in moments if case.in_time(m)]
    if timely:
        return _seen(case, side, timely)
    if verdict := _other_target(case, side) or routeless(case):
        return verdict
    if (why := blind(case)) is not None:
        near = f" Routes were lost from {_lasted(found[0])}." if found else None
        return finding(case, VerdictKind.NO_DATA, f"No loss of routes was seen {case.when()}, but {why}", near)
    if side == "end" and case.span and (down := [x for x in found if overlap(x.start, x.end, *case.window)]):
        return _still(case, down[0])
    if case.span and (whole := [(m, x) for m, x in moments if x.whole]):
        return _wrong_time(case, side, whole)
    return _stayed(case)


def _other_target(case: Case, side: str) -> Verdict | None:
    """Another network was lost or back in time, which the claim meant by its name, by a slip or by its place."""
    if not case.target.sole or case.span is None:
        return None
    ranks = {a: rank for a in case.view.asns - case.target.asns if (rank := meant(case, a)) is not None}
    for number in sorted(ranks, key=lambda a: (ranks[a], a)):
        correction = Correction("target", case.target.name, as_id(number))
        other = corrected(case, correction)
        timely = [(m, x) for x in losses(other) if x.whole and (m := _moment(x, side)) and case.in_time(m)]
        if timely:
            seen = _seen(other, side, timely)
            reason = f"Not {correction.stated} but {correction.actual}: {seen.reasons[0]}"
            return replace(seen, verdict=VerdictKind.CORRECTED, correction=correction, reasons=(reason,))
    return None


def _moment(loss: Loss, side: str) -> datetime | None:
    return loss.start if side == "start" else loss.end


def _seen(case: Case, side: str, timely: list[tuple[datetime, Loss]]) -> Verdict:
    whole = [(m, x) for m, x in timely if x.whole]
    moment, loss = _nearest(case, whole or timely)
    verb = "were lost" if side == "start" else "were back"
    then = f"{_lasted(loss)}" if side == "start" else f"{stamp(moment)}, lost since {stamp(loss.start)}"
    text = f"{_what(loss)} of {case.target.name} {verb} from {then}, {case.tell(moment)}"
    last = _last_end(case, loss) if side == "start" else None
    wrong = wrong_end(case, last)
    still = not_over(case, last) if side == "start" else None
    partly = not loss.whole or still is not None
    kind = VerdictKind.PARTLY if partly else VerdictKind.CORRECTED if wrong else VerdictKind.CONFIRMED
    more = f"It ended {wrong.actual}, not {wrong.stated}." if wrong else still
    count = _count(case, [x for _, x in timely])
    correction = wrong if kind is VerdictKind.CORRECTED else None
    return replace(_tell(case, loss, kind, text, more, count), correction=correction, delta_s=case.delta(moment))


def _count(case: Case, timely: list[Loss]) -> str | None:
    """How often routes were lost in the time judged, in all and, where some were partial, in part."""
    if len(timely) < 2:
        return None
    part = sum(not x.whole for x in timely)
    partial = "" if part in (0, len(timely)) else f", {part} of them in part"
    return f"{len(timely)} such losses fall into the {'claimed time' if case.span else 'time judged'}{partial}."


def _nearest(case: Case, timely: list[tuple[datetime, Loss]]) -> tuple[datetime, Loss]:
    if case.span is None:
        return min(timely, key=lambda x: x[0])
    anchor = case.span.start
    return min(timely, key=lambda x: (abs(x[0] - anchor), x[0]))


def _last_end(case: Case, loss: Loss) -> datetime | None:
    """The end that the stated one is held against: of several losses in a claimed interval, the nearest to it."""
    stated = case.claim.end_utc
    ends = [x.end for x in losses(case) if x.end and x.start >= loss.start]
    goal = interval(case)[1]
    return min(ends, key=lambda e: abs(e - goal), default=None) if stated else loss.end


def _still(case: Case, loss: Loss) -> Verdict:
    text = f"{_what(loss)} of {case.target.name} were still gone {case.when()}: lost from {_lasted(loss)}"
    if loss.end is None:
        return _tell(case, loss, VerdictKind.CONTRADICTED, text)
    return _wrong_time(case, "end", [(loss.end, loss)])


def _wrong_time(case: Case, side: str, moments: list[tuple[datetime, Loss]]) -> Verdict:
    moment, loss = _nearest(case, moments)
    verb = "were lost" if side == "start" else "were back"
    text = f"{_what(loss)} of {case.target.name} {verb} at {stamp(moment)}, {case.tell(moment)}: the time is wrong"
    correction = Correction("time", case.claim.start_utc or "", stamp(moment))
    found = _tell(case, loss, VerdictKind.CORRECTED, text)
    return replace(found, correction=correction, delta_s=case.delta(moment))


def _stayed(case: Case) -> Verdict:
    """No loss in the claimed time: contradicted only where the claim is of routes, else not observable."""
    if (why := blind(case)) is not None:
        return finding(case, VerdictKind.NO_DATA, f"No loss of routes was seen {case.when()}, but {why}")
    held, count = stayed(case, *interval(case))
    reason = f"{held} of {count} prefixes of {case.target.name} stayed reachable {case.when()}."
    away = _away(case)
    of_routes = bool(case.prefixes) or ROUTE_WORDS.search(case.claim.quote) is not None
    if of_routes and case.span is not None:
        return finding(case, VerdictKind.CONTRADICTED, reason, away, matched=(0, count))
    said = reason if away else f"{STAYED} {reason}"
    return finding(case, VerdictKind.NOT_OBSERVABLE, said, away, *seen_then(case))


def _away(case: Case) -> str | None:
    """What was gone at the claimed time already, or on; None where nothing was."""
    found = [x for x in losses(case) if overlap(x.start, x.end, *case.window)]
    if not found or case.span is None:
        return None
    loss = _worst(found)
    return f"{_what(loss)} of {case.target.name} were gone then, but that did not begin or end there: {_lasted(loss)}."


def _tell(case: Case, loss: Loss, kind: VerdictKind, text: str, *more: str | None) -> Verdict:
    events = (loss.event,) if loss.event else ()
    spells = () if events else spells_of(case)
    peers, told = watched(spells, events, case)
    where = f", {told}" if events else ", at every full-feed peer"
    matched = (loss.lost, loss.total)
    seen = _seen_of_country(case, loss)
    return finding(case, kind, f"{text}{where}.", seen, *more, events=events, peers=peers, matched=matched)


def _seen_of_country(case: Case, loss: Loss) -> str | None:
    """How much of the country the archive shows; None where that is enough to tell of the whole, or is not known."""
    if (home := loss.home) is None:
        return None
    return (
        f"The delegations give {home.country} {home.known} networks; this archive has routes of {len(home.seen)} of "
        f"them and saw {networks_lost(case, loss)} lost: too few to tell of the whole country."
    )


def _what(loss: Loss) -> str:
    if loss.lost < loss.total:
        return f"{loss.lost} of {loss.total} prefixes"
    if loss.home is not None:
        return f"all {loss.total} prefixes seen"
    return "all prefixes (1)" if loss.total == 1 else f"all {loss.total} prefixes"


def _lasted(loss: Loss) -> str:
    if loss.end is None:
        return f"{stamp(loss.start)} to the end of the data"
    return f"{stamp(loss.start)} to {stamp(loss.end)} ({length(loss.end - loss.start)})"


def _worst(found: Iterable[Loss]) -> Loss:
    return max(found, key=lambda x: (x.whole, x.lost, -x.start.timestamp()))
