from __future__ import annotations

import re
from typing import Any

from app.blueprints.pages.summaries import linked
from app.models import answers, members, summaries
from tests.conftest import Person
from tests.pages.forms import submit


def finished(text: str) -> dict[str, Any]:
    """Let the worker write the one that waits."""
    [row] = answers.claim(1, 60)
    begun = summaries.begin(row["lease"])
    assert begun and summaries.finish(row["lease"], text, 1, None)
    return begun


def test_what_was_missed_in_a_conversation_is_asked_for_and_read(anna: Person, bob: Person) -> None:
    talk = anna.converse("group", members=(bob,))
    root = anna.begin(talk, "Roses are cut.")
    anna.reply(root["id"], "And watered.")
    page = bob.get(f"/c/{talk}")
    sent = submit(bob, page, f"/c/{talk}/catch-up")
    assert (sent.status_code, sent.location) == (303, f"/c/{talk}/catch-up")
    waiting = bob.get(sent.location).text
    assert "Waiting for the model" in waiting and 'http-equiv="refresh"' in waiting
    finished("- Anna **cut** roses. [1] [2] [7] <img src=x> @all")
    done = bob.get(sent.location).text
    assert f'href="/messages/{root["id"]}"' in done and ">[1]</a>" in done and "[7]" not in done
    assert "<strong>cut</strong>" in done and "<img" not in done and 'class="mention"' not in done
    assert 'http-equiv="refresh"' not in done and "of 2 messages, for you alone" in done
    part = bob.get(sent.location + "?part=summary").text
    assert part.lstrip().startswith('<section class="summary"') and ">[2]</a>" in part
    assert "Catch me up" in page.text and "Nothing" not in part


def test_in_a_thread_the_button_knows_where_the_page_began(anna: Person, bob: Person) -> None:
    talk = anna.converse("group", members=(bob,))
    root = anna.begin(talk, "one")["id"]
    anna.reply(root, "two")
    page = bob.get(f"/c/{talk}/t/{root}")
    bob.post(f"/api/threads/{root}/read", {})
    sent = submit(bob, page, f"/c/{talk}/catch-up")
    assert sent.location == f"/c/{talk}/catch-up?root_id={root}"
    assert len(finished("- both [1] [2]")["said"]) == 2
    page = bob.get(sent.location)
    assert "Back to the thread" in page.text
    submit(bob, page, f"/c/{talk}/catch-up")  # again, although everything is read by now
    assert len(finished("- both again [1] [2]")["said"]) == 2
    read = bob.get(f"/c/{talk}/t/{root}").text
    assert "Catch me up" not in read


def test_who_read_everything_is_told_so(anna: Person, bob: Person) -> None:
    talk = anna.converse("group", members=(bob,))
    assert re.search(r'class="catch-up"[^>]* hidden', bob.get(f"/c/{talk}").text)
    assert bob.post(f"/api/conversations/{talk}/catch-up").json["state"] == "none"
    assert "You have not missed anything here." in bob.get(f"/c/{talk}/catch-up").text


def test_failures_and_deletions_are_said(anna: Person, bob: Person) -> None:
    talk = anna.converse("group", members=(bob,))
    root = anna.begin(talk, "secret")["id"]
    assert bob.post(f"/api/conversations/{talk}/catch-up").status_code == 202
    finished("- secret [1]")
    assert bob.get(f"/api/conversations/{talk}/catch-up").json["content"] == "- secret [1]"
    anna.post(f"/api/messages/{root}/delete")
    gone = bob.get(f"/c/{talk}/catch-up").text
    assert "has been deleted since" in gone and "secret" not in gone
    anna.begin(talk, "another")
    bob.post(f"/api/conversations/{talk}/catch-up")
    [row] = answers.claim(1, 60)
    summaries.finish(row["lease"], "", 1, {"code": "PV.MODEL.X", "message": "The model is away."})
    assert "The model is away." in bob.get(f"/c/{talk}/catch-up").text
    members.remove(anna.id, talk, bob.id)
    assert bob.get(f"/c/{talk}/catch-up").status_code == 404
    assert bob.get(f"/api/conversations/{talk}/catch-up").status_code == 404


def test_numbers_are_links_only_of_messages_that_are_there() -> None:
    author = {"display_name": 'B"o\\b'}
    told = {"content": "[1] [2](https://evil.example) [3]", "sources": [{"n": 1, "message_id": "m1", "author": author}]}
    html = linked(told)
    assert '<a href="/messages/m1" title="Bob"' in html and "[3]" not in html and "evil.example)" in html
