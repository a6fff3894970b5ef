"""The pages of models, servers and assistants, without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest

from app.models import assistants, model_catalogue, providers
from tests.adapters.test_openai import Scripted
from tests.adapters.test_probe import ANSWER, lists
from tests.conftest import Person
from tests.pages.forms import submit
from tests.servers import free_port

MODELS, SERVERS, ASSISTANTS = "/admin/models", "/admin/models/servers", "/admin/assistants"
KEY = "sk-very-secret"


@pytest.fixture
def server() -> Iterator[Scripted]:
    made = Scripted()
    thread = Thread(target=made.http.serve_forever, args=(0.01,))
    thread.start()
    large = {"id": "org/large", "owned_by": "vllm", "max_model_len": 16384}
    made.say("/v1/models", lists(large, large | {"id": "org/small"}))
    made.say("/v1/chat/completions", (200, ANSWER))
    yield made
    made.http.shutdown()
    made.http.server_close()
    thread.join()


def send(person: Person, path: str, **form: Any) -> Any:
    return person.http.post(path, data={"csrf_token": person.http.get_cookie("CSRF-TOKEN").value} | form)


def model(anna: Person, name: str) -> dict[str, Any]:
    return next(m for m in model_catalogue.all_models(anna.id) if m["name"] == name)


def test_a_server_is_added_with_what_was_found_there_and_changed(anna: Person, bob: Person, server: Scripted) -> None:
    page = anna.get(MODELS)
    assert page.status_code == 200 and 'href="/admin/models" aria-current="page"' in page.text
    assert "This machine" in page.text and not re.search(r"style=|<script>|\son\w+=", page.text)
    added = submit(anna, page, SERVERS, base_url=server.url, api_key=KEY)
    assert added.status_code == 201 and "vLLM" in added.text and "org/large" in added.text and KEY not in added.text
    attic = providers.all_providers(anna.id)[1]
    assert (attic["kind"], attic["has_key"], attic["name"]) == ("vllm", True, server.url.split("/")[2])
    here = f"{SERVERS}/{attic['id']}"
    assert send(anna, f"{here}/models", found=["org/large", "org/small"]).status_code == 303
    assert (model(anna, "org/large")["remote_name"], model(anna, "org/small")["context_tokens"]) == ("org/large", 16384)
    assert "any more" in send(anna, f"{here}/models", found="gone").text
    tested = submit(anna, anna.get(here), f"{here}/test")
    assert tested.status_code == 200 and "answered in" in tested.text and "Found there" not in tested.text
    page = anna.get(here)
    assert submit(anna, page, here, name="Attic", max_concurrent="4", answer_seconds="").status_code == 303
    changed = providers.get(anna.id, attic["id"])
    assert (changed["name"], changed["max_concurrent"], changed["has_key"]) == ("Attic", 4, True)
    for wrong, told in (({"max_concurrent": "0"}, "Answers at once"), ({"answer_seconds": "long"}, "is a number"),
                        ({"base_url": "ftp://x"}, "http:"), ({"base_url": "http://127.0.0.1:9"}, "enter its key")):  # fmt: skip
        refused = submit(anna, page, here, **wrong)
        assert refused.status_code == 422 and told in refused.text and 'role="alert"' in refused.text, wrong
    assert submit(anna, anna.get(here), here, no_key="1").status_code == 303 and providers.secret(attic["id"]) is None
    assert send(anna, f"{here}/models", remote_name="by/hand", name="").status_code == 303 and model(anna, "by/hand")
    assert send(anna, here, do="disable").status_code == 303 and "disabled" in anna.get(MODELS).text
    assert send(anna, here, do="enable").status_code == send(anna, here, do="remove").status_code == 303
    assert len(providers.all_providers(anna.id)) == 1
    for path in (MODELS, ASSISTANTS):
        assert bob.get(path).status_code == 403


def test_a_server_that_does_not_answer_is_added_only_when_that_is_wanted(anna: Person, server: Scripted) -> None:
    page = anna.get(MODELS)
    refused = submit(anna, page, SERVERS, base_url=server.url.removesuffix("/v1"))
    assert refused.status_code == 409 and f"<code>{server.url}</code>" in refused.text
    dead = f"http://127.0.0.1:{free_port()}/v1"
    refused = submit(anna, page, SERVERS, base_url=dead, name="Later", kind="ollama")
    assert refused.status_code == 409 and "Nobody listens" in refused.text and 'value="Later"' in refused.text
    assert len(providers.all_providers(anna.id)) == 1
    assert submit(anna, refused, SERVERS, base_url=dead, kind="ollama", unseen="1").status_code == 201
    later = providers.all_providers(anna.id)[1]
    assert (later["name"], later["kind"]) == ("Later", "ollama")
    assert "Nobody listens" in send(anna, f"{SERVERS}/{later['id']}/test").text


def test_a_model_is_changed_made_the_default_and_removed(anna: Person, server: Scripted) -> None:
    attic = providers.create(anna.id, providers.new_id(), {"name": "A", "kind": "vllm", "base_url": server.url}, None)[
        "id"
    ]
    made = model_catalogue.create(anna.id, attic, {"name": "large", "remote_name": "org/large"})["id"]
    here = f"{MODELS}/{made}"
    page = anna.get(here)
    assert submit(anna, page, here, context_tokens="4096", capabilities=["tools", "vision"], input_price="1,5",
                  parameters='{"top_p": 0.5}').status_code == 303  # fmt: skip
    assert {"context_tokens": 4096, "capabilities": ["tools", "vision"], "input_price": 1.5, "output_price": 0,
            "parameters": {"top_p": 0.5}, "remote_name": "org/large"}.items() <= model(anna, "large").items()  # fmt: skip
    for wrong, told in (({"parameters": "{"}, "JSON"), ({"parameters": '{"stream": true}'}, "by itself"),
                        ({"name": "a b"}, "no spaces"), ({"context_tokens": "7"}, "Context")):  # fmt: skip
        refused = submit(anna, page, here, **wrong)
        assert refused.status_code == 422 and told in refused.text, wrong
    assert "answered in" in send(anna, here, do="test").text
    assert send(anna, here, do="default", back="1").location == MODELS and model(anna, "large")["is_default"]
    assert send(anna, here, do="remove").status_code == 409
    assert send(anna, f"{MODELS}/{model(anna, 'local')['id']}", do="default").status_code == 303
    assert send(anna, here, do="disable").status_code == 303 and model(anna, "large")["disabled_at"]
    assert send(anna, here, do="enable").status_code == 303 and not model(anna, "large")["disabled_at"]
    assert send(anna, here, do="remove").location == MODELS and len(model_catalogue.all_models(anna.id)) == 1
    assert anna.get(here).status_code == 404


def test_an_assistant_is_made_changed_and_disabled(anna: Person) -> None:
    page = anna.get(ASSISTANTS)
    given = {"username": "poet", "avatar": "🪶", "system_prompt": "Rhyme.", "temperature": "1.5", "answers": "always"}
    assert submit(anna, page, ASSISTANTS, **given).status_code == 303
    poet = assistants.all_assistants(anna.id)[1]
    assert {"username": "poet", "display_name": "poet", "avatar": "🪶", "temperature": 1.5, "model_id": None,
            "system_prompt": "Rhyme.", "answers": "always"}.items() <= poet.items()  # fmt: skip
    assert "🪶" in anna.get(ASSISTANTS).text
    here = f"{ASSISTANTS}/{poet['id']}"
    default = model(anna, "local")["id"]
    assert (
        submit(anna, anna.get(here), here, display_name="The Poet", model_id=default, temperature="").status_code == 303
    )
    poet = assistants.get(anna.id, poet["id"])
    assert (poet["display_name"], poet["model"], poet["temperature"]) == ("The Poet", "local", None)
    for wrong, told in (({"avatar": "abc"}, "one emoji"), ({"username": "palaver"}, "taken"), ({"temperature": "3"}, "2"),
                        ({"model_id": "x"}, "UUID")):  # fmt: skip
        refused = submit(anna, anna.get(here), here, **wrong)
        assert refused.status_code in (409, 422) and told in refused.text, wrong
    talk = anna.converse("group", members=(poet["id"],))
    assert "🪶" in anna.get(f"/c/{talk}/settings").text
    assert send(anna, here, do="disable").status_code == 303 and assistants.get(anna.id, poet["id"])["disabled_at"]
    assert send(anna, here, do="enable").status_code == 303 and not assistants.get(anna.id, poet["id"])["disabled_at"]
