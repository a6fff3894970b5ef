"""What the stream of a page carries: made without a request, for every reader alike."""

from __future__ import annotations

import orjson
from flask import Flask

from app.core.events import KINDS
from app.streams.event import Event, encode
from tests.conftest import Person
from tests.pages.test_threads import thread_of

WITH_HTML = (
    "message.new", "message.updated", "message.deleted", "message.restored", "message.done", "message.snapshot",
    "message.delta", "thread.new", "thread.updated",
)  # fmt: skip
PLACE = {"conversation_id": "c", "root_id": "r"}


def frame(kind: str, payload: dict) -> dict:
    data = encode(Event(1, "c", 1, kind, payload), "page", "e").split(b"data: ")[1].split(b"\n")[0]
    return orjson.loads(data)["payload"]


def test_a_new_message_carries_the_article_of_the_page(anna: Person) -> None:
    path, root = thread_of(anna, "**bold** <i>x</i>")
    message = anna.get(f"/api/messages/{root}").json
    html = frame("message.new", PLACE | {"message": message})["html"]
    assert html.strip() in anna.get(path).text
    assert html.count("<article") == 1 and "<strong>bold</strong>" in html and "<i>" not in html


def test_a_finished_answer_carries_its_article(anna: Person) -> None:
    conversation = anna.converse()
    root = anna.begin(conversation)["id"]
    message = anna.tree(root)["items"][1]
    assert 'data-act="cancel"' in frame("message.new", PLACE | {"message": message})["html"]
    ended = message | {"status": "failed", "finish_reason": "error", "error": {"message": "No <model>."}}
    html = frame("message.done", PLACE | {"message_id": ended["id"], "message": ended})["html"]
    assert "No &lt;model&gt;." in html and "Try again" in html


def test_an_answer_that_goes_on_carries_what_is_rendered_of_it(anna: Person) -> None:
    root = anna.begin(anna.converse())["id"]
    message = anna.tree(root)["items"][1]
    cut = message | {"status": "interrupted", "finish_reason": "cancelled", "content": "One\n\nTw"}
    article = frame("message.done", PLACE | {"message_id": cut["id"], "message": cut})["html"]
    assert f'formaction="/messages/{cut["id"]}/continue"' in article
    for ending in ({"content": ""}, {"finish_reason": "stop", "status": "complete"}):
        assert (
            "/continue" not in frame("message.done", PLACE | {"message_id": cut["id"], "message": cut | ending})["html"]
        )
    goes_on = frame("message.updated", PLACE | {"message": message | {"content": "One\n\nTw"}})
    assert (goes_on["blocks"].strip(), goes_on["end"]) == ("<p>One</p>", 5) and 'data-act="cancel"' in goes_on["html"]
    place = {"message_id": cut["id"], "idx": 1, "content": "o\n\nThree"}
    said = frame("message.delta", PLACE | place)
    assert (said["html"].strip(), said["start"], said["end"]) == ("<p>Two</p>", 5, 10)


def test_a_new_thread_carries_its_line(anna: Person) -> None:
    path, _root = thread_of(anna, "Seeds & soil")
    conversation = path.split("/")[2]
    summary = anna.get(f"/api/conversations/{conversation}/threads").json["items"][0]
    html = frame("thread.new", PLACE | {"summary": summary})["html"]
    assert "Seeds &amp; soil" in html and html.strip() in anna.get(f"/c/{conversation}").text


def test_everything_else_passes_through(app: Flask) -> None:
    for kind in KINDS.values():
        if kind.wire and kind.name not in (*WITH_HTML, "answer.queued", "tool.called", "tool.updated"):
            assert frame(kind.name, {"a": 1}) == {"a": 1}


def test_a_page_says_where_its_stream_continues(anna: Person) -> None:
    path, _ = thread_of(anna)
    since = anna.get(path).text.split('data-since="')[1].split('"')[0]
    epoch, pos = since.split(".")
    assert epoch and int(pos) >= 0


def test_an_answer_that_waits_says_where(anna: Person) -> None:
    message = anna.tree(anna.begin(anna.converse())["id"])["items"][1]
    waits = frame("message.new", PLACE | {"message": message | {"queue": {"place": 3}}})["html"]
    assert "Waiting – 3rd in line" in waits and "Thinking" not in waits
    assert (
        "Thinking"
        in frame("message.new", PLACE | {"message": {k: message[k] for k in message if k != "queue"}})["html"]
    )
    told = {
        place: frame("answer.queued", PLACE | {"message_id": message["id"], "place": place})["in_line"]
        for place in (0, 1, 2, 11, 23, 112)
    }
    assert told == {
        0: "", 1: "Waiting – next in line", 2: "Waiting – 2nd in line", 11: "Waiting – 11th in line",
        23: "Waiting – 23rd in line", 112: "Waiting – 112th in line",
    }  # fmt: skip
