from __future__ import annotations

import contextlib
import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.core import errors
from app.models import conversations, db, events, messages, threads, unread
from tests.databases import Database
from tests.procs.conftest import post, reply

NOBODY = "01990000-0000-7000-8000-000000000000"


def counts(actor: str, conversation: str) -> tuple[int, int, dict[str, int]]:
    """Unread, mentions, and unread of each thread, after asserting that every place says the same."""
    found = unread.get(actor, conversation)
    per_thread = {t["root_id"]: (t["unread"], t["mentions"]) for t in found["threads"]}
    listed = {t["root_id"]: (t["unread"], t["mentions"]) for t in threads.page(actor, conversation, None, 200)["items"]}
    assert {root: both for root, both in listed.items() if both[0]} == per_thread
    total = (found["unread"], found["mentions"])
    assert total == tuple(map(sum, zip(*per_thread.values(), strict=True))) if per_thread else total == (0, 0)
    for item in (conversations.get(actor, conversation), conversations.page(actor, None, 200)["items"][0]):
        assert (item["unread"], item["mentions"], item["seq"]) == (*total, found["seq"])
    return *total, {root: both[0] for root, both in per_thread.items()}


def updates(database: Database, user: str) -> list[dict[str, Any]]:
    """What the reader's other windows were told."""
    found = database.query(
        "select payload from palaver.events where topic_id = %s and kind = 'unread.update' order by pos", user
    )
    return [payload for (payload,) in found]


def test_what_others_said_is_unread_until_it_is_read(anna: str, bob: str, group: str) -> None:
    root = post(anna, group)
    second = reply(anna, root["id"])
    reply(bob, second["id"])
    other = post(anna, group, "@bob look", mentions=["bob"])
    assert counts(bob, group) == (3, 1, {root["id"]: 2, other["id"]: 1})
    assert counts(anna, group) == (1, 0, {root["id"]: 1})  # one's own messages are never unread
    read = unread.read_thread(bob, root["id"], root["id"])
    assert (read["unread"], read["mentions"]) == (1, 0)
    assert (read["conversation_unread"], read["conversation_mentions"]) == (2, 1)
    assert counts(bob, group) == (2, 1, {root["id"]: 1, other["id"]: 1})
    unread.read_thread(bob, other["id"], None)
    assert counts(bob, group) == (1, 0, {root["id"]: 1})
    unread.read_thread(bob, root["id"], second["id"])
    assert counts(bob, group) == (0, 0, {})
    assert counts(anna, group)[0] == 1


def test_a_thread_that_nobody_opens_stays_unread_and_stops_nothing(
    anna: str, bob: str, group: str, database: Database
) -> None:
    ignored, followed = post(anna, group), post(anna, group)
    for _ in range(3):
        last = reply(anna, followed["id"])
        unread.read_thread(bob, followed["id"], last["id"])
    assert counts(bob, group) == (1, 0, {ignored["id"]: 1})
    newest = database.query("select seq from palaver.topics where id = %s", group)
    assert database.query("select read_seq from palaver.members where user_id = %s", bob) == newest
    assert database.query("select root_id::text from palaver.reads where user_id = %s", bob) == [(ignored["id"],)]
    unread.read_thread(bob, ignored["id"], None)
    assert database.query("select * from palaver.reads") == []


def test_marks_never_go_back_and_nothing_changed_is_not_said(
    anna: str, bob: str, group: str, database: Database
) -> None:
    root = post(anna, group)
    second = reply(anna, root["id"])
    first = unread.read_thread(bob, root["id"], second["id"])
    assert updates(database, bob) == [first]
    assert unread.read_thread(bob, root["id"], root["id"]) | {"seq": 0} == first | {"seq": 0}
    unread.read_thread(bob, root["id"], None)
    unread.read_conversation(bob, group)
    reply(bob, second["id"], "mine")
    unread.read_thread(bob, root["id"], None)
    assert updates(database, bob) == [first] and updates(database, anna) == []
    reply(anna, second["id"])
    assert counts(bob, group)[0] == 1
    unread.read_thread(bob, root["id"], None)
    assert len(updates(database, bob)) == 2


def test_everything_in_a_conversation_is_read(anna: str, bob: str, group: str, database: Database) -> None:
    roots = [post(anna, group, "@bob", mentions=["bob"])["id"] for _ in range(3)]
    unread.read_thread(bob, roots[1], None)
    assert counts(bob, group)[:2] == (2, 2)
    said = unread.read_conversation(bob, group)
    assert said["root_id"] is None and said["conversation_unread"] == 0 == said["unread"]
    assert counts(bob, group) == (0, 0, {})
    assert updates(database, bob)[-1] == said
    assert database.query("select * from palaver.reads") == []


