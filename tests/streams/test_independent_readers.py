"""Readers that others wrote hear the same as our own: everything, once and in order, over connections that break."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import httpx_sse
import pytest
import sseclient
import urllib3

from app.core.events import KINDS
from bench.mock_openai import answer
from tests.servers import Stack, Visitor, wait_for
from tests.streams.cutting import Cutting

FOLDER = Path(__file__).parent / "independent"
CUTS, MESSAGES, PIECES = 4, 40, 120
WIRE = [kind.name for kind in KINDS.values() if kind.wire]


@dataclass
class Heard:
    """What one reader made of the stream: durable events, and the texts of answers from their pieces."""

    durable: list[tuple[str, Any]] = field(default_factory=list)
    pieces: dict[str, list[str | int]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    is_open: bool = False

    def hear(self, kind: str, data: str) -> None:
        if not data:
            return  # httpx-sse also tells of frames that only have an id
        self.is_open = True
        event = json.loads(data)
        payload = event["payload"]
        if KINDS[kind].durable:
            self.durable.append((kind, event["seq"]))
        if kind == "message.snapshot":
            self.pieces[payload["message_id"]] = [payload["content"], payload["next_idx"]]
        elif kind == "message.delta":
            known = self.pieces.setdefault(payload["message_id"], ["", 0])
            if payload["idx"] == known[1]:
                known[:] = [known[0] + payload["content"], known[1] + 1]
        elif kind == "message.done":
            self.texts[payload["message_id"]] = payload["message"]["content"]


@pytest.fixture(scope="session")
def node() -> Path:
    """A folder with the libraries of package-lock.json; fetched once for each lock file."""
    if not shutil.which("npm"):
        pytest.fail("no npm here; install Node.js with npm (Debian: nodejs npm)")
    lock = hashlib.sha256((FOLDER / "package-lock.json").read_bytes()).hexdigest()[:16]
    folder = Path(sys.prefix) / f"independent-readers-{lock}"
    if not (folder / "complete").exists():
        folder.mkdir(exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(FOLDER / name, folder)
        subprocess.run(
            ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=folder, check=True, timeout=120
        )
        (folder / "complete").touch()
    return folder


def with_httpx(url: str, headers: dict[str, str], heard: Heard, last: list[str]) -> None:
    with (
        httpx.Client(timeout=30, trust_env=False) as client,
        httpx_sse.connect_sse(client, "GET", url, headers=headers) as source,
    ):
        source.response.raise_for_status()
        for event in source.iter_sse():
            last[0] = event.id or last[0]
            heard.hear(event.event, event.data)


def with_sseclient(url: str, headers: dict[str, str], heard: Heard, last: list[str]) -> None:
    answer = urllib3.PoolManager(retries=False).request("GET", url, headers=headers, preload_content=False)
    assert answer.status == 200
    for event in sseclient.SSEClient(answer.stream(1)).events():
        last[0] = event.id or last[0]
        heard.hear(event.event, event.data)


def insist(read: Callable[..., None], url: str, authorization: str, heard: Heard, end: threading.Event) -> None:
    """What these libraries leave to their users: come back with the last id."""
    last = [""]
    while not end.wait(0.2):
        headers = {"Authorization": authorization, "Accept": "text/event-stream"}
        try:
            read(url, headers | ({"Last-Event-ID": last[0]} if last[0] else {}), heard, last)
        except (httpx.HTTPError, urllib3.exceptions.HTTPError):
            pass


@pytest.fixture
def start_node(node: Path) -> Iterator[Callable[..., None]]:
    started: list[subprocess.Popen[str]] = []

    def start(library: str, url: str, authorization: str, heard: Heard) -> None:
        child = subprocess.Popen(
            ["node", str(FOLDER / "reader.mjs"), library, url, authorization, *WIRE],
            cwd=node, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        started.append(child)
        threading.Thread(target=follow, args=(child, heard), daemon=True).start()

    yield start
    for child in started:
        child.kill()
        child.communicate()


def follow(child: subprocess.Popen[str], heard: Heard) -> None:
    for line in child.stdout or ():
        event = json.loads(line)
        heard.hear(event["type"], event["data"])


def test_readers_of_others_hear_everything_once_and_in_order(
    stack: Stack, start_node: Callable[..., None], request: pytest.FixtureRequest
) -> None:
    seed = random.SystemRandom().randrange(1 << 31)
    print("seed", seed)
    anna = Visitor(stack.url).set_up()
    made = anna.ok("POST", "/api/auth/keys", {"name": "reader", "scopes": ["read"]})
    group, talk = anna.converse("group"), anna.converse()
    root = anna.begin(group, "begin")
    stack.settle()
    [(epoch, pos)] = stack.database.query("select epoch, pos from palaver.server")
    names = ("httpx-sse", "sseclient-py", "eventsource", "fetch-event-source")
    heard = {name: Heard() for name in names}
    # fetch-event-source goes on behind an id as soon as it has read its line.
    roads = {name: Cutting(stack.port, seed + n, CUTS, name == names[-1]) for n, name in enumerate(names)}
    authorization = f"Bearer {made['token']}"
    end = threading.Event()
    request.addfinalizer(end.set)
    for name, road in roads.items():
        url = f"http://127.0.0.1:{road.port}/api/stream?since={epoch}.{pos}"
        if name in ("eventsource", "fetch-event-source"):
            start_node(name, url, authorization, heard[name])
        else:
            read = with_httpx if name == "httpx-sse" else with_sseclient
            threading.Thread(target=insist, args=(read, url, authorization, heard[name], end), daemon=True).start()

    wait_for(lambda: all(h.is_open for h in heard.values()), 30, "the first word of every reader")
    question = anna.begin(talk, f"pieces={PIECES} delay=40")
    for n in range(MESSAGES):
        anna.reply(root["id"], f"{n} " + "é" * 300)
        time.sleep(0.1)
    whole = anna.answer_to(question["root_id"])
    assert whole["content"] == answer(PIECES)
    stack.settle()
    wanted = [
        (kind, seq) for kind, seq in stack.database.query(
            "select kind, seq from palaver.events where pos > %s order by pos", pos
        ) if KINDS[kind].wire
    ]  # fmt: skip
    assert len(wanted) >= MESSAGES + 3
    for name in names:
        wait_for(lambda name=name: heard[name].durable[-1:] == wanted[-1:], 30, f"{name}'s last event (seed {seed})")
        assert heard[name].durable == wanted, (name, seed)
        assert heard[name].texts == {whole["id"]: whole["content"]}, (name, seed)
        # Who was away for as long as the answer grew has heard no pieces of it.
        assert whole["content"].startswith(heard[name].pieces.get(whole["id"], [""])[0]), (name, seed)
        assert roads[name].cuts >= 2, (name, roads[name].cuts, seed)
        roads[name].close()
    assert any(whole["id"] in h.pieces for h in heard.values()), seed
