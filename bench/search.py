"""`python -m bench.search --messages 1000000`: how long a search takes, by how much there is to find and who looks.

The messages are invented (bench/talk.py) and copied into a database of its own. Two people look: one is in 50 conversations
that hold everything, one in five that hold a hundredth. Every query is different from the last; it is measured in the stored
function and then over HTTP; `busy` is the processor time of PostgreSQL, which other programs on the machine do not change.
`--keep` leaves the cluster running until Enter, to look at plans.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg2

from app.core import passwords
from app.models import conversations, db, search, users
from bench.report import milliseconds, report
from bench.talk import START, Talk, rows
from tests.databases import Cluster, Database
from tests.servers import PASSWORD, Stack, Visitor

CONVERSATIONS, SMALL, AUTHORS, LIMIT = 50, 5, 20, 20
COLUMNS = "id, conversation_id, root_id, parent_id, seq, depth, ordinal, author_id, role, content, created_at"


class _Lines(io.TextIOBase):
    """An iterator of lines, as the file that COPY reads."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines

    def read(self, size: int | None = -1) -> str:
        return "".join(line for _, line in zip(range(2_000), self._lines, strict=False))


def fill(cluster: Cluster, database: Database, count: int) -> dict[str, str]:
    """Invent the messages and index them as bootstrap indexes those of an older database."""
    db.configure(database.runtime, 2)
    people = {"anna": users.create("anna", "anna@example.org", None, "hash", "admin")["id"]}
    authors = [
        users.create(f"author{n}", f"author{n}@example.org", None, "hash", "member")["id"] for n in range(AUTHORS)
    ]
    people["bob"] = authors[-1]
    few = [conversations.create(people["anna"], "group", f"Few {n}", [people["bob"]], None)["id"] for n in range(SMALL)]
    many = [
        conversations.create(people["anna"], "group", f"Many {n}", [], None)["id"] for n in range(CONVERSATIONS - SMALL)
    ]
    weights = [0.01 / SMALL] * SMALL + [0.99 / len(many) * (0.2 + 1.6 * n / len(many)) for n in range(len(many))]
    assert cluster.server is not None
    address = cluster.server.superuser_url.replace("/postgres?", f"/{database.name}?")
    connection = psycopg2.connect(address)
    with connection, connection.cursor() as cursor:
        # No foreign keys and no triggers while it is copied.
        cursor.execute("set session_replication_role = replica")
        lines: Any = _Lines(rows(count, few + many, weights, authors))
        cursor.copy_expert(f"copy palaver.messages ({COLUMNS}) from stdin", lines, size=1 << 20)
        cursor.execute(
            "insert into palaver.threads (root_id, conversation_id, participants)"
            " select id, conversation_id, array[author_id] from palaver.messages where parent_id is null;"
            "update palaver.topics t set seq = n from (select conversation_id as id, count(*) as n from palaver.messages"
            " group by 1) as c where c.id = t.id"
        )
    connection.close()
    return people


def index(database: Database) -> dict[str, Any]:
    """Fill the tables of search as bootstrap does; how long that takes and how large they get."""
    schema = (Path(__file__).parents[1] / "scripts/pg/schema/0024_search.sql").read_text()
    backfill = schema[schema.index("insert into palaver.search (message_id") : schema.index("create trigger")]
    names = ("search_document", "search_age", "search_words_parts")
    began = time.perf_counter()
    database.query("drop index " + ", ".join(f"palaver.{name}" for name in names))
    database.query("set maintenance_work_mem = '256MB';" + backfill)
    database.query("alter database " + database.name + " set work_mem = '4MB'")
    connection = psycopg2.connect(database.owner)
    connection.autocommit = True
    connection.cursor().execute("vacuum analyze palaver.search, palaver.search_words, palaver.messages")
    connection.close()
    [(messages, table, document, words)] = database.query(
        "select pg_table_size('palaver.messages'), pg_table_size('palaver.search'),"
        " pg_relation_size('palaver.search_document'), pg_total_relation_size('palaver.search_words')"
    )
    sizes = {"messages": messages, "search": table, "its index": document, "words": words}
    return {
        "query": "(the index)", "p50_ms": round((time.perf_counter() - began) * 1000),
        "found": ", ".join(f"{name} {size >> 20} MiB" for name, size in sizes.items()),
    }  # fmt: skip


