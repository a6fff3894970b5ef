from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import quote

import pytest

from app.core.audit import ACTIONS, actor_of, more, told
from app.models import audit
from tests.conftest import Person
from tests.databases import Database

ROOT = Path(__file__).resolve().parents[2]
_NAME = r"'([a-z_]+(?:\.[a-z_]+)+)'"


def test_every_act_that_is_written_has_a_row_and_every_row_is_written() -> None:
    written = set()
    for path in (ROOT / "scripts/pg/procs").rglob("*.sql"):
        for call in re.findall(r"(?:perform|select) internal\.(?:\w+_)?audit\([^;]*", path.read_text()):
            written |= set(re.findall(_NAME, call))
    for path in (ROOT / "app").rglob("*.py"):
        for call in re.findall(r"audit\.note\((?:[^()]|\([^()]*\))*\)", path.read_text()):
            written |= set(re.findall(_NAME.replace("'", '"'), call))
    assert written == set(ACTIONS)


def test_entries_are_told_in_sentences() -> None:
    entry = {
        "action": "user.role_changed",
        "target_name": "bob",
        "target_id": "1",
        "details": {"from": "member", "to": "admin"},
    }
    assert told(entry) == "made bob, who was member, admin"
    assert told(entry | {"details": {}}) == "made bob, who was –, –"
    assert told({"action": "tea.made", "target_name": None, "target_id": None, "details": {}}) == "tea.made"
    assert more(entry) == "" and more(
        entry | {"details": {"to": "admin", "os_user": "root", "n": None, "of": [1, "b"]}}
    ) == ("os user: root · of: 1, b")
    assert actor_of({"actor_id": None, "actor_name": "operator"}) == "The operator"
    assert actor_of({"actor_id": None, "actor_name": None}) == "Somebody"
    assert actor_of({"actor_id": "1", "actor_name": "operator"}) == "operator"


def test_signing_in_and_out_is_written_down_with_its_origin(anna: Person, stranger: Person) -> None:
    stranger.post("/api/auth/login", {"email": "anna", "password": "wrong"}, headers={"User-Agent": "burglar"})
    anna.post("/api/auth/login", {"email": "anna", "password": "wrong"})
    other = Person(anna.http.application).sign_in("anna")
    other.post("/api/auth/logout", headers={"X-Request-Id": "the-end"})
    items = anna.get("/api/admin/audit").json["items"]
    shown = [(e["action"], e["actor_name"], e["target_name"]) for e in items]
    assert ("sign_in.refused", None, "anna") in shown and ("session.created", "anna", "anna") in shown
    refused = next(e for e in items if e["user_agent"] == "burglar")
    assert refused["ip"] == "127.0.0.1" and refused["actor_id"] is None
    ended = next(e for e in items if e["action"] == "session.ended")
    assert ended["request_id"] == "the-end" and ended["session_id"] == ended["target_id"]
    assert ended["actor_id"] == anna.id


def test_filters_and_pages(anna: Person, bob: Person) -> None:
    for number in range(5):
        audit.note(bob.id, "feature.switched", "feature", "tea", "tea", number=number)
    first = anna.get("/api/admin/audit?action=feature&actor=BOB&limit=2").json
    assert [e["details"]["number"] for e in first["items"]] == [4, 3] and first["next"]
    second = anna.get(f"/api/admin/audit?action=feature.switched&limit=2&after={first['next']}").json
    assert [e["details"]["number"] for e in second["items"]] == [2, 1]
    third = anna.get(f"/api/admin/audit?action=feature.switched&limit=2&after={second['next']}").json
    assert [e["details"]["number"] for e in third["items"]] == [0] and third["next"] is None
    at = quote(first["items"][0]["at"])
    assert anna.get(f"/api/admin/audit?since={at}").json["items"]
    assert not [e for e in anna.get(f"/api/admin/audit?until={at}").json["items"] if e["details"].get("number") == 4]
    assert anna.get("/api/admin/audit?since=2999-01-01T00:00:00Z").json == {"items": [], "next": None}


@pytest.mark.parametrize("query", ["after=x", "after=-1", "after=99999999999999999999", "limit=0", "limit=201", "since=soon",
                                   "action=%25",
                                   "action=Session.", "actor=%00", "until=0001-01-01T00:00:00%2B14:00"])  # fmt: skip
def test_odd_filters_are_refused_or_find_nothing(anna: Person, query: str) -> None:
    assert anna.get("/api/admin/audit?limit=1").json["items"]
    answer = anna.get(f"/api/admin/audit?{query}")
    assert answer.status_code == 422 or answer.json["items"] == []


def test_only_administrators_read_it(anna: Person, bob: Person, stranger: Person) -> None:
    for path in ("/api/admin/audit", "/api/admin/audit/export", "/admin/audit", "/admin/audit/export"):
        assert anna.get(path).status_code == 200
        assert bob.get(path).status_code == 403, path
        assert stranger.get(path).status_code in (303, 401)


def test_all_of_it_comes_as_lines(anna: Person, bob: Person, database: Database) -> None:
    database.query(
        "insert into palaver.audit (actor_name, action, details)"
        " select 'x', 'test.row', jsonb_build_object('n', n) from generate_series(1, 1201) as n"
    )
    for path in ("/api/admin/audit/export?action=test.row", "/admin/audit/export?action=test.row"):
        answer = anna.get(path)
        assert answer.headers["Content-Type"] == "application/x-ndjson" and answer.is_streamed
        entries = [json.loads(line) for line in answer.text.splitlines()]
        assert [e["details"]["n"] for e in entries] == list(range(1201, 0, -1))
    exported = anna.get("/api/admin/audit?action=audit.exported").json["items"]
    assert len(exported) == 2 and exported[0]["details"] == {"filter": {"action": "test.row"}}


def test_the_page_tells_filters_and_turns(anna: Person, bob: Person, database: Database) -> None:
    database.query(
        "insert into palaver.audit (actor_name, action, target_name, user_agent)"
        " select 'x', 'user.enabled', '<b>' || n, '<script>' from generate_series(1, 60) as n"
    )
    page = anna.get("/admin/audit?action=user.enabled")
    assert page.text.count("<tr>") == 51 and "enabled &lt;b&gt;60 again" in page.text and "<script>" not in page.text
    older = re.search(r'href="(/admin/audit\?action=user\.enabled&amp;after=\d+)"', page.text)
    assert older
    rest = anna.get(older[1].replace("&amp;", "&"))
    assert rest.text.count("<tr>") == 11 and "Older" not in rest.text
    assert "<strong>bob</strong> signed in" in anna.get("/admin/audit?actor=bob").text
    today = anna.get("/api/admin/audit?limit=1").json["items"][0]["at"][:10]
    assert anna.get(f"/admin/audit?since={today}&until={today}").text.count("<tr>") == 51
    assert "Nothing like that" in anna.get("/admin/audit?until=2001-01-01").text


@pytest.mark.parametrize(
    "query", ["since=soon", "until=9999-12-31", "after=x", "actor=%00", "action=%ff", "since=0001-01-01"]
)
def test_odd_addresses_of_the_page(anna: Person, query: str) -> None:
    assert anna.get("/admin/audit").status_code == 200
    assert anna.get(f"/admin/audit?{query}").status_code in (200, 422)


def test_nobody_can_change_it(anna: Person, database: Database) -> None:
    import psycopg2

    assert database.query("select count(*) > 0 from palaver.audit") == [(True,)]
    for statement in ("update palaver.audit set action = 'a.b'", "delete from palaver.audit", "truncate palaver.audit"):
        with pytest.raises(psycopg2.Error, match="only be added to"):
            database.query(statement)
