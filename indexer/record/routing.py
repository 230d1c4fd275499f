"""Routing archives: their events, spells and networks, and the one view over all of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from sqlalchemy import Connection, delete, or_, select, true
from sqlalchemy.sql import ColumnElement

from crawler.errors import Permanent
from crawler.routing.model import Coverage, Gap, RouteSpell, RoutingEvent, RoutingView
from indexer.model import ArchiveRecord, Kind, Work
from indexer.record.codec import dumps
from indexer.record.database import Database, chunks, log, put, succeeded
from indexer.record.tables import archives, event_parties, event_prefixes, events, failures, networks, spells
from indexer.titles import event_title

NOTHING_SEEN = Coverage(
    start=datetime(1970, 1, 1, tzinfo=UTC), end=datetime(1970, 1, 1, tzinfo=UTC), collectors=(), peers_total=0
)
"""The coverage where no archive was read: a window without length, no collector."""


# A monitor watched beside the archives looks on at nothing: what it did not tell is no coverage, and hides nothing.
_COLLECTED = archives.c.path.not_like("monitor:%")


class RoutingPart(Database):
    """See `indexer.record.protocol.Record`."""

    def put_archive(self, archive: ArchiveRecord) -> None:
        with self.writing() as conn:
            known = conn.execute(select(archives).where(archives.c.id == archive.id).with_for_update()).first()
            row = {"id": archive.id, "path": archive.path, "start": archive.start, "end": archive.end}
            if known is None:
                put(conn, archives, [{**row, "fingerprint": archive.fingerprint}])
                return
            mark = archive.fingerprint or known.fingerprint
            if (known.path, known.start, known.end, known.fingerprint) != (
                archive.path,
                archive.start,
                archive.end,
                mark,
            ):
                put(conn, archives, [{**row, "fingerprint": mark, "detector": None}])
                succeeded(conn, Work.DETECT, archive.id)

    def archives(self) -> Sequence[ArchiveRecord]:
        with self.reading() as conn:
            return [
                ArchiveRecord(
                    id=r.id,
                    path=r.path,
                    start=r.start,
                    end=r.end,
                    fingerprint=r.fingerprint,
                    detector=r.detector,
                    coverage=r.coverage,
                )
                for r in conn.execute(select(archives).order_by(archives.c.id))
            ]

    def save_detection(self, archive: ArchiveRecord, view: RoutingView) -> None:
        with self.writing() as conn:
            before = conn.scalar(select(archives.c.evidence).where(archives.c.id == archive.id).with_for_update())
            evidence = _digest(view)
            put(conn, archives, [_archive(archive, view, evidence, self.versions.detector)])
            if evidence != before:
                changed = _replace_events(conn, archive.id, view)
                _replace_spells(conn, archive.id, view)
                # What could not be judged on other evidence may be judged on this.
                conn.execute(delete(failures).where(failures.c.work == Work.VERIFY.value))
                log(conn, ((Kind.EVENT, name) for name in changed))
            succeeded(conn, Work.DETECT, archive.id)

    def event(self, event_id: str) -> RoutingEvent | None:
        of = select(events.c.data).where(events.c.id == event_id).order_by(events.c.archive_id).limit(1)
        with self.reading() as conn:
            found: RoutingEvent | None = conn.scalar(of)
            return found

    def view(self, asns: Iterable[int], prefixes: Iterable[str], countries: Iterable[str]) -> RoutingView:
        numbers, blocks, places = (
            sorted(set(asns)),
            sorted({network(p) for p in prefixes}, key=str),
            sorted(set(countries)),
        )
        everything = not (numbers or blocks or places)
        with self.reading() as conn:
            found = _spells(conn, true() if everything else _spell_of(numbers, blocks, places))
            seen = _events(conn, true() if everything else _event_of(numbers, blocks, places))
            involved = {*numbers, *(s.origin_asn for s in found), *(s.upstream_asn for s in found)}
            involved |= {asn for e in seen for asn in (e.origin_asn, e.upstream_asn, e.offender_asn)}
            return RoutingView(
                coverage=merged(
                    list(conn.scalars(select(archives.c.coverage).where(archives.c.evidence.is_not(None), _COLLECTED)))
                ),
                events=tuple(seen),
                spells=tuple(found),
                countries=_countries(conn, None if everything else involved, places),
            )

    def evidence_version(self) -> str:
        with self.reading() as conn:
            return evidence_version(conn)


def evidence_version(conn: Connection) -> str:
    """A digest over what every archive holds; the same archives give the same version in any order."""
    of = select(archives.c.id, archives.c.evidence).where(archives.c.evidence.is_not(None)).order_by(archives.c.id)
    held = "\n".join(f"{name} {digest}" for name, digest in conn.execute(of))
    return hashlib.sha256(held.encode()).hexdigest()[:16]


def merged(parts: Sequence[Coverage]) -> Coverage:
    """One coverage over several windows. What lies between two windows that do not touch is a gap of every collector,
    `*`. `peers_total` is the most that one of them had: a peer of two archives is not two.
    """
    if not parts:
        return NOTHING_SEEN
    windows = sorted(parts, key=lambda part: part.start)
    gaps = [gap for part in windows for gap in part.gaps]
    until = windows[0].end
    for part in windows[1:]:
        if part.start > until:
            gaps.append(Gap(collector="*", start=until, end=part.start, reason="no archive covers this span"))
        until = max(until, part.end)
    return Coverage(
        start=windows[0].start,
        end=until,
        collectors=tuple(sorted({name for part in parts for name in part.collectors})),
        peers_total=max(part.peers_total for part in parts),
        gaps=tuple(sorted(dict.fromkeys(gaps), key=lambda gap: (gap.start, gap.end, gap.collector, gap.reason))),
    )


def network(prefix: str) -> IPv4Network | IPv6Network:
    """Raises `Permanent` for a text that is no prefix."""
    try:
        return ip_network(prefix, strict=False)
    except ValueError as error:
        raise Permanent("not a prefix", subject=prefix, remedy="give one like 192.0.2.0/24 or 2001:db8::/32") from error


def _low(block: IPv4Network | IPv6Network) -> bytes:
    """The first address in an order that both families share."""
    return bytes([block.version]) + block.network_address.packed.ljust(16, b"\0")


def _high(block: IPv4Network | IPv6Network) -> bytes:
    return bytes([block.version]) + block.broadcast_address.packed.ljust(16, b"\0")


def _archive(archive: ArchiveRecord, view: RoutingView, evidence: str, detector: str) -> dict[str, object]:
    return {
        "id": archive.id,
        "path": archive.path,
        "start": archive.start,
        "end": archive.end,
        "fingerprint": archive.fingerprint,
        "detector": archive.detector or detector,
        "evidence": evidence,
        "coverage": view.coverage,
    }


def _digest(view: RoutingView) -> str:
    """Over what is in the view, whatever the order in which it was found."""
    parts = [
        dumps(view.coverage),
        *sorted(dumps(event) for event in view.events),
        *sorted(dumps(spell) for spell in view.spells),
        *(f"{asn} {country}" for asn, country in sorted(view.countries.items())),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _replace_events(conn: Connection, archive_id: str, view: RoutingView) -> set[str]:
    """The ids of the events that came, went or are not what they were."""
    known = {r.id: r.data for r in conn.execute(select(events).where(events.c.archive_id == archive_id))}
    found = {event.id: event for event in view.events}
    conn.execute(delete(events).where(events.c.archive_id == archive_id))
    conn.execute(delete(networks).where(networks.c.archive_id == archive_id))
    of = {"archive_id": archive_id}
    put(conn, networks, [{**of, "asn": asn, "country": place} for asn, place in sorted(view.countries.items())])
    rows, parties, blocks = [], [], []
    for event in found.values():
        this = {**of, "event_id": event.id}
        rows.append({**of, "id": event.id, "title": event_title(event), "first_seen": event.first_seen})
        rows[-1] |= {"last_seen": event.last_seen, "data": event}
        parties += [{**this, "entity_id": name, "time": event.first_seen} for name in _parties(event, view)]
        blocks += [{**this, "prefix": str(n), "low": _low(n)} for n in {network(p) for p in event.prefixes}]
    put(conn, events, rows)
    put(conn, event_parties, parties)
    put(conn, event_prefixes, blocks)
    return {name for name in known.keys() | found.keys() if known.get(name) != found.get(name)}


def _parties(event: RoutingEvent, view: RoutingView) -> list[str]:
    """The event's networks and countries, the country of its origin among them."""
    asns = [asn for asn in (event.origin_asn, event.upstream_asn, event.offender_asn) if asn is not None]
    home = view.countries.get(event.origin_asn) if event.origin_asn is not None else None
    return sorted({*(f"AS{asn}" for asn in asns), *event.countries, *([home] if home else [])})


