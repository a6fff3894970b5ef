"""Every kind of event, declared once. docs/events.md is generated from this table."""

from __future__ import annotations

from dataclasses import dataclass

SERVER_TOPIC = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True)
class Kind:
    """A kind of event.

    Attributes:
        durable: numbered, logged and replayed; the others are heard by who listens now.
        wire: sent to clients; the others are for Palaver's own processes.
        payload: names of the payload's fields.
    """

    name: str
    durable: bool
    wire: bool
    payload: tuple[str, ...]
    meaning: str


_PLACE = ("conversation_id", "root_id")

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("message.new", True, True, (*_PLACE, "message"), "Somebody posted, or an answer begins."),
        Kind("message.delta", False, True, (*_PLACE, "message_id", "idx", "content"), "The next piece of an answer."),
        Kind(
            "message.snapshot", False, True, (*_PLACE, "message_id", "content", "next_idx"),
            "The text so far of an answer that is growing, and the number of its next piece: at connect, and to a slow"
            " reader that lost pieces.",
        ),
        Kind(
            "message.done", True, True, (*_PLACE, "message_id", "finish_reason", "usage", "message"),
            "An answer ended; `message` has its whole text.",
        ),
        Kind(
            "message.updated", True, True, (*_PLACE, "message"),
            "The author gave a message another text. With the status `streaming`: an answer goes on; `content` is its text so"
            " far, and its next piece has the `idx` 1.",
        ),
        Kind(
            "message.deleted", True, True, (*_PLACE, "message"),
            "A message was deleted. Its text has left the log, too: older events carry none.",
        ),
        Kind("message.restored", True, True, (*_PLACE, "message"), "A deleted message came back."),
        Kind(
            "comparison.ended", True, True, (*_PLACE, "comparison_id", "message_id"),
            "Somebody goes on with `message_id`; the answers of this comparison are versions of each other from now on.",
        ),
        Kind(
            "tool.called", True, True, (*_PLACE, "message_id", "requested_by", "call"),
            "A model wants to call a tool; with the status `pending` it waits until somebody allows or refuses it.",
        ),
        Kind(
            "tool.updated", True, True, (*_PLACE, "message_id", "requested_by", "call"),
            "A call of a tool was decided, has begun, or ended: `call` has its output.",
        ),
        Kind("thread.new", True, True, (*_PLACE, "summary"), "A thread was begun."),
        Kind("thread.updated", True, True, (*_PLACE, "summary"), "A thread has another title."),
        Kind("thread.activity", True, True, (*_PLACE, "last_activity_at"), "A thread moved without a new message."),
        Kind(
            "unread.update", True, True,
            (*_PLACE, "unread", "mentions", "conversation_unread", "conversation_mentions", "seq"),
            "You read something, in this window or another; without a `root_id` a whole conversation. To you alone.",
        ),
        Kind(
            "membership.changed", True, True, ("conversation_id", "user_id", "role", "action"),
            "Somebody was added to a conversation, removed, or given another role.",
        ),
        Kind(
            "conversation.updated", True, True, ("conversation",),
            "A conversation has another name, assistant or instructions, or went into the archive or out of it.",
        ),
        Kind(
            "presence.update", False, True, ("user_id", "status", "last_seen_at"),
            "Somebody is online, away or offline now; at connect one for everybody who is not offline.",
        ),
        Kind(
            "typing.update", False, True, (*_PLACE, "user_id", "expires_at"),
            "Somebody is writing, until then; without a `root_id` they are about to begin a thread.",
        ),
        Kind(
            "summary.progress", False, True, ("id", "conversation_id", "root_id"),
            "What you missed is being summarised, and there is more of it. To you alone.",
        ),
        Kind(
            "summary.done", True, True, ("id", "conversation_id", "root_id"),
            "The summary of what you missed is there, or could not be made; `GET …/catch-up` has it. To you alone.",
        ),
        Kind("model.status", False, True, ("name", "state", "detail", "done_bytes", "total_bytes", "updated_at"),
             "What the local model is doing."),
        Kind(
            "answer.queued", False, True, (*_PLACE, "message_id", "place"),
            "Where an answer waits in the queue of its model, from 1; 0 when its turn has come. At connect a snapshot's `queue`"
            " says the same.",
        ),
        Kind("error", False, True, ("code", "message", "message_id"), "An answer failed."),
        Kind("resync", False, True, ("reason",), "The stream cannot be continued from where you were: load the state again."),
        Kind("feature.changed", False, False, ("name", "enabled"), "An administrator switched a feature."),
        Kind("limits.changed", False, False, (), "A limit was changed."),
        Kind("session.revoked", True, False, ("session_id",), "A session ended; its streams close."),
        Kind("key.revoked", True, False, ("key_id",), "An API key ended; its streams close."),
        Kind(
            "access.changed", False, False, ("user_id",),
            "Something about an account, its sessions or keys changed; what processes remember of it is forgotten.",
        ),
        Kind("job.new", False, False, (), "An answer waits for a worker."),
        Kind("job.cancel", False, False, ("lease",), "An answer is to be stopped."),
    )
}  # fmt: skip
