"""Sign in with Apple: OpenID Connect, with a client secret that we sign and an answer that comes as a form."""

from __future__ import annotations

import time
from pathlib import Path

from joserfc import jwt
from joserfc.jwk import ECKey

from app.adapters.oauth.oidc import OidcProvider
from app.core.config import ConfigError

SECRET_SECONDS = 300


class AppleProvider(OidcProvider):
    """Apple.

    Args:
        key: the private key, as text (in the environment, `\\n` stands for a new line) or as the path of the .p8 file.

    Raises:
        ConfigError: the key cannot be read.
    """

    posts_back = True

    def __init__(self, issuer: str, client_id: str, team: str, key_id: str, key: str, seconds: float) -> None:
        super().__init__("apple", "Apple", issuer, client_id, "", "openid name email", seconds)
        self._team, self._key_id, self._key = team, key_id, _private_key(key)

    def _asked(self) -> dict[str, str]:
        # Apple refuses to give name and address in a query.
        return {"response_mode": "form_post"}

    def _client_secret(self) -> str:
        now = int(time.time())
        claims = {
            "iss": self._team,
            "iat": now,
            "exp": now + SECRET_SECONDS,
            "aud": self._issuer,
            "sub": self._client_id,
        }
        return jwt.encode({"alg": "ES256", "kid": self._key_id}, claims, self._key, ["ES256"], default_type=None)

    def _auth_method(self, has_secret: bool) -> str:
        return "client_secret_post"


def _private_key(given: str) -> ECKey:
    try:
        text = given.replace("\\n", "\n") if "BEGIN" in given else Path(given).read_text()
        key = ECKey.import_key(text.strip())
        if not key.is_private or key.curve_name != "P-256":
            raise ValueError
        return key
    except (OSError, ValueError):
        raise ConfigError("oauth.apple_private_key is not a private key of Apple's (a .p8 file) or its path") from None
