"""Servers of models, models and assistants as rows: who may change them, and what holds between them."""

from __future__ import annotations

from typing import Any

import psycopg2
import pytest

from app.core.errors import Conflict, Forbidden, Invalid, NotFound, PalaverError
from app.models import answers, assistants, conversations, db, messages, model_catalogue, providers, users
from tests.databases import Database
from tests.procs.conftest import post

OPERATOR = '{"actor_name": "operator"}'
NOBODY = "0192aaaa-0000-7000-8000-000000000000"


def server(actor: str | None, name: str = "Attic", key: bytes | None = None, **more: Any) -> dict[str, Any]:
    given = {"name": name, "kind": "vllm", "base_url": "http://127.0.0.1:9/v1"} | more
    return providers.create(actor, providers.new_id(), given, key)


def model(actor: str | None, provider: str, name: str = "large", **more: Any) -> dict[str, Any]:
    return model_catalogue.create(actor, provider, {"name": name} | more)


def local(actor: str | None) -> dict[str, Any]:
    return providers.all_providers(actor)[0]


def test_a_server_is_added_changed_and_removed(anna: str, database: Database) -> None:
    made = server(anna, key=b"sealed", max_concurrent=4)
    assert made["has_key"] and (made["kind"], made["max_concurrent"], made["model_count"]) == ("vllm", 4, 0)
    assert providers.get(anna, made["id"]) == made and made in providers.all_providers(anna)
    assert providers.secret(made["id"]) == b"sealed"
    given = {"name": "Cellar", "kind": "ollama", "base_url": "http://127.0.0.1:1/v1", "max_concurrent": None,
             "first_piece_seconds": 5, "answer_seconds": 50}  # fmt: skip
    changed = providers.update(anna, made["id"], given, None)
    assert given.items() <= changed.items() and changed["has_key"]
    assert providers.update(anna, made["id"], {"disabled": True}, b"")["disabled_at"]
    assert providers.secret(made["id"]) is None
    assert not providers.update(anna, made["id"], {"disabled": False}, None)["disabled_at"]
    assert providers.delete(anna, made["id"]) == []
    with pytest.raises(NotFound):
        providers.get(anna, made["id"])
    said = database.query("select action, details::text from palaver.audit where action like 'provider.%' order by id")
    assert [a for a, _ in said] == ["provider.added", *["provider.changed"] * 3, "provider.removed"]
    assert not any("sealed" in details for _, details in said)


def test_what_is_stored_sealed_is_paged_and_sealed_anew(anna: str) -> None:
    made = [server(anna, f"s{n}", f"key {n}".encode()) for n in range(3)] + [server(anna, "open")]
    page = providers.sealed(None, 2)
    assert [row["id"] for row in page] == [m["id"] for m in made[:2]] and page[0]["secret"] == b"key 0"
    assert [row["name"] for row in providers.sealed(page[-1]["id"], 2)] == ["s2"]
    assert providers.reseal(made[0]["id"], b"key 0", b"anew") and providers.secret(made[0]["id"]) == b"anew"
    assert not providers.reseal(made[0]["id"], b"key 0", b"late") and providers.secret(made[0]["id"]) == b"anew"


def test_the_server_of_this_machine_stays_as_it_is(anna: str) -> None:
    own = local(anna)
    assert (
        own["kind"] == "local" and providers.update(anna, own["id"], {"max_concurrent": 3}, None)["max_concurrent"] == 3
    )
    for given, key in (
        ({"base_url": "http://x/v1"}, None),
        ({"kind": "vllm"}, None),
        ({}, b"key"),
        ({"disabled": True}, None),
    ):
        with pytest.raises(Conflict):
            providers.update(anna, own["id"], given, key)
    with pytest.raises(Conflict, match="stays"):
        providers.delete(anna, own["id"])
    with pytest.raises(Conflict, match="only one"):
        server(anna, kind="local", base_url="")


