"""Who is there, as a page shows it before any script runs."""

from __future__ import annotations

import re

from tests.conftest import Person


def dots(text: str, user: str) -> list[str]:
    """How the page shows somebody: the status that is seen and the one that is read aloud."""
    return re.findall(rf'presence--(\w+)" data-presence="{user}"><span class="unseen">\(\1\)', text)


def test_dots_in_the_list_the_bar_and_the_people(anna: Person, bob: Person) -> None:
    direct = anna.converse("direct", members=(bob,))
    path = f"/c/{direct}"
    assert dots(anna.get(path).text, bob.id) == ["offline"] * 3
    bob.post("/api/presence/heartbeat", {"status": "online"})
    assert dots(anna.get(path).text, bob.id) == ["online"] * 3
    root = anna.begin(direct)["id"]
    bob.post("/api/presence/heartbeat", {"status": "away"})
    assert dots(anna.get(f"{path}/t/{root}").text, bob.id) == ["away"] * 3
    assert dots(anna.get("/sidebar").text, bob.id) == ["away"]


def test_a_group_has_dots_among_its_people_only(anna: Person, bob: Person, assistant: str) -> None:
    group = anna.converse("group", members=(bob, assistant))
    text = anna.get(f"/c/{group}").text
    assert dots(text, bob.id) == ["offline"] and dots(text, assistant) == []
    assert f'data-person="{bob.id}" data-name="bob"' in text and f'data-person="{assistant}"' not in text
    assert 'id="typing" role="status" aria-live="polite"' in text
