"""Who is online, away and offline, by signs and by silence; who is told, and how often."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import psycopg2
import pytest

from app.core import errors
from app.models import conversations, db, events, presence
from app.models.listener import Listener
from tests.databases import Database
from tests.procs.conftest import post

MOST = 200


class Heard:
    """What is notified between the processes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listener = Listener("palaver")

    def lines(self) -> list[dict[str, Any]]:
        """The passing events since the last time."""
        db.read("bus_publish")
        self._database.query('select pg_notify(\'palaver\', \'{"pos": null, "kind": "end"}\')')
        rows: list[dict[str, Any]] = []
        while not rows or rows[-1]["kind"] != "end":
            for payload in self._listener.wait(5):
                rows += [orjson.loads(line) for line in payload.rstrip("\n").split("\n")]
        return [row for row in rows[:-1] if row["pos"] is None]

    def changes(self) -> list[tuple[str, str]]:
        return [
            (r["payload"]["user_id"], r["payload"]["status"]) for r in self.lines() if r["kind"] == "presence.update"
        ]


@pytest.fixture
def heard(connected: None, database: Database) -> Heard:
    return Heard(database)


def beat(user: str, status: str = "online", client: str = "tab") -> str:
    return presence.heartbeat(user, client, status, 45, MOST)["status"]


def snapshot(user: str, conversation: str | None, most: int) -> list[dict[str, Any]]:
    """Who is there, as a stream begins."""
    return events.open_stream(user, conversation, None, None, 10, None, most)["presence"]


def status_of(user: str, conversation: str, reader: str) -> str:
    items = presence.page(reader, conversation, None, 200)["items"]
    return next(item["status"] for item in items if item["user_id"] == user)


def later(database: Database, user: str, seconds: int) -> None:
    """As if so much time had gone by since whatever this user did."""
    database.query(
        "update palaver.presence set seen_at = seen_at - %s * interval '1 second',"
        " active_at = active_at - %s * interval '1 second', signs = coalesce("
        " (select jsonb_object_agg(key, value::text::float - %s) from jsonb_each(signs)), '{}') where user_id = %s",
        seconds, seconds, seconds, user,
    )  # fmt: skip


def decay() -> int:
    return presence.decay(45, 300, MOST)


def test_silence_makes_away_and_then_offline(anna: str, bob: str, group: str, database: Database, heard: Heard) -> None:
    assert status_of(bob, group, anna) == "offline"
    assert beat(bob) == "online" and status_of(bob, group, anna) == "online"
    later(database, bob, 44)
    assert decay() == 0
    later(database, bob, 2)
    assert decay() == 1 and decay() == 0 and status_of(bob, group, anna) == "away"
    later(database, bob, 250)
    assert decay() == 0
    later(database, bob, 5)
    assert decay() == 1 and status_of(bob, group, anna) == "offline"
    assert heard.changes() == [(bob, "online"), (bob, "away"), (bob, "offline")]


def test_a_heartbeat_that_changes_nothing_tells_nobody(bob: str, group: str, database: Database, heard: Heard) -> None:
    beat(bob)
    assert len(heard.lines()) == 1
    [(before,)] = database.query("select seen_at from palaver.presence")
    for _ in range(3):
        beat(bob)
    [(after,)] = database.query("select seen_at from palaver.presence")
    assert heard.lines() == [] and after > before


def test_somebody_is_online_while_any_window_says_so(bob: str, group: str, database: Database, heard: Heard) -> None:
    assert [beat(bob, "online", "a"), beat(bob, "online", "b"), beat(bob, "away", "a")] == ["online"] * 3
    assert beat(bob, "away", "b") == "away" and beat(bob, "away", "b") == "away"
    assert heard.changes() == [(bob, "online"), (bob, "away")]
    beat(bob, "online", "a")
    later(database, bob, 46)
    assert beat(bob, "away", "b") == "away"  # the other window fell silent


def test_invented_clients_are_bounded(bob: str, database: Database) -> None:
    for n in range(40):
        beat(bob, "online", f"c{n}")
    assert database.query("select count(*) <= 21 from palaver.presence, jsonb_object_keys(signs)") == [(True,)]


def test_a_change_in_fifty_conversations_is_one_notification(anna: str, bob: str, heard: Heard) -> None:
    shared = {conversations.create(anna, "group", f"g{n}", [bob], None)["id"] for n in range(50)}
    conversations.create(bob, "assistant", "mine", [], None)
    heard.lines()
    beat(bob)
    [line] = heard.lines()
    assert set(line["topics"]) == shared and line["payload"]["status"] == "online"


def test_more_conversations_than_a_notification_holds(anna: str, bob: str, database: Database, heard: Heard) -> None:
    made = [conversations.create(anna, "group", "x", [bob], None)["id"] for _ in range(190)]
    heard.lines()
    database.query("update palaver.topics set last_activity_at = now() + interval '1 hour' where id = %s", made[0])
    beat(bob)
    [line] = heard.lines()
    assert len(line["topics"]) == 180 and line["topics"][0] == made[0]


def test_a_large_conversation_is_told_nothing_and_answers_who_asks(
    anna: str, bob: str, carol: str, heard: Heard
) -> None:
    large = conversations.create(anna, "group", "large", [bob, carol], None)["id"]
    heard.lines()
    presence.heartbeat(bob, "tab", "online", 45, 3)
    presence.typing(bob, large, None, 5, 3)
    assert [line["kind"] for line in heard.lines()] == ["presence.update", "typing.update"]
    presence.heartbeat(bob, "tab", "away", 45, 2)
    presence.typing(bob, large, None, 5, 2)
    assert heard.lines() == [] and snapshot(anna, None, 2) == snapshot(anna, large, 2) == []
    assert status_of(bob, large, anna) == "away"