def test_a_model_is_added_changed_made_the_default_and_removed(anna: str, bob: str, database: Database) -> None:
    given = {"remote_name": "org/large", "context_tokens": 8192, "capabilities": ["tools", "vision"],
             "parameters": {"top_p": 0.9}, "input_price": 1.5, "output_price": 3}  # fmt: skip
    made = model(anna, server(anna)["id"], **given)
    assert given.items() <= made.items() and made["provider"]["name"] == "Attic" and not made["is_default"]
    assert [m["name"] for m in model_catalogue.all_models(anna)] == ["local", "large"]
    offered = model_catalogue.offered(bob)
    assert [(m["name"], m["is_default"]) for m in offered] == [("local", True), ("large", False)]
    assert "provider" not in offered[1] and "input_price" not in offered[1]
    changed = {"name": "huge", "context_tokens": None, "capabilities": [], "parameters": {}, "output_price": 0}
    assert changed.items() <= model_catalogue.update(anna, made["id"], changed).items()
    assert model_catalogue.set_default(anna, made["id"])["is_default"]
    assert [m["name"] for m in model_catalogue.offered(bob)] == ["huge", "local"]
    for refused in (
        lambda: model_catalogue.delete(anna, made["id"]),
        lambda: model_catalogue.update(anna, made["id"], {"disabled": True}),
        lambda: providers.delete(anna, made["provider"]["id"]),
        lambda: providers.update(anna, made["provider"]["id"], {"disabled": True}, None),
    ):
        with pytest.raises(Conflict, match="default"):
            refused()
    model_catalogue.set_default(anna, model_catalogue.all_models(anna)[1]["id"])
    assert model_catalogue.update(anna, made["id"], {"disabled": True})["disabled_at"]
    assert [m["name"] for m in model_catalogue.offered(bob)] == ["local"]
    with pytest.raises(Conflict, match="enable it"):
        model_catalogue.set_default(anna, made["id"])
    assert model_catalogue.delete(anna, made["id"]) == []
    with pytest.raises(NotFound):
        model_catalogue.get(anna, made["id"])
    said = [a for (a,) in database.query("select action from palaver.audit where action like 'model.%' order by id")]
    assert said == ["model.added", "model.changed", "model.default_chosen", "model.default_chosen", "model.changed",
                    "model.removed"]  # fmt: skip


def test_names_are_taken_once(anna: str, bob: str) -> None:
    first, second = server(anna), server(anna, "Cellar")
    made = model(anna, first["id"])
    other = model(anna, second["id"], "small")
    helper = assistants.create(anna, {"username": "helper"})
    for taken in (
        lambda: server(anna, "aTTic"),
        lambda: providers.update(anna, second["id"], {"name": "ATTIC"}, None),
        lambda: model(anna, second["id"], "LARGE"),
        lambda: model_catalogue.update(anna, other["id"], {"name": "Large"}),
        lambda: assistants.create(anna, {"username": "Bob"}),
        lambda: assistants.update(anna, helper["id"], {"username": "Palaver"}),
    ):
        with pytest.raises(Conflict):
            taken()
    assert model_catalogue.update(anna, made["id"], {"name": "LARGE"})["name"] == "LARGE"  # one's own


def test_an_assistant_is_made_changed_disabled_and_enabled(anna: str, bob: str, database: Database) -> None:
    made = model(anna, server(anna)["id"])
    given = {"username": "poet", "display_name": "The Poet", "avatar": "🪶", "model_id": made["id"],
             "system_prompt": "Rhyme.", "temperature": 1.5, "answers": "replied"}  # fmt: skip
    poet = assistants.create(anna, given)
    assert given.items() <= poet.items() and poet["model"] == "large" and assistants.get(anna, poet["id"]) == poet
    assert [a["username"] for a in assistants.all_assistants(anna)] == ["palaver", "poet"]
    assert database.query("select count(*) from palaver.topics where id = %s", poet["id"]) == [(1,)]
    card = users.read(bob, poet["id"])
    assert (card["avatar"], card["kind"]) == ("🪶", "assistant") and "avatar" not in users.read(bob, anna)
    offered = assistants.offered(bob)
    assert [(a["username"], a["model"], a["answers"]) for a in offered] == [
        ("palaver", "local", "mentioned"), ("poet", "large", "replied")]  # fmt: skip
    assert "system_prompt" not in offered[1]
    changed = {"username": "bard", "display_name": "Bard", "avatar": "", "model_id": None, "temperature": None,
               "system_prompt": "", "answers": "always"}  # fmt: skip
    assert changed.items() <= assistants.update(anna, poet["id"], changed).items()
    assert users.search(bob, "bard", 5)["items"][0]["id"] == poet["id"]
    assert assistants.update(anna, poet["id"], {"disabled": True})["disabled_at"]
    assert users.search(bob, "bard", 5)["items"] == [] and len(assistants.offered(bob)) == 1
    with pytest.raises(Invalid):
        conversations.create(bob, "group", "Poems", [poet["id"]], None)
    assert assistants.update(anna, poet["id"], {"disabled": False})["disabled_at"] is None
    said = database.query("select action, details::text from palaver.audit where action like 'assistant.%' order by id")
    assert [a for a, _ in said] == [
        "assistant.added", "assistant.changed", "assistant.disabled", "assistant.enabled"]  # fmt: skip
    assert "6 characters" in said[0][1] and "Rhyme" not in said[0][1]


