from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from crawler.frontier import (
    RecheckPolicy,
    after_fetch,
    after_poll,
    first_state,
    new_page,
    page_job,
    poll_job,
)
from crawler.model import (
    Capture,
    Entry,
    FetchResult,
    Outcome,
    PageState,
    ResourceKind,
    Source,
    SourceKind,
    SourceState,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SOURCE = Source(
    id="press", name="Press", kind=SourceKind.FEED, url="http://press.example/feed", role="press", licence="x"
)
ENTRY = Entry(url="http://press.example/a", source_id="press", title="A")
POLICY = RecheckPolicy()


def polled(
    state: SourceState, outcome: Outcome, at: datetime = NOON, *, moved: bool = False, **capture: Any
) -> SourceState:
    job = poll_job(SOURCE, state)
    made = Capture(
        id="1", url=job.url, source_id="press", kind=ResourceKind.LISTING, outcome=outcome, fetched_at=at, **capture
    )
    return after_poll(SOURCE, state, FetchResult(job=job, capture=made, moved=moved), at)


def result(state: PageState, outcome: Outcome, retry_after_s: float | None = None, **capture: Any) -> FetchResult:
    job = page_job(state)
    made = Capture(
        id="1", url=job.url, source_id="press", kind=ResourceKind.PAGE, outcome=outcome, fetched_at=NOON, **capture
    )
    return FetchResult(job=job, capture=made, retry_after_s=retry_after_s)


def fetched(
    state: PageState, outcome: Outcome, at: datetime = NOON, policy: RecheckPolicy = POLICY, **capture: Any
) -> PageState:
    return after_fetch(state, result(state, outcome, **capture), at, policy)


def test_a_new_source_and_a_new_page_are_due_at_once() -> None:
    assert first_state(SOURCE, NOON).next_poll_at == NOON
    assert new_page(ENTRY, NOON).next_fetch_at == NOON


def test_a_source_with_news_is_asked_sooner_and_one_without_later() -> None:
    state = replace(first_state(SOURCE, NOON), interval_s=7_200)
    busy = polled(state, Outcome.FETCHED, status=200)
    quiet = polled(state, Outcome.UNCHANGED, status=304)
    assert busy.next_poll_at < NOON + 2 * HOUR < quiet.next_poll_at
    assert busy.last_new_at == NOON
    assert quiet.last_new_at is None
    assert quiet.last_ok_at == NOON


def test_a_listing_that_changed_without_new_pages_is_no_news() -> None:
    state = replace(first_state(SOURCE, NOON), interval_s=7_200)
    job = poll_job(SOURCE, state)
    made = Capture(
        id="1", url=job.url, source_id="press", kind=ResourceKind.LISTING, outcome=Outcome.FETCHED, fetched_at=NOON
    )
    after = after_poll(SOURCE, state, FetchResult(job=job, capture=made), NOON, new_pages=0)
    assert after.interval_s > 7_200
    assert after.last_new_at is None


outcomes = st.lists(st.sampled_from(Outcome), max_size=30)


@given(outcomes)
def test_a_poll_is_never_outside_the_sources_bounds(history: list[Outcome]) -> None:
    state, now = first_state(SOURCE, NOON), NOON
    for outcome in history:
        state = polled(state, outcome, now)
        pause = (state.next_poll_at - now).total_seconds()
        assert SOURCE.poll_min_s * 0.9 <= pause <= SOURCE.poll_max_s * 1.1
        assert SOURCE.poll_min_s <= state.interval_s <= SOURCE.poll_max_s
        now = state.next_poll_at


@given(outcomes)
def test_the_same_history_gives_the_same_plan(history: list[Outcome]) -> None:
    states = []
    for _ in range(2):
        state = first_state(SOURCE, NOON)
        for outcome in history:
            state = polled(state, outcome, state.next_poll_at)
        states.append(state)
    assert states[0] == states[1]


def test_failures_back_off_are_told_and_keep_the_validators() -> None:
    state = polled(first_state(SOURCE, NOON), Outcome.FETCHED, status=200, etag='"1"')
    once = polled(state, Outcome.FAILED, status=503, error="HTTP 503")
    thrice = polled(polled(once, Outcome.UNREACHABLE), Outcome.UNREACHABLE, error="no answer")
    assert (once.failures, thrice.failures) == (1, 3)
    assert thrice.next_poll_at - NOON > 2 * (once.next_poll_at - NOON)
    assert thrice.last_error == "no answer"
    assert poll_job(SOURCE, thrice).etag == '"1"'
    assert polled(thrice, Outcome.UNCHANGED, status=304).failures == 0


def test_retry_after_is_kept_for_sources_and_pages() -> None:
    state = first_state(SOURCE, NOON)
    job = poll_job(SOURCE, state)
    made = Capture(
        id="1", url=job.url, source_id="press", kind=ResourceKind.LISTING, outcome=Outcome.FAILED, fetched_at=NOON
    )
    waited = after_poll(SOURCE, state, FetchResult(job=job, capture=made, retry_after_s=200_000), NOON)
    assert waited.next_poll_at == NOON + timedelta(seconds=200_000)
    page = new_page(ENTRY, NOON)
    after = after_fetch(page, result(page, Outcome.FAILED, retry_after_s=50_000, status=429), NOON, POLICY)
    assert after.next_fetch_at == NOON + timedelta(seconds=50_000)


def test_a_move_for_good_is_kept_until_the_new_address_fails() -> None:
    state = first_state(SOURCE, NOON)
    passing = polled(state, Outcome.FETCHED, status=200, location="http://press.example/tmp")
    assert poll_job(SOURCE, passing).url == SOURCE.url
    moved = polled(state, Outcome.FETCHED, status=200, location="http://press.example/new", moved=True)
    assert poll_job(SOURCE, polled(moved, Outcome.UNCHANGED, status=304)).url == "http://press.example/new"
    assert poll_job(SOURCE, polled(moved, Outcome.FAILED, status=404)).url == SOURCE.url


def test_a_sitemap_is_asked_for_without_validators() -> None:
    state = replace(first_state(SOURCE, NOON), etag='"1"', last_modified="x")
    job = poll_job(replace(SOURCE, kind=SourceKind.SITEMAP), state)
    assert (job.etag, job.last_modified) == (None, None)


def test_a_page_is_looked_at_again_after_each_delay_and_then_no_more() -> None:
    state, now, pauses = new_page(ENTRY, NOON), NOON, []
    while state.next_fetch_at is not None:
        now = state.next_fetch_at
        state = fetched(state, Outcome.UNCHANGED, now, status=304)
        pauses.append(round((state.next_fetch_at - now) / HOUR) if state.next_fetch_at else None)
    assert len(pauses) == 4
    assert [pause // 20 if pause and pause > 1 else pause for pause in pauses] == [
        1,
        1,
        pauses[2] // 20 if pauses[2] else 0,
        None,
    ]
    assert state.checks == 4


def test_a_recheck_without_delay_is_due_at_once_and_asks_with_validators() -> None:
    policy = RecheckPolicy(delays_s=(0.0,))
    state = fetched(
        new_page(ENTRY, NOON), Outcome.FETCHED, policy=policy, status=200, etag='"1"', payload_digest="sha256:1"
    )
    assert state.next_fetch_at == NOON
    job = page_job(state)
    assert (job.etag, job.known_digest) == ('"1"', "sha256:1")
    again = fetched(state, Outcome.UNCHANGED, policy=policy, status=304)
    assert again.next_fetch_at is None
    assert (again.etag, again.payload_digest) == ('"1"', "sha256:1")


def test_a_slow_recheck_goes_on_for_ever() -> None:
    policy = RecheckPolicy(delays_s=(), slow_s=2_592_000)
    state = new_page(ENTRY, NOON)
    for _ in range(5):
        state = fetched(state, Outcome.UNCHANGED, policy=policy, status=304)
        assert state.next_fetch_at is not None


def test_410_is_a_removal_at_once_and_404_after_several() -> None:
    state = fetched(new_page(ENTRY, NOON), Outcome.FETCHED, status=200)
    assert fetched(state, Outcome.GONE, status=410).last_outcome is Outcome.GONE
    seen = []
    for _ in range(POLICY.gone_after):
        state = fetched(state, Outcome.FAILED, status=404)
        seen.append(state.last_outcome)
    assert seen == [Outcome.FAILED, Outcome.FAILED, Outcome.GONE]


def test_an_answer_between_404s_starts_the_count_again() -> None:
    state = new_page(ENTRY, NOON)
    for outcome, status in [
        (Outcome.FAILED, 404),
        (Outcome.FAILED, 404),
        (Outcome.FETCHED, 200),
        (Outcome.FAILED, 404),
    ]:
        state = fetched(state, outcome, status=status)
    assert state.last_outcome is Outcome.FAILED
    assert state.gone_probes == 1


@given(
    st.lists(
        st.sampled_from(
            [(Outcome.FAILED, 503), (Outcome.FAILED, 403), (Outcome.UNREACHABLE, None), (Outcome.REFUSED, None)]
        ),
        max_size=40,
    )
)
def test_no_passing_error_is_ever_a_removal(history: list[tuple[Outcome, int | None]]) -> None:
    state = fetched(new_page(ENTRY, NOON), Outcome.FETCHED, status=200)
    for outcome, status in history:
        state = fetched(state, outcome, status=status)
        assert state.last_outcome is not Outcome.GONE
        assert state.next_fetch_at is not None


def test_a_page_that_never_answers_is_given_up() -> None:
    state = new_page(ENTRY, NOON)
    for _ in range(POLICY.give_up_after):
        assert state.next_fetch_at is not None
        state = fetched(state, Outcome.UNREACHABLE, error="no answer")
    assert state.next_fetch_at is None
    assert state.last_error == "no answer"
