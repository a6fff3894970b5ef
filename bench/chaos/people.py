"""People who write, and insist: until there is an answer they send the same thing again, with the same client_id."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import urllib3

from app.core.scopes import SCOPES
from app.models import conversations, db, keys, users
from app.services.keys import digest, new_token
from bench.chaos.listening import View
from tests.servers import Stack

PATIENCE_SECONDS = 120.0
REFUSALS = (400, 403, 404, 409, 410, 422)


@dataclass
class Written:
    """A write that was acknowledged, and what it must look like now."""

    client_id: str
    message_id: str
    root_id: str
    conversation: str
    content: str
    is_deleted: bool = False


@dataclass
class Person:
    """Somebody with a key, in some conversations.

    Attributes:
        models: the ids of those that can be asked, on two servers.
    """

    name: str
    id: str
    token: str
    url: str
    conversations: list[str] = field(default_factory=list)
    written: list[Written] = field(default_factory=list)
    view: View = field(default_factory=View)
    violations: list[str] = field(default_factory=list)
    acts: Counter[str] = field(default_factory=Counter)
    retries: int = 0
    models: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.http = urllib3.PoolManager(maxsize=4, retries=False, timeout=20)

    @property
    def authorization(self) -> str:
        return f"Bearer {self.token}"

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON of the answer, sent again until there is one; None when it was refused."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                answer = self.http.request(
                    method, self.url + path, headers={"Authorization": self.authorization},
                    **({"json": body} if body is not None else {}),
                )  # fmt: skip
                if answer.status < 300:
                    return answer.json()
                if answer.status in REFUSALS:
                    self.acts[f"refused {answer.status}"] += 1
                    return None
                if answer.status not in (429, 503):
                    self.violations.append(
                        f"{self.name}: {method} {path} was answered {answer.status}: {answer.data!r}"
                    )
                    return None
            except urllib3.exceptions.HTTPError:
                pass
            self.retries += 1
            time.sleep(0.2)
        self.violations.append(f"{self.name}: {method} {path} had no answer in {PATIENCE_SECONDS:.0f} s")
        return None

    def load(self) -> None:
        """The state over the API, as a page does it when it starts or starts over."""
        found: list[dict[str, Any]] = []
        for conversation in self._pages("/api/conversations?limit=200"):
            for thread in self._pages(f"/api/conversations/{conversation['id']}/threads?limit=200"):
                found += self._pages(f"/api/threads/{thread['root_id']}/tree?limit=500", "before", "previous")
        self.view.loaded(found)

    def _pages(self, path: str, name: str = "after", key: str = "next") -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        more = ""
        while (page := self.ask("GET", path + more)) is not None:
            items += page["items"]
            if not page[key]:
                break
            more = f"&{name}={quote(page[key], safe='')}"
        return items


class Writer(threading.Thread):
    """Does what some people do, one at a time."""

    def __init__(self, people: list[Person], chance: random.Random, pause: float, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.people, self.chance, self.pause, self.done = people, chance, pause, stop
        acts = {
            self.begin: 6, self.reply: 50, self.question: 10, self.edit: 12, self.delete: 6, self.restore: 5,
            self.read: 8, self.cancel: 3, self.regenerate: 5, self.branch: 5,
        }  # fmt: skip
        self._acts, self._weights = list(acts), list(acts.values())

    def run(self) -> None:
        while not self.done.wait(self.chance.expovariate(1 / self.pause)):
            act = self.chance.choices(self._acts, self._weights)[0]
            person = self.chance.choice(self.people)
            try:
                act(person)
                person.acts[act.__name__] += 1
            except Exception as error:
                person.violations.append(f"{person.name}: {act.__name__} failed: {error!r}")

    def begin(self, person: Person) -> None:
        conversation = self.chance.choice(person.conversations)
        self._post(person, f"/api/threads/{conversation}/root", conversation, self._words())

    def reply(self, person: Person, words: str = "") -> None:
        known = [w for w in list(person.view.messages.values()) if w["deleted_at"] is None]
        if known:
            parent = self.chance.choice(known[-50:])
            path = f"/api/messages/{parent['id']}/reply"
            self._post(person, path, parent["conversation_id"], words or self._words())

    def question(self, person: Person) -> None:
        pieces = self.chance.choice((5, 20, 60, 120))
        self.reply(person, f"@palaver please: pieces={pieces} delay={self.chance.choice((5, 20, 40))} {uuid.uuid4()}")

    def edit(self, person: Person) -> None:
        written = self._own(person, deleted=False)
        if written is not None:
            content = self._words()
            if person.ask("POST", f"/api/messages/{written.message_id}/edit", {"content": content}):
                written.content = content

    def delete(self, person: Person) -> None:
        written = self._own(person, deleted=False)
        if written is not None and person.ask("POST", f"/api/messages/{written.message_id}/delete", {}):
            written.is_deleted = True

    def restore(self, person: Person) -> None:
        written = self._own(person, deleted=True)
        if written is not None and person.ask("POST", f"/api/messages/{written.message_id}/restore", {}):
            written.is_deleted = False

    def read(self, person: Person) -> None:
        written = self._own(person, deleted=False)
        if written is not None:
            person.ask("POST", f"/api/threads/{written.root_id}/read", {})

    def cancel(self, person: Person) -> None:
        growing = [m for m in list(person.view.messages.values()) if m["status"] == "streaming"]
        if growing:
            person.ask("POST", f"/api/messages/{self.chance.choice(growing)['id']}/cancel", {})

    def regenerate(self, person: Person) -> None:
        ended = [
            m for m in list(person.view.messages.values()) if m["role"] == "assistant" and m["status"] != "streaming"
        ]
        if ended:
            chosen = {"model_id": self.chance.choice(person.models)}
            person.ask("POST", f"/api/messages/{self.chance.choice(ended)['id']}/regenerate", chosen)

    def branch(self, person: Person) -> None:
        written = self._own(person, deleted=False)
        if written is not None:
            words, chosen = f"@palaver again: pieces=20 delay=20 {uuid.uuid4()}", self.chance.choice(person.models)
            self._post(
                person, f"/api/messages/{written.message_id}/branch", written.conversation, words, model_id=chosen
            )

    def _post(self, person: Person, path: str, conversation: str, content: str, **more: str) -> None:
        client_id = str(uuid.UUID(int=self.chance.getrandbits(128), version=4))
        made = person.ask("POST", path, {"content": content, "client_id": client_id} | more)
        if made is not None:
            person.written.append(Written(client_id, made["id"], made["root_id"], conversation, content))

    def _own(self, person: Person, deleted: bool) -> Written | None:
        found = [w for w in person.written[-40:] if w.is_deleted == deleted]
        return self.chance.choice(found) if found else None

    def _words(self) -> str:
        return (
            f"{self.chance.choice(('yes', 'no', 'perhaps', '**bold**', '你好'))} {self.chance.getrandbits(64):x} "
            + ("x" * self.chance.choice((0, 20, 400, 4000, 40_000)))
        )


def crowd(stack: Stack, count: int, chance: random.Random) -> list[Person]:
    """People with keys in overlapping conversations, each with the assistant in it."""
    db.configure(stack.database.runtime, 4)
    db.after_write = lambda: db.read("bus_publish")
    try:
        [(assistant,)] = stack.database.query("select id::text from palaver.users where kind = 'assistant'")
        people = [_person(stack.url, f"person{n}") for n in range(count)]
        models = _models(stack)
        for person in people:
            person.models = models
        for n in range(max(4, count // 2)):
            inside = chance.sample(people, min(count, chance.choice((2, 3, 5, 8, 12))))
            first, *others = inside
            made = conversations.create(first.id, "group", f"Talk {n}", [assistant, *(p.id for p in others)], None)
            for person in inside:
                person.conversations.append(made["id"])
        for person in people:
            if not person.conversations:
                made = conversations.create(person.id, "group", "Alone", [assistant], None)
                person.conversations.append(made["id"])
        return people
    finally:
        db.close()


def _person(url: str, name: str) -> Person:
    made = users.create(name, f"{name}@example.org", None, "none", "member")
    token = new_token()
    keys.make(name, "chaos", list(SCOPES), digest(token), token[:9], None)
    return Person(name, made["id"], token, url)


def _models(stack: Stack) -> list[str]:
    """The default model, and one of a second server that writes three answers at once: the others wait."""
    stack.database.query(
        "with attic as (insert into palaver.providers (name, kind, base_url, max_concurrent)"
        " values ('Attic', 'openai', %s, 3) returning id)"
        " insert into palaver.models (provider_id, name, remote_name) select id, 'big', 'mock' from attic",
        f"http://127.0.0.1:{stack.model_port}/v1",
    )
    return [str(model) for (model,) in stack.database.query("select id::text from palaver.models")]
