"""Assistants: who there is, what they are told, which model they ask and when they answer.

The actor None is the operator at the command line.
"""

from __future__ import annotations

from typing import Any

from app.core.actor import Actor
from app.core.avatars import is_avatar
from app.core.errors import Invalid, NotFound
from app.core.names import is_shown, spaced
from app.models import assistants as model
from app.services.auth import USERNAME
from app.services.mentions import EVERYBODY


def all_assistants(actor: Actor | None) -> list[dict[str, Any]]:
    """Every assistant, oldest first."""
    return model.all_assistants(_id(actor))


def get(actor: Actor | None, assistant: str) -> dict[str, Any]:
    """One of them. Raises NotFound."""
    return model.get(_id(actor), assistant)


def offered(actor: Actor) -> list[dict[str, Any]]:
    """Whom everybody may ask."""
    return model.offered(actor.id)


def create(actor: Actor | None, given: dict[str, Any]) -> dict[str, Any]:
    """Make an assistant.

    Raises:
        Conflict: the user name is taken.
        Invalid: a name, picture or model will not do.
    """
    return model.create(_id(actor), _checked(given))


def update(actor: Actor | None, assistant: str, given: dict[str, Any]) -> dict[str, Any]:
    """Change what `given` names; `disabled` takes it out of every list, and it answers no more. Raises as `create` does."""
    return model.update(_id(actor), assistant, _checked(given))


def named(actor: Actor | None, name: str) -> dict[str, Any]:
    """The assistant of this user name. Raises NotFound."""
    found = [a for a in all_assistants(actor) if a["username"].lower() == name.removeprefix("@").lower()]
    if not found:
        raise NotFound(f"There is no assistant {name}; `flask assistants list` shows them.")
    return found[0]


def _id(actor: Actor | None) -> str | None:
    return actor.id if actor else None


def _checked(given: dict[str, Any]) -> dict[str, Any]:
    given, wrong = dict(given), {}
    if "username" in given and (not USERNAME.fullmatch(given["username"]) or given["username"].lower() == EVERYBODY):
        wrong["username"] = ["Use 1 to 32 letters, digits, dots, dashes or underscores; begin with a letter or digit."]
    if given.get("display_name") is not None:
        given["display_name"] = spaced(given["display_name"])
        if not is_shown(given["display_name"], 80):
            wrong["display_name"] = ["Use 1 to 80 characters that can be seen."]
    if given.get("avatar"):
        given["avatar"] = given["avatar"].strip()
        if given["avatar"] and not is_avatar(given["avatar"]):
            wrong["avatar"] = ["Use one emoji, or one or two letters."]
    if wrong:
        raise Invalid(" ".join(text for texts in wrong.values() for text in texts), errors=wrong)
    return given
