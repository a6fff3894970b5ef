from __future__ import annotations

import re
from typing import Any

from app.core.actor import Actor
from app.core.errors import Invalid
from app.models import messages, threads
from app.services import conversations, limits

MENTION = re.compile(r"(?<![\w@./])@([^\W_][\w.-]{0,31})")
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


def tree(
    actor: Actor, root: str, after: int | None = None, before: int | None = None, limit: int = 200
) -> dict[str, Any]:
    """A page of a thread in chronological order: `{root_id, thread, items, next, previous}`."""
    return threads.tree(actor.id, root, after, before, limit)


def chunks(actor: Actor, message: str, start: int = 0, limit: int = 500) -> list[dict[str, Any]]:
    """The pieces of an answer from number `start` on."""
    return messages.chunks(actor.id, message, start, limit)


def cancel(actor: Actor, message: str) -> dict[str, Any]:
    """Stop an answer, before it begins or while it grows; what is written stays."""
    return messages.cancel(actor.id, message)


def regenerate(actor: Actor, message: str) -> dict[str, Any]:
    """Ask for another answer to the same question, beside the old one."""
    return messages.regenerate(actor.id, message)


def mentioned(content: str) -> list[str]:
    """The user names after an @, in lower case, each once; e-mail addresses and paths are not mentions."""
    return sorted({name.rstrip(".-").lower() for name in MENTION.findall(content)})


def _post(
    actor: Actor, conversation: str | None, parent: str | None, content: str, client_id: str | None
) -> dict[str, Any]:
    is_limited = limits.current.enabled
    return messages.post(actor.id, conversation, parent, _checked(content), client_id, mentioned(content), is_limited)


def _checked(content: str) -> str:
    if len(content) > MAX_CHARACTERS:
        raise Invalid(f"The message has {len(content):,} characters; at most {MAX_CHARACTERS:,} are possible.")
    return content