def test_what_waits_for_a_removed_model_asks_the_default_one(anna: str, database: Database) -> None:
    attic = server(anna)
    made, spare = model(anna, attic["id"]), model(anna, attic["id"], "spare")
    poet = assistants.create(anna, {"username": "poet", "model_id": made["id"], "answers": "always"})
    assistants.create(anna, {"username": "clerk", "model_id": spare["id"]})
    group = conversations.create(anna, "group", "Poems", [poet["id"]], None)["id"]
    default = model_catalogue.all_models(anna)[0]
    post(anna, group, "begun")
    [begun] = answers.claim(1, 60)
    assert begun["asked"]["model"]["id"] == made["id"]
    post(anna, group, "waits")
    assert model_catalogue.delete(anna, made["id"]) == ["poet"]
    assert assistants.get(anna, poet["id"])["model_id"] is None
    waits = answers.claim(1, 60)[0]
    assert waits["asked"]["model"]["id"] == default["id"]
    assert providers.delete(anna, attic["id"]) == ["clerk"]
    assert answers.finish(begun["lease"], "a rhyme", "stop", "large", None, None)  # its job did not go with the server
    assert messages.get(anna, begun["message_id"])["content"] == "a rhyme"
    assert database.query("select count(*) from palaver.jobs") == [(1,)]


def test_only_who_runs_the_server_changes_anything(anna: str, bob: str) -> None:
    made = server(anna)
    one = model(anna, made["id"])
    poet = assistants.create(anna, {"username": "poet"})
    acts = (
        lambda who: providers.all_providers(who), lambda who: providers.get(who, made["id"]),
        lambda who: server(who, "Other"), lambda who: providers.update(who, made["id"], {"max_concurrent": 1}, None),
        lambda who: model_catalogue.all_models(who), lambda who: model_catalogue.get(who, one["id"]),
        lambda who: model(who, made["id"], "other"), lambda who: model_catalogue.update(who, one["id"], {"input_price": 1}),
        lambda who: model_catalogue.set_default(who, one["id"]),
        lambda who: model_catalogue.set_default(who, next(
            m["id"] for m in model_catalogue.all_models(who) if m["name"] == "local")),
        lambda who: model_catalogue.delete(who, one["id"]), lambda who: providers.delete(who, made["id"]),
        lambda who: assistants.all_assistants(who), lambda who: assistants.get(who, poet["id"]),
        lambda who: assistants.create(who, {"username": "clerk"}),
        lambda who: assistants.update(who, poet["id"], {"answers": "never"}),
    )  # fmt: skip
    # Nobody is the operator by having no name: the command line says so.
    for who, context in (
        (bob, OPERATOR),
        (None, None),
        (None, '{"actor_name": null}'),
        (None, '{"actor_name": "anna"}'),
    ):
        db.context.set(context)
        for act in acts:
            with pytest.raises(Forbidden):
                act(who)
    db.context.set(OPERATOR)
    for act in acts:
        act(None)
    assert model_catalogue.offered(NOBODY) == assistants.offered(NOBODY) == []


def test_what_is_not_there_is_said(anna: str) -> None:
    for act in (
        lambda: providers.update(anna, NOBODY, {}, None), lambda: providers.delete(anna, NOBODY),
        lambda: model(anna, NOBODY), lambda: model_catalogue.update(anna, NOBODY, {}),
        lambda: model_catalogue.delete(anna, NOBODY), lambda: model_catalogue.set_default(anna, NOBODY),
        lambda: assistants.get(anna, NOBODY), lambda: assistants.update(anna, NOBODY, {}),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            act()
    with pytest.raises(Invalid, match="no such model"):
        assistants.create(anna, {"username": "poet", "model_id": NOBODY})
    with pytest.raises(PalaverError):
        server(anna, base_url="")


def test_a_server_that_is_being_changed_holds_up_no_question(database: Database, anna: str) -> None:
    attic = server(anna)["id"]
    asked = model(anna, attic)["id"]
    garden = conversations.create(anna, "assistant", None, [], None)["id"]
    with psycopg2.connect(database.owner) as other, other.cursor() as cursor:
        cursor.execute(
            "select internal.require_provider(%s, %s), internal.require_model(%s, %s)", (anna, attic, anna, asked)
        )
        messages.post(anna, garden, None, "hello", None, [], models=[asked])
        assert [job["asked"]["model"]["id"] for job in answers.claim(10, 10)] == [asked]
