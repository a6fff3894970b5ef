"""Sign in with Apple, over HTTP: a client secret that the client signs, a form instead of a redirect, odd booleans."""

from __future__ import annotations

import html
import json
import time
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask import Response, request
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from tests.providers.oidc import OidcServer

CLIENT_ID, TEAM, KEY_ID = "org.example.chat", "TEAM123456", "KEY1234567"
PRIVATE = ECKey.generate_key("P-256", private=True)
TIM = {"sub": "001999.f00.1234", "email": "x7@privaterelay.appleid.com", "email_verified": "true"}
NAME = {"name": {"firstName": "Tim", "lastName": "Äpple"}, "email": TIM["email"]}


class AppleServer(OidcServer):
    """Apple: it knows no client_secret_basic and no PKCE, and tells the name once, in the form."""

    client_id = CLIENT_ID
    auth_methods = ["client_secret_post"]
    pkce = False

    def __init__(self) -> None:
        super().__init__("apple")

    def reset(self) -> None:
        super().reset()
        self.person = dict(TIM)
        self.user: Any = NAME
        self.seen: list[dict[str, Any]] = []

    def knows_secret(self, secret: str) -> bool:
        """A JWT by the team's key, not longer than six months, for this client alone."""
        try:
            token = jwt.decode(secret, PRIVATE, algorithms=["ES256"])
        except JoseError:
            return False
        claims, now = token.claims, time.time()
        self.seen.append(claims)
        return (
            token.header["kid"] == KEY_ID and claims["iss"] == TEAM and claims["sub"] == CLIENT_ID
            and claims["aud"] == self.issuer and now - 60 < claims["iat"] <= now < claims["exp"] < now + 15_777_000
        )  # fmt: skip

    def _authorize(self) -> Any:
        if {"name", "email"} & set(request.args["scope"].split()) and request.args["response_mode"] != "form_post":
            return Response("response_mode must be form_post when name or email scope is requested", 400)
        answer = super()._authorize()
        if answer.status_code != 302:
            return answer
        fields = dict(parse_qsl(urlsplit(answer.location).query))
        if "code" in fields and self.user is not None:
            fields["user"] = json.dumps(self.user)
        inputs = "".join(f'<input type="hidden" name="{k}" value="{html.escape(v)}">' for k, v in fields.items())
        return Response(
            f'<form method="post" action="{request.args["redirect_uri"]}">{inputs}<button>Continue</button></form>'
        )
