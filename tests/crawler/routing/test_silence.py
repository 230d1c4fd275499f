"""What no longer speaks is not believed to have changed: sessions that are down, stuck routes, tables told again."""

from collections.abc import Iterable, Sequence
from itertools import chain

import pytest

from crawler.routing.detect.drafts import DetectSettings
from crawler.routing.detect.sessions import Down
from crawler.routing.model import ElemType, EventKind, RouteElem
from tests.crawler.routing.elements import NOTHING_KNOWN, OTHER, PEERS, PREFIX, T0, detect, elem, held, seconds, told

TEN = [(f"rrc{n % 2:02}", 64601 + n) for n in range(10)]
OLD, NEW = [100, 200], [300, 200]


def down(peers: Iterable[tuple[str, int]], start: float, end: float | None) -> list[Down]:
    return [
        Down(collector, f"192.0.2.{asn - 64600}", T0 + start, None if end is None else T0 + end)
        for collector, asn in peers
    ]


def rib(
    peers: Sequence[tuple[str, int]], path: Sequence[int] = OLD, prefixes: Sequence[str] = (PREFIX,)
) -> list[RouteElem]:
    return [elem(0, peer, PREFIX, path, ElemType.RIB) for peer in peers]


def test_a_session_that_goes_and_comes_back_is_no_event() -> None:
    again = [*told(400, OLD), *told(400, OLD, OTHER)]
    assert detect(held(OLD), again, downs=down(PEERS, 60, 400)) == []


def test_the_only_peers_that_saw_an_upstream_go_silent_and_it_is_not_called_gone() -> None:
    base = [*rib(TEN[:2], NEW), *rib(TEN[2:])]
    assert detect(base, told(900, OLD, OTHER, TEN), downs=down(TEN[:2], 60, 600)) == []
    assert detect(base, told(90000, OLD, OTHER, TEN), downs=down(TEN[:2], 60, None)) == []


def test_a_silent_peer_counts_neither_as_with_a_route_nor_as_without() -> None:
    # Seven of ten withdraw while three are down: all that look on have lost it.
    lost = told(60, [], PREFIX, TEN[:7])
    (outage,) = detect(rib(TEN), [*lost, *told(900, OLD, PREFIX, TEN[:7])], downs=down(TEN[7:], 30, 2000))
    assert (outage.kind, seconds(outage)) == (EventKind.OUTAGE, (60, 900))
    assert (outage.peers_seen, outage.peers_total) == (7, 7)
    # The same seven of ten that look on are no outage.
    assert detect(rib(TEN), lost) == []


def test_a_hijack_is_over_when_those_that_look_on_say_so() -> None:
    hijack = [*told(60, [666], peers=TEN[:4]), *told(600, OLD, peers=TEN[:3])]
    (moas,) = detect(rib(TEN), hijack, downs=down(TEN[3:4], 300, 900))
    assert seconds(moas) == (60, 600)


def test_what_a_peer_tells_when_it_is_back_is_what_it_holds() -> None:
    back = told(900, NEW, peers=TEN[:2])
    (added,) = detect(rib(TEN), back, downs=down(TEN[:2], 60, 900))
    assert (added.kind, seconds(added)) == (EventKind.UPSTREAM_ADDED, (900, None))


def test_a_whole_collector_that_is_reset_sees_what_comes_after_it() -> None:
    base, resets = rib(TEN, NEW), down(TEN, 60, 90)
    later = told(900, OLD, peers=TEN)
    events = detect(base, later, downs=resets)
    assert [(e.kind, seconds(e)) for e in events] == [
        (EventKind.UPSTREAM_ADDED, (900, None)),
        (EventKind.UPSTREAM_REMOVED, (900, None)),
    ]


def test_another_way_to_the_same_upstream_is_no_word_against_it() -> None:
    base = [*rib(TEN[:2], NEW), *rib(TEN[2:])]
    longer = told(100, [150, *NEW], peers=TEN[:1])
    silent = [*down(TEN[1:2], 60, 600), *down(TEN[:1], 200, None)]
    assert detect(base, [*longer, *told(90000, OLD, OTHER, TEN)], downs=silent) == []


def test_a_peer_that_is_not_in_the_rib_does_not_count() -> None:
    late = ("rrc01", 64620)
    assert detect(rib(TEN), told(60, NEW, peers=[TEN[0], late])) == []


@pytest.mark.parametrize("stuck", [1, 2])
def test_one_stuck_route_does_not_keep_an_event_up_and_two_do(stuck: int) -> None:
    changes = [*told(60, [666], peers=TEN), *told(600, OLD, peers=TEN[stuck:]), *told(9000, OLD, OTHER, TEN)]
    (event,) = detect(rib(TEN), changes)
    assert seconds(event) == (60, 600 if stuck == 1 else None)


def test_a_route_that_one_peer_keeps_for_less_than_the_time_of_a_ghost_is_real() -> None:
    changes = [*told(60, [666], peers=TEN), *told(600, OLD, peers=TEN[1:]), *told(5000, OLD, peers=TEN[:1])]
    (event,) = detect(rib(TEN), changes)
    assert seconds(event) == (60, 5000)


WORLD = [f"10.{n}.0.0/16" for n in range(40)]
SMALL = DetectSettings(session_loss_prefixes=40)


def withdrawn(at: float, peers: Sequence[tuple[str, int]], prefixes: Sequence[str] = WORLD) -> list[RouteElem]:
    return list(chain.from_iterable(told(at + n, [], prefix, peers) for n, prefix in enumerate(prefixes)))


def world(peers: Sequence[tuple[str, int]]) -> list[RouteElem]:
    """Forty networks with a prefix each."""
    return [elem(0, peer, prefix, [100, 200 + n], ElemType.RIB) for n, prefix in enumerate(WORLD) for peer in peers]


def test_a_peer_that_withdraws_its_whole_table_lost_its_feed_and_has_not_seen_every_network_go() -> None:
    gone = withdrawn(60, TEN)
    assert detect(world(TEN), gone, NOTHING_KNOWN, SMALL) == []
    # In a table that may hold a single country's prefixes it cannot be told from that.
    assert len(detect(world(TEN), gone)) == 40


def test_what_two_peers_withdraw_beside_the_others_that_lost_their_feed_is_lost() -> None:
    gone = [*withdrawn(60, TEN[:8]), *told(70, [], WORLD[0], TEN[8:]), *told(900, [100, 200], WORLD[0], TEN)]
    (outage,) = detect(world(TEN), gone, NOTHING_KNOWN, SMALL)
    assert (outage.kind, outage.origin_asn, seconds(outage)) == (EventKind.OUTAGE, 200, (70, 900))


def test_a_table_withdrawn_too_slowly_is_lost_as_it_says() -> None:
    gone = list(chain.from_iterable(told(60 + 60 * n, [], prefix, TEN) for n, prefix in enumerate(WORLD)))
    assert len(detect(world(TEN), gone, NOTHING_KNOWN, SMALL)) == 40
