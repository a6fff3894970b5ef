"""`python -m bench.answers`: answers at once from a mock model, straight from it, in threads, and at /v1.

Each answer has 100 pieces (or --pieces), 10 ms apart. The first one is timed from sending the question to its arrival at the
client: in a thread that is POST, job, model, flush, bus and stream; at /v1 a turn in the queue, and the model. All ways are
asked and heard by the same client (`bench/asking.py`), a process of its own. `answered` is when the question's POST had its
response (median); `leased` is when a writer had taken it and `heard` when he had the model's first piece, on average, from
the beginning of the question's transaction on. `cpu_` is the processor time that a process spent for one answer, in
milliseconds.
"""

from __future__ import annotations

import argparse
import contextlib
import time
import uuid
from collections.abc import Callable
from typing import Any

import psutil

from bench.asking import Client, request
from bench.report import milliseconds, percentile, report
from bench.stacks import nanoseconds, running, transactions
from tests.servers import Stack, Visitor

DELAY_MS = 10
# A connection of the pool plans what it is asked when it is asked first, which takes longer than many answers.
WARM_ROUNDS = 2
Ways = tuple[int, list[dict[str, str | None]]]


def question(pieces: int) -> str:
    return f"pieces={pieces} delay={DELAY_MS}"


def chat(model: str, pieces: int) -> dict[str, Any]:
    return {"model": model, "stream": True, "messages": [{"role": "user", "content": question(pieces)}]}


def direct(stack: Stack, person: Visitor, answers: int, pieces: int) -> Ways:
    """The same answers without Palaver."""
    return stack.model_port, [
        {"ask": request("POST", "/v1/chat/completions", {}, chat("mock", pieces)), "hear": None}
    ] * answers


def thread(stack: Stack, person: Visitor, answers: int, pieces: int) -> Ways:
    """Every answer in a conversation of its own, with a stream that listens to it."""
    headers = {"Cookie": person.cookie(), "X-CSRF-TOKEN": person.cookies["CSRF-TOKEN"]}

    def of(talk: str) -> dict[str, str | None]:
        body = {"content": question(pieces), "client_id": str(uuid.uuid4())}
        hear = request("GET", f"/api/stream/conversations/{talk}", {"Cookie": person.cookie()})
        return {"ask": request("POST", f"/api/threads/{talk}/root", headers, body), "hear": hear}

    return stack.port, [of(person.converse()) for _ in range(answers)]


def v1(stack: Stack, person: Visitor, answers: int, pieces: int) -> Ways:
    """As a program that speaks OpenAI's API gets them."""
    made = person.ok("POST", "/api/auth/keys", {"name": str(uuid.uuid4()), "scopes": ["v1"]})
    headers = {"Authorization": f"Bearer {made['token']}"}
    ask = request("POST", "/v1/chat/completions", headers, chat("local", pieces))
    return stack.port, [{"ask": ask, "hear": None}] * answers


WAYS: dict[str, Callable[[Stack, Visitor, int, int], Ways]] = {
    "direct": direct,
    "thread": thread,
    "v1": v1,
}


def measure(stack: Stack, person: Visitor, way: str, answers: int, pieces: int) -> dict[str, Any]:
    """Ask so many questions at once, one way."""
    port, requests = WAYS[way](stack, person, answers, pieces)
    client = Client(port, requests)
    time.sleep(2)
    before, stages, computed = transactions(stack), _stages(stack), _computed(stack, client)
    heard = client.ask()
    spent = {
        f"cpu_{name}": round((n - computed[name]) / answers / 1e6, 1) for name, n in _computed(stack, client).items()
    }
    time.sleep(1.5)
    made = transactions(stack) - before
    answered = percentile([one["answered"] - one["sent"] for one in heard], 0.5)
    stages = {"answered_ms": round(answered * 1e3, 1)} | {
        f"{name}_ms": round((n - stages[name]) / answers * 1e3, 1) for name, n in _stages(stack).items()
    }
    client.close()
    for one in heard:
        assert len(one["text"].split()) == pieces, one["text"]
    took = max(one["done"] for one in heard) - min(one["sent"] for one in heard)
    return (
        {"way": way, "answers": answers}
        | milliseconds([one["first"] - one["sent"] for one in heard])
        | {"pieces_per_s": round(answers * pieces / took), "total_s": round(took, 2)}
        | ({} if way == "direct" else stages | {"transactions": round(made / answers, 1)})
        | spent
    )


def _stages(stack: Stack) -> dict[str, float]:
    """Seconds of all answers so far, together."""
    rows = stack.database.query(
        "select c ->> 'metric', (c ->> 'value')::float from jsonb_array_elements(api.answer_counts() -> 'counts') as c"
        " where c ->> 'label' = 'sum'"
    )
    spent = {"waited": 0.0, "first": 0.0}
    for metric, value in rows:
        spent[metric] = spent.get(metric, 0.0) + value
    return {"leased": spent["waited"], "heard": spent["first"]}


def _computed(stack: Stack, client: Client) -> dict[str, int]:
    """Nanoseconds of processor so far."""
    return {
        "web": nanoseconds(_family(stack.web.popen.pid)),
        "jobs": nanoseconds(_family(stack.jobs.popen.pid)) if stack.jobs else 0,
        "postgres": nanoseconds(_family(_postmaster(stack))),
        "model": nanoseconds([stack.model.popen.pid]),
        "client": nanoseconds([client.pid]),
    }


def _postmaster(stack: Stack) -> int:
    """The parent of some backend; the one that answers this is gone a moment later."""
    rows = stack.database.query("select pid from pg_stat_activity where pid <> pg_backend_pid() order by backend_start")
    for (pid,) in rows:
        with contextlib.suppress(psutil.NoSuchProcess):
            return psutil.Process(pid).ppid()
    raise AssertionError("nobody is connected")


def _family(pid: int) -> list[int]:
    return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answers", type=int, nargs="+", default=[1, 20, 100])
    parser.add_argument("--ways", nargs="+", choices=list(WAYS), default=list(WAYS))
    parser.add_argument("--pieces", type=int, default=100, help="of an answer")
    parser.add_argument("--rounds", type=int, default=1)
    given = parser.parse_args()
    rows = []
    with running(PALAVER__SSE__MAX_PER_USER="10000", PALAVER__FEATURES__OPENAI_V1="true") as stack:
        person = Visitor(stack.url).set_up()
        for _ in range(4):
            person.ok("POST", "/v1/chat/completions", chat("local", 100) | {"stream": False})
        for _ in range(WARM_ROUNDS):
            measure(stack, person, "thread", 40, 100)
        for answers in given.answers:
            for _ in range(given.rounds):
                rows += [measure(stack, person, way, answers, given.pieces) for way in given.ways]
    report("answers", rows)


if __name__ == "__main__":
    main()
