"""An event on its way, and its bytes on the wire: made once for each dialect and shared by all who hear it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson


class Event:
    """One event of one topic.

    Attributes:
        pos: place among all durable events of the server; None for a passing one.
        topic: id of a conversation or user, or the server's own topic.
        topics: all of them, when a passing event concerns several.
        seq: place among the durable events of its topic; None for a passing one.
    """

    __slots__ = ("_frames", "kind", "payload", "pos", "seq", "topic", "topics")

    def __init__(
        self,
        pos: int | None,
        topic: str,
        seq: int | None,
        kind: str,
        payload: dict[str, Any],
        topics: list[str] | None = None,
    ) -> None:
        self.pos = pos
        self.topic = topic
        self.seq = seq
        self.kind = kind
        self.payload = payload
        self.topics = topics
        self._frames: dict[str, bytes] = {}

    @classmethod
    def of(cls, row: dict[str, Any]) -> Event:
        """From a line of the bus or a row of the log."""
        return cls(row["pos"], row["topic"], row["seq"], row["kind"], row.get("payload"), row.get("topics"))  # type: ignore[arg-type]

    def concerns(self, topics: set[str]) -> bool:
        """Does somebody who hears these topics hear it?"""
        return self.topic in topics if self.topics is None else not topics.isdisjoint(self.topics)

    def frame(self, dialect: str, epoch: str) -> bytes:
        """The SSE frame (WHATWG HTML section 9.2) inside an HTTP chunk (RFC 9112 section 7.1)."""
        made = self._frames.get(dialect)
        if made is None:
            made = self._frames[dialect] = chunk(encode(self, dialect, epoch))
        return made


# What a dialect adds to a payload before it is sent. A door registers its own here (pages add rendered HTML).
dialects: dict[str, Callable[[Event], dict[str, Any]]] = {"json": lambda event: event.payload}
# What a dialect does before it encodes an event, if that takes long: other greenlets may run meanwhile. Encoding itself
# happens while the hub hands an event out, where nobody may come in between.
preparations: dict[str, Callable[[Event], None]] = {}


def encode(event: Event, dialect: str, epoch: str) -> bytes:
    """`event:`, `data:` and, for a durable event, `id: <epoch>.<pos>`.

    The id is last: some readers take it as theirs when they have read its line, and a connection that is cut before the
    end of the frame would make them go on behind an event that they never had.
    """
    body: dict[str, Any] = {"type": event.kind, "payload": dialects[dialect](event)}
    if event.seq is not None:
        body["seq"] = event.seq
    end = f"\nid: {epoch}.{event.pos}\n\n" if event.pos is not None else "\n\n"
    return f"event: {event.kind}\ndata: ".encode() + orjson.dumps(body) + end.encode()


def chunk(data: bytes) -> bytes:
    """One HTTP chunk."""
    return b"%x\r\n%b\r\n" % (len(data), data)
