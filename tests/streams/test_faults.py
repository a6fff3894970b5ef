"""Real processes are killed; afterwards nothing that was acknowledged is missing and nothing is there twice."""

from __future__ import annotations

import os
import random
import shutil
import signal
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import urllib3

from app.launch.postgres import LocalPostgres
from app.models.bootstrap import bootstrap
from bench.mock_openai import answer
from bench.readers import Readers
from tests.databases import Database
from tests.servers import Stack, Visitor, wait_for


def test_kill_9_of_the_jobs_worker_in_the_middle_of_an_answer(stack: Stack, readers: Readers) -> None:
    anna = Visitor(stack.url).set_up()
    talk = anna.converse()
    reader = readers.open(f"/api/stream/conversations/{talk}", anna.cookie())
    readers.await_open([reader])
    root = anna.begin(talk, "pieces=400 delay=20")
    readers.await_all([reader], lambda r: len(r.of("message.delta")) > 5)
    stack.jobs.kill9()
    stack.start_jobs()
    readers.await_all([reader], lambda r: bool(r.of("message.done")), 40)
    ended = anna.answer_to(root["root_id"])
    assert ended["status"] == "interrupted" and ended["error"]["code"] == "PV.ANSWER.INTERRUPTED"
    heard = "".join(f.payload["content"] for f in reader.of("message.delta"))
    assert heard and ended["content"] == heard and answer(400).startswith(heard)
    assert len(reader.of("message.done")) == 1 and len(reader.of("error")) == 1
    again = anna.ok("POST", f"/api/messages/{ended['id']}/regenerate", {})
    wait_for(lambda: anna.ok("GET", f"/api/messages/{again['id']}")["content"], what="the second answer")
    anna.ok("POST", f"/api/messages/{again['id']}/cancel", {})


def test_kill_9_of_a_jobs_worker_that_had_not_begun(stack: Stack) -> None:
    anna = Visitor(stack.url).set_up()
    root = anna.begin(anna.converse(), "pieces=3 first=1500")
    wait_for(lambda: stack.model_stats()["requests"], what="the request")
    stack.jobs.kill9()
    stack.start_jobs()
    ended = anna.answer_to(root["root_id"], 40)
    assert (ended["status"], ended["content"]) == ("complete", answer(3))


def test_kill_9_of_a_web_worker_with_50_streams(start: Callable[..., Stack]) -> None:
    stack = start(PALAVER__SSE__MAX_PER_USER="1000")
    anna = Visitor(stack.url).set_up()
    group = anna.converse("group")
    root = anna.begin(group, "begin")
    stack.settle()
    with Readers(stack.url) as readers:
        clients = [readers.open("/api/stream", anna.cookie()) for _ in range(100)]
        readers.await_open(clients)
        sent = 0
        for turn in range(3):
            for _ in range(5):
                anna.reply(root["id"], str(sent := sent + 1))
            os.kill(stack.web.children()[turn % 2], signal.SIGKILL)
            post_until_accepted(anna, root["id"], str(sent := sent + 1))
            time.sleep(0.5)
            for client in [c for c in clients if c.closed]:
                readers.open(client.path, anna.cookie(), reader=client)
        readers.await_all(clients, lambda r: len(r.of("message.new")) >= sent)
        for client in clients:
            assert [f.payload["message"]["content"] for f in client.of("message.new")] == [
                str(n + 1) for n in range(sent)
            ]


def post_until_accepted(visitor: Visitor, parent: str, content: str) -> None:
    """As a client does: the same client_id until there is an answer."""
    client_id = str(uuid.uuid4())
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            answer = visitor.request(
                "POST", f"/api/messages/{parent}/reply", {"content": content, "client_id": client_id}
            )
            if answer.status == 201:
                return
            assert answer.status == 503, (answer.status, answer.data)
        except urllib3.exceptions.HTTPError:
            pass
        time.sleep(0.1)
    raise AssertionError("the message was never accepted")


@pytest.fixture
def own_postgres() -> Iterator[LocalPostgres]:
    """A server that may be killed."""
    folder = Path(tempfile.mkdtemp(prefix="palaver-kill-"))
    folder.chmod(0o755)
    server = LocalPostgres(folder).start()
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