def test_a_hundred_changes_are_a_hundred_notifications(
    anna: str, make_user: Callable[..., str], database: Database, heard: Heard
) -> None:
    people = [make_user(f"p{n}") for n in range(100)]
    conversations.create(anna, "group", "all", people, None)
    conversations.create(anna, "group", "again", people, None)
    heard.lines()
    presence.place("here", people, {}, MOST)
    assert sorted(heard.changes()) == sorted((p, "online") for p in people)
    database.query("update palaver.presence set active_at = now() - interval '1 minute'")
    assert decay() == 100 and sorted(heard.changes()) == sorted((p, "away") for p in people)


def test_who_closes_one_of_two_windows_stays(anna: str, bob: str, group: str, heard: Heard) -> None:
    presence.place("a", [bob], {}, MOST)
    presence.place("b", [bob], {}, MOST)
    presence.place("a", [], {bob: 0.0}, MOST)
    assert heard.changes() == [(bob, "online")] and status_of(bob, group, anna) == "online"
    presence.place("b", [], {bob: 0.0}, MOST)
    assert heard.changes() == [(bob, "away")]
    presence.place("b", [bob], {}, MOST)
    assert heard.changes() == [(bob, "online")]


def test_a_sign_after_the_connection_dropped_counts(bob: str, group: str, heard: Heard) -> None:
    presence.place("a", [bob], {}, MOST)
    beat(bob)
    presence.place("a", [], {bob: 3.0}, MOST)
    assert heard.changes() == [(bob, "online")]


def test_a_killed_process_holds_nobody(bob: str, group: str, database: Database, heard: Heard) -> None:
    presence.place("killed", [bob], {}, MOST)
    presence.place("b", [bob], {}, MOST)
    database.query("update palaver.presence_places set beat_at = now() - interval '16 seconds' where place = 'killed'")
    presence.place("b", [], {bob: 0.0}, MOST)
    assert heard.changes() == [(bob, "online"), (bob, "away")]
    database.query("update palaver.presence_places set beat_at = now() - interval '2 hours'")
    decay()
    assert database.query("select count(*) from palaver.presence_places") == [(0,)]


def test_two_workers_look_for_silence_at_once(bob: str, group: str, database: Database, heard: Heard) -> None:
    beat(bob)
    heard.lines()
    later(database, bob, 60)
    other = psycopg2.connect(database.owner)
    with other.cursor() as cursor:
        cursor.execute("select 1 from palaver.presence for update")
        assert decay() == 0  # left to the one that holds it
    other.rollback()
    assert decay() == 1 and heard.changes() == [(bob, "away")]
    other.close()


def test_the_snapshot_names_those_one_shares_a_conversation_with(anna: str, bob: str, carol: str, group: str) -> None:
    for person in (anna, bob, carol):
        beat(person)
    beat(bob, "away")
    assert [(p["user_id"], p["status"]) for p in snapshot(anna, None, MOST)] == [(bob, "away")]
    assert [p["user_id"] for p in snapshot(bob, group, MOST)] == [anna]
    assert snapshot(carol, None, MOST) == []
    with pytest.raises(errors.NotFound):
        snapshot(carol, group, MOST)


def test_a_page_asks_for_those_it_shows(anna: str, bob: str, carol: str, group: str) -> None:
    assert presence.of(anna, [bob]) == []
    for person in (anna, bob, carol):
        beat(person)
    found = presence.of(anna, [anna, bob, carol])
    assert {p["user_id"]: p["status"] for p in found} == {anna: "online", bob: "online"}
    assert presence.of(carol, [anna, bob]) == [] and presence.of(anna, []) == []


def test_who_is_there_comes_in_pages_without_assistants(
    anna: str, make_user: Callable[..., str], database: Database
) -> None:
    people = sorted([anna, *(make_user(f"p{n}") for n in range(4))])
    [(assistant,)] = database.query("select id::text from palaver.users where kind = 'assistant'")
    group = conversations.create(anna, "group", "x", [*(p for p in people if p != anna), assistant], None)["id"]
    beat(people[3])
    first = presence.page(anna, group, None, 3)
    rest = presence.page(anna, group, first["next"], 3)
    assert [p["user_id"] for p in first["items"] + rest["items"]] == people
    assert rest["next"] is None and rest["items"][0]["status"] == "online"
    assert first["items"][0] == {"user_id": people[0], "status": "offline", "last_seen_at": None}


def test_who_may_write_may_type(anna: str, bob: str, carol: str, group: str, database: Database, heard: Heard) -> None:
    root = post(anna, group)["id"]
    heard.lines()
    told = presence.typing(bob, group, root, 6, MOST)
    [line] = heard.lines()
    assert line["topic"] == group and line["payload"] == told and told["root_id"] == root
    assert presence.typing(bob, group, None, 6, MOST)["root_id"] is None
    with pytest.raises(errors.NotFound):
        presence.typing(carol, group, root, 6, MOST)
    elsewhere = conversations.create(bob, "group", "mine", [], None)["id"]
    with pytest.raises(errors.NotFound, match="no such thread"):
        presence.typing(bob, elsewhere, root, 6, MOST)
    database.query("update palaver.members set role = 'viewer' where user_id = %s and conversation_id = %s", bob, group)
    with pytest.raises(errors.Forbidden):
        presence.typing(bob, group, root, 6, MOST)


def test_typing_ends_after_ten_seconds_at_most(bob: str, group: str, database: Database) -> None:
    for asked, given in ((1, 1), (10, 10), (500, 10), (-3, 1)):
        until = presence.typing(bob, group, None, asked, MOST)["expires_at"]
        [(left,)] = database.query("select extract(epoch from %s::timestamptz - now())::float", until)
        assert given - 1 < left <= given
