"""What an API key may be made for: one row each."""

from __future__ import annotations

SCOPES: dict[str, str] = {
    "read": "Read what you may read.",
    "write": "Write, change and delete what you may.",
    "v1": "Ask models through the OpenAI-compatible API.",
    "admin": "Run the server, while you are an administrator.",
}
