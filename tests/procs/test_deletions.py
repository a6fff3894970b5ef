from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from types import SimpleNamespace

import orjson
import psycopg2
import pytest

from app.core import errors
from app.core.settings import Config
from app.jobs.worker import Worker
from app.models import answers, conversations, db, events, messages, threads
from app.services.messages import ask
from tests.databases import Database
from tests.procs.conftest import post, reply

SECRET = "the secret word"


def everything(database: Database) -> str:
    """All that was said on the bus, published or not."""
    rows = database.query("select payload::text from palaver.events union all select payload::text from palaver.outbox")
    return "\n".join(text for (text,) in rows)


def finish(content: str) -> dict:
    [job] = answers.claim(1, 10)
    answers.append([job | {"idx": 0, "content": content}])
    answers.finish(job["lease"], content, "stop", None, None, None)
    return job


def test_the_text_of_a_deleted_message_is_nowhere(anna: str, bob: str, group: str, database: Database) -> None:
    root = post(bob, group, SECRET, mentions=["anna"])
    messages.edit(bob, root["id"], SECRET + "!", [], False, False)
    threads.rename(bob, root["id"], "A title")
    below = reply(anna, root["id"], "what?")
    db.after_write = lambda: None
    messages.edit(bob, root["id"], SECRET + "?", ["anna"], False, False)  # still in the outbox
    assert everything(database).count(SECRET) == 5
    deleted = messages.delete(bob, root["id"])
    assert (deleted["content"], deleted["mentions"], deleted["deleted_by"]) == (None, [], bob)
    events.publish()
    for said in (
        everything(database),
        orjson.dumps(messages.get(anna, root["id"])).decode(),
        orjson.dumps(threads.tree(anna, root["id"], None, None, 10)).decode(),
        orjson.dumps(threads.page(anna, group, None, 10)).decode(),
        orjson.dumps(messages.history(bob, root["id"])).decode(),
        orjson.dumps(messages.chunks(bob, root["id"], 0, 10)).decode(),
        orjson.dumps(events.open_stream(anna, group, events.head()["epoch"], 0, 100)).decode(),
        orjson.dumps(events.log_after(0, 100)).decode(),
    ):
        assert said and SECRET not in said
    assert "what?" in everything(database) and messages.get(anna, below["id"])["content"] == "what?"
    [(kind, payload)] = database.query("select kind, payload from palaver.events order by pos desc limit 1")
    assert kind == "message.deleted" and payload["message"]["id"] == root["id"]
    assert threads.page(anna, group, None, 10)["items"][0]["title"] == "A title"
    assert reply(bob, root["id"], "there was something")["parent_id"] == root["id"]


def test_what_the_model_had_said_and_been_asked(anna: str, database: Database) -> None:
    talk = conversations.create(anna, "assistant", "Talk", [], None)["id"]
    post(anna, talk, "tell me")
    job = finish(SECRET)
    assert SECRET in everything(database) and messages.chunks(anna, job["message_id"], 0, 9)
    assert messages.delete(anna, job["message_id"])["content"] is None
    assert SECRET not in everything(database)
    assert messages.chunks(anna, job["message_id"], 0, 9) == events.pieces(job["message_id"], 0, 9) == []
    reply(anna, job["message_id"], "and now?")
    [job] = answers.claim(1, 10)
    assert [turn["content"] for turn in answers.context(job["lease"], 1000)["turns"]] == ["tell me", "and now?"]
    assert messages.restore(anna, messages.get(anna, job["message_id"])["parent_id"], 30)["content"] == "and now?"
    with pytest.raises(errors.Conflict, match="stop it"):
        messages.delete(anna, job["message_id"])


@pytest.mark.parametrize("text", ["the secret word", "the secret\u00a0\n word " + "and more " * 20])
def test_a_conversation_is_not_called_by_a_deleted_question(anna: str, text: str, database: Database) -> None:
    asked = ask(SimpleNamespace(id=anna), text)  # type: ignore[arg-type]
    finish("an answer")
    talk = asked["conversation_id"]
    conversations.update(anna, talk, None, True)
    conversations.update(anna, talk, None, False)
    assert SECRET in conversations.get(anna, talk)["title"] and SECRET in everything(database)
    messages.edit(anna, asked["id"], "another text", [], False, False)
    messages.delete(anna, asked["id"])
    assert conversations.get(anna, talk)["title"] == "Assistant" and SECRET not in everything(database)
    kinds = [kind for (kind,) in database.query("select kind from palaver.events order by pos desc limit 2")]
    assert kinds == ["message.deleted", "conversation.updated"]
    conversations.update(anna, talk, "My own name", None)
    messages.delete(anna, post(anna, talk, "My own words")["id"])
    assert conversations.get(anna, talk)["title"] == "My own name"


def test_an_author_cannot_undo_what_a_moderator_did_after_him(anna: str, bob: str, group: str) -> None:
    mine, his = post(anna, group, "mine"), post(bob, group, "his")
    assert messages.delete(bob, his["id"])["deleted_by"] == bob
    assert messages.restore(bob, his["id"], 30)["content"] == "his"
    first = messages.delete(bob, his["id"])
    second = messages.delete(anna, his["id"])
    assert (second["deleted_by"], second["deleted_at"]) == (anna, first["deleted_at"])
    assert messages.delete(bob, his["id"])["deleted_by"] == anna
    with pytest.raises(errors.Forbidden):
        messages.restore(bob, his["id"], 30)
    assert messages.delete(anna, mine["id"])["deleted_by"] == messages.delete(anna, mine["id"])["deleted_by"] == anna


