"""GitHub and GitHub Enterprise: OAuth without OpenID Connect, so the API says who it is."""

from __future__ import annotations

import logging
from typing import Any

from app.adapters.oauth import Attempt, Identity, ProviderRefused
from app.adapters.oauth.http import Client, Http

log = logging.getLogger(__name__)

VERSION = {"X-GitHub-Api-Version": "2022-11-28"}


class GithubProvider:
    """GitHub.

    Args:
        url: the site, where people are asked.
        api: its API.
    """

    name, label, posts_back = "github", "GitHub", False

    def __init__(self, url: str, api: str, client_id: str, secret: str, seconds: float) -> None:
        self._url, self._api = url.rstrip("/"), api.rstrip("/")
        self._client_id, self._secret = client_id, secret
        self._http = Http(self.label, seconds)

    def authorization_url(self, attempt: Attempt) -> str:
        url, _ = self._client(attempt).create_authorization_url(
            f"{self._url}/login/oauth/authorize", state=attempt.state, code_verifier=attempt.verifier
        )
        return url

    def identify(self, attempt: Attempt, code: str, issuer: str | None = None) -> Identity:
        token = self._http.fetch_token(
            self._client(attempt), f"{self._url}/login/oauth/access_token", code=code, code_verifier=attempt.verifier
        )
        if not isinstance(token.get("access_token"), str):
            raise self._refused("there is no access token")
        user = self._ask("/user", token["access_token"])
        if not isinstance(user, dict) or not isinstance(user.get("id"), int):
            raise self._refused("the API did not say who it is")
        names = tuple(n for n in (user.get("login"), user.get("name")) if isinstance(n, str) and n)
        return Identity(
            self.name,
            self._url,
            str(user["id"]),
            self._address(token["access_token"]),
            names[-1] if names else "",
            names,
        )

    def _address(self, token: str) -> str | None:
        """The primary address if it is verified: the profile's own is whatever its owner typed."""
        listed = self._ask("/user/emails", token)
        for entry in listed if isinstance(listed, list) else []:
            if isinstance(entry, dict) and entry.get("primary") is True and entry.get("verified") is True:
                return entry["email"] if isinstance(entry.get("email"), str) else None
        return None

    def _ask(self, path: str, token: str) -> Any:
        return self._http.get(self._api + path, token, **VERSION)

    def _client(self, attempt: Attempt) -> Client:
        return Client(
            self._http, self._client_id, self._secret, scope="read:user user:email", redirect_uri=attempt.redirect_uri,
            code_challenge_method="S256", token_endpoint_auth_method="client_secret_post",
        )  # fmt: skip

    def _refused(self, why: str) -> ProviderRefused:
        log.warning("%s: %s", self.label, why)
        return ProviderRefused(f"{self.label} did not confirm the sign-in; begin again.")
