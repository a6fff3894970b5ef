"""Which server answers for a model of the database: one client for each, kept while its row stays the same."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from app.adapters.llm import ChatModel, ModelError
from app.adapters.llm.openai import OpenAIChat
from app.core.secrets import KeyRing, SecretsError
from app.core.settings import Llm

# Clients that are kept; each holds connections to its server.
MOST_KEPT = 64


@dataclass(frozen=True)
class _Place:
    """Where a model is asked, and as what. Rows that say the same share a client."""

    base_url: str
    api_key: str
    name: str


class ChatModels:
    """Makes clients from what `internal.model_secret_json` tells of a model.

    Args:
        config: says where the model of this machine answers, whose provider has no address in the database.
        keys: what the keys of providers are encrypted with; the owner is the provider's id.
    """

    def __init__(self, config: Llm, keys: KeyRing) -> None:
        self._config, self._keys = config, keys
        self._kept: dict[_Place, ChatModel] = {}
        self._lock = threading.Lock()

    def of(self, model: dict[str, Any] | None) -> ChatModel:
        """The client for this model.

        Raises:
            ModelError: there is no model, it is switched off, or its key cannot be read.
        """
        if model is None:
            raise ModelError("No model is set up on this server; an administrator can add one.", "PV.MODEL.NONE")
        if not model["is_enabled"]:
            raise ModelError(f"The model {model['name']} is switched off; choose another one.", "PV.MODEL.DISABLED")
        place = self._place(model)
        with self._lock:
            if place not in self._kept:
                while len(self._kept) >= MOST_KEPT:
                    self._kept.pop(next(iter(self._kept)))
                self._kept[place] = OpenAIChat(place.base_url, place.api_key, place.name)
            return self._kept[place]

    def _place(self, model: dict[str, Any]) -> _Place:
        provider = model["provider"]
        if provider["kind"] == "local":
            if not self._config.base_url:
                raise ModelError("No model is set up on this server.", "PV.MODEL.NONE")
            name = model["remote_name"] or self._config.remote_model
            return _Place(self._config.base_url, self._config.api_key, name)
        try:
            sealed = provider["api_key"]
            key = self._keys.decrypt(bytes.fromhex(sealed), provider["id"]).decode() if sealed else ""
        except SecretsError as error:
            raise ModelError(
                "The key of this model's server cannot be read any more; an administrator has to enter it again.",
                "PV.MODEL.KEY",
            ) from error
        return _Place(provider["base_url"], key, model["remote_name"])


def parameters(asked: dict[str, Any], config: Llm) -> dict[str, Any]:
    """What goes with a request to a model: the model's own parameters, the assistant's temperature, the longest answer."""
    given: dict[str, Any] = {"max_tokens": config.max_answer_tokens} | asked["model"]["parameters"]
    if (assistant := asked["assistant"]) and assistant["temperature"] is not None:
        given["temperature"] = assistant["temperature"]
    return given
