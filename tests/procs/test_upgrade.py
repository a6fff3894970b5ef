"""A database of an earlier version, with people in the middle of a conversation, goes on after `bootstrap`."""

from app.models import answers, conversations, messages
from app.models.bootstrap import bootstrap
from tests.databases import Database
from tests.procs.conftest import post


def test_answers_that_waited_before_there_were_models_ask_the_default_one(database: Database, anna: str) -> None:
    there = conversations.create(anna, "assistant", None, [], None)["id"]
    post(anna, there, "before the upgrade")
    database.query("update palaver.messages set model_id = null")
    database.query("update palaver.jobs set provider_id = null")
    database.query("update palaver.ledger set digest = 'old' where file = 'seed/assistant.sql'")
    bootstrap(database.owner)
    (job,) = answers.claim(10, 10)
    assert job["asked"]["model"]["name"] == "local"
    assert messages.get(anna, job["message_id"])["model_id"] == job["asked"]["model"]["id"]
    assert database.query("select count(provider_id) from palaver.jobs") == [(1,)]
