"""Servers of models: what administrators and the operator change about them, and whether they answer.

The actor None is the operator at the command line. Keys go in and never come out.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from app.adapters.llm import probe
from app.adapters.llm.probe import Found, ProbeError
from app.core.actor import Actor
from app.core.errors import Invalid, NotFound
from app.core.model_facts import KINDS
from app.core.names import is_shown, spaced
from app.core.secrets import KeyRing, SecretsError
from app.core.settings import Llm
from app.models import model_catalogue, model_status
from app.models import providers as model

UNREADABLE = "The stored key cannot be read with the keys of this installation; enter it again."
PAGE = 200
MOST_KEY = 4096


def all_providers(actor: Actor | None, keys: KeyRing) -> list[dict[str, Any]]:
    """Every server, the one of this machine first; `key_is_readable` says whether its key can still be used."""
    lost = {row["id"] for row in _unreadable(keys)} if (rows := model.all_providers(_id(actor))) else set()
    return [row | {"key_is_readable": row["id"] not in lost} for row in rows]


def get(actor: Actor | None, keys: KeyRing, provider: str) -> dict[str, Any]:
    """One of them. Raises NotFound."""
    return _shown(keys, model.get(_id(actor), provider))


def create(actor: Actor | None, keys: KeyRing, given: dict[str, Any]) -> dict[str, Any]:
    """Add a server.

    Args:
        given: `name`, `kind`, `base_url`, and perhaps `api_key`, `max_concurrent`, `first_piece_seconds`, `answer_seconds`.

    Raises:
        Conflict: the name is taken.
        Invalid: an address, name or kind will not do.
    """
    given = _checked(given)
    identity = model.new_id()
    return _shown(keys, model.create(_id(actor), identity, given, _seal(keys, identity, given.pop("api_key", None))))


def update(actor: Actor | None, keys: KeyRing, provider: str, given: dict[str, Any]) -> dict[str, Any]:
    """Change what `given` names; an empty `api_key` takes the key away. A key goes to no other server than the one that
    it was entered for: with another address it has to be given again, or it is taken away.

    Raises:
        NotFound, Conflict, Invalid: as `create`; or it has the default model and would be disabled.
    """
    given = _checked(given)
    key = given.pop("api_key", None)
    if key is None and "base_url" in given:
        before = model.get(_id(actor), provider)
        if before["has_key"] and _origin(before["base_url"]) != _origin(given["base_url"]):
            raise Invalid("The address is another server's: enter its key, too (or an empty one for none).",
                          errors={"api_key": ["Enter the key of this server."]})  # fmt: skip
    return _shown(keys, model.update(_id(actor), provider, given, _seal(keys, provider, key)))


def delete(actor: Actor | None, provider: str) -> list[str]:
    """Remove a server with its models; answers the names of the assistants that ask the default model from now on.

    Raises:
        NotFound, Conflict: it has the default model, or is the one of this machine.
    """
    return model.delete(_id(actor), provider)


def look_at(base_url: str, api_key: str = "") -> Found:
    """What is at an address that is no server of ours yet.

    Raises:
        Invalid: it is no address.
        ProbeError: nothing that could be used.
    """
    return probe.look(checked_url(base_url), api_key)


def look_again(actor: Actor | None, keys: KeyRing, config: Llm, provider: str) -> Found:
    """What is at a server of ours now. Raises NotFound, or ProbeError."""
    return probe.look(*_place(keys, config, model.get(_id(actor), provider)))


def named(actor: Actor | None, name: str) -> dict[str, Any]:
    """The server of this name. Raises NotFound."""
    found = [p for p in model.all_providers(_id(actor)) if p["name"].lower() == name.lower()]
    if not found:
        raise NotFound(f"There is no server {name}; `flask models list` shows them.")
    return found[0]


def examine(actor: Actor | None, keys: KeyRing, config: Llm, provider: str, wanted: str = "") -> dict[str, Any]:
    """Ask a server what it has, and one of its models for one token.

    Args:
        wanted: the model to ask, as the server calls it; else the first of ours that it has, or the first that it has.

    Returns:
        `{is_ok, problem, suggestion, kind, version, models, list_seconds, asked, answer_seconds}`.
    """
    row = model.get(_id(actor), provider)
    ours = [m for m in model_catalogue.all_models(_id(actor)) if m["provider"]["id"] == provider]
    result = {"is_ok": False, "problem": "", "suggestion": "", "kind": row["kind"], "version": "", "models": [],
              "list_seconds": None, "asked": "", "answer_seconds": None}  # fmt: skip
    if row["kind"] == "local" and not config.base_url and (status := model_status.get_status())["state"] == "ready":
        return result | {"is_ok": True, "asked": status["name"]}  # it told the launcher, which alone knows where it is
    try:
        place = _place(keys, config, row)
        found = probe.look(*place)
        result |= listed(found, {m["remote_name"] for m in ours})
        result["asked"] = asked = wanted or _first(found, [m["remote_name"] for m in ours])
        if asked not in {m.name for m in found.models}:
            result["problem"] = f"The server does not list the model {asked}." if asked else "The server has no model."
            return result
        result["answer_seconds"] = probe.ask(*place, asked)
    except ProbeError as error:
        return result | {"problem": str(error), "suggestion": error.suggestion}
    return result | {"is_ok": True}


def reseal(keys: KeyRing) -> tuple[int, list[str]]:
    """Encrypt every stored key with the newest one of the ring.

    Returns:
        How many were not, and the names of the servers whose key no key of the ring can read.
    """
    after, count, lost = None, 0, []
    while rows := model.sealed(after, PAGE):
        for row in rows:
            after = row["id"]
            try:
                if not keys.is_newest(row["secret"]):
                    opened = keys.decrypt(row["secret"], after)
                    count += model.reseal(after, row["secret"], keys.encrypt(opened, after))
            except SecretsError:
                lost.append(row["name"])
    return count, lost


def checked_url(text: str) -> str:
    """An address of a server.

    Raises:
        Invalid: it is none.
    """
    text = text.strip().rstrip("/")
    try:
        parts = urlsplit(text)
        is_one = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        is_one = False
    wrong = ""
    if not is_one or parts.scheme not in ("http", "https") or not re.fullmatch(r"[\x21-\x7e]{1,2000}", text):
        wrong = "Give an address that begins with http:// or https://, such as http://127.0.0.1:11434/v1."
    elif "@" in parts.netloc:
        wrong = "Leave the password out of the address, which everybody here sees; give it as the key."
    elif parts.query or parts.fragment:
        wrong = "Leave out what follows the path (? and #)."
    if wrong:
        raise Invalid(wrong, errors={"base_url": [wrong]})
    return text


def name_for(base_url: str) -> str:
    """What to call a server when nobody says: its host, and its port if that is unusual."""
    return urlsplit(base_url).netloc[:64]


def _id(actor: Actor | None) -> str | None:
    return actor.id if actor else None


def _checked(given: dict[str, Any]) -> dict[str, Any]:
    given = dict(given)
    if "base_url" in given:
        given["base_url"] = checked_url(given["base_url"])
    if "kind" in given and given["kind"] not in KINDS:
        kinds = f"A server is one of {', '.join(KINDS)}."
        raise Invalid(kinds, errors={"kind": [kinds]})
    if "name" in given and not is_shown(name := spaced(given["name"]), 64):
        wrong = "A name has 1 to 64 characters that can be seen."
        raise Invalid(wrong, errors={"name": [wrong]})
    if "name" in given:
        given["name"] = name
    key = given.get("api_key")
    if key and not re.fullmatch(rf"[\x21-\x7e]{{1,{MOST_KEY}}}", key):  # a header; a line of it would be another header
        wrong = "A key has letters, digits and signs, and no spaces."
        raise Invalid(wrong, errors={"api_key": [wrong]})
    return given


def _origin(base_url: str) -> tuple[str, str]:
    parts = urlsplit(base_url)
    return parts.scheme, parts.netloc.lower()


def _seal(keys: KeyRing, provider: str, key: str | None) -> bytes | None:
    if not key:
        return None if key is None else b""
    return keys.encrypt(key.encode(), provider)


def _shown(keys: KeyRing, row: dict[str, Any]) -> dict[str, Any]:
    return row | {"key_is_readable": not row["has_key"] or _opened(keys, row["id"]) is not None}


def _opened(keys: KeyRing, provider: str) -> str | None:
    sealed = model.secret(provider)
    try:
        return keys.decrypt(sealed, provider).decode() if sealed else ""
    except SecretsError:
        return None


def _unreadable(keys: KeyRing) -> list[dict[str, Any]]:
    lost, after = [], None
    while rows := model.sealed(after, PAGE):
        for row in rows:
            after = row["id"]
            try:
                keys.decrypt(row["secret"], after)
            except SecretsError:
                lost.append(row)
    return lost


def _place(keys: KeyRing, config: Llm, row: dict[str, Any]) -> tuple[str, str]:
    """Address and key of a server."""
    if row["kind"] == "local":
        if config.base_url:
            return config.base_url, config.api_key
        status = model_status.get_status()
        raise ProbeError(f"The model of this machine does not answer: {status['state']}. {status['detail']}".strip())
    key = _opened(keys, row["id"])
    if key is None:
        raise ProbeError(UNREADABLE)
    return row["base_url"], key


def listed(found: Found, ours: set[str]) -> dict[str, Any]:
    """What a look at a server says, as an examination does; `ours`: which of its models are ours."""
    models = [{"name": m.name, "context_tokens": m.context_tokens, "capabilities": list(m.capabilities),
               "is_added": m.name in ours} for m in found.models]  # fmt: skip
    return {"kind": found.kind, "version": found.version, "models": models, "list_seconds": found.seconds}


def _first(found: Found, ours: list[str]) -> str:
    there = [m.name for m in found.models]
    return next(
        (name for name in ours if name in there), next((name for name in ours if name), there[0] if there else "")
    )
