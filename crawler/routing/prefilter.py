"""Which prefixes are worth an exact look: most changes of a table are one peer's business and make no event.

Over all prefixes at once, as columns, so that a look costs as much for a million changes as for the few that matter.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Set
from typing import NamedTuple

import numpy as np

from crawler.routing.columns import PEER, PEER_BITS, Bools, Floats, Ints, Keys
from crawler.routing.state import Path, Table

Facts = Callable[[Path], tuple[Hashable, ...]]
_BEFORE = -np.inf  # the time of what stood in the RIB


class _Words(NamedTuple):
    """What full-feed peers said of the changed prefixes: by prefix and peer, then in order of time, from the RIB on.

    `before` is the path that the peer held until then; 0 is none.
    """

    at: Floats
    prefix: Keys
    peer: Keys
    path: Ints
    before: Ints


def candidates(
    table: Table, full_feed: Mapping[int, Set[int]], need: Mapping[int, int], facts: Facts, outage_share: float
) -> set[str]:
    """The prefixes of which an exact look could find something. `facts` are those that a path states.

    `full_feed` and `need` (how many peers must see a thing) are by address family, 4 and 6. A prefix is in if a fact
    that no full-feed peer's RIB had is told by `need` of them over the whole time; or if a fact of the RIB is told by
    none of them at some moment; or if at some moment `outage_share` of those that had a route in the RIB have none.
    """
    words = _words(table, full_feed)
    counts, ids = _facts_of(table, words, facts)
    new, gone = _steps(words.path, counts, ids), _steps(words.before, counts, ids)
    total = int(ids.max(initial=0)) + 1
    added, taken = (words.prefix[step.row] * total + step.fact for step in (new, gone))
    stood = np.unique(added[words.at[new.row] == _BEFORE])
    old_added, old_taken = np.isin(added, stood), np.isin(taken, stood)

    fresh = ~old_added
    told = np.unique(np.stack((added[fresh], words.peer[new.row][fresh])), axis=1)[0] if fresh.any() else added[:0]
    fact, tellers = np.unique(told, return_counts=True)
    least = np.where(_six(table, fact // total), need[6], need[4])
    found = [fact[tellers >= least] // total]

    code = np.concatenate((added[old_added], taken[old_taken]))
    at = np.concatenate((words.at[new.row][old_added], words.at[gone.row][old_taken]))
    step = np.repeat(np.array((1, -1)), (int(old_added.sum()), int(old_taken.sum())))
    code, at, count = _over_time(code, at, step)
    found.append(code[count == 0] // total)

    found.append(_lost(table, words, outage_share))
    return {table.names[prefix] for prefix in np.unique(np.concatenate(found)).tolist()}


def _words(table: Table, full_feed: Mapping[int, Set[int]]) -> _Words:
    changes, base = table.change_rows(), table.base_rows()
    full = np.zeros((2, len(table.peers)), bool)
    for row, family in enumerate((4, 6)):
        full[row, list(full_feed[family])] = True
    kept = full[_six(table, changes.prefix).astype(np.int8), changes.peer]
    changed = np.unique(changes.prefix[kept]).astype(np.int64)
    rows = _between(*np.searchsorted(base.key, (changed << PEER_BITS, (changed + 1) << PEER_BITS)))
    there = base.key[rows]
    rows = rows[full[_six(table, there >> PEER_BITS).astype(np.int8), there & PEER]]
    key = np.concatenate((base.key[rows], changes.key[kept]))
    path = np.concatenate((base.path[rows], changes.path[kept]))
    at = np.concatenate((np.full(len(rows), _BEFORE), changes.at[kept]))
    order = np.argsort(key, kind="stable")
    key, path, at = key[order], path[order], at[order]
    before = np.roll(path, 1)
    before[np.append(True, key[1:] != key[:-1])[: len(key)]] = 0
    return _Words(at, key >> PEER_BITS, key & PEER, path, before)


def _between(starts: Keys, ends: Keys) -> Keys:
    """All numbers from each start to its end (exclusive), one range after the other."""
    sizes = ends - starts
    first = np.cumsum(sizes) - sizes
    offsets: Keys = np.arange(int(sizes.sum())) + np.repeat(starts - first, sizes)
    return offsets


def _six(table: Table, prefixes: Ints | Keys) -> Bools:
    """Whether each is of IPv6."""
    own, where = np.unique(prefixes, return_inverse=True)
    names = table.names
    return np.fromiter((":" in names[prefix] for prefix in own.tolist()), bool, len(own))[where]


class _Steps(NamedTuple):
    """A fact begins or ends at a peer with a row of the words."""

    row: Keys
    fact: Keys


def _facts_of(table: Table, words: _Words, facts: Facts) -> tuple[Keys, Keys]:
    """For each path of the table where its facts end in the second array, which has the facts' indexes."""
    known: dict[Hashable, int] = {}
    flat: list[int] = []
    sizes = np.zeros(len(table.paths) + 1, np.int64)
    for path in np.unique(words.path).tolist():
        if path:
            told = {known.setdefault(fact, len(known)) for fact in facts(table.paths[path])}
            flat.extend(told)
            sizes[path + 1] = len(told)
    return np.cumsum(sizes), np.array(flat, np.int64)


def _steps(paths: Ints, ends: Keys, ids: Keys) -> _Steps:
    starts, until = ends[paths], ends[paths + 1]
    return _Steps(np.repeat(np.arange(len(paths)), until - starts), ids[_between(starts, until)])


def _over_time(code: Keys, at: Floats, step: Keys) -> tuple[Keys, Floats, Keys]:
    """How many there are of each code after each of its times; in order of both."""
    order = np.lexsort((at, code))
    code, at = code[order], at[order]
    count = np.cumsum(step[order])
    first = np.flatnonzero(np.append(True, code[1:] != code[:-1])[: len(code)])
    count -= np.repeat(count[first] - step[order][first], np.diff(np.append(first, len(code))))
    last_word = np.append((code[1:] != code[:-1]) | (at[1:] != at[:-1]), True)[: len(code)]
    return code[last_word], at[last_word], count[last_word]


def _lost(table: Table, words: _Words, share: float) -> Keys:
    """The prefixes of which so large a share of the sessions with a route in the RIB had none at some moment."""
    peers = len(table.peers)
    code = words.prefix * peers + np.array(table.sessions(), np.int64)[words.peer]
    had = np.unique(code[(words.at == _BEFORE) & (words.path > 0)])
    own = np.isin(code, had)
    step = (words.path[own] > 0).astype(np.int64) - (words.before[own] > 0)
    code, at, routes = _over_time(code[own], words.at[own], step)
    reached = (routes > 0).astype(np.int64)
    before = np.roll(reached, 1)
    before[np.append(True, code[1:] != code[:-1])[: len(code)]] = 0
    prefix, at, left = _over_time(code // peers, at, reached - before)
    prefixes, sessions = np.unique(had // peers, return_counts=True)
    most_left = ((1 - share) * sessions + 1e-9)[np.searchsorted(prefixes, prefix)]
    return prefix[left <= most_left]
