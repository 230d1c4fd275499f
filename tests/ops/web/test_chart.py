"""The drawing: what lies where, that nothing overlaps, and that everything can be reached."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from ops.web.axis import Window
from ops.web.chart import HALF, Chart, Item, Mark, draw

DAY = datetime(2031, 5, 1, tzinfo=UTC)
WINDOW = Window(DAY, DAY + timedelta(hours=10))
LANES = (("Events", 14), ("Articles", 4))
ZOOM = "/x?from={start}&to={end}"


def item(hour: float, end: float | None = None, *, lane: str = "Articles", name: str = "n", ongoing: bool = False,
         vague: bool = False) -> Item:  # fmt: skip
    return Item(
        lane=lane, time=DAY + timedelta(hours=hour), title=name, label=name, href=f"/{name}", shape="document",
        end=DAY + timedelta(hours=end) if end is not None else None, ongoing=ongoing, vague=vague,
    )  # fmt: skip


def chart(*items: Item, least: int = 800) -> Chart:
    return draw(items, WINDOW, LANES, least, ZOOM)


def marks(drawn: Chart) -> list[Mark]:
    return [mark for lane in drawn.lanes for mark in lane.marks]


def test_a_bar_is_as_long_as_the_event() -> None:
    (mark,) = marks(chart(item(2, 7, lane="Events")))
    assert mark.bar is not None
    assert (mark.x, mark.bar.width) == (20.0, 50.0)
    assert not mark.before
    assert not mark.after


def test_what_goes_on_runs_to_the_edge_and_says_so() -> None:
    (mark,) = marks(chart(item(-3, lane="Events", ongoing=True)))
    assert mark.bar is not None
    assert (mark.x, mark.bar.width, mark.before, mark.after) == (0.0, 100.0, True, True)


def test_what_lies_outside_is_left_out() -> None:
    drawn = chart(item(-1), item(11), item(5, name="in"))
    assert [m.href for m in marks(drawn)] == ["/in"]


def test_lanes_keep_their_order_and_empty_ones_are_left_out() -> None:
    assert [lane.name for lane in chart(item(1), item(2, 3, lane="Events")).lanes] == ["Events", "Articles"]
    assert [lane.name for lane in chart(item(1)).lanes] == ["Articles"]


def test_a_crowd_becomes_a_cluster_that_leads_closer() -> None:
    crowd = [item(5 + n / 3600, name=f"n{n}") for n in range(30)]
    drawn = chart(*crowd)
    (cluster,) = [m for m in marks(drawn) if m.shape == "cluster"]
    assert cluster.count + len(marks(drawn)) - 1 == 30
    assert cluster.href.startswith("/x?from=2031-05-01T04:5")


def test_a_crowd_of_one_moment_leads_to_the_list() -> None:
    window = Window(DAY, DAY + timedelta(minutes=2))
    crowd = [item(1 / 60, name=f"n{n}") for n in range(30)]
    drawn = draw(crowd, window, LANES, 300, ZOOM)
    (cluster,) = [m for m in marks(drawn) if m.shape == "cluster"]
    assert cluster.href == "#list"


def test_a_label_at_the_right_edge_stands_to_the_left() -> None:
    (mark,) = marks(chart(item(9.9, name="a name of some length")))
    assert mark.flip
    assert mark.label


@given(st.lists(st.tuples(st.floats(-2, 12), st.floats(0, 5), st.booleans()), max_size=60), st.sampled_from([300, 820]))
@example([(0.0, 0.0, False), *[(0.0, 2.0, True)] * 6, (1.0, 3.0, True)], 300)  # the last ones find no row
def test_marks_of_a_row_do_not_overlap_and_none_is_lost(found: list[tuple[float, float, bool]], least: int) -> None:
    items = [
        item(start, start + long if bar else None, name=f"number {n}") for n, (start, long, bar) in enumerate(found)
    ]
    drawn = chart(*items, least=least)
    shown = [i for i in items if i.time <= WINDOW.end and (i.end or i.time) >= WINDOW.start]
    assert sum(m.count for m in marks(drawn)) == len(shown)
    rows: dict[int, list[Mark]] = {}
    for mark in marks(drawn):
        if mark.shape != "cluster":
            rows.setdefault(mark.y, []).append(mark)
    for row in rows.values():
        ends = sorted((m.x * least / 100, (m.x + (m.bar.width if m.bar else 0)) * least / 100) for m in row)
        assert all(b[0] - a[1] >= 2 * HALF - 0.1 for a, b in pairwise(ends))
    assert all(lane.top <= m.y - HALF and m.y + HALF <= lane.top + lane.height for lane in drawn.lanes
               for m in lane.marks)  # fmt: skip
