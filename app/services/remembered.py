"""Who was let in a moment ago: with it, a request that follows another needs no look-up of its session or key.

What could go wrong is that somebody goes on who may not any more. Therefore:

- the database tells every process when anything about an account, its sessions or keys changes (`access.changed`, from
  triggers, with the very commit), and what is remembered of that user is forgotten;
- nothing is remembered while this process does not hear what the database says, and nothing from before such a gap;
- an answer that was on its way when anything was forgotten is not kept: it may be from before the change;
- nobody is remembered for longer than `MOST_SECONDS`, nor beyond the end of the session or key;
- only the token together with the client that sent it is known again, and only as digests;
- who is turned away is not remembered, so guessing tokens fills nothing.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from app.core.actor import Actor

MOST_SECONDS = 10.0
MOST_ENTRIES = 4096

Key = tuple[bytes, bytes]
# An actor and for how many seconds that may be believed; None for nobody.
Found = tuple[Actor, float] | None


@dataclass(frozen=True)
class _Entry:
    actor: Actor
    until: float
    hearing: int


class Remembered:
    """Actors by what they came with, the most recently used; one a process.

    Attributes:
        hearing: a number that stays the same as long as this process hears everything without a gap; 0 while it does not.
    """

    def __init__(self, most: int = MOST_ENTRIES) -> None:
        self.hearing: Callable[[], int] = lambda: 0
        self._most = most
        self._held: OrderedDict[Key, _Entry] = OrderedDict()
        self._keys_of: dict[str, set[Key]] = {}
        self._times_forgotten = 0

    def __len__(self) -> int:
        return len(self._held)

    def who(self, key: Key, load: Callable[[], Found]) -> Actor | None:
        """Who comes with this: remembered, or else what `load` says."""
        hearing, times_forgotten = self.hearing(), self._times_forgotten
        if (entry := self._held.get(key)) is not None:
            if hearing == entry.hearing and time.monotonic() < entry.until:
                self._held.move_to_end(key)
                return entry.actor
            self._drop(key)
        begun, found = time.monotonic(), load()
        if found is None:
            return None
        if hearing and hearing == self.hearing() and times_forgotten == self._times_forgotten and found[1] > 0:
            self._keep(key, _Entry(found[0], begun + min(found[1], MOST_SECONDS), hearing))
        return found[0]

    def forget(self, user: str) -> None:
        """Something about this user, his sessions or his keys has changed."""
        self._times_forgotten += 1
        for key in self._keys_of.pop(user, ()):
            del self._held[key]

    def _keep(self, key: Key, entry: _Entry) -> None:
        if key in self._held:  # a request beside this one was quicker
            self._drop(key)
        self._held[key] = entry
        self._keys_of.setdefault(entry.actor.id, set()).add(key)
        if len(self._held) > self._most:
            self._drop(next(iter(self._held)))

    def _drop(self, key: Key) -> None:
        user = self._held.pop(key).actor.id
        keys = self._keys_of[user]
        keys.discard(key)
        if not keys:
            del self._keys_of[user]
