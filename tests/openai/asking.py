"""A plain HTTP client of /v1, without any library of OpenAI's."""

from __future__ import annotations

import json
import socket
from typing import Any

import urllib3

from tests.servers import Stack


class Asker:
    def __init__(self, stack: Stack, token: str) -> None:
        self.stack, self.token = stack, token
        self.http = urllib3.PoolManager(maxsize=8, retries=False, timeout=30)

    @property
    def base_url(self) -> str:
        return f"{self.stack.url}/v1"

    def open(self, method: str, path: str, body: Any = None, **more: Any) -> urllib3.BaseHTTPResponse:
        headers = {"Authorization": f"Bearer {self.token}"} | more.pop("headers", {})
        if body is not None:
            more["body" if isinstance(body, bytes) else "json"] = body
        return self.http.request(method, self.base_url + path, headers=headers, **more)

    def ask(self, content: Any = "hello", **more: Any) -> urllib3.BaseHTTPResponse:
        body = {"model": "local", "messages": [{"role": "user", "content": content}]} | more
        return self.open("POST", "/chat/completions", body)

    def refusal(self, answer: urllib3.BaseHTTPResponse) -> dict[str, Any]:
        """The error of an answer, which must have OpenAI's shape."""
        error: dict[str, Any] = answer.json()["error"]
        assert set(error) == {"message", "type", "param", "code"} and error["message"], answer.data
        assert answer.headers["content-type"] == "application/json"
        return error

    def stream(self, content: str, **more: Any) -> list[dict[str, Any]]:
        """The chunks of a streamed answer, which must end as it should."""
        said = self.ask(content, stream=True, **more)
        assert said.status == 200 and said.headers["content-type"].startswith("text/event-stream"), said.data
        *chunks, last = values(said.data)
        assert last == "[DONE]"
        return [json.loads(chunk) for chunk in chunks]

    def raw(self, body: dict[str, Any]) -> socket.socket:
        """A connection on which this was sent, to be closed whenever one likes."""
        data = json.dumps({"model": "local"} | body).encode()
        sock = socket.create_connection(("127.0.0.1", self.stack.port))
        head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.token}\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
        sock.sendall(head.encode() + data)
        return sock


def values(data: bytes) -> list[str]:
    """What the `data:` lines say."""
    return [line[6:] for line in data.decode().split("\n") if line.startswith("data: ")]


def text(chunks: list[dict[str, Any]]) -> str:
    return "".join(choice["delta"].get("content") or "" for chunk in chunks for choice in chunk["choices"])
