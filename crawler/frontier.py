"""What is due when: pure functions from what is known and how a fetch ended to what is known next.

Nothing here reads a clock: `now` is an argument, and jitter comes from the address, so that the same history always
gives the same plan.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from crawler.model import (
    Entry,
    FetchJob,
    FetchResult,
    Outcome,
    PageState,
    ResourceKind,
    Source,
    SourceKind,
    SourceState,
)

# The interval halves with news and grows by half without: three quiet polls undo two with news.
_FASTER, _SLOWER = 0.5, 1.5
_BACKOFF_MAX_S = 86_400.0
_RETRY_AFTER_MAX_S = 7 * 86_400.0
_JITTER = 0.1
_ANSWERED = frozenset({Outcome.FETCHED, Outcome.UNCHANGED})


@dataclass(frozen=True, slots=True)
class RecheckPolicy:
    """When a page is looked at again.

    `delays_s` are the pauses after the first, second, … answer; after the last one `slow_s` holds, None for never.
    `gone_after` 404s in a row make a page gone; a 410 does at once. `backoff_s` is the pause after a first failure or
    a first 404, doubled with each further one up to a day. `give_up_after` attempts in a row without an answer end the
    rechecks of a page that never answered.
    """

    delays_s: tuple[float, ...] = (3_600.0, 86_400.0, 604_800.0)
    slow_s: float | None = None
    gone_after: int = 3
    backoff_s: float = 300.0
    give_up_after: int = 12


def first_state(source: Source, now: datetime) -> SourceState:
    """A source that was never polled: due at once, and then at the shortest interval."""
    return SourceState(source_id=source.id, next_poll_at=now, interval_s=float(source.poll_min_s))


def after_poll(
    source: Source, state: SourceState, result: FetchResult, now: datetime, *, new_pages: int | None = None
) -> SourceState:
    """The state after a poll.

    `new_pages` is how many of the listing's pages were not known; None takes a changed listing for news.
    The address that a listing moved to for good is asked from then on, until it fails once.
    """
    capture = result.capture
    if capture.outcome not in _ANSWERED:
        return _after_failed_poll(source, state, result, now)
    fresh = capture.outcome is Outcome.FETCHED if new_pages is None else new_pages > 0
    interval = _clamp(state.interval_s * (_FASTER if fresh else _SLOWER), source.poll_min_s, source.poll_max_s)
    spread = _clamp(interval * _jitter(source.url, now), source.poll_min_s, source.poll_max_s)
    pause = max(spread, _retry_after(result))
    return replace(
        state,
        next_poll_at=now + timedelta(seconds=pause),
        interval_s=interval,
        etag=capture.etag or (state.etag if capture.status == 304 else None),
        last_modified=capture.last_modified or (state.last_modified if capture.status == 304 else None),
        failures=0,
        last_outcome=capture.outcome,
        last_error=None,
        last_polled_at=now,
        last_ok_at=now,
        last_new_at=now if fresh else state.last_new_at,
        moved_to=capture.location if result.moved else state.moved_to,
    )


def _after_failed_poll(source: Source, state: SourceState, result: FetchResult, now: datetime) -> SourceState:
    failures = state.failures + 1
    spread = _backoff(failures, source.poll_min_s, source.poll_max_s) * _jitter(source.url, now)
    return replace(
        state,
        next_poll_at=now + timedelta(seconds=max(spread, _retry_after(result))),
        failures=failures,
        last_outcome=result.capture.outcome,
        last_error=result.capture.error,
        last_polled_at=now,
        moved_to=None,
    )


def new_page(entry: Entry, now: datetime) -> PageState:
    """A page that a listing named for the first time: due at once."""
    return PageState(url=entry.url, source_id=entry.source_id, entry=entry, next_fetch_at=now)


def after_fetch(state: PageState, result: FetchResult, now: datetime, policy: RecheckPolicy) -> PageState:
    """The state after a fetch of the page.

    `last_outcome` becomes GONE at a 410 and at the `gone_after`-th 404 in a row. No other failure removes a page.
    """
    capture = result.capture
    if capture.outcome in _ANSWERED:
        return _after_answer(state, result, now, policy)
    if capture.status in {404, 410}:
        return _after_missing(state, result, now, policy)
    failures = state.failures + 1
    given_up = failures >= policy.give_up_after and state.checks == 0
    refused = capture.outcome is Outcome.REFUSED
    spread = _BACKOFF_MAX_S if refused else _backoff(failures, policy.backoff_s, _BACKOFF_MAX_S)
    due = now + timedelta(seconds=max(spread * _jitter(state.url, now), _retry_after(result)))
    return replace(
        state,
        next_fetch_at=None if given_up else due,
        failures=failures,
        last_outcome=capture.outcome,
        last_error=capture.error,
        last_fetched_at=now,
    )


def _after_answer(state: PageState, result: FetchResult, now: datetime, policy: RecheckPolicy) -> PageState:
    capture = result.capture
    not_modified = capture.status == 304
    checks = state.checks + 1
    return replace(
        state,
        next_fetch_at=_recheck_at(state.url, checks, now, policy, _retry_after(result)),
        etag=capture.etag or (state.etag if not_modified else None),
        last_modified=capture.last_modified or (state.last_modified if not_modified else None),
        payload_digest=state.payload_digest if not_modified else capture.payload_digest,
        checks=checks,
        failures=0,
        gone_probes=0,
        last_outcome=capture.outcome,
        last_error=None,
        last_fetched_at=now,
    )


def _after_missing(state: PageState, result: FetchResult, now: datetime, policy: RecheckPolicy) -> PageState:
    probes = state.gone_probes + 1
    gone = result.capture.status == 410 or probes >= policy.gone_after
    # While in doubt it is asked again soon; once gone, by the plan of rechecks: pages come back.
    soon = now + timedelta(seconds=max(_backoff(probes, policy.backoff_s, _BACKOFF_MAX_S), _retry_after(result)))
    checks = state.checks + 1
    return replace(
        state,
        next_fetch_at=_recheck_at(state.url, checks, now, policy, _retry_after(result)) if gone else soon,
        checks=checks,
        failures=0,
        gone_probes=probes,
        last_outcome=Outcome.GONE if gone else result.capture.outcome,
        last_error=result.capture.error,
        last_fetched_at=now,
    )


def _recheck_at(url: str, checks: int, now: datetime, policy: RecheckPolicy, at_least_s: float) -> datetime | None:
    delay = policy.delays_s[checks - 1] if checks <= len(policy.delays_s) else policy.slow_s
    if delay is None:
        return None
    return now + timedelta(seconds=max(delay * _jitter(url, now), at_least_s))


def poll_job(source: Source, state: SourceState) -> FetchJob:
    """The request for a source's listing. A sitemap is asked for without validators: one that is unchanged may point
    to others that are not.
    """
    conditional = source.kind is not SourceKind.SITEMAP
    return FetchJob(
        url=state.moved_to or source.url,
        source_id=source.id,
        kind=ResourceKind.LISTING,
        etag=state.etag if conditional else None,
        last_modified=state.last_modified if conditional else None,
    )


def page_job(state: PageState) -> FetchJob:
    """The request for a page, conditional where it answered before."""
    return FetchJob(
        url=state.url,
        source_id=state.source_id,
        kind=ResourceKind.PAGE,
        etag=state.etag,
        last_modified=state.last_modified,
        known_digest=state.payload_digest,
    )


def _clamp(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)


def _backoff(failures: int, base_s: float, max_s: float) -> float:
    return float(min(max_s, base_s * 2.0 ** min(failures - 1, 30)))


def _retry_after(result: FetchResult) -> float:
    return _clamp(result.retry_after_s or 0.0, 0.0, _RETRY_AFTER_MAX_S)


def _jitter(url: str, at: datetime) -> float:
    """A factor of 0.9 to 1.1 that spreads what would be due together; from address and time, not from chance."""
    digest = hashlib.sha256(f"{url} {at.isoformat()}".encode()).digest()
    return 1 - _JITTER + 2 * _JITTER * int.from_bytes(digest[:4], "big") / 0xFFFFFFFF