def _replace_spells(conn: Connection, archive_id: str, view: RoutingView) -> None:
    conn.execute(delete(spells).where(spells.c.archive_id == archive_id))
    for part in chunks(view.spells, 5000):
        rows = []
        for spell in part:
            block = network(spell.prefix)
            at = {"archive_id": archive_id, "prefix": str(block), "low": _low(block)}
            rows.append({**at, "origin_asn": spell.origin_asn, "upstream_asn": spell.upstream_asn, "data": spell})
        conn.execute(spells.insert(), rows)


def _overlap(table: Any, blocks: Sequence[IPv4Network | IPv6Network]) -> list[ColumnElement[bool]]:
    """Prefixes nest or are apart: what overlaps is one of the nets around a block, or begins inside it."""
    around = {str(block.supernet(new_prefix=n)) for block in blocks for n in range(block.prefixlen + 1)}
    inside = [table.c.low.between(_low(block), _high(block)) for block in blocks]
    return [table.c.prefix.in_(sorted(around)), *inside] if blocks else []


def _spell_of(
    asns: Sequence[int], blocks: Sequence[IPv4Network | IPv6Network], places: Sequence[str]
) -> ColumnElement[bool]:
    home = select(networks.c.asn).where(networks.c.country.in_(places))
    wanted = [spells.c.origin_asn.in_(asns), spells.c.upstream_asn.in_(asns)] if asns else []
    return or_(*wanted, *_overlap(spells, blocks), *([spells.c.origin_asn.in_(home)] if places else []))