Query = Callable[[random.Random], dict[str, Any]]
Ask = Callable[[dict[str, Any]], dict[str, Any]]


def queries(count: int) -> dict[str, Query]:
    """What is asked, by name: the arguments of a search, never the same twice in a row."""
    talk = Talk()
    latin, chinese, russian = talk.words["latin"], talk.words["chinese"], talk.words["russian"]

    def ranked(low: int, high: int, words: list[str] = latin) -> Callable[[random.Random], str]:
        return lambda r: words[r.randrange(low, high)]

    def years(r: random.Random) -> str:
        return START.replace(year=2025 + r.randrange(2), month=1 + r.randrange(10)).isoformat()

    frequent, usual, rare = ranked(0, 12), ranked(50, 400), ranked(20_000, 50_000)
    return {
        "one hit": lambda r: {"words": [f"needle{r.randrange(count // 1_000) * 1_000}"]},
        "nothing": lambda r: {"words": [f"zzq{r.randrange(10**6)}"]},
        "rare word": lambda r: {"words": [rare(r)]},
        "usual word": lambda r: {"words": [usual(r)]},
        "frequent word": lambda r: {"words": [frequent(r)]},
        "30 %, only old": lambda r: {"words": ["bygone"]},
        "two usual words": lambda r: {"words": [usual(r), usual(r)]},
        "frequent and rare": lambda r: {"words": [frequent(r), rare(r)]},
        "three frequent": lambda r: {"words": [frequent(r), frequent(r), frequent(r)]},
        "part of a word": lambda r: {"words": [(usual(r) + rare(r))[1:5]]},
        "three letters": lambda r: {"words": [rare(r)[:3]]},
        "russian": lambda r: {"words": [ranked(0, 3_000, russian)(r)]},
        "two chinese": lambda r: {"words": [(ranked(0, 3_000, chinese)(r) * 2)[:2]]},
        "chinese words": lambda r: {"words": [ranked(0, 50, chinese)(r) + ranked(0, 50, chinese)(r)]},
        "phrase": lambda r: {"phrases": [f"{frequent(r)} {usual(r)}"]},
        "frequent phrase": lambda r: {"phrases": [f"{frequent(r)} {frequent(r)}"]},
        "rare phrase": lambda r: {"phrases": [f"{frequent(r)} {frequent(r)} {usual(r)}"]},
        "excluded": lambda r: {"words": [usual(r)], "without": [frequent(r)]},
        "author": lambda r: {"words": [usual(r)], "author": f"author{r.randrange(1, AUTHORS)}"},
        "answers with code": lambda r: {"words": [frequent(r)], "is_answer": True, "has_code": True},
        "only code": lambda r: {"has_code": True},
        "dates": lambda r: {"words": [usual(r)], "before": years(r)},
        "old date, nothing": lambda r: {"words": ["bygone"], "since": "2026-03-01T00:00:00Z"},
        "conversation": lambda r: {"words": [usual(r)], "title": f"Few {r.randrange(SMALL)}"},
    }


def asked_by(person: str, query: dict[str, Any]) -> dict[str, Any]:
    """The stored function."""
    given = {
        "words": [], "phrases": [], "without": [], "conversation": None, "title": None, "author": None,
        "is_answer": False, "has_code": False, "before": None, "since": None, "after": None, "limit": LIMIT,
    } | query  # fmt: skip
    return search.messages(person, **given)


def typed(given: dict[str, Any]) -> str:
    """The same as somebody types it."""
    parts = given.get("words", []) + [f'"{phrase}"' for phrase in given.get("phrases", [])]
    parts += [f"-{word}" for word in given.get("without", [])]
    names = {"title": 'in:"{}"', "author": "from:@{}", "before": "before:{:.10}", "since": "after:{:.10}"}
    parts += [form.format(given[name]) for name, form in names.items() if name in given]
    parts += ["from:assistant"] * given.get("is_answer", False) + ["has:code"] * given.get("has_code", False)
    return " ".join(parts)


