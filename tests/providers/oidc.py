"""A real OpenID Connect provider, made of Authlib's: discovery, JWKS, PKCE, nonce, codes that work once, userinfo."""

from __future__ import annotations

import base64
import hmac
import json
import time
from dataclasses import dataclass
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode
from flask import Response, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.providers.server import Server

CLIENT_ID, SECRET = "palaver", "the secret of palaver"
ANNA = {
    "sub": "248289761001", "preferred_username": "anna.lind", "name": "Anna Lind", "email": "anna@example.org",
    "email_verified": True,
}  # fmt: skip


class Client(ClientMixin):
    """Palaver as this provider knows it."""

    def __init__(self, server: OidcServer, client_id: str) -> None:
        self.server, self.client_id = server, client_id

    def get_client_id(self) -> str:
        return self.client_id

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == self.server.redirect_uri

    def check_client_secret(self, client_secret: str) -> bool:
        return self.server.knows_secret(client_secret)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method in self.server.auth_methods

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass
class Code(AuthorizationCodeMixin):
    code: str
    redirect_uri: str
    scope: str
    nonce: str | None
    code_challenge: str | None
    code_challenge_method: str | None

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str | None:
        return self.nonce

    def get_auth_time(self) -> int:
        return int(time.time())

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


class OidcServer(Server):
    """What the tests may switch.

    Attributes:
        person: who is signed in there; None says no.
        claims: what the id_token says instead of the truth (None leaves a claim out).
        signs: how it is signed: well, or "none", "public" (HS256 with the public key), "secret", "other", "garbage".
        in_token: the address and the names are in the id_token, and not only at the userinfo endpoint.
    """

    client_id = CLIENT_ID
    auth_methods = ["client_secret_basic", "client_secret_post"]
    response_mode = "query"
    pkce = True

    def __init__(self, name: str = "oidc") -> None:
        self._key = RSAKey.generate_key(2048, {"use": "sig"}, auto_kid=True)
        self._other = RSAKey.generate_key(2048, {"use": "sig"}, auto_kid=True)
        super().__init__(name)
        self.redirect_uri = f"http://localhost/api/oauth/{name}/callback"
        server = AuthorizationServer(self.app, lambda client_id: self._client(client_id), lambda token, request: None)
        server.init_app(self.app)
        extensions = [_Token(self)] + ([CodeChallenge(required=True)] if self.pkce else [])
        server.register_grant(_grant(self), extensions)
        self._server = server
        self._routes()

    def reset(self) -> None:
        super().reset()
        self.person: dict[str, Any] | None = dict(ANNA)
        self.claims: dict[str, Any] = {}
        self.signs, self.in_token, self.issuer = "well", True, self.url
        self.key = self._key
        self.codes: dict[str, Code] = {}
        self.access: dict[str, dict[str, Any]] = {}
        self.metadata: dict[str, Any] = {}
        self.callback_extra: dict[str, str] = {}
        self.userinfo: dict[str, Any] = {}

    def change_key(self) -> None:
        """As providers do every few weeks."""
        self.key = self._other

    def knows_secret(self, secret: str) -> bool:
        return secret == SECRET

    def _client(self, client_id: str) -> Client | None:
        return Client(self, client_id) if client_id == self.client_id else None

    def _routes(self) -> None:
        add = self.app.add_url_rule
        add("/.well-known/openid-configuration", "discovery", self._discovery)
        add("/jwks", "jwks", lambda: jsonify({"keys": [self.key.as_dict(private=False)]}))
        add("/authorize", "authorize", self._authorize)
        add("/token", "token", lambda: self._server.create_token_response(), methods=["POST"])
        add("/userinfo", "userinfo", self._userinfo)

    def _discovery(self) -> Response:
        document = {
            "issuer": self.issuer, "authorization_endpoint": self.url + "/authorize",
            "token_endpoint": self.url + "/token", "jwks_uri": self.url + "/jwks",
            "userinfo_endpoint": self.url + "/userinfo", "token_endpoint_auth_methods_supported": self.auth_methods,
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
        }  # fmt: skip
        return jsonify(document | self.metadata)

    def _authorize(self) -> Any:
        try:
            grant = self._server.get_consent_grant(end_user=self.person)
        except OAuth2Error as error:
            return Response(str(error), 400)
        answer = self._server.create_authorization_response(grant=grant, grant_user=self.person)
        if answer.status_code == 302 and self.callback_extra:
            extra = "&".join(f"{key}={value}" for key, value in self.callback_extra.items())
            return redirect(f"{answer.location}&{extra}")
        return answer

    def _userinfo(self) -> Any:
        person = self.access.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
        return jsonify(person | self.userinfo) if person else Response("", 401)

    def id_token(self, claims: dict[str, Any]) -> str:
        """Sign as well as the test wishes."""
        said = {key: value for key, value in (claims | self.claims).items() if value is not None}
        header: dict[str, Any] = {"alg": "RS256", "kid": self.key.kid}
        if self.signs == "none":
            return by_hand({"alg": "none"}, said)
        if self.signs in ("public", "secret"):
            key = self.key.as_pem(private=False) if self.signs == "public" else SECRET.encode()
            return by_hand(header | {"alg": "HS256"}, said, key)
        token = jwt.encode(header, said, self._other if self.signs == "other" else self.key, ["RS256"])
        return token[:-8] + "AAAAAAAA" if self.signs == "garbage" else token


def by_hand(header: dict[str, Any], claims: dict[str, Any], key: bytes = b"") -> str:
    """A token that no honest library would make."""
    head, body = (_b64(json.dumps(part).encode()) for part in (header, claims))
    return f"{head}.{body}.{_b64(hmac.digest(key, f'{head}.{body}'.encode(), 'sha256')) if key else ''}"


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class _Token(OpenIDCode):
    def __init__(self, server: OidcServer) -> None:
        super().__init__(require_nonce=True)
        self.server = server

    def exists_nonce(self, nonce: str, request: Any) -> bool:
        return any(code.nonce == nonce for code in self.server.codes.values())

    def resolve_client_private_key(self, client: Any) -> RSAKey:
        return self.server.key

    def get_client_claims(self, client: Any) -> dict[str, Any]:
        return {"iss": self.server.issuer, "aud": client.get_client_id()}

    def generate_user_info(self, user: dict[str, Any], scope: str) -> UserInfo:
        return UserInfo(user if self.server.in_token else {"sub": user["sub"]})

    def encode_id_token(self, token: dict[str, Any], request: Any) -> str:
        self.server.access[token["access_token"]] = request.user
        claims = self.get_compatible_claims(request) | self.get_authorization_code_claims(request.authorization_code)
        return self.server.id_token(claims | self.generate_user_info(request.user, token["scope"]))


def _grant(server: OidcServer) -> type[AuthorizationCodeGrant]:
    class Codes(AuthorizationCodeGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = server.auth_methods
        AUTHORIZATION_CODE_LENGTH = 48

        def save_authorization_code(self, code: str, request: Any) -> None:
            data = request.payload.data
            server.codes[code] = Code(
                code, request.payload.redirect_uri, request.payload.scope, data.get("nonce"),
                data.get("code_challenge"), data.get("code_challenge_method"),
            )  # fmt: skip

        def query_authorization_code(self, code: str, client: Any) -> Code | None:
            return server.codes.get(code)

        def delete_authorization_code(self, authorization_code: Code) -> None:
            server.codes.pop(authorization_code.code)

        def authenticate_user(self, authorization_code: Code) -> dict[str, Any] | None:
            return server.person

    return Codes
