"""Who in this process waits for the pieces of one answer: not a connection of the hub, but a request that turns them into
something else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gevent.queue import Queue

from app.streams.event import Event

HEARD = ("message.delta", "message.done", "message.updated", "message.deleted", "membership.changed")


class Following:
    """Queues by the answer they wait for."""

    def __init__(self) -> None:
        self._queues: dict[str, list[Queue]] = {}

    @contextmanager
    def of(self, message: str) -> Iterator[Any]:
        """A queue of what happens to this answer from now on, and of who comes and goes anywhere."""
        queue: Any = Queue()
        self._queues.setdefault(message, []).append(queue)
        try:
            yield queue
        finally:
            self._queues[message].remove(queue)
            if not self._queues[message]:
                del self._queues[message]

    def hear(self, event: Event) -> None:
        """Hand it on; called with every event, so it is quick when nobody waits."""
        if not self._queues or event.kind not in HEARD:
            return
        if event.kind == "membership.changed":
            for queues in self._queues.values():
                for queue in queues:
                    queue.put_nowait(event)
            return
        message = event.payload.get("message_id") or event.payload["message"]["id"]
        for queue in self._queues.get(message, ()):
            queue.put_nowait(event)
