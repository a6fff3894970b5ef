"""An OpenAI-compatible server that says what it is told to: `python -m bench.mock_openai --port N`.

The last user message steers it, word by word: `pieces=100` `delay=10` (milliseconds between two pieces), `first=500`
(milliseconds before the first), `fail=500` (refuse with that status), `drop=5` (break off after that many pieces),
`hang=1` (say nothing). Without any of them it answers three pieces. `GET /stats` counts what it saw.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import time
from dataclasses import asdict, dataclass

_WORD = re.compile(r"\b(pieces|delay|first|fail|drop|hang)=(\d+)")


@dataclass
class Stats:
    requests: int = 0
    finished: int = 0
    disconnected: int = 0
    last_disconnect: float = 0.0


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
    script = script_of(request["messages"][-1]["content"])
    if "fail" in script:
        respond(writer, script["fail"], {"error": {"message": "told to fail"}})
        return
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
    gone = asyncio.ensure_future(reader.read(1))
    try:
        await asyncio.wait([asyncio.ensure_future(say(script, writer)), gone], return_when=asyncio.FIRST_COMPLETED)
        if gone.done():
            stats.disconnected += 1
            stats.last_disconnect = time.time()
        else:
            stats.finished += 1
    finally:
        gone.cancel()


async def say(script: dict[str, int], writer: asyncio.StreamWriter) -> None:
    begin = time.monotonic() + script["first"] / 1000
    if "hang" in script:
        await asyncio.sleep(3600)
    for number in range(script["pieces"]):
        if number == script.get("drop"):
            return
        await asyncio.sleep(max(0.0, begin + number * script["delay"] / 1000 - time.monotonic()))
        if writer.is_closing():
            return
        frame(writer, {"choices": [{"index": 0, "delta": {"content": piece(number)}, "finish_reason": None}]})
    usage = {"prompt_tokens": 1, "completion_tokens": script["pieces"], "total_tokens": 1 + script["pieces"]}
    frame(writer, {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": usage})
    chunk(writer, b"data: [DONE]\n\n")
    writer.write(b"0\r\n\r\n")


def frame(writer: asyncio.StreamWriter, value: dict) -> None:
    value |= {"id": "mock", "object": "chat.completion.chunk", "model": "mock"}
    chunk(writer, b"data: " + json.dumps(value).encode() + b"\n\n")


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
