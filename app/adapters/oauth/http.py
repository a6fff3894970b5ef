"""HTTP to providers for Authlib: urllib3, whose certificates are the machine's own, with an end to every wait."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import orjson
import urllib3
from authlib.common.errors import AuthlibBaseError
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.client import OAuth2Client
from urllib3.exceptions import HTTPError

from app.adapters.oauth import ProviderDown, ProviderRefused

log = logging.getLogger(__name__)

MAX_BYTES = 1_048_576
AGENT = {"User-Agent": "Palaver"}


class Client(OAuth2Client):
    """Authlib's client. Its own error class fails when a provider's description has an unusual character."""

    oauth_error_class = AuthlibBaseError


class _Answer:
    """As much of a response as Authlib looks at."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status_code, self._body = status, body

    def json(self) -> Any:
        return orjson.loads(self._body)

    def raise_for_status(self) -> None:
        if self.status_code >= 300:
            raise HTTPError(f"status {self.status_code}")


class Http:
    """Requests to one provider.

    Args:
        label: what people call the provider, for the sentences about it.
        seconds: how long one request may take, whatever the other side does.
    """

    def __init__(self, label: str, seconds: float) -> None:
        self._label, self._seconds = label, seconds
        timeout = urllib3.Timeout(connect=min(seconds, 5.0), read=seconds)
        self._pool = urllib3.PoolManager(maxsize=16, retries=False, timeout=timeout)

    def get(self, url: str, token: str | None = None, **headers: str) -> Any:
        """The JSON at an address.

        Raises:
            ProviderDown: there is none right now.
        """
        given = AGENT | {"Accept": "application/json"} | headers
        if token:
            given["Authorization"] = f"Bearer {token}"

        def read() -> Any:
            answer = self._send("GET", url, given, None)
            answer.raise_for_status()
            return answer.json()

        return self._carefully(url, read)

    def fetch_token(self, client: Client, url: str, **given: str) -> dict[str, Any]:
        """Authlib's exchange of a code for tokens.

        Raises:
            ProviderDown: the provider did not answer.
            ProviderRefused: it did not take the code.
        """
        return self._carefully(url, lambda: client.fetch_token(url, **given))

    def post(self, url: str, data: dict[str, str], headers: dict[str, str], auth: ClientAuth) -> _Answer:
        """What Authlib calls to send a form; `auth` adds the client's secret to it."""
        url, headers, body = auth.prepare("POST", url, headers | AGENT, urlencode(data))
        return self._send("POST", url, headers, body)

    def _send(self, method: str, url: str, headers: dict[str, str], body: str | None) -> _Answer:
        # urllib3's own time-outs begin again with every byte.
        deadline = time.monotonic() + self._seconds
        response = self._pool.request(method, url, headers=headers, body=body, redirect=False, preload_content=False)
        try:
            read = b""
            while part := response.read1(65_536):
                read += part
                if len(read) > MAX_BYTES or time.monotonic() > deadline:
                    raise HTTPError("the answer is too long or too slow")
            response.release_conn()
            return _Answer(response.status, read)
        finally:
            response.close()

    def _carefully(self, url: str, call: Callable[[], Any]) -> Any:
        """Neither the log nor the person gets the provider's own words: they may quote what was sent."""
        try:
            return call()
        except AuthlibBaseError as error:
            log.warning("%s refused a code: %.60r", self._label, error.error)
            raise ProviderRefused(f"{self._label} did not confirm the sign-in; begin again.") from None
        except (HTTPError, ValueError, TypeError) as error:
            log.warning("%s did not answer at %s: %s", self._label, url.partition("?")[0], type(error).__name__)
            raise ProviderDown(f"{self._label} cannot be reached right now; try again in a moment.") from None
