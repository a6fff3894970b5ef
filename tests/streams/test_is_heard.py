from __future__ import annotations

from app.streams.hub import Connection, Hub


def test_a_topic_is_heard_in_the_dialects_of_those_who_hear_it() -> None:
    hub = Hub(1000)
    page, program = Connection("anna", "1", "page", True), Connection("bob", "2", "json", True)
    hub._subscribe(page, "here")
    hub._subscribe(program, "here")
    hub._subscribe(program, "there")
    assert hub.is_heard("here", "page") and hub.is_heard("here", "json") and hub.is_heard("there", "json")
    assert not hub.is_heard("there", "page")
    assert not hub.is_heard("nowhere", "json")
    hub._unsubscribe(page, "here")
    assert not hub.is_heard("here", "page")


def test_who_joins_a_topic_twice_leaves_it_once() -> None:
    hub = Hub(1000)
    page = Connection("anna", "1", "page", True)
    for _ in range(2):
        hub._subscribe(page, "here")
    for _ in range(2):
        hub._unsubscribe(page, "here")
        assert not hub.is_heard("here", "page")
    assert not hub._heard
