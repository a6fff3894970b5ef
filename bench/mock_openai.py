"""An OpenAI-compatible server that says what it is told to: `python -m bench.mock_openai --port N`.

The last user message steers it, word by word: `pieces=100` `delay=10` (milliseconds between two pieces), `first=500`
(milliseconds before the first), `fail=500` (refuse with that status), `drop=5` (break off after that many pieces),
`hang=1` (say nothing), `tag=7` (remember when this request came and when its client went away). Without any of them it
answers three pieces. `GET /stats` tells what it saw.
`bench/mock_sayings.py` has words for other answers than pieces.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import time
from dataclasses import asdict, dataclass, field

import orjson

from bench import mock_sayings

_WORD = re.compile(r"\b(pieces|delay|first|fail|drop|hang|tag|echo|call|say)=(\d+)")


@dataclass
class Stats:
    requests: int = 0
    finished: int = 0
    disconnected: int = 0
    last_disconnect: float = 0.0
    begun: dict[int, float] = field(default_factory=dict)
    gone: dict[int, float] = field(default_factory=dict)


stats = Stats()


def script_of(text: str) -> dict[str, int]:
    """What the message asks for."""
    return {"pieces": 3, "delay": 0, "first": 0} | {name: int(n) for name, n in _WORD.findall(text)}


def piece(number: int) -> str:
    """The text of piece `number`: tests compare whole answers with `answer(n)`."""
    return f"w{number} "


def answer(pieces: int) -> str:
    return "".join(piece(n) for n in range(pieces))


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            _, path, _ = head.split(b" ", 2)
            found = re.search(rb"(?i)content-length: *(\d+)", head)
            body = await reader.readexactly(int(found[1])) if found else b""
            if path.endswith(b"/chat/completions"):
                await chat(json.loads(body), reader, writer)
                return
            if path.endswith(b"/models"):
                respond(writer, 200, {"object": "list", "data": [{"id": "mock", "object": "model"}]})
            elif path == b"/stats":
                respond(writer, 200, asdict(stats))
            else:
                respond(writer, 404, {"error": {"message": "no such path"}})
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


def respond(writer: asyncio.StreamWriter, status: int, value: object) -> None:
    data = json.dumps(value).encode()
    head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
    writer.write(head.encode() + data)


async def chat(request: dict, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    stats.requests += 1
    script = script_of(mock_sayings.text_of(request["messages"][-1]))
    if "tag" in script:
        stats.begun[script["tag"]] = time.time()
    if "fail" in script:
        respond(writer, script["fail"], {"error": {"message": "told to fail"}})
        return
    if request.get("stream"):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
    gone = asyncio.ensure_future(reader.read(1))
    saying = say(script, request, writer) if request.get("stream") else say_whole(script, request, writer)
    try:
        await asyncio.wait([asyncio.ensure_future(saying), gone], return_when=asyncio.FIRST_COMPLETED)
        if gone.done():
            stats.disconnected += 1
            stats.last_disconnect = time.time()
            if "tag" in script:
                stats.gone[script["tag"]] = stats.last_disconnect
        else:
            stats.finished += 1
    finally:
        gone.cancel()


async def say(script: dict[str, int], request: dict, writer: asyncio.StreamWriter) -> None:
    begin = time.monotonic() + script["first"] / 1000
    deltas, reason = said(script, request)
    if "hang" in script:
        await asyncio.sleep(3600)
    for number, delta in enumerate(deltas):
        if number == script.get("drop"):
            return
        await asyncio.sleep(max(0.0, begin + number * script["delay"] / 1000 - time.monotonic()))
        if writer.is_closing():
            return
        frame(writer, {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
    frame(writer, {"choices": [{"index": 0, "delta": {}, "finish_reason": reason}], "usage": usage_of(deltas)})
    chunk(writer, b"data: [DONE]\n\n")
    writer.write(b"0\r\n\r\n")


async def say_whole(script: dict[str, int], request: dict, writer: asyncio.StreamWriter) -> None:
    deltas, reason = said(script, request)
    await asyncio.sleep(3600 if "hang" in script else (script["first"] + len(deltas) * script["delay"]) / 1000)
    if "drop" not in script:
        respond(writer, 200, mock_sayings.whole(deltas, reason, usage_of(deltas)))


def said(script: dict[str, int], request: dict) -> tuple[list[dict], str]:
    """The pieces, or what is said instead, and the finish reason."""
    pieces = [{"content": piece(number)} for number in range(script["pieces"])]
    return mock_sayings.deltas_of(request, script) or (pieces, "stop")


def usage_of(deltas: list[dict]) -> dict[str, int]:
    return {"prompt_tokens": 1, "completion_tokens": len(deltas), "total_tokens": 1 + len(deltas)}


def frame(writer: asyncio.StreamWriter, value: dict) -> None:
    value |= {"id": "mock", "object": "chat.completion.chunk", "model": "mock"}
    chunk(writer, b"data: " + orjson.dumps(value) + b"\n\n")


def chunk(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(b"%x\r\n%b\r\n" % (len(data), data))


async def main(port: int) -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", port, backlog=1024)
    print("READY", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    asyncio.run(main(parser.parse_args().port))