def test_a_deleted_message_is_not_unread_and_a_restored_one_is_again(anna: str, bob: str, group: str) -> None:
    root, other = post(anna, group, "@bob", mentions=["bob"])["id"], post(anna, group)["id"]
    assert counts(bob, group)[:2] == (2, 1)
    messages.delete(anna, root)
    assert counts(bob, group) == (1, 0, {other: 1})
    unread.read_thread(bob, other, None)
    messages.restore(anna, root, 30)
    assert counts(bob, group) == (1, 1, {root: 1})


def test_everybody_may_be_named_at_once(anna: str, bob: str, group: str, database: Database) -> None:
    root = post(anna, group)["id"]
    second = reply(anna, root)["id"]
    assert counts(bob, group)[:2] == (2, 0)
    database.query("update palaver.messages set mentions_all = true where id = %s", second)
    assert counts(bob, group)[:2] == (2, 1)
    unread.read_thread(bob, root, root)
    post(anna, group)
    assert counts(bob, group)[:2] == (2, 1)  # also behind a mark of the thread's own


def test_who_joins_has_read_what_was_said_before(
    anna: str, bob: str, carol: str, group: str, database: Database
) -> None:
    post(anna, group)
    ignored = post(anna, group)["id"]
    unread.read_thread(bob, post(anna, group)["id"], None)
    assert counts(bob, group)[0] == 2 and ignored in counts(bob, group)[2]
    database.query("select internal.member_join(%s, %s, 'member')", group, carol)
    assert counts(carol, group) == (0, 0, {})
    database.query("select internal.member_join(%s, %s, 'member')", group, bob)  # he is there already
    assert counts(bob, group)[0] == 2
    database.query("update palaver.members set left_at = now() where user_id = %s", bob)
    assert database.query("select * from internal.unread_threads(%s, %s)", bob, group) == []
    database.query("select internal.member_join(%s, %s, 'member')", group, bob)
    assert counts(bob, group) == (0, 0, {})
    post(anna, group)
    assert counts(bob, group)[0] == counts(carol, group)[0] == 1


def test_who_writes_alone_need_not_look_through_what_he_wrote(
    anna: str, bob: str, group: str, database: Database
) -> None:
    def goes_on(actor: str, root: str) -> int:
        """The mark of anna after somebody has posted behind a long silence."""
        database.query("update palaver.topics set seq = seq + 300 where id = %s", group)
        said.append(reply(actor, root)["seq"])
        [(mark,)] = database.query("select read_seq from palaver.members where user_id = %s", anna)
        return mark

    said: list[int] = []
    root = post(anna, group)["id"]
    assert goes_on(anna, root) == said[-1]
    assert counts(bob, group)[0] == 2
    assert goes_on(bob, root) == goes_on(anna, root) == said[0]
    assert counts(anna, group) == (1, 0, {root: 1})
    unread.read_thread(anna, root, None)
    assert counts(anna, group) == (0, 0, {})


def test_only_what_one_may_read_can_be_marked(anna: str, bob: str, carol: str, group: str) -> None:
    root, other = post(anna, group)["id"], post(anna, group)["id"]
    inside = reply(anna, root)["id"]
    assert unread.read_thread(bob, root, inside)["unread"] == 0
    for refused in (
        lambda: unread.read_thread(carol, root, None),
        lambda: unread.read_thread(bob, NOBODY, None),
        lambda: unread.read_thread(bob, inside, None),
        lambda: unread.read_thread(bob, root, NOBODY),
        lambda: unread.read_conversation(carol, group),
        lambda: unread.get(carol, group),
    ):
        with pytest.raises(errors.NotFound):
            refused()
    with pytest.raises(errors.Invalid):
        unread.read_thread(bob, root, other)


