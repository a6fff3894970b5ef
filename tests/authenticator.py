"""A passkey in software, which can also be told to lie."""

from __future__ import annotations

import json
import os
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


class Authenticator:
    """One credential of one user.

    Attributes:
        origin: what it says the page's origin is.
        flags: what it says about the user (present, verified).
        count: its signature counter; it grows by one with each use unless `counts` is false.
    """

    def __init__(self, origin: str = "http://localhost:8080", rp_id: str = "") -> None:
        self.origin, self.rp_id = origin, rp_id or urlsplit(origin).hostname or ""
        self.flags = PRESENT | VERIFIED
        self.count, self.counts = 0, True
        self.id = os.urandom(16)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.handle = b""

    def make(self, options: dict[str, Any]) -> dict[str, Any]:
        """Answer `navigator.credentials.create`."""
        self.handle = base64url_to_bytes(options["user"]["id"])
        numbers = self.key.public_key().public_numbers()
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")})
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + public
        data = self._data(ATTESTED) + attested
        response = {
            "clientDataJSON": _text(self._client("webauthn.create", options["challenge"])),
            "attestationObject": _text(cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})),
        }
        return self._credential(response)

    def show(self, options: dict[str, Any]) -> dict[str, Any]:
        """Answer `navigator.credentials.get`."""
        self.count += self.counts
        client, data = self._client("webauthn.get", options["challenge"]), self._data(0)
        signature = self.key.sign(data + sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._credential(
            {
                "clientDataJSON": _text(client), "authenticatorData": _text(data), "signature": _text(signature),
                "userHandle": _text(self.handle),
            }
        )  # fmt: skip

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def _data(self, more: int) -> bytes:
        return sha256(self.rp_id.encode()).digest() + bytes([self.flags | more]) + self.count.to_bytes(4, "big")

    def _credential(self, response: dict[str, str]) -> dict[str, Any]:
        return {"id": _text(self.id), "rawId": _text(self.id), "type": "public-key", "response": response,
                "clientExtensionResults": {}}  # fmt: skip


def _text(data: bytes) -> str:
    return bytes_to_base64url(data)
