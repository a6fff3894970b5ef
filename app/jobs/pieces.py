"""One flush for all answers that grow in this process: never a transaction a token.

The first piece of an answer, and its end, go at once, in a small flush of their own; everything else that came together is
written every 40 ms, and less often, up to 250 ms, when a flush takes long.
"""

from __future__ import annotations

import logging
import time
from typing import Any

import gevent
from gevent.event import Event as Signal

from app.core.errors import PalaverError
from app.models import answers
from app.services.answers import Growing

log = logging.getLogger(__name__)

LEAST_SECONDS, MOST_SECONDS = 0.04, 0.25
# Between two flushes of any kind: first pieces that come one after the other go together.
HURRY_SECONDS = 0.01
# A notification holds 7,900 bytes; JSON may need six for a character.
PIECE_CHARACTERS = 1_000


class PieceWriter:
    """Collects and writes; `start` it once."""

    def __init__(self) -> None:
        self._dirty: dict[str, Growing] = {}
        self._first: dict[str, Growing] = {}  # those of which somebody waits to see something, or for the end
        self._wake = Signal()
        self._hurry = Signal()
        self._flushed = Signal()

    def start(self) -> None:
        gevent.spawn(self._run)

    def grew(self, answer: Growing) -> None:
        """Text has arrived."""
        if len(answer.pieces) <= answer.kept:
            self._go_first(answer)
        self._dirty[answer.lease] = answer
        self._wake.set()

    def drain(self, answer: Growing) -> None:
        """Wait until the database has all of it, or the lease is lost."""
        while answer.stop_reason != "lost" and (answer.fresh or answer.flushed < len(answer.pieces)):
            self._go_first(answer)
            self.grew(answer)
            self._flushed.wait(timeout=1.0)

    def _go_first(self, answer: Growing) -> None:
        self._first[answer.lease] = answer
        self._hurry.set()

    def _run(self) -> None:
        last_at = next_at = 0.0
        while True:
            self._wake.wait()
            # What arrives in this turn of the loop goes together.
            gevent.sleep(max(0.0, last_at + HURRY_SECONDS - time.monotonic()))
            if (wait := next_at - time.monotonic()) > 0:
                self._hurry.wait(wait)
            began = time.monotonic()
            is_due = began >= next_at
            self._flush(self._taken(is_due))
            last_at = time.monotonic()
            if is_due:
                next_at = began + min(MOST_SECONDS, max(LEAST_SECONDS, 4 * (last_at - began)))

    def _taken(self, is_due: bool) -> list[Growing]:
        """All that has grown, or those that cannot wait."""
        taken, self._first = self._dirty if is_due else self._first, {}
        self._dirty = {} if is_due else {lease: a for lease, a in self._dirty.items() if lease not in taken}
        self._hurry.clear()
        if not self._dirty:
            self._wake.clear()
        return list(taken.values())

    def _flush(self, batch: list[Growing]) -> None:
        rows = [row for answer in batch for row in _rows(answer)]
        written = [(answer, len(answer.pieces)) for answer in batch]
        try:
            lost = set(answers.append(rows)) if rows else set()
        except PalaverError as error:
            # The database may have lost what it had not written to disk: send everything again; it drops what it has.
            log.warning("cannot write pieces: %s", error)
            for answer in batch:
                answer.flushed = answer.kept
                self._dirty[answer.lease] = answer
            gevent.sleep(MOST_SECONDS)
            self._wake.set()
            return
        for answer, count in written:
            answer.flushed = count
            if answer.lease in lost:
                answer.stop("lost")
        self._flushed.set()
        self._flushed.clear()


def _rows(answer: Growing) -> list[dict[str, Any]]:
    """The pieces of an answer that the database does not have yet."""
    text, answer.fresh = "".join(answer.fresh), []
    answer.pieces += [text[i : i + PIECE_CHARACTERS] for i in range(0, len(text), PIECE_CHARACTERS)]
    place = {
        "lease": answer.lease,
        "conversation_id": answer.conversation_id,
        "root_id": answer.root_id,
        "message_id": answer.message_id,
    }
    return [place | {"idx": idx, "content": answer.pieces[idx]} for idx in range(answer.flushed, len(answer.pieces))]