def test_kill_9_of_postgresql_while_messages_are_posted(own_postgres: LocalPostgres, tmp_path: Path) -> None:
    owner = own_postgres.owner_url
    stack = Stack(Database("palaver", owner, bootstrap(owner)), tmp_path)
    try:
        anna = Visitor(stack.url).set_up()
        group = anna.converse("group")
        root = anna.begin(group, "begin")
        talk = anna.begin(anna.converse(), "pieces=150 delay=20")
        with Readers(stack.url) as readers:
            reader = readers.open("/api/stream", anna.cookie())
            readers.await_open([reader])
            posting = threading.Thread(
                target=lambda: [post_until_accepted(anna, root["id"], f"m{n}") for n in range(150)]
            )
            posting.start()
            time.sleep(0.5)
            for _ in range(2):
                os.kill(own_postgres.pid, signal.SIGKILL)
                time.sleep(0.3)
                own_postgres.start()
                time.sleep(1.0)
            posting.join(60)
            expected = [f"m{n}" for n in range(150)]
            assert [m["content"] for m in anna.tree(root["root_id"])][1:] == expected
            if reader.closed:
                readers.open(reader.path, anna.cookie(), reader=reader)
            heard = lambda r: [f.payload["message"]["content"] for f in r.of("message.new")]  # noqa: E731
            readers.await_all([reader], lambda r: "m149" in heard(r))
            assert [text for text in heard(reader) if text.startswith("m")] == expected
        ended = anna.answer_to(talk["root_id"], 40)
        assert ended["status"] == "complete" and ended["content"] == answer(150)
        events = stack.database.query("select pos, topic_id::text, seq from palaver.events order by pos")
        assert [pos for pos, _, _ in events] == list(range(1, len(events) + 1))
        seqs = [seq for _, topic, seq in events if topic == group]
        assert seqs == list(range(1, len(seqs) + 1))
    finally:
        stack.stop()


def test_a_listener_that_is_cut_off_again_and_again_loses_nothing(stack: Stack, database: Database) -> None:
    anna = Visitor(stack.url).set_up()
    group = anna.converse("group")
    root = anna.begin(group, "begin")["id"]
    talk = anna.begin(anna.converse(), "pieces=120 delay=20")
    stack.settle()
    itself = Database(database.name, database.runtime, database.runtime)  # who may end its own connections
    chance = random.Random(4)
    cuts = 0
    with Readers(stack.url) as readers:
        clients = [readers.open("/api/stream", anna.cookie()) for _ in range(20)]
        readers.await_open(clients)
        for n in range(80):
            if chance.random() < 0.15:
                cuts += len(itself.query(
                    "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"
                    " and datname = current_database() and (query ilike 'listen%' or query = 'select 1')"
                ))  # fmt: skip
            post_until_accepted(anna, root, str(n))
        readers.await_all(clients, lambda r: len(r.of("message.new")) >= 80 and bool(r.of("message.done")), 40)
        assert cuts > 5
        logged = database.query("select pos from palaver.events where topic_id = %s and kind = 'message.new'"
                                " and payload -> 'message' ->> 'content' <> 'begin' order by pos", group)  # fmt: skip
        for client in clients:
            heard = [f for f in client.of("message.new") if f.payload["message"]["conversation_id"] == group]
            assert [f.payload["message"]["content"] for f in heard] == [str(n) for n in range(80)]
            assert [int(f.id.split(".")[1]) for f in heard] == [pos for (pos,) in logged]
            assert not client.of("resync") and not client.closed
            pieces = [f.payload["idx"] for f in client.of("message.delta")]
            assert pieces == list(range(pieces[0], pieces[0] + len(pieces)))
    assert anna.answer_to(talk["root_id"])["content"] == answer(120)


def test_a_model_server_that_breaks_off_is_said_in_the_thread(stack: Stack) -> None:
    anna = Visitor(stack.url).set_up()
    for question, code, text in (
        ("drop=3 pieces=9", "PV.MODEL.BROKEN_OFF", answer(3)),
        ("fail=500", "PV.MODEL.REFUSED", ""),
        ("pieces=0", "PV.MODEL.EMPTY", ""),
    ):
        ended = anna.answer_to(anna.begin(anna.converse(), question)["root_id"])
        assert (ended["status"], ended["error"]["code"], ended["content"]) == ("failed", code, text)


