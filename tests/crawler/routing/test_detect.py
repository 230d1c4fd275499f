"""What is called an event."""

from crawler.routing.knowledge import Knowledge
from crawler.routing.model import ElemType, EventKind
from tests.crawler.routing.elements import OTHER, PEERS, PREFIX, T0, detect, elem, held, seconds, told


def test_a_new_upstream_is_told_with_its_interval_and_its_loss() -> None:
    changes = [*told(60, [300, 200], peers=PEERS[:2]), *told(900, [100, 200], peers=PEERS[:2])]
    added, removed = detect(held([100, 200]), changes)
    assert (added.kind, added.origin_asn, added.upstream_asn) == (EventKind.UPSTREAM_ADDED, 200, 300)
    assert (added.peers_seen, added.peers_total, seconds(added)) == (2, 4, (60, 900))
    assert (removed.kind, removed.upstream_asn, seconds(removed)) == (EventKind.UPSTREAM_REMOVED, 300, (900, None))


def test_a_short_flap_is_merged_and_told() -> None:
    new = PEERS[:2]
    changes = [
        *told(60, [300, 200], peers=new),
        *told(600, [100, 200], peers=new),
        *told(700, [300, 200], peers=new),
        *told(1500, [100, 200], peers=new),
        *told(2500, [300, 200], peers=new),
    ]
    added = [e for e in detect(held([100, 200]), changes) if e.kind is EventKind.UPSTREAM_ADDED]
    assert [seconds(event) for event in added] == [(60, None)]
    assert [(i.start.timestamp() - T0, i.end and i.end.timestamp() - T0) for i in added[0].intervals] == [
        (60, 1500),
        (2500, None),
    ]
    assert added[0].thresholds["flaps_merged"] == 1


def test_prefixes_for_which_it_ended_before_the_event_did_are_told_with_their_ends() -> None:
    new = PEERS[:2]
    begun = [*told(60, [300, 200], peers=new), *told(60, [300, 200], OTHER, peers=new)]
    ended = told(900, [100, 200], peers=new)
    (added,) = [e for e in detect(held([100, 200]), [*begun, *ended]) if e.kind is EventKind.UPSTREAM_ADDED]
    assert added.last_seen is None
    assert [(prefix, end.timestamp() - T0) for prefix, end in added.prefix_ends] == [(PREFIX, 900)]
    later = told(1200, [100, 200], OTHER, peers=new)
    (added,) = [e for e in detect(held([100, 200]), [*begun, *ended, *later]) if e.kind is EventKind.UPSTREAM_ADDED]
    assert seconds(added) == (60, 1200)
    assert [prefix for prefix, _ in added.prefix_ends] == [PREFIX]
    # Where all end at once there is nothing to tell beside the event's own end.
    alone = detect(held([100, 200]), [*told(60, [300, 200], peers=new), *ended])
    assert [event.prefix_ends for event in alone] == [(), ()]


def test_one_peer_alone_and_a_few_seconds_are_no_event() -> None:
    assert detect(held([100, 200]), told(60, [300, 200], peers=PEERS[:1])) == []
    assert (
        detect(held([100, 200]), [*told(60, [300, 200], peers=PEERS[:2]), *told(65, [100, 200], peers=PEERS[:2])]) == []
    )


def test_a_foreign_origin_is_moas_beside_the_old_one_and_a_change_without_it() -> None:
    (moas,) = detect(held([100, 200]), told(60, [100, 666], peers=PEERS[:2]))
    assert (moas.kind, moas.origin_asn, moas.offender_asn) == (EventKind.MOAS, 200, 666)
    (change,) = detect(held([100, 200]), told(60, [100, 666]))
    assert (change.kind, change.peers_seen, change.peers_total) == (EventKind.ORIGIN_CHANGE, 4, 4)


def test_a_more_specific_by_a_stranger_is_told_and_by_a_customer_is_not() -> None:
    part = "198.51.100.0/25"
    (event,) = detect(held([100, 200]), told(60, [100, 666], prefix=part))
    assert (event.kind, event.prefixes) == (EventKind.SUBPREFIX_ORIGIN_CHANGE, (part,))
    assert detect(held([100, 200]), told(60, [100, 200, 666], prefix=part)) == []


def test_a_new_prefix_under_none_is_no_event() -> None:
    assert detect(held([100, 200]), told(60, [100, 666], prefix="192.0.2.0/24")) == []


def test_a_route_of_one_transit_free_network_passed_up_to_another_is_a_leak() -> None:
    known = Knowledge(frozenset({10, 20}), lambda asn: None)
    events = detect(held([10, 20, 200]), told(60, [10, 77, 20, 200]), known)
    (leak,) = [event for event in events if event.kind is EventKind.ROUTE_LEAK]
    assert (leak.offender_asn, leak.origin_asn) == (77, 200)
    # The same way of routes, in the RIB already, is how these networks are connected.
    events = detect(held([10, 77, 20, 200]), told(60, [10, 77, 20, 201, 200]), known)
    assert EventKind.ROUTE_LEAK not in {event.kind for event in events}


def test_all_prefixes_lost_is_an_outage_and_a_part_a_partial_one() -> None:
    both = [*told(60, []), *told(60, [], OTHER), *told(300, [100, 200]), *told(300, [100, 200], OTHER)]
    (outage,) = detect(held([100, 200]), sorted(both, key=lambda e: e.observed_at))
    assert (outage.kind, seconds(outage), outage.prefixes) == (EventKind.OUTAGE, (60, 300), (PREFIX, OTHER))
    (partial,) = detect(held([100, 200]), [*told(60, []), *told(300, [100, 200])])
    assert (partial.kind, partial.prefixes) == (EventKind.PARTIAL_OUTAGE, (PREFIX,))


def test_a_withdrawn_more_specific_that_a_wider_prefix_still_reaches_is_no_outage() -> None:
    wide = "198.51.0.0/16"
    assert detect(held([100, 200], [wide, PREFIX]), told(60, [], PREFIX)) == []


def test_a_peer_with_a_partial_table_does_not_count() -> None:
    partial = ("rrc01", 64605)
    base = [*held([100, 200]), elem(0, partial, PREFIX, [100, 200], ElemType.RIB)]
    assert detect(base, told(60, [300, 200], peers=[PEERS[0], partial])) == []


def test_a_table_that_is_told_again_is_no_event() -> None:
    assert detect(held([100, 200]), [*told(60, [100, 200]), *told(60, [100, 200], OTHER)]) == []


def test_without_a_rib_nothing_is_new() -> None:
    assert detect([], told(60, [300, 200])) == []
