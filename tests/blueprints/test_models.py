# ruff: noqa: F811 (the fixture `server` is defined in another file)
"""Models, their servers and assistants over the API."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from flask import Flask

from app.core.avatars import is_avatar
from app.models import answers, audit, providers
from app.services.chat_models import ChatModels
from tests.adapters.test_openai import Scripted
from tests.adapters.test_probe import ANSWER, lists, server  # noqa: F401 (a fixture)
from tests.conftest import Person
from tests.servers import free_port

KEY = "sk-very-secret"
PROVIDERS, MODELS, ASSISTANTS = "/api/admin/providers", "/api/admin/models", "/api/admin/assistants"


def change(person: Person, path: str, **given: Any) -> Any:
    token = person.http.get_cookie("CSRF-TOKEN").value
    return person.http.patch(path, json=given, headers={"X-CSRF-TOKEN": token})


def remove(person: Person, path: str) -> Any:
    return person.http.delete(path, headers={"X-CSRF-TOKEN": person.http.get_cookie("CSRF-TOKEN").value})


def add(anna: Person, url: str = "http://127.0.0.1:9/v1", **more: Any) -> dict[str, Any]:
    made = anna.post(PROVIDERS, {"name": "Attic", "base_url": url} | more)
    assert made.status_code == 201, made.text
    return made.json


def test_keys_go_in_and_never_come_out(anna: Person, app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    made = add(anna, api_key=KEY, kind="vllm")
    path = f"{PROVIDERS}/{made['id']}"
    said = [anna.get(PROVIDERS), anna.get(path), change(anna, path, name="Cellar"), anna.post(f"{path}/test")]
    assert all(answer.status_code == 200 for answer in said) and made["has_key"] and made["key_is_readable"]
    sealed = providers.secret(made["id"])
    assert sealed and KEY.encode() not in sealed and app.extensions["keys"].decrypt(sealed, made["id"]).decode() == KEY
    written = str(audit.page(anna.id, {}, None, 50)) + caplog.text + str(made) + "".join(a.text for a in said)
    assert "Cellar" in written and KEY not in written
    assert change(anna, path, api_key="").json["has_key"] is False and providers.secret(made["id"]) is None


def test_a_key_goes_to_no_other_server_than_its_own(anna: Person) -> None:
    path = f"{PROVIDERS}/{add(anna, api_key=KEY)['id']}"
    assert change(anna, path, base_url="http://127.0.0.1:9/openai/v1").json["has_key"]
    refused = change(anna, path, base_url="http://127.0.0.1:10/v1")
    assert refused.status_code == 422 and "api_key" in refused.json["errors"]
    assert change(anna, path, base_url="http://127.0.0.1:10/v1", api_key="sk-2").json["base_url"].endswith(":10/v1")
    assert change(anna, path, base_url="http://127.0.0.1:11/v1", api_key="").json["has_key"] is False


def test_a_key_that_cannot_be_read_any_more_is_said(anna: Person, app: Flask) -> None:
    path = f"{PROVIDERS}/{add(anna, api_key=KEY)['id']}"
    assert anna.get(path).json["key_is_readable"]
    app.extensions["keys"].path.write_text("ab" * 32)
    assert anna.get(path).json["key_is_readable"] is False
    assert [p["key_is_readable"] for p in anna.get(PROVIDERS).json["items"]] == [True, False]
    anna = Person(app).sign_in("anna")  # the CSRF token was signed with the lost keys, too
    assert "enter it again" in anna.post(f"{path}/test").json["problem"]
    assert change(anna, path, api_key=KEY).json["key_is_readable"]


def test_servers_that_will_not_do(anna: Person) -> None:
    for given, field in (
        ({"kind": "local"}, "kind"), ({"kind": "gpt"}, "kind"), ({"base_url": "ftp://x"}, "base_url"),
        ({"base_url": "127.0.0.1:80"}, "base_url"), ({"base_url": "http://a:b@x/v1"}, "base_url"),
        ({"base_url": "http://x/v1?key=1"}, "base_url"), ({"base_url": "http://x y/v1"}, "base_url"),
        ({"base_url": "http://x:99999/v1"}, "base_url"), ({"name": "\u202e"}, "name"), ({"api_key": "a\r\nX: b"}, "api_key"),
        ({"max_concurrent": 0}, "max_concurrent"), ({"answer_seconds": 0}, "answer_seconds"),
    ):  # fmt: skip
        refused = anna.post(PROVIDERS, {"name": "Attic", "base_url": "http://127.0.0.1:9/v1"} | given)
        assert refused.status_code == 422 and field in refused.json["errors"], (given, refused.text)


def test_a_server_is_tested_and_its_models_are_added(anna: Person, bob: Person, server: Scripted) -> None:
    server.say("/v1/models", lists({"id": "org/large", "owned_by": "vllm", "max_model_len": 16384}))
    server.say("/v1/chat/completions", (200, ANSWER))
    path = f"{PROVIDERS}/{add(anna, server.url, api_key=KEY)['id']}"
    told = anna.post(f"{path}/test").json
    assert told["is_ok"] and told["kind"] == "vllm" and told["asked"] == "org/large" and told["answer_seconds"] >= 0
    assert told["models"] == [
        {"name": "org/large", "context_tokens": 16384, "capabilities": [], "is_added": False}]  # fmt: skip
    new = {"provider_id": path.rsplit("/", 1)[1], "name": "large", "remote_name": "org/large", "context_tokens": 16384}
    made = anna.post(MODELS, new | {"capabilities": ["tools"], "parameters": {"temperature": 0.2}}).json
    assert anna.post(f"{path}/test").json["models"][0]["is_added"] and anna.get(path).json["model_count"] == 1
    assert anna.post(f"{path}/test", {"model": "small"}).json["problem"] == "The server does not list the model small."
    assert [m["name"] for m in bob.get("/api/models").json["items"]] == ["local", "large"]
    assert change(anna, f"{MODELS}/{made['id']}", disabled=True).json["disabled_at"]
    assert [m["name"] for m in bob.get("/api/models").json["items"]] == ["local"]
    assert anna.post(f"{MODELS}/{made['id']}/default").status_code == 409
    assert change(anna, f"{MODELS}/{made['id']}", disabled=False).json["disabled_at"] is None
    assert anna.post(f"{MODELS}/{made['id']}/default").json["is_default"]
    assert remove(anna, f"{MODELS}/{made['id']}").status_code == remove(anna, path).status_code == 409
    server.say("/v1/models", (401, b"{}"))
    told = anna.post(f"{path}/test").json
    assert not told["is_ok"] and "the key is wrong" in told["problem"]


def test_the_model_of_this_machine_is_tested_where_the_configuration_says(anna: Person, app: Flask) -> None:
    own = anna.get(PROVIDERS).json["items"][0]
    assert own["kind"] == "local"
    told = anna.post(f"{PROVIDERS}/{own['id']}/test").json
    assert not told["is_ok"] and told["problem"]
    assert change(anna, f"{PROVIDERS}/{own['id']}", base_url=f"http://127.0.0.1:{free_port()}").status_code == 409


def test_models_that_will_not_do(anna: Person) -> None:
    attic = add(anna)["id"]
    for given, field in (
        ({"name": "a b"}, "name"), ({"name": "a\u202eb"}, "name"),
        ({"capabilities": ["telepathy"]}, "capabilities"), ({"input_price": -1}, "input_price"),
        ({"parameters": {"messages": []}}, "parameters"), ({"parameters": {"max_tokens": "many"}}, "parameters"),
        ({"parameters": {"temperature": 9}}, "parameters"), ({"parameters": {"x": "y" * 5000}}, "parameters"),
        ({"context_tokens": 1}, "context_tokens"),
    ):  # fmt: skip
        refused = anna.post(MODELS, {"provider_id": attic, "name": "large"} | given)
        assert refused.status_code == 422 and field in refused.json["errors"], (given, refused.text)


def test_removing_a_model_says_who_asks_the_default_one_now(anna: Person) -> None:
    attic = add(anna)["id"]
    made = anna.post(MODELS, {"provider_id": attic, "name": "large"}).json["id"]
    poet = anna.post(ASSISTANTS, {"username": "poet", "model_id": made}).json
    assert poet["model"] == "large"
    assert remove(anna, f"{MODELS}/{made}").json == {"assistants": ["poet"]}
    assert anna.get(f"{ASSISTANTS}/{poet['id']}").json["model_id"] is None
    assert remove(anna, f"{PROVIDERS}/{attic}").json == {"assistants": []}
    assert anna.get(f"{PROVIDERS}/{attic}").status_code == anna.get(f"{MODELS}/{made}").status_code == 404


def test_an_assistant_is_seen_with_its_picture_and_goes_when_disabled(anna: Person, bob: Person) -> None:
    given = {
        "username": "poet",
        "display_name": "The  Poet",
        "avatar": "🪶",
        "system_prompt": "Rhyme.",
        "answers": "always",
    }
    poet = anna.post(ASSISTANTS, given).json
    assert poet["display_name"] == "The Poet"
    assert [a["username"] for a in bob.get("/api/assistants").json["items"]] == ["palaver", "poet"]
    talk = bob.converse("group", members=(poet["id"],))
    people = bob.get(f"/api/conversations/{talk}").json["participants"]
    assert next(p for p in people if p["id"] == poet["id"])["avatar"] == "🪶"
    root = bob.begin(talk, "hello")
    answer = next(m for m in bob.tree(root["id"])["items"] if m["role"] == "assistant")
    assert answer["author"]["avatar"] == "🪶" and "avatar" not in root["author"]
    bob.post(f"/api/messages/{answer['id']}/cancel")
    assert remove(anna, f"{ASSISTANTS}/{poet['id']}").json["disabled_at"]
    assert bob.get("/api/users?query=poet").json["items"] == [] and len(bob.get("/api/assistants").json["items"]) == 1
    root = bob.begin(talk, "anybody?")
    assert [m["role"] for m in bob.tree(root["id"])["items"]] == ["user"]
    assert change(anna, f"{ASSISTANTS}/{poet['id']}", disabled=False, username="bard").json["disabled_at"] is None
    assert [u["username"] for u in bob.get("/api/users?query=bar").json["items"]] == ["bard"]
    assert anna.post(ASSISTANTS, {"username": "bard"}).status_code == 409


def test_assistants_that_will_not_do(anna: Person) -> None:
    for given, field in (
        ({"username": "a b"}, "username"), ({"username": "all"}, "username"), ({"avatar": "abc"}, "avatar"),
        ({"display_name": "\u202e"}, "display_name"), ({"answers": "sometimes"}, "answers"),
        ({"temperature": 3}, "temperature"),
    ):  # fmt: skip
        refused = anna.post(ASSISTANTS, {"username": "poet"} | given)
        assert refused.status_code == 422 and field in refused.json["errors"], (given, refused.text)


def test_a_picture_is_one_emoji_or_two_letters() -> None:
    for good in ("🪶", "❤️", "👩‍🚀", "👋🏽", "🇸🇪", "1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "A", "ÅÖ", "7"):
        assert is_avatar(good), good
    for bad in ("", " ", "abc", "🪶🪶", "<b", "a\u202e", "\u200d", "👩‍", "🇸🇪🇸🇪", "“"):
        assert not is_avatar(bad), bad


def test_the_next_question_goes_to_the_changed_model(anna: Person, app: Flask) -> None:
    """What a worker is given with every claim makes another client as soon as a row says something else."""
    attic = add(anna, api_key=KEY)
    made = anna.post(MODELS, {"provider_id": attic["id"], "name": "large", "remote_name": "org/large"}).json
    anna.post(f"{MODELS}/{made['id']}/default")
    models = ChatModels(app.config["PALAVER"].llm, app.extensions["keys"])
    talk = anna.converse()

    def asked() -> Any:
        anna.begin(talk)
        return answers.claim(1, 60)[0]["asked"]

    first = models.of(asked()["model"])
    assert models.of(asked()["model"]) is first
    change(anna, f"{PROVIDERS}/{attic['id']}", api_key="sk-2")
    second = models.of(asked()["model"])
    assert second is not first
    change(anna, f"{MODELS}/{made['id']}", remote_name="org/huge")
    change(anna, f"{ASSISTANTS}/{anna.get(ASSISTANTS).json['items'][0]['id']}", system_prompt="Rhyme.")
    last = asked()
    assert models.of(last["model"]) is not second and last["assistant"]["system_prompt"] == "Rhyme."
