from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

from app.core.actor import Actor
from app.core.errors import Forbidden, Invalid
from app.models import messages
from app.services import conversations, limits
from app.services.mentions import mentioned

MAX_CHARACTERS = 65_536
TITLE_CHARACTERS = 60


def begin_thread(
    actor: Actor, conversation: str, content: str, client_id: str | None = None, models: Sequence[str] = ()
) -> dict[str, Any]:
    """Post the first message of a new thread; assistants that it addresses begin to answer.

    Args:
        models: ids of one model that shall answer, or of two to four whose answers are compared.

    Raises:
        NotFound, Forbidden, Conflict: see `api.message_post`.
        Invalid: empty, or longer than 65,536 characters.
        RateLimited: more than the profile `conversation.post` allows.
    """
    return _post(actor, conversation, None, content, client_id, models)


def reply(
    actor: Actor, parent: str, content: str, client_id: str | None = None, models: Sequence[str] = ()
) -> dict[str, Any]:
    """Post an answer to a message. Takes and raises what `begin_thread` does."""
    return _post(actor, None, parent, content, client_id, models)


def ask(
    actor: Actor, content: str, client_id: str | None = None, models: Sequence[str] = (), assistant: str | None = None
) -> dict[str, Any]:
    """Begin a conversation with an assistant by its first question; a retry with the same client_id finds it again."""
    title = " ".join(_checked(content).split())
    title = title if len(title) <= TITLE_CHARACTERS else title[: TITLE_CHARACTERS - 1].rstrip() + "…"
    conversation = conversations.create(actor, "assistant", title, [], client_id, assistant)
    return begin_thread(actor, conversation["id"], content, client_id, models)


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


def regenerate(actor: Actor, message: str, model: str | None = None, assistant: str | None = None) -> dict[str, Any]:
    """Ask for another answer to the same question, beside the old one: of the same assistant and its model, or of others.

    Raises:
        Conflict: the assistant is still answering, or what was chosen is switched off.
        Invalid: there is no such model, or the assistant is not in the conversation.
    """
    return messages.regenerate(actor.id, message, model, assistant)


def go_on(actor: Actor, message: str, model: str | None = None) -> dict[str, Any]:
    """Let an answer that was cut short go on in the same message, with the model that began it or another one.

    Raises:
        Conflict: it is complete, has no text, is growing or deleted, or somebody has replied to it.
    """
    return messages.go_on(actor.id, message, model)


def branch(
    actor: Actor, message: str, content: str, client_id: str | None = None, model: str | None = None
) -> dict[str, Any]:
    """Ask a question of one's own again in other words: a version beside it, with answers of its own.

    Raises:
        NotFound, Forbidden, Conflict, RateLimited: see `api.message_branch`.
        Invalid: empty, or longer than 65,536 characters, or there is no such model.
    """
    names, everybody = mentioned(_checked(content))
    return messages.branch(actor.id, message, content, client_id, names, everybody, limits.current.enabled, model)


def compare(actor: Actor, message: str, models: Sequence[str], assistant: str | None = None) -> dict[str, Any]:
    """Put a question to two to four models at once, whose answers stand side by side.

    Returns:
        `{comparison_id, conversation_id, root_id, question_id, items}`: the answers, which begin to grow.
    """
    return messages.compare(actor.id, message, models, assistant)


def keep(actor: Actor, message: str) -> dict[str, Any]:
    """Go on with one of the answers that are compared. Those of the others that still grow are stopped."""
    kept = messages.keep(actor.id, message)
    for other in kept["growing"]:
        with contextlib.suppress(Forbidden):  # somebody else let it go on
            messages.cancel(actor.id, other)
    found: dict[str, Any] = kept["message"]
    return found


def _post(
    actor: Actor, conversation: str | None, parent: str | None, content: str, client_id: str | None,
    models: Sequence[str],
) -> dict[str, Any]:  # fmt: skip
    names, everybody = mentioned(_checked(content))
    return messages.post(
        actor.id, conversation, parent, content, client_id, names, limits.current.enabled, everybody, models
    )


def _checked(content: str) -> str:
    if len(content) > MAX_CHARACTERS:
        raise Invalid(f"The message has {len(content):,} characters; at most {MAX_CHARACTERS:,} are possible.")
    return content
