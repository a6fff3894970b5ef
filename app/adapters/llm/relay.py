"""What a server of models answers, handed on as it comes: nothing of it is interpreted that need not be."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import orjson
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from app.adapters.llm import ModelError, bounds
from app.adapters.llm.body import broken_off, streamed
from app.adapters.llm.openai import OpenAIChat


class Relay:
    """One request to a server of models."""

    def __init__(self, client: OpenAIChat, body: dict[str, Any], seconds: float) -> None:
        """`seconds`: how long nothing may come."""
        self._client, self._body, self._seconds = client, body, seconds
        self._response: BaseHTTPResponse | None = None

    def open(self) -> None:
        """Ask; returns when the server has begun to answer.

        Raises:
            ModelError: it cannot be reached, or refused.
        """
        self._response = self._client.open(self._body, self._seconds)

    def whole(self) -> dict[str, Any]:
        """An answer that is not streamed.

        Raises:
            ModelError: broken off, or not an object.
        """
        assert self._response is not None
        try:
            answer = orjson.loads(bounds.whole(self._response, self._client.key))
        except HTTPError as error:
            raise broken_off() from error
        except orjson.JSONDecodeError as error:
            raise ModelError("The model server sent something that is not JSON.") from error
        if not isinstance(answer, dict):
            raise ModelError("The model server answered something that is not an object.")
        return answer

    def values(self) -> Iterator[list[bytes]]:
        """What the `data:` lines say: as many at once as have come.

        Raises:
            ModelError: broken off.
        """
        assert self._response is not None
        return streamed(self._response, self._client.pace, self._client.key)

    def interrupt(self) -> None:
        """Let whoever is reading see the end, from another greenlet."""
        if self._response is not None:
            with contextlib.suppress(OSError, ValueError, AttributeError):
                self._response.shutdown()

    def close(self) -> None:
        """Close the connection, which ends the generation."""
        if self._response is not None:
            self._response.close()
