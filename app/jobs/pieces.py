"""One flush for all answers that grow in this process: never a transaction a token.

The first piece of an answer goes at once; then everything that came together is written every 40 ms, and less often, up
to 250 ms, when a flush takes long.
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
# A notification holds 7,900 bytes; JSON may need six for a character.
PIECE_CHARACTERS = 1_000


class PieceWriter:
    """Collects and writes; `start` it once."""

    def __init__(self) -> None:
        self._dirty: dict[str, Growing] = {}
        self._wake = Signal()
        self._flushed = Signal()

    def start(self) -> None:
        gevent.spawn(self._run)

    def grew(self, answer: Growing) -> None:
        """Text has arrived."""
        self._dirty[answer.lease] = answer
        self._wake.set()

    def drain(self, answer: Growing) -> None:
        """Wait until the database has all of it, or the lease is lost."""
        while answer.stop_reason != "lost" and (answer.fresh or answer.flushed < len(answer.pieces)):
            self.grew(answer)
            self._flushed.wait(timeout=1.0)

    def _run(self) -> None:
        next_at = 0.0
        while True:
            self._wake.wait()
            gevent.sleep(0)  # what arrives in this turn of the loop goes together
            wait = next_at - time.monotonic()
            if wait > 0 and all(len(a.pieces) > a.kept for a in self._dirty.values()):
                gevent.sleep(wait)
            self._wake.clear()
            began = time.monotonic()
            self._flush()
            took = time.monotonic() - began
            next_at = began + min(MOST_SECONDS, max(LEAST_SECONDS, 4 * took))

    def _flush(self) -> None:
        batch, self._dirty = list(self._dirty.values()), {}
        rows = [row for answer in batch for row in _rows(answer)]
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
        for answer in batch:
            answer.flushed = max((r["idx"] + 1 for r in rows if r["lease"] == answer.lease), default=answer.flushed)
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
