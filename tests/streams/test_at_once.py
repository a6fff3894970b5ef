"""Many at once, over two gunicorn workers: nobody is thrown out, and what may exist once does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.databases import Database
from tests.servers import PASSWORD, Stack, Visitor


def test_eight_set_ups_at_once(stack: Stack, database: Database) -> None:
    def attempt(n: int) -> int:
        account = {"username": f"u{n}", "email": f"u{n}@example.org", "password": PASSWORD}
        return Visitor(stack.url).request("POST", "/api/setup", account).status

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(attempt, range(8))) == [201] + [409] * 7
    assert database.query("select count(*) from palaver.users where kind = 'human'") == [(1,)]


def test_sign_ins_at_once_each_have_a_session(stack: Stack) -> None:
    Visitor(stack.url).set_up()
    with ThreadPoolExecutor(5) as pool:
        people = list(pool.map(lambda _: Visitor(stack.url).sign_in("anna"), range(4)))
    assert [p.request("GET", "/api/auth/me").status for p in people] == [200] * 4
    assert len({p.cookies["SESSION_ID"] for p in people}) == 4


def test_a_rotation_under_fifty_parallel_requests(stack: Stack, database: Database) -> None:
    anna = Visitor(stack.url).set_up()
    group = anna.converse("group")
    for _ in range(3):
        database.query("update palaver.sessions set rotated_at = now() - interval '5 hours'")
        before = anna.cookies["SESSION_ID"]

        def ask(n: int) -> tuple[int, str]:
            tab = Visitor(stack.url)
            tab.cookies = dict(anna.cookies)
            path, body = ("/api/conversations", None) if n % 2 else (f"/api/threads/{group}/root", {"content": str(n)})
            answer = tab.request("POST" if body else "GET", path, body)
            return answer.status, tab.cookies["SESSION_ID"]

        with ThreadPoolExecutor(50) as pool:
            answers = list(pool.map(ask, range(50)))
        assert {status for status, _ in answers} <= {200, 201}
        fresh = {token for _, token in answers} - {before}
        assert len(fresh) == 1
        anna.cookies["SESSION_ID"] = fresh.pop()
        assert anna.request("GET", "/api/auth/me").status == 200
