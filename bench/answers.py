"""`python -m bench.answers`: answers at once from a mock model, through Palaver and straight from the mock.

Each answer has 100 pieces, 10 ms apart. The first piece is timed from sending the question to the piece's arrival at the
client: in Palaver that is POST, job, model, flush, bus and stream.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bench.readers import Frame, Reader, Readers
from bench.report import milliseconds, report
from bench.stacks import running, transactions
from tests.servers import Stack, Visitor, wait_for

PIECES, DELAY_MS = 100, 10
QUESTION = f"pieces={PIECES} delay={DELAY_MS}"


async def _one(port: int, firsts: list[float], counts: list[int]) -> None:
    began = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = json.dumps({"model": "mock", "stream": True, "messages": [{"role": "user", "content": QUESTION}]}).encode()
    writer.write(b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
    seen = 0
    while data := await reader.read(65_536):
        if not seen and b'"content"' in data:
            firsts.append(time.perf_counter() - began)
        seen += data.count(b'"content"')
        if b"[DONE]" in data:
            break
    counts.append(seen)
    writer.close()


def direct(port: int, answers: int) -> dict[str, Any]:
    """The same answers without Palaver."""
    firsts: list[float] = []
    counts: list[int] = []

    async def all_of_them() -> None:
        await asyncio.gather(*(_one(port, firsts, counts) for _ in range(answers)))

    began = time.perf_counter()
    asyncio.run(all_of_them())
    took = time.perf_counter() - began
    return {"way": "direct", "answers": answers} | milliseconds(firsts) | _rate(sum(counts), took)


def through(stack: Stack, answers: int) -> dict[str, Any]:
    """Every answer in a conversation of its own, with a stream that listens to it."""
    person = Visitor(stack.url).set_up()
    talks = [person.converse() for _ in range(answers)]
    for _ in range(4):  # connections are opened and plans made before anything is timed
        person.answer_to(person.begin(person.converse(), "pieces=1")["root_id"])
    sent: dict[str, float] = {}
    first: dict[str, float] = {}
    done: dict[str, float] = {}
    lock = threading.Lock()

    def on_frame(reader: Reader, frame: Frame) -> None:
        if frame.type == "message.delta":
            first.setdefault(reader.path, frame.at)
        elif frame.type == "message.done":
            done[reader.path] = frame.at

    def ask(talk: str) -> None:
        visitor = Visitor(stack.url)
        visitor.cookies = person.cookies
        with lock:
            sent[f"/api/stream/conversations/{talk}"] = time.perf_counter()
        visitor.begin(talk, QUESTION)

    with Readers(stack.url, on_frame) as readers:
        clients = [readers.open(f"/api/stream/conversations/{talk}", person.cookie()) for talk in talks]
        readers.await_open(clients)
        time.sleep(2)
        before = transactions(stack)
        began = time.perf_counter()
        with ThreadPoolExecutor(min(32, answers)) as pool:
            list(pool.map(ask, talks))
        wait_for(lambda: len(done) == answers, 120, "the answers")
        took = max(done.values()) - began
        time.sleep(1.5)
        spent = transactions(stack) - before
    for client in clients:
        text = "".join(f.payload["content"] for f in client.of("message.delta"))
        assert text == client.of("message.done")[0].payload["message"]["content"], "an answer is not what was heard"
    firsts = [first[path] - sent[path] for path in first]
    rate = _rate(answers * PIECES, took)
    return {"way": "Palaver", "answers": answers} | milliseconds(firsts) | rate | {
        "transactions_per_answer": round(spent / answers, 1)
    }  # fmt: skip


def _rate(pieces: int, seconds: float) -> dict[str, Any]:
    return {"pieces_per_s": round(pieces / seconds), "total_s": round(seconds, 2)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answers", type=int, nargs="+", default=[1, 20, 100])
    rows = []
    for answers in parser.parse_args().answers:
        with running(PALAVER__SSE__MAX_PER_USER="10000") as stack:
            rows += [direct(stack.model_port, answers), through(stack, answers)]
    report("answers", rows)


if __name__ == "__main__":
    main()
