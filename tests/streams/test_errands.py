"""Titles and summaries, written by a real worker beside answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.mock_openai import answer
from tests.databases import Database
from tests.servers import Stack, Visitor, member, wait_for


@pytest.fixture
def named(database: Database, tmp_path: Path) -> Iterator[Stack]:
    made = Stack(database, tmp_path, workers=1, PALAVER__LLM__TITLES="true")
    yield made
    made.stop()


def test_a_thread_is_named_and_a_reader_is_told_what_he_missed(named: Stack) -> None:
    anna = Visitor(named.url).set_up()
    bob = member(named.database, named.url, "bob")
    root = anna.begin(anna.converse(), "hello")["root_id"]
    title = answer(3).strip()
    wait_for(lambda: anna.ok("GET", f"/api/threads/{root}/tree")["thread"]["title"] == title, what="the title")

    talk = anna.converse("group", (bob.id,))
    message = anna.begin(talk, "say=1 - Anna said it [1] [2] [1-2]")["id"]
    assert bob.ok("POST", f"/api/conversations/{talk}/catch-up", {})["state"] in ("waiting", "writing")
    told = wait_for(
        lambda: (s := bob.ok("GET", f"/api/conversations/{talk}/catch-up"))["state"] == "done" and s, what="the summary"
    )
    first = told["content"].splitlines()[0]  # the mock says all that it was given behind `say=1`
    assert first == "- Anna said it (1) (2) [1]" and told["sources"][0]["message_id"] == message
    counted = "select kind from palaver.usage union select kind from palaver.usage_entries order by 1"
    assert named.database.query(counted) == [("answer",), ("summary",), ("title",)]
    anna.begin(talk, "fail=500 now")
    bob.ok("POST", f"/api/conversations/{talk}/catch-up", {})
    failed = wait_for(
        lambda: (s := bob.ok("GET", f"/api/conversations/{talk}/catch-up"))["state"] == "failed" and s,
        what="the failure",
    )
    assert failed["error"]["code"].startswith("PV.MODEL.") and named.jobs and named.jobs.popen.poll() is None
