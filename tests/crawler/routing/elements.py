"""Elements for tests of detection: four peers at two collectors, a prefix or two, and what is detected from them."""

from collections.abc import Iterable, Sequence

from crawler.routing.detect.detector import Detector
from crawler.routing.detect.drafts import DetectSettings
from crawler.routing.detect.sessions import Down
from crawler.routing.knowledge import Knowledge
from crawler.routing.model import ElemType, RouteElem, RoutingEvent
from crawler.routing.state.table import Table

T0 = 1_577_836_800  # 2020-01-01T00:00:00Z
NOTHING_KNOWN = Knowledge(frozenset(), lambda asn: None)
PEERS = ("rrc00", 64601), ("rrc00", 64602), ("rrc01", 64603), ("rrc01", 64604)
PREFIX, OTHER = "198.51.100.0/24", "203.0.113.0/24"


def elem(
    at: float, peer: tuple[str, int], prefix: str, path: Sequence[int], kind: ElemType = ElemType.ANNOUNCE
) -> RouteElem:
    collector, asn = peer
    kind = kind if path else ElemType.WITHDRAW
    whole = (asn, *path) if path else ()
    return RouteElem(kind, T0 + at, collector, asn, f"192.0.2.{asn - 64600}", prefix, whole, f"{collector}/u", int(at))


def detect(
    base: Iterable[RouteElem],
    changes: Sequence[RouteElem],
    knowledge: Knowledge = NOTHING_KNOWN,
    settings: DetectSettings | None = None,
    downs: Iterable[Down] = (),
) -> list[RoutingEvent]:
    """Each collector's elements are given to the table by themselves, in order of time."""
    table = Table()
    for elems in by_collector(base).values():
        table.load(elems, T0)
    for elems in by_collector(changes).values():
        table.update(sorted(elems, key=lambda e: e.observed_at))
    return Detector(table, knowledge, settings or DetectSettings(), downs=downs).events()


def by_collector(elems: Iterable[RouteElem]) -> dict[str, list[RouteElem]]:
    found: dict[str, list[RouteElem]] = {}
    for one in elems:
        found.setdefault(one.collector, []).append(one)
    return found


def held(path: Sequence[int], prefixes: Sequence[str] = (PREFIX, OTHER)) -> list[RouteElem]:
    return [elem(0, peer, prefix, path, ElemType.RIB) for peer in PEERS for prefix in prefixes]


def told(
    at: float, path: Sequence[int], prefix: str = PREFIX, peers: Sequence[tuple[str, int]] = PEERS
) -> list[RouteElem]:
    return [elem(at, peer, prefix, path) for peer in peers]


def seconds(event: RoutingEvent) -> tuple[float, float | None]:
    return event.first_seen.timestamp() - T0, event.last_seen.timestamp() - T0 if event.last_seen else None