def test_who_may_not_delete_holds_up_nobody(anna: str, bob: str, group: str, database: Database) -> None:
    mine = post(anna, group, "mine")
    with closing(psycopg2.connect(database.owner)) as other, other.cursor() as cursor:
        cursor.execute("select from palaver.server for update")
        with pytest.raises(errors.Forbidden):
            messages.delete(bob, mine["id"])  # without waiting
    assert messages.delete(anna, mine["id"])["content"] is None


def test_who_deletes_and_who_restores(anna: str, bob: str, carol: str, group: str, database: Database) -> None:
    mine, his = post(anna, group, "mine"), post(bob, group, "his")
    with pytest.raises(errors.Forbidden):
        messages.delete(bob, mine["id"])
    with pytest.raises(errors.NotFound):
        messages.delete(carol, mine["id"])
    messages.delete(bob, his["id"])
    assert database.query("select count(*) from palaver.audit where action = 'message.deleted_by_moderator'") == [(0,)]
    with pytest.raises(errors.Forbidden):
        messages.restore(anna, his["id"], 30)
    restored = messages.restore(bob, his["id"], 30)
    assert (restored["content"], restored["deleted_at"], restored["deleted_by"]) == ("his", None, None)
    assert database.query("select kind from palaver.events order by pos desc limit 1") == [("message.restored",)]
    messages.delete(anna, his["id"])
    with pytest.raises(errors.Forbidden):
        messages.restore(bob, his["id"], 30)
    assert messages.delete(anna, his["id"])["deleted_by"] == anna
    [(name, target)] = database.query(
        "select target_name, target_id from palaver.audit where action = 'message.deleted_by_moderator'"
    )
    assert (name, target) == ("bob", his["id"])
    with pytest.raises(errors.Conflict):
        messages.edit(bob, his["id"], "again", [], False, False)


def test_who_asked_for_an_answer_may_delete_it(anna: str, bob: str, group: str, database: Database) -> None:
    [(palaver,)] = database.query("select id::text from palaver.users where kind = 'assistant'")
    database.query("insert into palaver.members (conversation_id, user_id) values (%s, %s)", group, palaver)
    post(anna, group, "@palaver?", mentions=["palaver"])
    first = finish("one")["message_id"]
    second = messages.regenerate(bob, first)["id"]
    finish("two")
    with pytest.raises(errors.Forbidden):
        messages.delete(bob, first)
    assert messages.delete(bob, second)["deleted_by"] == bob
    database.query("update palaver.messages set requested_by = null, deleted_at = null")  # from before this was noted
    with pytest.raises(errors.Forbidden):
        messages.delete(bob, second)
    assert messages.delete(anna, second)["deleted_by"] == anna


def test_after_some_days_it_is_gone_for_good(anna: str, group: str, database: Database) -> None:
    old, young = post(anna, group, SECRET), post(anna, group, "young")
    messages.edit(anna, old["id"], SECRET + "!", [], False, False)
    for message in (old, young):
        messages.delete(anna, message["id"])
    database.query("update palaver.messages set deleted_at = now() - interval '31 days' where id = %s", old["id"])
    with pytest.raises(errors.Gone):
        messages.restore(anna, old["id"], 30)
    assert messages.purge(30, 10) == 1 and messages.purge(30, 10) == 0
    assert database.query("select content from palaver.messages where id = %s", old["id"]) == [("",)]
    assert database.query("select count(*) from palaver.message_edits") == [(0,)]
    assert messages.get(anna, old["id"])["content"] is None
    with pytest.raises(errors.Gone):
        messages.restore(anna, old["id"], 3000)
    assert messages.restore(anna, young["id"], 30)["content"] == "young"


def test_deleting_while_everything_moves(anna: str, bob: str, group: str, database: Database) -> None:
    root = post(anna, group, "root")

    def busy(number: int) -> None:
        said = reply((anna, bob)[number % 2], root["id"], f"{SECRET} {number}")
        author = (anna, bob)[number % 2]
        messages.edit(author, said["id"], f"{SECRET} again {number}", [], False, False)
        messages.delete(author, said["id"])
        if number % 3 == 0:
            messages.restore(author, said["id"], 30)
            messages.delete(anna, said["id"])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(busy, range(40)))
    events.publish()
    assert SECRET not in everything(database)
    [(deleted, kept)] = database.query(
        "select count(*) filter (where deleted_at is not null), count(*) filter (where content like %s)"
        " from palaver.messages",
        f"{SECRET} again%",
    )
    assert (deleted, kept) == (40, 40)
    seqs = database.query("select seq from palaver.events where topic_id = %s order by pos", group)
    assert [seq for (seq,) in seqs] == list(range(1, len(seqs) + 1))


def test_the_jobs_worker_empties_what_is_old(anna: str, group: str, database: Database) -> None:
    old = post(anna, group, SECRET)
    messages.delete(anna, old["id"])
    worker = SimpleNamespace(_config=Config())
    Worker._prune(worker)  # type: ignore[arg-type]
    assert database.query("select content from palaver.messages") == [(SECRET,)]
    database.query("update palaver.messages set deleted_at = now() - interval '31 days'")
    Worker._prune(worker)  # type: ignore[arg-type]
    assert database.query("select content from palaver.messages") == [("",)]
