"""Which prefixes are worth an exact look: most changes of a table are one peer's business and make no event.

Over all prefixes at once, as columns, so that a look costs as much for a million changes as for the few that matter.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Set
from typing import NamedTuple

import numpy as np

from crawler.routing.state.columns import PEER, PEER_BITS, Base, Bools, Floats, Ints, Keys
from crawler.routing.state.table import Path, Table

Facts = Callable[[Path], tuple[Hashable, ...]]
FACT_BITS = 31  # of a code; what is above them is the prefix
_FEW = 4
_BEFORE = -np.inf  # the time of what stood in the RIB


class _Words(NamedTuple):
    """What full-feed peers said that did not keep to their RIB, or were silent for a while: by prefix and peer, then in
    order of time, from the RIB on. `before` is the path that the peer held until then; 0 is none.
    """

    at: Floats
    prefix: Keys
    peer: Keys
    path: Ints
    before: Ints


def candidates(
    table: Table,
    full_feed: Mapping[int, Set[int]],
    need: Mapping[int, int],
    facts: Facts,
    outage_share: float,
    silent: Set[int] = frozenset(),
) -> set[str]:
    """The prefixes of which an exact look could find something. `facts` are those that a path states.

    `full_feed` and `need` (how many peers must see a thing) are by address family, 4 and 6. A prefix is in if a fact
    that no full-feed peer's RIB had is told by `need` of them over the whole time; or if a fact of the RIB is told by
    none of them at some moment, and by `need` of them over the whole time; or if at some moment `outage_share` of those
    that had a route in the RIB have none. The sessions of `silent` peers were down for a while: what only they tell may
    be told by nobody.
    """
    full = _full(table, full_feed)
    words = _words(table, full, silent)
    stated = _Stated(table, facts)
    vanished = _vanished(words, stated, silent)
    suspects = np.concatenate(
        (_fresh(table, words, stated, need), vanished[_seen(table, words, stated, need, vanished)])
    )
    constant = _constant(table, words, full, np.unique(suspects >> FACT_BITS))
    found = _not_told(suspects, constant, table.base_rows(), stated) >> FACT_BITS
    lost = _lost(table, words, full, outage_share)
    return {table.names[prefix] for prefix in np.union1d(found, lost).tolist()}


class _Stated:
    """The facts of paths, each asked for once."""

    def __init__(self, table: Table, facts: Facts) -> None:
        self._paths, self._facts = table.paths, facts
        self._ids: dict[Hashable, int] = {}
        self._known: dict[int, tuple[int, ...]] = {0: ()}

    def codes(self, prefix: Keys, path: Ints) -> tuple[Keys, Keys]:
        """For each fact that a row states, the row, and the code of prefix (above `FACT_BITS`) and fact."""
        own, where = np.unique(path, return_inverse=True)
        told = [self._of(index) for index in own.tolist()]
        sizes = np.fromiter(map(len, told), np.int64, len(told))
        flat = np.fromiter((fact for facts in told for fact in facts), np.int64, int(sizes.sum()))
        ends = np.cumsum(sizes)[where]
        row = np.repeat(np.arange(len(path)), sizes[where])
        return row, (prefix[row] << FACT_BITS) | flat[_between(ends - sizes[where], ends)]

    def _of(self, path: int) -> tuple[int, ...]:
        known = self._known.get(path)
        if known is None:
            ids = self._ids
            known = tuple({ids.setdefault(fact, len(ids)) for fact in self._facts(self._paths[path])})
            self._known[path] = known
        return known


def _full(table: Table, full_feed: Mapping[int, Set[int]]) -> Callable[[Keys | Ints, Keys | Ints], Bools]:
    """Whether a peer is full-feed for the family of a prefix, row by row."""
    full = np.zeros((2, len(table.peers)), bool)
    for row, family in enumerate((4, 6)):
        full[row, list(full_feed[family])] = True
    return lambda prefix, peer: full[_six(table, prefix).astype(np.int8), peer]


def _words(table: Table, full: Callable[[Keys | Ints, Keys | Ints], Bools], silent: Set[int]) -> _Words:
    changes, base = table.change_rows(), table.base_rows()
    changes = changes.take(full(changes.prefix, changes.peer))
    there = changes.key
    own = _in_order(base.key, np.unique(there))
    if silent:
        prefixes = np.unique(changes.prefix).astype(np.int64)
        near = _between(*np.searchsorted(base.key, (prefixes << PEER_BITS, (prefixes + 1) << PEER_BITS)))
        own[near] |= np.isin(base.key[near] & PEER, list(silent)) & full(
            base.key[near] >> PEER_BITS, base.key[near] & PEER
        )
    rows = np.flatnonzero(own)
    key = np.concatenate((base.key[rows], there))
    path = np.concatenate((base.path[rows], changes.path))
    at = np.concatenate((np.full(len(rows), _BEFORE), changes.at))
    order = np.argsort(key, kind="stable")
    key, path, at = key[order], path[order], at[order]
    before = np.roll(path, 1)
    before[_first(key)] = 0
    return _Words(at, key >> PEER_BITS, key & PEER, path, before)


def _fresh(table: Table, words: _Words, stated: _Stated, need: Mapping[int, int]) -> Keys:
    """The facts that enough peers told after the RIB."""
    row, code = stated.codes(words.prefix, words.path)
    after = words.at[row] != _BEFORE
    return _by_enough(table, code[after], words.peer[row[after]], need)


def _by_enough(table: Table, code: Keys, peer: Keys, need: Mapping[int, int]) -> Keys:
    """The facts that enough peers told."""
    order = np.lexsort((peer, code))
    code, peer = code[order], peer[order]
    once = _first(code) | np.append(False, peer[1:] != peer[:-1])[: len(peer)]
    told, tellers = np.unique(code[once], return_counts=True)
    enough: Keys = told[tellers >= np.where(_six(table, told >> FACT_BITS), need[6], need[4])]
    return enough


def _vanished(words: _Words, stated: _Stated, silent: Set[int]) -> Keys:
    """The facts of the RIB that none of these peers told at some moment, the silent ones aside."""
    (begun, added), (ended, taken) = (stated.codes(words.prefix, path) for path in (words.path, words.before))
    before, heard = words.at[begun] == _BEFORE, ~np.isin(words.peer, list(silent))
    stood = np.unique(added[before])
    old, gone = np.isin(added, stood) & heard[begun], np.isin(taken, stood) & heard[ended]
    code = np.concatenate((added[old], taken[gone]))
    step = np.repeat(np.array((1, -1)), (int(old.sum()), int(gone.sum())))
    code, _, count = _over_time(code, np.concatenate((words.at[begun[old]], words.at[ended[gone]])), step)
    return np.concatenate((code[count == 0], np.setdiff1d(stood, added[before & heard[begun]])))


def _seen(table: Table, words: _Words, stated: _Stated, need: Mapping[int, int], codes: Keys) -> Bools:
    """Which of these facts enough peers told at some time."""
    row, code = stated.codes(words.prefix, words.path)
    return np.isin(codes, _by_enough(table, code, words.peer[row], need))


def _not_told(suspects: Keys, constant: Keys, base: Base, stated: _Stated) -> Keys:
    """Those that no peer tells that kept to its RIB. A few peers of a prefix mostly tell all; the others come after."""
    prefix = constant >> PEER_BITS
    starts = np.flatnonzero(_first(prefix))
    rank = np.arange(len(prefix)) - np.repeat(starts, np.diff(np.append(starts, len(prefix))))
    for turn in (rank < _FEW, rank >= _FEW):
        rows = turn & np.isin(prefix, suspects >> FACT_BITS)
        _, told = stated.codes(prefix[rows], base.path[np.searchsorted(base.key, constant[rows])])
        suspects = np.setdiff1d(suspects, told)
    return suspects


def _constant(table: Table, words: _Words, full: Callable[[Keys | Ints, Keys | Ints], Bools], prefixes: Keys) -> Keys:
    """The keys of these prefixes at full-feed peers that kept to their RIB."""
    key = table.base_rows().key
    key = key[_between(*np.searchsorted(key, (prefixes << PEER_BITS, (prefixes + 1) << PEER_BITS)))]
    key = key[full(key >> PEER_BITS, key & PEER)]
    return key[~np.isin(key, (words.prefix << PEER_BITS) | words.peer)]


def _lost(table: Table, words: _Words, full: Callable[[Keys | Ints, Keys | Ints], Bools], share: float) -> Keys:
    """The prefixes of which so large a share of the sessions with a route in the RIB had none at some moment."""
    sessions, peers = np.array(table.sessions(), np.int64), len(table.peers)
    hit = np.unique(words.prefix[words.path == 0])
    key = table.base_rows().key
    rows = _between(*np.searchsorted(key, (hit << PEER_BITS, (hit + 1) << PEER_BITS)))
    key = key[rows][(table.base_rows().path[rows] > 0) & full(key[rows] >> PEER_BITS, key[rows] & PEER)]
    had = np.unique((key >> PEER_BITS) * peers + sessions[key & PEER])
    constant = np.intersect1d(_constant(table, words, full, hit), key, assume_unique=True)
    always = (constant >> PEER_BITS) * peers + sessions[constant & PEER]
    code = words.prefix * peers + sessions[words.peer]
    own = np.isin(code, np.setdiff1d(had, always))
    step = (words.path[own] > 0).astype(np.int64) - (words.before[own] > 0)
    code, at, routes = _over_time(code[own], words.at[own], step)
    reached = (routes > 0).astype(np.int64)
    before = np.roll(reached, 1)
    before[_first(code)] = 0
    prefix, at, left = _over_time(code // peers, at, reached - before)
    prefixes, sizes = np.unique(had // peers, return_counts=True)
    staying = np.bincount(np.searchsorted(prefixes, np.unique(always) // peers), minlength=len(prefixes))
    at_prefix = np.searchsorted(prefixes, prefix)
    return prefix[left + staying[at_prefix] <= (1 - share) * sizes[at_prefix] + 1e-9]


def _over_time(code: Keys, at: Floats, step: Keys) -> tuple[Keys, Floats, Keys]:
    """How many there are of each code after each of its times; in order of both."""
    order = np.lexsort((at, code))
    code, at, step = code[order], at[order], step[order]
    count = np.cumsum(step)
    first = np.flatnonzero(_first(code))
    count -= np.repeat(count[first] - step[first], np.diff(np.append(first, len(code))))
    last_word = _first(code[::-1])[::-1] | np.append(at[1:] != at[:-1], True)[: len(at)]
    return code[last_word], at[last_word], count[last_word]


def _first(code: Keys) -> Bools:
    """Whether each is another than the one before it."""
    return np.append(True, code[1:] != code[:-1])[: len(code)]


def _in_order(one: Keys, other: Keys) -> Bools:
    """Of two arrays in order: whether each of the first is in the second."""
    found = np.zeros(len(one), bool)
    at = np.searchsorted(one, other)
    there = at < len(one)
    there[there] = one[at[there]] == other[there]
    found[at[there]] = True
    return found


def _between(starts: Keys, ends: Keys) -> Keys:
    """All numbers from each start to its end (exclusive), one range after the other."""
    sizes = ends - starts
    offsets: Keys = np.arange(int(sizes.sum())) + np.repeat(starts - np.cumsum(sizes) + sizes, sizes)
    return offsets


def _six(table: Table, prefixes: Ints | Keys) -> Bools:
    """Whether each is of IPv6."""
    own, where = np.unique(prefixes, return_inverse=True)
    names = table.names
    return np.fromiter((":" in names[prefix] for prefix in own.tolist()), bool, len(own))[where]
