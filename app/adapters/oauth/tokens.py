"""Is this id_token the provider's word, about this try, to us? (OpenID Connect Core, section 3.1.3.7)"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

# Neither "none" nor the HS family: with those, who knows the public key or nothing at all could sign.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
LEEWAY_SECONDS = 60

_registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)


class TokenError(Exception):
    """The token cannot be believed; the message is for the log and quotes nothing."""


def claims_of(
    token: dict[str, Any], keys: Callable[[bool], dict[str, Any]], issuers: list[str], client_id: str, nonce: str
) -> dict[str, Any]:
    """The claims of the id_token in a token response.

    Args:
        keys: the provider's JWKS; True asks for them anew.

    Raises:
        TokenError: signature, issuer, audience, time or nonce are wrong.
    """
    options = {"iss": {"essential": True, "values": issuers}, "aud": {"essential": True, "value": client_id}}
    params = {"nonce": nonce, "client_id": client_id, "access_token": token.get("access_token")}
    try:
        signed = _verified(str(token.get("id_token", "")), keys)
        claims = CodeIDToken(signed.claims, signed.header, options, params)
        claims.validate(leeway=LEEWAY_SECONDS)
    except JoseError as error:
        raise TokenError(f"{type(error).__name__} {getattr(error, 'claim', '')}".strip()) from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise TokenError(type(error).__name__) from None
    if not 1 <= len(str(claims["sub"])) <= 255:
        raise TokenError("sub")
    return dict(claims)


def _verified(text: str, keys: Callable[[bool], dict[str, Any]]) -> jwt.Token:
    try:
        return jwt.decode(text, KeySet.import_key_set(_signing(keys(False))), registry=_registry)
    except InvalidKeyIdError:  # the provider has changed its keys
        return jwt.decode(text, KeySet.import_key_set(_signing(keys(True))), registry=_registry)


def _signing(keys: dict[str, Any]) -> Any:
    return {"keys": [key for key in keys["keys"] if key.get("kty") != "oct" and key.get("use", "sig") == "sig"]}
