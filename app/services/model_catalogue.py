"""The models that can be asked: what administrators and the operator change about them, and what everybody sees.

The actor None is the operator at the command line.
"""

from __future__ import annotations

import re
from typing import Any

import orjson

from app.core.actor import Actor
from app.core.errors import Invalid, NotFound
from app.core.model_facts import CAPABILITIES, OURS
from app.core.names import is_shown
from app.models import model_catalogue as model

MOST_PARAMETERS = 4096


def all_models(actor: Actor | None) -> list[dict[str, Any]]:
    """Every model, the default one first."""
    return model.all_models(_id(actor))


def get(actor: Actor | None, wanted: str) -> dict[str, Any]:
    """One of them. Raises NotFound."""
    return model.get(_id(actor), wanted)


def offered(actor: Actor) -> list[dict[str, Any]]:
    """What everybody may ask, the default one first."""
    return model.offered(actor.id)


def create(actor: Actor | None, provider: str, given: dict[str, Any]) -> dict[str, Any]:
    """Add a model of a server.

    Raises:
        NotFound: there is no such server.
        Conflict: the name is taken.
        Invalid: a value will not do.
    """
    return model.create(_id(actor), provider, _checked(given))


def update(actor: Actor | None, wanted: str, given: dict[str, Any]) -> dict[str, Any]:
    """Change what `given` names. Raises as `create` does; Conflict also for disabling the default model."""
    return model.update(_id(actor), wanted, _checked(given))


def delete(actor: Actor | None, wanted: str) -> list[str]:
    """Remove a model; answers the names of the assistants that ask the default one from now on.

    Raises:
        NotFound, Conflict: it is the default one.
    """
    return model.delete(_id(actor), wanted)


def set_default(actor: Actor | None, wanted: str) -> dict[str, Any]:
    """Ask this one wherever no other is chosen. Raises NotFound, or Conflict while it is disabled."""
    return model.set_default(_id(actor), wanted)


def named(actor: Actor | None, name: str) -> dict[str, Any]:
    """The model of this name. Raises NotFound."""
    found = [m for m in all_models(actor) if m["name"].lower() == name.lower()]
    if not found:
        raise NotFound(f"There is no model {name}; `flask models list` shows them.")
    return found[0]


def name_for(remote_name: str, taken: set[str]) -> str:
    """What we call a model of a server when nobody says: as the server does, without spaces, and not as another."""
    name = "".join(c for c in re.sub(r"\s+", "-", remote_name.strip()) if c.isprintable())[:120] or "model"
    free = (f"{name}-{n}" if n > 1 else name for n in range(1, 10_000))
    return next(one for one in free if one.lower() not in {t.lower() for t in taken})


def _id(actor: Actor | None) -> str | None:
    return actor.id if actor else None


def _checked(given: dict[str, Any]) -> dict[str, Any]:
    wrong: dict[str, list[str]] = {}
    if "name" in given and not (is_shown(given["name"], 128) and " " not in given["name"]):
        wrong["name"] = ["A name has 1 to 128 characters that can be seen, and no spaces."]
    if unknown := set(given.get("capabilities") or ()) - set(CAPABILITIES):
        wrong["capabilities"] = [f"{', '.join(sorted(unknown))}: a model can be capable of {', '.join(CAPABILITIES)}."]
    if sentence := _wrong_parameters(given.get("parameters") or {}):
        wrong["parameters"] = [sentence]
    if wrong:
        raise Invalid(" ".join(text for texts in wrong.values() for text in texts), errors=wrong)
    return given


def _wrong_parameters(parameters: dict[str, Any]) -> str:
    if ours := sorted(OURS & parameters.keys()):
        return f"Palaver sets {', '.join(ours)} by itself; leave it out of the parameters."
    if len(orjson.dumps(parameters)) > MOST_PARAMETERS:
        return "These are too many parameters."
    longest = parameters.get("max_tokens", 1)
    if not isinstance(longest, int) or isinstance(longest, bool) or not 1 <= longest <= 10_000_000:
        return "max_tokens is a whole number above 0."
    for name, least, most in (("temperature", 0, 2), ("top_p", 0, 1)):
        value = parameters.get(name, 0)
        if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value <= most:
            return f"{name} is a number from {least} to {most}."
    return ""
