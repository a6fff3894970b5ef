"""One process that asks many questions at once and hears the answers: an event loop, a connection for each request.

`bench/answers.py` starts it and hands it what to send; whatever the way, each piece is parsed and kept. It prints `ready` when
its streams are open, waits for a line, asks, and prints what it heard as JSON.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import Any

import orjson

from tests.servers import ROOT

SECONDS = 120.0


class Client:
    """The process, seen from outside.

    Args:
        requests: for each answer `{"ask": bytes as latin-1, "hear": the same or null}`; without `hear` the answer comes
            as the response to the question.
    """

    def __init__(self, port: int, requests: list[dict[str, str | None]]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.asking"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdin and self._process.stdout
        self._in, self._out = self._process.stdin, self._process.stdout
        self._say({"port": port, "requests": requests})
        assert self._out.readline() == "ready\n"
        self.pid = self._process.pid

    def ask(self) -> list[dict[str, Any]]:
        """`{sent, answered, first, done, pieces, text}` of each; times are those of `time.perf_counter`."""
        self._say("go")
        return json.loads(self._out.readline())

    def close(self) -> None:
        self._in.close()
        self._process.wait(10)

    def _say(self, value: Any) -> None:
        self._in.write(json.dumps(value) + "\n")
        self._in.flush()


def request(method: str, path: str, headers: dict[str, str], body: Any = None) -> str:
    """A request as it goes over the wire."""
    data = b"" if body is None else orjson.dumps(body)
    more = {"Host": "127.0.0.1", "Content-Type": "application/json", "Content-Length": str(len(data))} | headers
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in more.items()), "", ""]
    return "\r\n".join(lines) + data.decode("latin-1")


@dataclass
class Heard:
    """One answer."""

    sent: float = 0.0
    answered: float = 0.0
    first: float = 0.0
    done: float = 0.0
    parts: list[str] = field(default_factory=list)
    whole: str | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def say(self, value: dict[str, Any]) -> None:
        """A frame of Palaver's stream, or of OpenAI's."""
        kind = value.get("type")
        if kind is None and value.get("choices"):
            self._grow(value["choices"][0]["delta"].get("content"))
        elif kind == "message.delta":
            self._grow(value["payload"]["content"])
        elif kind == "message.done":
            self.whole = value["payload"]["message"]["content"]
            self.end()

    def end(self) -> None:
        self.done = time.perf_counter()
        self.ended.set()

    def _grow(self, text: str | None) -> None:
        if text:
            self.first = self.first or time.perf_counter()
            self.parts.append(text)

    def told(self) -> dict[str, Any]:
        text = "".join(self.parts)
        assert self.whole in (None, text), "an answer is not what was heard"
        return {"sent": self.sent, "answered": self.answered, "first": self.first, "done": self.done, "text": text}


class Stream(asyncio.Protocol):
    """Reads server-sent events in HTTP chunks, or a response that is none of them."""

    def __init__(self, data: str, heard: Heard) -> None:
        self._data, self._heard = data.encode("latin-1"), heard
        self._buffer, self._text = b"", b""
        self.status = 0
        self.opened = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.write(self._data)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self.status:
            head, found, rest = self._buffer.partition(b"\r\n\r\n")
            if not found:
                return
            self.status, self._buffer = int(head[9:12]), rest
            self.opened.set()
        if self.status == 200:
            self._unchunk()

    def _unchunk(self) -> None:
        buffer, at = self._buffer, 0
        while (end := buffer.find(b"\r\n", at)) >= 0:
            size = int(buffer[at:end], 16)
            if len(buffer) < end + 4 + size:
                break
            self._text += buffer[end + 2 : end + 2 + size]
            at = end + 4 + size
        self._buffer = buffer[at:]
        *blocks, self._text = self._text.split(b"\n\n")
        for block in blocks:
            for line in block.split(b"\n"):
                if line == b"data: [DONE]":
                    self._heard.end()
                elif line.startswith(b"data: "):
                    self._heard.say(orjson.loads(line[6:]))


async def _ask(port: int, ask: str, heard: Heard, is_heard_here: bool) -> None:
    heard.sent = time.perf_counter()
    other = Heard()
    transport, stream = await asyncio.get_running_loop().create_connection(
        lambda: Stream(ask, heard if is_heard_here else other), "127.0.0.1", port
    )
    await stream.opened.wait()
    heard.answered = time.perf_counter()
    assert stream.status in (200, 201), stream.status
    await heard.ended.wait()
    transport.close()


async def _main() -> None:
    loop = asyncio.get_running_loop()
    told = json.loads(sys.stdin.readline())
    port, requests = told["port"], told["requests"]
    heards = [Heard() for _ in requests]
    for asked, heard in zip(requests, heards, strict=True):
        if asked["hear"]:
            _, stream = await loop.create_connection(lambda a=asked, h=heard: Stream(a["hear"], h), "127.0.0.1", port)
            await stream.opened.wait()
    print("ready", flush=True)
    sys.stdin.readline()
    asking = [_ask(port, a["ask"], h, not a["hear"]) for a, h in zip(requests, heards, strict=True)]
    async with asyncio.timeout(SECONDS):
        await asyncio.gather(*asking)
    print(json.dumps([heard.told() for heard in heards]), flush=True)


if __name__ == "__main__":
    asyncio.run(_main())
