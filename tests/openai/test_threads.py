"""/v1 that asks in a thread: what grows there is what the client gets."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from bench.mock_openai import answer
from tests.openai.asking import Asker, text, values
from tests.servers import Stack, Visitor, member, wait_for

GROWING = "select message_id::text from palaver.message_chunks join palaver.jobs using (message_id)"


def palaver(conversation: str | None, parent: str | None = None) -> dict[str, Any]:
    return {"palaver": {"conversation_id": conversation, "parent_message_id": parent}}


def test_a_question_and_its_answer_are_in_the_thread(asker: Asker, anna: Visitor) -> None:
    talk = anna.converse()
    said = asker.ask("pieces=5", metadata=palaver(talk), temperature=1, user="u").json()
    where = said["metadata"]["palaver"]
    assert said["choices"][0]["message"]["content"] == answer(5) and said["usage"]["completion_tokens"] == 5
    assert said["warnings"] == ["user is ignored by this server.", "temperature is ignored in a thread."]
    question, answered = anna.tree(where["root_id"])
    assert (question["id"], answered["id"]) == (where["parent_message_id"], where["message_id"])
    assert question["content"] == "pieces=5" and answered["content"] == answer(5)
    assert (question["author"]["username"], answered["author"]["username"]) == ("anna", "palaver")

    # As text, as OpenAI's own clients want it; a reply to the answer; only the thread's own context is used.
    turns = [{"role": "system", "content": "pirate"}, {"role": "user", "content": [{"type": "text", "text": "echo=1"}]}]
    more = json.dumps(palaver(None, where["message_id"])["palaver"])
    chunks = asker.stream("", messages=turns, metadata={"palaver": more}, stream_options={"include_usage": True})
    sent = json.loads(text(chunks))
    assert sent["messages"] == ["system", "user", "assistant", "user"]
    assert chunks[0]["warnings"] == ["messages[:-1] is ignored in a thread."]
    where = chunks[0]["metadata"]["palaver"]
    assert anna.tree(where["root_id"])[-1]["content"] == text(chunks)
    assert chunks[-1]["usage"]["total_tokens"] > 1 and chunks[-2]["choices"][0]["finish_reason"] == "stop"


def test_pieces_are_exact_whichever_process_hears_them(asker: Asker, anna: Visitor) -> None:
    talks = [anna.converse() for _ in range(6)]
    heard: dict[str, list[dict[str, Any]]] = {}

    def ask(talk: str) -> None:
        heard[talk] = asker.stream("pieces=300 delay=3", metadata=palaver(talk))

    asking = [threading.Thread(target=ask, args=(talk,)) for talk in talks]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    for talk in talks:
        chunks = heard[talk]
        assert text(chunks) == answer(300) and len(chunks) > 5
        assert anna.tree(chunks[0]["metadata"]["palaver"]["root_id"])[-1]["content"] == answer(300)


@pytest.mark.parametrize("streamed", [False, True])
def test_a_client_that_goes_does_not_end_an_answer(asker: Asker, anna: Visitor, stack: Stack, streamed: bool) -> None:
    talk, before = anna.converse(), stack.model_stats()["disconnected"]
    body = {"messages": [{"role": "user", "content": "pieces=60 delay=20"}], "stream": streamed}
    sock = asker.raw(body | {"metadata": palaver(talk)})
    root = wait_for(lambda: anna.ok("GET", f"/api/conversations/{talk}/threads")["items"], what="the thread")[0][
        "root_id"
    ]
    wait_for(lambda: len(anna.tree(root)) == 2)
    sock.close()
    assert anna.answer_to(root)["content"] == answer(60)
    assert stack.model_stats()["disconnected"] == before


def test_how_it_ended_is_told(asker: Asker, anna: Visitor, stack: Stack) -> None:
    talk = anna.converse()
    refused = asker.ask("fail=500", stream=True, metadata=palaver(talk))
    assert refused.status == 502 and "told to fail" in asker.refusal(refused)["message"]
    said = values(asker.ask("pieces=9 drop=4", stream=True, metadata=palaver(talk)).data)
    assert text([json.loads(value) for value in said[:-1]]) == answer(4) and "error" in json.loads(said[-1])
    stack.database.query("insert into palaver.budgets (unit, period, amount) values ('answers', 'day', 0)")
    try:
        refused = asker.ask("pieces=1", metadata=palaver(talk))
        assert refused.status == 429 and asker.refusal(refused)["code"] == "insufficient_quota"
    finally:
        stack.database.query("delete from palaver.budgets")
    heard: list[Any] = []
    asking = threading.Thread(target=lambda: heard.append(asker.stream("pieces=500 delay=20", metadata=palaver(talk))))
    asking.start()
    growing = wait_for(lambda: stack.database.query(GROWING), what="an answer that grows")
    anna.ok("POST", f"/api/messages/{growing[0][0]}/cancel", {})
    asking.join()
    whole = anna.ok("GET", f"/api/messages/{growing[0][0]}")
    assert whole["finish_reason"] == "cancelled" and text(heard[0]) == whole["content"] != answer(500)


def test_only_where_one_may_write(asker: Asker, anna: Visitor, stack: Stack) -> None:
    bob = member(stack.database, stack.url, "bob")
    theirs = bob.converse()
    root = bob.begin(theirs, "hello")["root_id"]
    for place in (palaver(theirs), palaver(None, root), palaver(anna.converse(), root)):
        assert asker.ask(metadata=place).status == 404, place
    group = anna.converse("group")
    refused = asker.ask("hello", metadata=palaver(group))
    assert refused.status >= 400 and asker.refusal(refused), "there is no assistant in it"
    assert asker.ask("hello", model="palaver", metadata=palaver(group)).status == 409
    assert asker.ask(messages=[{"role": "assistant", "content": "x"}], metadata=palaver(anna.converse())).status == 400


def test_a_key_that_may_not_write_asks_in_no_thread(stack: Stack, anna: Visitor) -> None:
    robot = Asker(stack, anna.ok("POST", "/api/auth/keys", {"name": "reader", "scopes": ["v1", "read"]})["token"])
    assert robot.ask().status == 200
    refused = robot.ask(metadata=palaver(anna.converse()))
    assert refused.status == 403 and "`write`" in robot.refusal(refused)["message"]


def test_in_a_group_somebody_answers_in_any_case(asker: Asker, anna: Visitor, stack: Stack) -> None:
    [(assistant,)] = stack.database.query("select id::text from palaver.users where username = 'palaver'")
    group = anna.converse("group", (assistant,))
    for model in ("local", "palaver"):
        said = asker.ask("pieces=2", model=model, metadata=palaver(group))
        assert said.status == 200 and said.json()["choices"][0]["message"]["content"] == answer(2), said.data


def test_who_is_removed_hears_no_more(asker: Asker, anna: Visitor, stack: Stack) -> None:
    [(assistant,)] = stack.database.query("select id::text from palaver.users where username = 'palaver'")
    dora = member(stack.database, stack.url, "dora")
    key = dora.ok("POST", "/api/auth/keys", {"name": "robot", "scopes": ["v1", "write"]})["token"]
    group = anna.converse("group", (assistant, dora.id))
    heard: list[Any] = []

    def ask() -> None:
        heard.append(Asker(stack, key).ask("pieces=2000 delay=20", stream=True, metadata=palaver(group)).data)

    asking = threading.Thread(target=ask)
    asking.start()
    wait_for(lambda: stack.database.query(GROWING), what="an answer that grows")
    assert anna.request("DELETE", f"/api/conversations/{group}/participants/{dora.id}").status < 300
    asking.join(10)
    assert not asking.is_alive() and "error" in json.loads(values(heard[0])[-1])
    [(growing,)] = stack.database.query("select message_id::text from palaver.jobs")
    anna.ok("POST", f"/api/messages/{growing}/cancel", {})