def _event_of(
    asns: Sequence[int], blocks: Sequence[IPv4Network | IPv6Network], places: Sequence[str]
) -> ColumnElement[bool]:
    names = [*(f"AS{asn}" for asn in asns), *places]
    by_party = select(event_parties.c.event_id).where(event_parties.c.entity_id.in_(names))
    wanted = [events.c.id.in_(by_party)]
    if blocks:
        wanted.append(events.c.id.in_(select(event_prefixes.c.event_id).where(or_(*_overlap(event_prefixes, blocks)))))
    return or_(*wanted)


def _events(conn: Connection, wanted: ColumnElement[bool]) -> list[RoutingEvent]:
    """Each once, where archives overlap."""
    of = select(events.c.data).where(wanted).order_by(events.c.first_seen, events.c.id, events.c.archive_id)
    found: dict[str, RoutingEvent] = {}
    for event in conn.scalars(of):
        found.setdefault(event.id, event)
    return list(found.values())


def _spells(conn: Connection, wanted: ColumnElement[bool]) -> list[RouteSpell]:
    found: dict[object, RouteSpell] = {}
    for spell in conn.scalars(select(spells.c.data).where(wanted).order_by(spells.c.archive_id)):
        found.setdefault((spell.prefix, spell.origin_asn, spell.upstream_asn, spell.start, spell.end), spell)
    return sorted(found.values(), key=lambda s: (s.start, s.prefix, s.origin_asn, s.upstream_asn or 0))


def _countries(conn: Connection, asns: set[Any] | None, places: Sequence[str]) -> dict[int, str]:
    """Of the networks that are meant (None: of all)."""
    of = select(networks.c.asn, networks.c.country).order_by(networks.c.archive_id.desc())
    if asns is None:
        return {row.asn: row.country for row in conn.execute(of)}
    found = {row.asn: row.country for row in conn.execute(of.where(networks.c.country.in_(places)))}
    for part in chunks(sorted(asn for asn in asns if asn is not None), 5000):
        found |= {row.asn: row.country for row in conn.execute(of.where(networks.c.asn.in_(part)))}
    return dict(sorted(found.items()))
