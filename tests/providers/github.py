"""What GitHub's OAuth and API do, over HTTP: errors with status 200, addresses at a door of their own, PKCE."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlencode

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from flask import Response, jsonify, redirect, request

from tests.providers.server import Server

CLIENT_ID, SECRET = "Iv1.palaver", "the secret at github"
OCTOCAT = {"id": 583231, "login": "Octo-Cat", "name": "Mona Octocat", "email": "typed-by-anybody@example.org"}
ADDRESSES = [
    {"email": "old@example.org", "primary": False, "verified": True},
    {"email": "mona@example.org", "primary": True, "verified": True},
]


class GithubServer(Server):
    """GitHub, as far as signing in needs it."""

    redirect_uri = "http://localhost/api/oauth/github/callback"

    def __init__(self) -> None:
        super().__init__("github")
        add = self.app.add_url_rule
        add("/login/oauth/authorize", "authorize", self._authorize)
        add("/login/oauth/access_token", "token", self._token, methods=["POST"])
        add("/api/v3/user", "user", lambda: self._told(self.user))
        add("/api/v3/user/emails", "emails", lambda: self._told(self.addresses))

    def reset(self) -> None:
        super().reset()
        self.user: dict[str, Any] = dict(OCTOCAT)
        self.addresses: list[dict[str, Any]] = [dict(a) for a in ADDRESSES]
        self.says_no = False
        self._codes: dict[str, dict[str, str]] = {}
        self._tokens: set[str] = set()

    def _authorize(self) -> Any:
        given = request.args
        if given["client_id"] != CLIENT_ID or given["redirect_uri"] != self.redirect_uri:
            return Response("unknown application", 404)
        if self.says_no:
            said = {"error": "access_denied", "error_description": "The user has denied your application access."}
        else:
            said = {"code": secrets.token_hex(10)}
            self._codes[said["code"]] = given.to_dict()
        return redirect(f"{given['redirect_uri']}?{urlencode(said | {'state': given['state']})}")

    def _token(self) -> Any:
        given = request.form
        if request.headers.get("Accept") != "application/json":
            return Response("access_token=…")
        if (given.get("client_id"), given.get("client_secret")) != (CLIENT_ID, SECRET):
            return jsonify({"error": "incorrect_client_credentials", "error_description": "The client_id isn't right."})
        asked = self._codes.pop(given.get("code", ""), None)
        proof = create_s256_code_challenge(given["code_verifier"]) if "code_verifier" in given else None
        if asked is None or asked.get("code_challenge") != proof or asked["redirect_uri"] != given.get("redirect_uri"):
            return jsonify({"error": "bad_verification_code", "error_description": "The code passed is “incorrect”."})
        token = "gho_" + secrets.token_hex(18)
        self._tokens.add(token)
        return jsonify({"access_token": token, "scope": asked["scope"], "token_type": "bearer"})

    def _told(self, what: Any) -> Any:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return jsonify(what) if token in self._tokens else Response('{"message": "Bad credentials"}', 401)
