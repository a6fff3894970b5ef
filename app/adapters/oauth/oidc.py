"""Any OpenID Connect provider, found by its issuer; Google is one."""

from __future__ import annotations

import logging
import time
from typing import Any

from app.adapters.oauth import Attempt, Identity, ProviderDown, ProviderRefused
from app.adapters.oauth.http import Client, Http
from app.adapters.oauth.tokens import TokenError, claims_of

log = logging.getLogger(__name__)

REMEMBERED_SECONDS = 3600.0


class OidcProvider:
    """One provider.

    Args:
        issuer: where its discovery document is, and what its tokens must say.
        secret: empty for a public client.
    """

    posts_back = False

    def __init__(
        self, name: str, label: str, issuer: str, client_id: str, secret: str, scopes: str, seconds: float
    ) -> None:
        self.name, self.label = name, label
        self._issuer, self._client_id, self._secret, self._scopes = issuer, client_id, secret, scopes
        self._http = Http(label, seconds)
        self._documents: dict[str, tuple[float, dict[str, Any]]] = {}

    def authorization_url(self, attempt: Attempt) -> str:
        url, _ = self._client(attempt).create_authorization_url(
            self._endpoint("authorization_endpoint"), state=attempt.state, nonce=attempt.nonce,
            code_verifier=attempt.verifier, **self._asked(),
        )  # fmt: skip
        return url

    def identify(self, attempt: Attempt, code: str, issuer: str | None = None) -> Identity:
        if issuer is not None and issuer != self._issuer:
            raise self._refused("the callback names another issuer")
        token = self._http.fetch_token(
            self._client(attempt), self._endpoint("token_endpoint"), code=code, code_verifier=attempt.verifier
        )
        try:
            claims = claims_of(token, self._keys, self._issuers(), self._client_id, attempt.nonce)
        except TokenError as error:
            raise self._refused(f"the id_token is wrong: {error}") from None
        return self._identity(claims | self._more(token, claims))

    # What Google and Apple do in their own way.

    def _asked(self) -> dict[str, str]:
        """Further parameters of the authorization request."""
        return {}

    def _issuers(self) -> list[str]:
        return [self._issuer]

    def _client_secret(self) -> str:
        return self._secret

    def _client(self, attempt: Attempt) -> Client:
        secret = self._client_secret()
        return Client(
            self._http, self._client_id, secret or None, scope=self._scopes, redirect_uri=attempt.redirect_uri,
            code_challenge_method="S256", token_endpoint_auth_method=self._auth_method(bool(secret)),
        )  # fmt: skip

    def _auth_method(self, has_secret: bool) -> str:
        if not has_secret:
            return "none"
        known = self._metadata().get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        return "client_secret_basic" if "client_secret_basic" in known else "client_secret_post"

    def _more(self, token: dict[str, Any], claims: dict[str, Any]) -> dict[str, Any]:
        """What the provider only tells at its userinfo endpoint."""
        address = self._metadata().get("userinfo_endpoint")
        if "email" in claims or not address or not token.get("access_token"):
            return {}
        told = self._http.get(self._endpoint("userinfo_endpoint"), token["access_token"])
        if not isinstance(told, dict) or told.get("sub") != claims["sub"]:
            raise self._refused("userinfo is about somebody else")
        return {key: value for key, value in told.items() if key in ("email", "email_verified", *NAMES)}

    def _identity(self, claims: dict[str, Any]) -> Identity:
        # Some providers write booleans as text.
        said_so = claims.get("email_verified")
        verified = said_so is True or said_so == "true"
        said = {key: value for key in NAMES if isinstance(value := claims.get(key), str)}
        email = claims.get("email")
        address = email if verified and isinstance(email, str) and "@" in email else None
        names = [said.get("preferred_username"), said.get("nickname"), address, said.get("name")]
        return Identity(
            self.name, self._issuer, claims["sub"], address, said.get("name", ""), tuple(n for n in names if n)
        )

    def _endpoint(self, name: str) -> str:
        address = self._metadata().get(name)
        if not isinstance(address, str) or not self._is_as_safe(address):
            raise self._down(f"its document has no usable {name}")
        return address

    def _is_as_safe(self, address: str) -> bool:
        """A provider that is reached by HTTPS does not send secrets elsewhere in the clear."""
        return address.startswith("https://") or (self._issuer.startswith("http://") and address.startswith("http://"))

    def _metadata(self) -> dict[str, Any]:
        found = self._document(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != self._issuer:
            raise self._down("its document names another issuer; oauth.…_issuer must be exactly the same")
        return found

    def _keys(self, anew: bool) -> dict[str, Any]:
        return self._document(self._endpoint("jwks_uri"), anew)

    def _document(self, address: str, anew: bool = False) -> dict[str, Any]:
        at, found = self._documents.get(address, (0.0, {}))
        if anew or not found or time.monotonic() - at > REMEMBERED_SECONDS:
            found = self._http.get(address)
            if not isinstance(found, dict):
                raise self._down("its document is not an object")
            self._documents[address] = (time.monotonic(), found)
        return found

    def _down(self, why: str) -> ProviderDown:
        log.warning("%s: %s", self.label, why)
        return ProviderDown(f"{self.label} cannot be reached right now; try again in a moment.")

    def _refused(self, why: str) -> ProviderRefused:
        log.warning("%s: %s", self.label, why)
        return ProviderRefused(f"{self.label} did not confirm the sign-in; begin again.")


NAMES = ("preferred_username", "nickname", "name")


class GoogleProvider(OidcProvider):
    """Google, whose tokens may name it without `https://`."""

    def _issuers(self) -> list[str]:
        return [self._issuer, self._issuer.removeprefix("https://")]

    def _asked(self) -> dict[str, str]:
        return {"prompt": "select_account"}
