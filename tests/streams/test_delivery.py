"""Whoever posts where, everyone hears everything once and in order."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from bench.readers import Reader, Readers
from tests.databases import Database
from tests.servers import Stack, Visitor, member, wait_for


def texts(reader: Reader) -> list[str]:
    return [f.payload["message"]["content"] for f in reader.of("message.new")]


def await_messages(readers: Readers, clients: list[Reader], count: int) -> None:
    readers.await_all(clients, lambda r: len(r.of("message.new")) >= count)


def fresh(visitor: Visitor) -> Visitor:
    """The same person over a connection of its own."""
    other = Visitor(visitor.url)
    other.cookies, other.id = visitor.cookies, visitor.id
    return other


def test_two_workers_200_clients_100_messages(start: Callable[..., Stack], database: Database) -> None:
    stack = start(PALAVER__SSE__MAX_PER_USER="1000")
    anna = Visitor(stack.url).set_up()
    bob = member(database, stack.url, "bob")
    group = anna.converse("group", (bob.id,))
    root = anna.begin(group, "begin")
    stack.settle()
    with Readers(stack.url) as readers:
        paths = [f"/api/stream/conversations/{group}", "/api/stream"]
        clients = [readers.open(paths[n % 2], (anna, bob)[n % 4 // 2].cookie()) for n in range(200)]
        readers.await_open(clients)
        assert {c.status for c in clients} == {200}
        with ThreadPoolExecutor(8) as pool:
            # A new connection for every message, so that the kernel spreads them over both workers.
            list(pool.map(lambda n: fresh((anna, bob)[n % 2]).reply(root["id"], f"m{n}"), range(100)))
        await_messages(readers, clients, 100)
        time.sleep(0.3)
        order = [m["content"] for m in anna.tree(root["root_id"])][1:]
        assert sorted(order) == sorted(f"m{n}" for n in range(100))
        for client in clients:
            assert texts(client) == order
            seqs = [f.seq for f in client.of("message.new")]
            assert seqs == list(range(seqs[0], seqs[0] + 100))


def test_a_reader_resumes_where_it_was(stack: Stack, readers: Readers) -> None:
    anna = Visitor(stack.url).set_up()
    group = anna.converse("group")
    root = anna.begin(group, "begin")
    stack.settle()
    for path in (f"/api/stream/conversations/{group}", "/api/stream"):
        reader = readers.open(path, anna.cookie())
        readers.await_open([reader])
        sent = []
        for turn in range(10):
            sent += [f"{turn}a", f"{turn}b"]
            anna.reply(root["id"], f"{turn}a")
            await_messages(readers, [reader], len(sent) - 1)
            readers.close(reader)
            anna.reply(root["id"], f"{turn}b")
            readers.open(path, anna.cookie(), reader=reader)
        await_messages(readers, [reader], len(sent))
        assert texts(reader) == sent


def test_before_the_first_event_a_reader_already_has_a_place(stack: Stack, readers: Readers) -> None:
    anna = Visitor(stack.url).set_up()
    group = anna.converse("group")
    reader = readers.open(f"/api/stream/conversations/{group}", anna.cookie())
    readers.await_all([reader], lambda r: bool(r.last_id))
    readers.close(reader)
    anna.begin(group, "missed")
    readers.open(reader.path, anna.cookie(), reader=reader)
    readers.await_all([reader], lambda r: bool(r.of("message.new")))
    assert texts(reader) == ["missed"]


def test_a_place_in_another_history_gives_a_resync(stack: Stack, readers: Readers) -> None:
    anna = Visitor(stack.url).set_up()
    group = anna.converse("group")
    for place in ("00000000.1", "nonsense", "x.99999999999999999999999"):
        reader = readers.open(f"/api/stream/conversations/{group}", anna.cookie(), last_id=place)
        readers.await_all([reader], lambda r: bool(r.of("resync")))
        assert reader.of("resync")[0].payload["reason"] == "epoch"


def test_reload_in_the_middle_of_an_answer_continues_it(stack: Stack, readers: Readers) -> None:
    anna = Visitor(stack.url).set_up()
    talk = anna.converse()
    anna.begin(talk, "pieces=80 delay=25")
    so_far = ""
    for _ in range(8):
        reader = readers.open(f"/api/stream/conversations/{talk}", anna.cookie())
        readers.await_all([reader], lambda r: bool(r.of("message.snapshot")) and len(r.of("message.delta")) > 2)
        readers.close(reader)
        snapshot = reader.of("message.snapshot")[0].payload
        deltas = [f.payload for f in reader.of("message.delta")]
        assert [d["idx"] for d in deltas] == list(range(snapshot["next_idx"], snapshot["next_idx"] + len(deltas)))
        grown = snapshot["content"] + "".join(d["content"] for d in deltas)
        assert grown.startswith(so_far)
        so_far = grown
    last = readers.open(f"/api/stream/conversations/{talk}", anna.cookie())
    readers.await_all([last], lambda r: bool(r.of("message.done")))
    assert last.of("message.done")[0].payload["message"]["content"].startswith(so_far)


def test_a_new_member_hears_and_a_stranger_does_not(stack: Stack, readers: Readers, database: Database) -> None:
    anna = Visitor(stack.url).set_up()
    bob, carol = member(database, stack.url, "bob"), member(database, stack.url, "carol")
    everything = readers.open("/api/stream", bob.cookie())
    other = readers.open("/api/stream", carol.cookie())
    readers.await_open([everything, other])
    group = anna.converse("group", (bob.id,))
    anna.begin(group, "welcome")
    readers.await_all([everything], lambda r: bool(r.of("thread.new")))
    heard = [f.type for f in everything.frames if f.type not in ("model.status", "presence.update")]
    assert heard == ["membership.changed", "message.new", "thread.new"]
    refused = readers.open(f"/api/stream/conversations/{group}", carol.cookie())
    readers.await_open([refused])
    assert refused.status == 404
    assert other.of("message.new", "thread.new", "membership.changed") == []


def test_signing_out_closes_the_streams_of_that_session(stack: Stack, readers: Readers) -> None:
    anna = Visitor(stack.url).set_up()
    again = Visitor(stack.url).sign_in("anna")
    group = anna.converse("group")
    ending = [readers.open(p, anna.cookie()) for p in ("/api/stream", f"/api/stream/conversations/{group}")]
    staying = readers.open("/api/stream", again.cookie())
    readers.await_open([*ending, staying])
    anna.begin(group, "heard")
    readers.await_all([*ending, staying], lambda r: bool(r.of("message.new")))
    anna.ok("POST", "/api/auth/logout", {})
    readers.await_all(ending, lambda r: r.closed, 5)
    again.begin(group, "not heard")
    readers.await_all([staying], lambda r: len(r.of("message.new")) == 2)
    assert all(len(r.of("message.new")) == 1 for r in ending)
    refused = readers.open("/api/stream", anna.cookie())
    readers.await_open([refused])
    assert refused.status == 401


def test_more_streams_than_database_connections(start: Callable[..., Stack]) -> None:
    stack = start(workers=1, PALAVER__DB__POOL_SIZE="2", PALAVER__SSE__MAX_PER_USER="100")
    anna = Visitor(stack.url).set_up()
    group = anna.converse("group")
    with Readers(stack.url) as readers:
        clients = [readers.open("/api/stream", anna.cookie()) for _ in range(40)]
        readers.await_open(clients)
        anna.begin(group, "all of you")
        readers.await_all(clients, lambda r: bool(r.of("message.new")))
        assert [len(r.of("message.new")) for r in clients] == [1] * 40


def test_the_number_of_streams_is_limited(start: Callable[..., Stack]) -> None:
    stack = start(workers=1, PALAVER__SSE__MAX_PER_USER="3")
    anna = Visitor(stack.url).set_up()
    with Readers(stack.url) as readers:
        clients = [readers.open("/api/stream", anna.cookie()) for _ in range(3)]
        readers.await_open(clients)
        assert open_once(readers, anna) == 429
        readers.close(clients[0])
        wait_for(lambda: open_once(readers, anna) == 200, what="a place that became free")


def open_once(readers: Readers, visitor: Visitor) -> int:
    reader = readers.open("/api/stream", visitor.cookie())
    readers.await_open([reader])
    return reader.status


def test_a_reader_that_does_not_read_is_let_go(start: Callable[..., Stack]) -> None:
    stack = start(workers=1, PALAVER__SSE__MAX_BACKLOG_BYTES="20000")
    anna = Visitor(stack.url).set_up()
    group = anna.converse("group")
    root = anna.begin(group, "begin")
    stack.settle()
    slow = socket.socket()
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    slow.connect(("127.0.0.1", stack.port))
    slow.sendall(f"GET /api/stream HTTP/1.1\r\nHost: x\r\nCookie: {anna.cookie()}\r\n\r\n".encode())
    with Readers(stack.url) as readers:
        quick = readers.open("/api/stream", anna.cookie())
        readers.await_open([quick])
        for n in range(60):
            anna.reply(root["id"], f"{n} " + "x" * 20_000)
        readers.await_all([quick], lambda r: len(r.of("message.new")) == 60)
    slow.settimeout(10)
    received = b""
    while data := slow.recv(65_536):
        received += data
    slow.close()
    assert received.count(b"event: message.new") < 60  # closed, not kept for ever


def test_heartbeats_and_headers(start: Callable[..., Stack]) -> None:
    stack = start(workers=1, PALAVER__SSE__HEARTBEAT_SECONDS="0.2")
    anna = Visitor(stack.url).set_up()
    with socket.create_connection(("127.0.0.1", stack.port), timeout=10) as raw:
        raw.sendall(f"GET /api/stream HTTP/1.1\r\nHost: x\r\nCookie: {anna.cookie()}\r\n\r\n".encode())
        received = b""
        while received.count(b"3\r\n:\n\n\r\n") < 2:
            received += raw.recv(65_536)
    head = received.split(b"\r\n\r\n")[0].decode().lower()
    for line in ("content-type: text/event-stream", "x-accel-buffering: no", "cache-control: no-cache, no-transform",
                 "x-content-type-options: nosniff", "transfer-encoding: chunked"):  # fmt: skip
        assert line in head
    assert b"retry: " in received


def test_a_proxy_that_speaks_http_1_0_is_told_so(stack: Stack) -> None:
    anna = Visitor(stack.url).set_up()
    for method, version, wanted in (("GET", "1.0", "503"), ("HEAD", "1.1", "200")):
        with socket.create_connection(("127.0.0.1", stack.port), timeout=10) as raw:
            head = f"{method} /api/stream HTTP/{version}\r\nHost: x\r\nConnection: close\r\nCookie: {anna.cookie()}\r\n\r\n"
            raw.sendall(head.encode())
            received = b""
            while data := raw.recv(65_536):
                received += data
        assert received.split(b" ")[1].decode() == wanted
        assert (b"proxy_http_version" in received) == (wanted == "503")


def test_characters_that_look_like_line_ends_stop_nothing(stack: Stack, readers: Readers) -> None:
    anna = Visitor(stack.url).set_up()
    group = anna.converse("group")
    reader = readers.open("/api/stream", anna.cookie())
    readers.await_open([reader])
    strange = "a\u2028b\u2029c\u0085d\x0be\x0cf\x1cg\r\nh"
    root = anna.begin(group, strange)
    anna.reply(root["id"], "still here")
    await_messages(readers, [reader], 2)
    assert texts(reader) == [strange, "still here"]