class Crowd:
    """Writers and readers of two conversations, and a recount of what each has read, kept apart from the database."""

    def __init__(self, users: list[str], rooms: list[str], database: Database) -> None:
        self.users, self.rooms, self.database = users, rooms, database
        self.known = {room: [post(users[0], room)] for room in rooms}
        self.marks: dict[tuple[str, str], int] = {}

    def write(self, number: int) -> None:
        chance = random.Random(number)
        user, room = self.users[number % len(self.users)], chance.choice(self.rooms)
        names = [f"user{chance.randrange(len(self.users))}"] if chance.random() < 0.3 else []
        parent = chance.choice(self.known[room][-20:])["id"]
        fate = chance.random()
        if fate < 0.2:
            self.known[room].append(post(user, room, mentions=names))
        elif fate < 0.9:
            self.known[room].append(reply(user, parent, mentions=names))
        else:
            with contextlib.suppress(errors.PalaverError):  # gone already
                messages.delete(self.users[0], parent)

    def read(self, number: int) -> None:
        chance = random.Random(-number - 1)
        user, room = self.users[number % len(self.users)], chance.choice(self.rooms)
        message = chance.choice(self.known[room])
        place = (user, message["root_id"])
        unread.read_thread(user, message["root_id"], message["id"])
        # Another thread may write down a lower mark of the same user later: the recount takes the highest.
        self.marks[place] = max(self.marks.get(place, 0), message["seq"])
        assert unread.get(user, room)["unread"] >= 0

    def recount(self, user: str, room: str) -> tuple[int, int, dict[str, int]]:
        found = self.database.query(
            "select root_id::text, seq, %s::uuid = any (mentions) from palaver.messages"
            " where conversation_id = %s and author_id <> %s and deleted_at is null", user, room, user,
        )  # fmt: skip
        left = [(root, named) for root, seq, named in found if seq > self.marks.get((user, root), 0)]
        per_thread = {root: sum(1 for r, _ in left if r == root) for root, _ in left}
        return len(left), sum(named for _, named in left), per_thread


def marks_of(database: Database) -> dict[tuple[str, str], int]:
    """Up to where everybody has read every thread."""
    found = database.query(
        "select m.user_id::text, t.root_id::text, internal.read_mark(m.user_id, t.conversation_id, t.root_id)"
        " from palaver.members m join palaver.threads t using (conversation_id)"
    )
    return {(user, root): seq for user, root, seq in found}


def test_many_threads_with_something_unread(anna: str, bob: str, group: str, database: Database) -> None:
    """Whoever begins thousands of threads must not keep the others from their lists: what is quadratic here is cut off."""
    database.query(
        "alter table palaver.messages disable trigger user; with made as (insert into palaver.messages"
        " (id, conversation_id, root_id, seq, depth, author_id, role, content, mentions_all)"
        " select id, %s, id, n, 1, %s, 'user', 'a', n = 7"
        " from (select n, palaver.new_id() as id from generate_series(1, 20000) as n) as numbered returning id, author_id)"
        " insert into palaver.threads (root_id, conversation_id, participants) select id, %s, array[author_id] from made",
        group, anna, group,
    )  # fmt: skip
    database.query("update palaver.topics set seq = 20000 where id = %s", group)
    [(root,)] = database.query("select id from palaver.messages where seq = 20000")
    assert unread.get(bob, group)["unread"] == 20_000
    assert unread.read_thread(bob, root, None)["conversation_unread"] == 19_999
    found = unread.get(bob, group)
    assert (found["unread"], found["mentions"], len(found["threads"])) == (19_999, 1, 19_999)


def test_twenty_writers_and_twenty_readers_at_once(make_user: Any, database: Database) -> None:
    db.configure(database.runtime, 40)
    db.after_write = lambda: None
    users = [make_user(f"user{n}") for n in range(5)]
    rooms = [conversations.create(users[0], "group", f"Room {n}", users[1:], None)["id"] for n in range(2)]
    crowd = Crowd(users, rooms, database)
    marks: dict[tuple[str, str], int] = {}
    with ThreadPoolExecutor(40) as pool:
        for turn in range(4):
            work = [pool.submit(act, turn * 200 + n) for n in range(200) for act in (crowd.write, crowd.read)]
            while not all(done.done() for done in work):
                now = marks_of(database)
                assert all(now[place] >= seq for place, seq in marks.items())
                marks = now
            for done in work:
                done.result()
            for user in users:
                for room in rooms:
                    found = unread.get(user, room)
                    per_thread = {t["root_id"]: t["unread"] for t in found["threads"]}
                    assert (found["unread"], found["mentions"], per_thread) == crowd.recount(user, room)
    assert any(crowd.recount(user, room)[0] for user in users for room in rooms)
    rows = database.query("select count(*) from palaver.reads")[0][0]
    assert 0 < rows <= len(users) * database.query("select count(*) from palaver.threads")[0][0]
    assert events.head()["pos"] == 0  # nothing was carried here
