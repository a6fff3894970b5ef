"""Answers whose process dies, and wishes to stop that nobody is told of: branches, two models, two workers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.mock_openai import answer
from tests.databases import Database
from tests.servers import Process, Stack, Visitor, free_port, wait_for


@pytest.fixture
def attic(stack: Stack, tmp_path: Path) -> Iterator[int]:
    """The port of a second server of models."""
    port = free_port()
    server = Process("attic", ["-m", "bench.mock_openai", "--port", str(port)], {}, tmp_path / "attic.log")
    yield port
    server.stop()


@pytest.fixture
def second_worker(stack: Stack, tmp_path: Path) -> Iterator[Any]:
    """Starts another worker."""
    started: list[Process] = []

    def start() -> None:
        started.append(Process("jobs", ["-m", "app.jobs"], stack.env, tmp_path / "jobs2.log"))

    yield start
    for process in started:
        process.stop()


def other_model(anna: Visitor, port: int) -> str:
    body = {"name": "Attic", "kind": "openai", "base_url": f"http://127.0.0.1:{port}/v1"}
    provider = anna.ok("POST", "/api/admin/providers", body)["id"]
    made = anna.ok("POST", "/api/admin/models", {"provider_id": provider, "name": "big", "remote_name": "mock"})
    return str(made["id"])


def answers_in(anna: Visitor, root: str) -> list[dict[str, Any]]:
    return [m for m in anna.tree(root) if m["role"] == "assistant"]


def test_a_worker_that_is_killed_loses_no_text_and_leaves_nothing_growing(
    stack: Stack, attic: int, second_worker: Any
) -> None:
    anna = Visitor(stack.url).set_up()
    model = other_model(anna, attic)
    [(local,)] = stack.database.query("select id::text from palaver.models where is_default")
    long = anna.begin(anna.converse(), "pieces=2000 delay=20")["root_id"]
    first = wait_for(lambda: [m for m in answers_in(anna, long) if m["content"]], what="the answer")[0]["id"]
    anna.ok("POST", f"/api/messages/{first}/cancel", {})
    anna.answer_to(long)
    anna.ok("POST", f"/api/messages/{long}/compare", {"model_ids": [local, model]})
    short = anna.begin(anna.converse(), "pieces=3 first=2500")["root_id"]

    def compared() -> list[dict[str, Any]]:
        return [m for m in answers_in(anna, long) if m["id"] != first]

    wait_for(lambda: [bool(m["content"]) for m in compared()] == [True, True], what="text of both models")
    wait_for(lambda: stack.model_stats()["requests"] == 3, what="the short question")
    assert stack.jobs is not None
    stack.jobs.kill9()
    second_worker()
    later = anna.begin(anna.converse(), "pieces=60 delay=20")["root_id"]
    wait_for(lambda: [m["status"] for m in compared()] == ["interrupted"] * 2, 20, "the end of both branches")
    assert {m["model_id"] for m in compared()} == {local, model}
    for ended in compared():
        assert ended["content"] and answer(2000).startswith(ended["content"])
        assert ended["error"]["code"] == "PV.ANSWER.INTERRUPTED"
    assert anna.answer_to(short)["content"] == answer(3) and anna.answer_to(later)["content"] == answer(60)
    wait_for(lambda: stack.database.query("select count(*) from palaver.jobs") == [(0,)], what="no jobs")
    assert not [path for path in stack.folder.glob("*.log") if "pieces=" in path.read_text()]  # what people write


def test_stopping_works_whatever_an_answer_waits_for(stack: Stack, database: Database) -> None:
    anna = Visitor(stack.url).set_up()

    def ask(question: str) -> tuple[str, str]:
        root = anna.begin(anna.converse(), question)["root_id"]
        return root, wait_for(lambda: answers_in(anna, root), what="the answer")[0]["id"]

    def leased(message: str) -> bool:
        return bool(database.query("select id from palaver.jobs where message_id = %s and lease is not null", message))

    # Between two tries.
    root, message = ask("fail=503")
    wait_for(lambda: stack.model_stats()["requests"] > 0, what="the first try")
    anna.ok("POST", f"/api/messages/{message}/cancel", {})
    assert anna.answer_to(root)["finish_reason"] == "cancelled"
    # Its notification is lost.
    root, message = ask("hang=1")
    wait_for(lambda: leased(message), what="the lease")
    gone = stack.model_stats()["disconnected"]
    database.query("update palaver.jobs set cancel_requested_at = now()")
    assert anna.answer_to(root)["finish_reason"] == "cancelled"
    wait_for(lambda: stack.model_stats()["disconnected"] > gone, what="the model server's notice")
    # In the queue, where the next one says where he is; then the server is switched off.
    database.query("update palaver.providers set max_concurrent = 1")
    _, running = ask("hang=1")
    wait_for(lambda: leased(running), what="the lease")
    waiting = [ask("pieces=3") for _ in range(2)]
    places = [answers_in(anna, root)[0]["queue"]["place"] for root, _ in waiting]
    assert places == [1, 2]
    anna.ok("POST", f"/api/messages/{waiting[0][1]}/cancel", {})
    assert anna.answer_to(waiting[0][0])["finish_reason"] == "cancelled"
    assert answers_in(anna, waiting[1][0])[0]["queue"] == {"place": 1}
    database.query("update palaver.providers set disabled_at = now()")
    ended = anna.answer_to(waiting[1][0])
    assert (ended["status"], ended["error"]["code"]) == ("failed", "PV.MODEL.DISABLED") and "queue" not in ended