class Backends:
    """The processor time of the database's processes that serve a database, apart from what else the machine does."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._pids: list[int] = []

    def find(self) -> None:
        """Look for them again; a pool has opened its connections by the first answer."""
        query = "select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        self._pids = [pid for (pid,) in self._database.query(query)]

    def only(self, pid: int) -> None:
        """Look at one of them."""
        self._pids = [pid]

    def spent(self) -> float:
        """Seconds so far."""
        return sum(int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) for pid in self._pids) / 1e9


def measure(name: str, who: str, query: Query, ask: Ask, backends: Backends, times: int) -> dict[str, Any]:
    """One kind of query by one person; the first few warm the caches."""
    source, seconds, busy, found, unfinished = random.Random(name), [], [], [], 0
    for number in range(times + 3):
        given = query(source)
        before, began = backends.spent(), time.perf_counter()
        page = ask(given)
        if number >= 3:
            seconds.append(time.perf_counter() - began)
            busy.append(backends.spent() - before)
            found.append(len(page["items"]))
            unfinished += page["next"] is not None and len(page["items"]) < LIMIT
        elif number == 0:
            backends.find()
    spent = {name.replace("_ms", "_busy_ms"): value for name, value in milliseconds(busy).items()}
    return {"query": name, "who": who, "n": times} | milliseconds(seconds) | spent | {
        "found": round(statistics.mean(found), 1), "unfinished": unfinished,
    }  # fmt: skip


def over_http(database: Database, kinds: dict[str, Query], times: int) -> list[dict[str, Any]]:
    """The same through gunicorn, in JSON with highlights, every query asked by anna."""
    database.query("update palaver.users set password_hash = %s where username = 'anna'", passwords.make(PASSWORD))
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(database, Path(folder), 1, jobs=False)
        try:
            backends = Backends(database)
            anna = Visitor(stack.url).sign_in("anna")
            get = lambda given: anna.ok("GET", f"/api/search?limit={LIMIT}&q={quote(typed(given))}")  # noqa: E731
            return [measure(name, "anna, HTTP", query, get, backends, times) for name, query in kinds.items()]
        finally:
            stack.stop()


def posting(database: Database, people: dict[str, str], times: int = 400) -> list[dict[str, Any]]:
    """What the trigger costs an insertion: processor time with it and without."""
    connection = psycopg2.connect(database.owner)
    connection.autocommit = True
    cursor, talk, backends = connection.cursor(), Talk(), Backends(database)
    talk.random.seed(2)  # other messages of the same words: nearly all are known, as on a server that is in use
    cursor.execute("select id, seq + 1000 from palaver.topics order by seq desc limit 1")
    conversation, seq = cursor.fetchone()
    cursor.execute(
        "prepare post (bigint, text) as insert into palaver.messages"
        " (id, conversation_id, root_id, seq, depth, author_id, role, content)"
        " select id, %s, id, $1, 1, %s, 'user', $2 from (select palaver.new_id() as id offset 0) as made",
        (conversation, people["bob"]),
    )
    rows = []
    for how in ("enable", "disable", "enable"):
        cursor.execute(f"alter table palaver.messages {how} trigger search_new")
        texts, seconds, busy = [talk.message(n * 1000 + 1, 1) for n in range(times)], [], []
        backends.only(connection.info.backend_pid)
        for text in texts:
            seq += 1
            before, began = backends.spent(), time.perf_counter()
            cursor.execute("execute post (%s, %s)", (seq, text))
            seconds.append(time.perf_counter() - began)
            busy.append(backends.spent() - before)
        rows.append({"query": f"insert a message, trigger {how}d", "n": times} | milliseconds(seconds[50:]) | {
            "mean_busy_ms": round(statistics.mean(busy[50:]) * 1000, 3),
        })  # fmt: skip
    connection.close()
    return rows[1:]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--keep", action="store_true", help="leave the cluster running until Enter")
    given = parser.parse_args()
    cluster = Cluster()
    with contextlib.closing(contextlib.ExitStack()) as held:
        held.callback(cluster.stop)
        database = cluster.clone()
        people = fill(cluster, database, given.messages)
        table = [index(database)]
        kinds, backends = queries(given.messages), Backends(database)
        for name, query in kinds.items():
            for who, person in people.items():
                table.append(measure(name, who, query, partial(asked_by, person), backends, given.times))
        table += over_http(database, kinds, given.times)
        table += posting(database, people)
        report("search", table)
        if given.keep:
            input(f"{database.owner} — Enter ends it ")


if __name__ == "__main__":
    main()
