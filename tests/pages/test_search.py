from __future__ import annotations

import re

from tests.conftest import Person


def test_the_door_answers_messages_with_what_was_hit(anna: Person, bob: Person, stranger: Person) -> None:
    group = anna.converse("group", "Garden", (bob,))
    made = [anna.begin(group, f"The **barrel** <b>number</b> {n}")["id"] for n in range(3)]
    page = bob.get("/api/search", query_string={"q": 'arrel in:"garden" from:@anna', "limit": 2}).json
    assert [m["id"] for m in page["items"]] == made[:0:-1]
    assert page["items"][0]["highlight"] == [
        {"text": "The **b", "hit": False}, {"text": "arrel", "hit": True}, {"text": "** <b>number</b> 2", "hit": False},
    ]  # fmt: skip
    assert page["items"][0]["conversation"]["title"] == "Garden" and page["items"][0]["thread"]["root_id"] == made[2]
    rest = bob.get("/api/search", query_string={"q": "arrel", "limit": 2, "after": page["next"]}).json
    assert [m["id"] for m in rest["items"]] == made[:1] and rest["next"] is None
    both = {
        "q": "barrel",
        "conversation_id": group,
        "author": anna.id,
        "after_date": "2020-01-01",
        "before": "2999-01-01",
    }
    assert len(bob.get("/api/search", query_string=both).json["items"]) == 3
    assert bob.get("/api/search", query_string=both | {"has": "code"}).json["items"] == []
    assert bob.get("/api/search", query_string=both | {"from": "assistant"}).json["items"] == []
    assert stranger.get("/api/search?q=barrel").status_code == 401


def test_what_cannot_be_searched_is_said(anna: Person, carol: Person) -> None:
    group = anna.converse("group", "Garden")
    anna.begin(group, "hello")
    assert anna.get(f"/api/search?q=hello&conversation_id={group}").status_code == 200
    for query, status in (
        ("", 422), ("q=", 422), ("q=-hello", 422), (f"q={'x' * 201}", 422), ("q=a%00b", 422), ("q=before:now", 422),
        ("q=x&before=now", 422), ("q=x&after=x", 422), ("q=x&has=pictures", 422), ("q=x&limit=0", 422),
        ('q=hello in:"Shed"', 404), ("q=x&conversation_id=01990000-0000-7000-8000-000000000000", 404),
    ):  # fmt: skip
        answer = anna.get(f"/api/search?{query}")
        assert answer.status_code == status, query
        assert answer.json["detail"]
    assert carol.get(f"/api/search?q=hello&conversation_id={group}").status_code == 404


def test_the_page_of_results(anna: Person, bob: Person) -> None:
    group = anna.converse("group", "Garden <&>", (bob,))
    made = [anna.begin(group, f"rain & <script>barrel</script> {n}")["id"] for n in range(25)]
    empty = anna.get("/search").text
    assert "has:code" in empty and 'role="search"' in empty and "data-search" in anna.get("/").text
    page = bob.get("/search?q=barrel&conversation=" + group).text
    assert page.count("<mark>barrel</mark>") == 20 and "<script>barrel" not in page and "Garden &lt;&amp;&gt;" in page
    assert f'href="/messages/{made[-1]}"' in page and f'value="{group}" selected' in page
    older = re.search(r'href="(/search\?[^"]*after=\d+)"', page)
    assert older
    second = bob.get(older[1].replace("&amp;", "&")).text
    assert second.count("<mark>") == 5 and f'href="/messages/{made[0]}"' in second and "Older results" not in second


def test_the_page_says_what_is_wrong(anna: Person) -> None:
    anna.begin(anna.converse("group", "Garden"), "hello `code`")
    assert "hello" in anna.get("/search?code=1&answers=").text
    assert "Nothing was found." in anna.get("/search?q=nowhere").text
    for query, status, said in (
        ("q=-x", 422, "Type a word"), ("q=before:now", 422, "no date"), ("before=now", 422, "no date"),
        ("q=in:Shed+x", 404, "no conversation of that name"), ("q=x&after=x", 422, "begin the search again"),
    ):  # fmt: skip
        answer = anna.get(f"/search?{query}")
        assert answer.status_code == status and said in answer.text and 'role="search"' in answer.text, query
