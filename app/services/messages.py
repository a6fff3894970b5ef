from __future__ import annotations

from typing import Any

from app.core.actor import Actor
from app.core.errors import Invalid
from app.models import messages
from app.services import conversations, limits
from app.services.mentions import mentioned

MAX_CHARACTERS = 65_536
TITLE_CHARACTERS = 60


def begin_thread(actor: Actor, conversation: str, content: str, client_id: str | None = None) -> dict[str, Any]:
    """Post the first message of a new thread; assistants that it addresses begin to answer.

    Raises:
        NotFound, Forbidden, Conflict: see `api.message_post`.
        Invalid: empty, or longer than 65,536 characters.
        RateLimited: more than the profile `conversation.post` allows.
    """
    return _post(actor, conversation, None, content, client_id)


def reply(actor: Actor, parent: str, content: str, client_id: str | None = None) -> dict[str, Any]:
    """Post an answer to a message. Raises as `begin_thread` does."""
    return _post(actor, None, parent, content, client_id)


def ask(actor: Actor, content: str, client_id: str | None = None) -> dict[str, Any]:
    """Begin a conversation with the assistant by its first question; a retry with the same client_id finds it again."""
    title = " ".join(_checked(content).split())
    title = title if len(title) <= TITLE_CHARACTERS else title[: TITLE_CHARACTERS - 1].rstrip() + "…"
    conversation = conversations.create(actor, "assistant", title, [], client_id)
    return begin_thread(actor, conversation["id"], content, client_id)


def get(actor: Actor, message: str) -> dict[str, Any]:
    return messages.get(actor.id, message)


def edit(actor: Actor, message: str, content: str) -> dict[str, Any]:
    """Give a message of one's own another text; assistants do not answer anew.

    Raises:
        NotFound, Forbidden, Conflict, RateLimited: see `api.message_edit`.
        Invalid: empty, or longer than 65,536 characters.
    """
    names, everybody = mentioned(_checked(content))
    return messages.edit(actor.id, message, content, names, everybody, limits.current.enabled)


def history(actor: Actor, message: str) -> list[dict[str, Any]]:
    """The texts that a message had before, the oldest first; none of a deleted one."""
    return messages.history(actor.id, message)


def delete(actor: Actor, message: str) -> dict[str, Any]:
    """Take the text of a message away."""
    return messages.delete(actor.id, message)


def restore(actor: Actor, message: str, days: int) -> dict[str, Any]:
    """Bring back what one has deleted in the last `days` days.

    Raises:
        Forbidden: somebody else deleted it.
        Gone: it was longer ago.
    """
    return messages.restore(actor.id, message, days)


def select(actor: Actor, message: str, step: int = 0) -> dict[str, str]:
    """Look at the branch of a thread that a message is in, or its sibling `step` places on.

    Returns:
        `{conversation_id, root_id, message_id, leaf_id}`: the chosen message, and the end of its branch.
    """
    return messages.select(actor.id, message, step)


def chunks(actor: Actor, message: str, start: int = 0, limit: int = 500) -> list[dict[str, Any]]:
    """The pieces of an answer from number `start` on."""
    return messages.chunks(actor.id, message, start, limit)


def cancel(actor: Actor, message: str) -> dict[str, Any]:
    """Stop an answer, before it begins or while it grows; what is written stays."""
    return messages.cancel(actor.id, message)


def regenerate(actor: Actor, message: str) -> dict[str, Any]:
    """Ask for another answer to the same question, beside the old one."""
    return messages.regenerate(actor.id, message)


def go_on(actor: Actor, message: str) -> dict[str, Any]:
    """Let an answer that was cut short go on in the same message.

    Raises:
        Conflict: it is complete, has no text, is growing or deleted, or somebody has replied to it.
    """
    return messages.go_on(actor.id, message)


def _post(
    actor: Actor, conversation: str | None, parent: str | None, content: str, client_id: str | None
) -> dict[str, Any]:
    names, everybody = mentioned(_checked(content))
    return messages.post(actor.id, conversation, parent, content, client_id, names, limits.current.enabled, everybody)


def _checked(content: str) -> str:
    if len(content) > MAX_CHARACTERS:
        raise Invalid(f"The message has {len(content):,} characters; at most {MAX_CHARACTERS:,} are possible.")
    return content