def test_a_model_server_that_is_down_or_slow_is_said_in_the_thread(start: Callable[..., Stack]) -> None:
    stack = start(PALAVER__LLM__FIRST_PIECE_TIMEOUT_SECONDS="1.5", PALAVER__LLM__ANSWER_TIMEOUT_SECONDS="1.5")
    anna = Visitor(stack.url).set_up()
    ended = anna.answer_to(anna.begin(anna.converse(), "hang=1")["root_id"])
    assert (ended["finish_reason"], ended["error"]["code"]) == ("timeout", "PV.MODEL.TIMEOUT")
    ended = anna.answer_to(anna.begin(anna.converse(), "pieces=1000 delay=20")["root_id"])
    assert ended["finish_reason"] == "timeout" and answer(1000).startswith(ended["content"]) and ended["content"]
    stack.model.kill9()
    ended = anna.answer_to(anna.begin(anna.converse(), "anybody?")["root_id"])
    assert (ended["status"], ended["error"]["code"]) in (
        ("interrupted", "PV.MODEL.TIMEOUT"), ("failed", "PV.MODEL.UNREACHABLE"),
    )  # fmt: skip


def test_cancel_before_and_during(stack: Stack, readers: Readers) -> None:
    anna = Visitor(stack.url).set_up()
    talk = anna.converse()
    reader = readers.open("/api/stream", anna.cookie())
    readers.await_open([reader])

    def stop(question: str, ready: Callable[[], bool]) -> dict:
        root = anna.begin(talk, question)
        waiting = wait_for(lambda: next((m for m in anna.tree(root["root_id"]) if m["role"] == "assistant"), None))
        wait_for(ready)
        before = stack.model_stats()["disconnected"]
        anna.ok("POST", f"/api/messages/{waiting['id']}/cancel", {})
        wait_for(lambda: stack.model_stats()["disconnected"] > before, what="the model server's notice")
        return anna.answer_to(root["root_id"])

    asked = stack.model_stats()["requests"]
    before = stop("hang=1", lambda: stack.model_stats()["requests"] > asked)
    assert (before["finish_reason"], before["content"]) == ("cancelled", "")
    during = stop("pieces=1000 delay=20", lambda: len(reader.of("message.delta")) > 3)
    assert during["finish_reason"] == "cancelled" and during["content"] and answer(1000).startswith(during["content"])
    assert all(f.payload["message"]["error"] is None for f in reader.of("message.done"))


def test_a_worker_that_is_stopped_ends_its_answers(stack: Stack) -> None:
    anna = Visitor(stack.url).set_up()
    growing = anna.begin(anna.converse(), "pieces=500 delay=20")
    wait_for(lambda: any(m["content"] and m["role"] == "assistant" for m in anna.tree(growing["root_id"])))
    waiting = anna.begin(anna.converse(), "pieces=3 first=3000")
    wait_for(lambda: stack.model_stats()["requests"] == 2)
    stack.jobs.stop()
    assert anna.answer_to(growing["root_id"])["finish_reason"] == "interrupted"
    stack.start_jobs()
    assert anna.answer_to(waiting["root_id"])["content"] == answer(3)


def test_pages_of_who_is_signed_in_say_that_the_database_is_away(own_postgres: LocalPostgres, tmp_path: Path) -> None:
    owner = own_postgres.owner_url
    stack = Stack(Database("palaver", owner, bootstrap(owner)), tmp_path, jobs=False)
    try:
        anna = Visitor(stack.url).set_up()
        assert anna.request("GET", "/static/nothing.css").status == 404
        own_postgres.stop()
        for path in ("/", "/settings", "/sign-in", "/reset/A-SECRET-TOKEN"):
            page = anna.request("GET", path)
            assert page.status == 503 and b"<html" in page.data and "Content-Security-Policy" in page.headers, path
        assert "A-SECRET-TOKEN" not in stack.web.log.read_text()
        own_postgres.start()
        wait_for(lambda: anna.request("GET", "/").status == 200, what="the page")
    finally:
        stack.stop()
