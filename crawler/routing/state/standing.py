"""What peers hold at the moment, and which words change it."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from crawler.routing.state.columns import NO_INTS, NO_KEYS, PEER, Bools, Changes, Ints, Keys


class Standing:
    """Starts from the routes of RIBs; then `take` updates. Path 0 is: none."""

    def __init__(self) -> None:
        self._base = _Held(NO_KEYS, NO_INTS)
        self._late = _Held(NO_KEYS, NO_INTS)  # what the RIBs have no route for

    @property
    def of_base(self) -> Ints:
        """The paths that are held now for the keys of the RIBs, in order of key."""
        return self._base.path

    def rebase(self, key: Keys, path: Ints) -> None:
        """All keys of the RIBs, in order, with what is held for them now."""
        self._base = _Held(key, path)

    def take(self, rows: Changes) -> Changes:
        """Rows in order of time; those that change something. A peer's last word of a time is what it says then; what
        it says again is no change.
        """
        key = rows.key
        order = np.argsort(key, kind="stable")
        key, at = key[order], rows.at[order]
        last_word = np.append((key[1:] != key[:-1]) | (at[1:] != at[:-1]), True)[: len(key)]
        key, order = key[last_word], order[last_word]
        path = rows.path[order]
        first = np.append(True, key[1:] != key[:-1])[: len(key)]
        last = np.append(first[1:], True)[: len(key)]
        before = np.roll(path, 1)
        before[first] = self._now(key[first])
        self._put(key[last], path[last])
        return rows.take(np.sort(order[path != before]))

    def keys_of(self, peers: Collection[int]) -> Keys:
        """The keys for which these peers hold a route."""
        keys = np.concatenate([held.key[held.path > 0] for held in (self._base, self._late)])
        return keys[np.isin(keys & PEER, list(peers))]

    def _now(self, keys: Keys) -> Ints:
        found = self._base.get(keys)
        missing = found < 0
        found[missing] = np.maximum(self._late.get(keys[missing]), 0)
        return found

    def _put(self, keys: Keys, paths: Ints) -> None:
        known = self._base.put(keys, paths)
        self._late.add(keys[~known], paths[~known])


class _Held:
    """Paths by key, in order of key; -1 for a key that is not there."""

    def __init__(self, key: Keys, path: Ints) -> None:
        self.key, self.path = key, path

    def get(self, keys: Keys) -> Ints:
        found = np.full(len(keys), -1, np.int32)
        at, known = self._find(keys)
        found[known] = self.path[at[known]]
        return found

    def put(self, keys: Keys, paths: Ints) -> Bools:
        """Sets those that are there; says which."""
        at, known = self._find(keys)
        self.path[at[known]] = paths[known]
        return known

    def add(self, keys: Keys, paths: Ints) -> None:
        """Sets those that are there, and takes in the others; `keys` are in order."""
        known = self.put(keys, paths)
        if not known.all():
            at = np.searchsorted(self.key, keys[~known])
            self.key, self.path = np.insert(self.key, at, keys[~known]), np.insert(self.path, at, paths[~known])

    def _find(self, keys: Keys) -> tuple[Keys, Bools]:
        at = np.searchsorted(self.key, keys)
        known = at < len(self.key)
        known[known] = self.key[at[known]] == keys[known]
        return at, known
