from __future__ import annotations

from typing import Any

from app.services.prompts import CONTINUE, CONTINUED_TURNS, fit, turns_of

ME = {"id": "m", "display_name": "Palaver"}


def said(who: str, text: str) -> dict[str, Any]:
    return {"role": "user", "content": text, "author": {"id": "m" if who == "Palaver" else who, "display_name": who}}


def count(turns: list[dict[str, str]]) -> int:
    """A token is four characters; a turn costs three."""
    return sum(len(t["content"]) // 4 + 3 for t in turns)


def test_roles_alternate_and_the_system_prompt_comes_first() -> None:
    context = {
        "kind": "assistant",
        "assistant": ME,
        "turns": [said("Anna", "a"), said("Anna", "b"), said("Palaver", "c"), said("Anna", "d")],
    }
    turns = turns_of(context, "Be brief.")
    assert [(t["role"], t["content"]) for t in turns] == [
        ("system", "Be brief."), ("user", "a\n\nb"), ("assistant", "c"), ("user", "d"),
    ]  # fmt: skip


def test_in_a_group_speakers_are_named_and_other_assistants_are_not_me() -> None:
    context = {
        "kind": "group",
        "assistant": ME,
        "turns": [said("Anna", "hi"), said("Palaver", "yes?"), said("Robo", "beep")],
    }
    turns = turns_of(context, "S")
    assert [t["content"] for t in turns[1:]] == ["Anna: hi", "yes?", "Robo: beep"]
    assert "Palaver" in turns[0]["content"]


def test_the_oldest_turns_go_first_and_whole() -> None:
    turns = [{"role": "system", "content": "s" * 40}]
    turns += [{"role": ("user", "assistant")[n % 2], "content": f"{n} " + "x" * 400} for n in range(41)]
    kept = fit(turns, count, 1_000)
    assert count(kept) <= 1_000
    assert kept[0] == turns[0] and kept[1:] == turns[-(len(kept) - 1) :]
    assert kept[1]["role"] == "user" and len(kept) > 5


def test_what_fits_is_left_alone() -> None:
    turns = [{"role": "system", "content": "s"}, {"role": "user", "content": "q"}]
    assert fit(turns, count, 100) == turns


def test_one_question_that_is_too_long_loses_its_middle() -> None:
    question = "begin " + "x" * 100_000 + " end"
    kept = fit([{"role": "system", "content": "s"}, {"role": "user", "content": question}], count, 500)
    assert count(kept) <= 500
    assert (
        kept[1]["content"].startswith("begin ") and kept[1]["content"].endswith(" end") and "[…]" in kept[1]["content"]
    )


def test_an_answer_that_goes_on_is_given_its_own_text_and_asked_for_the_rest() -> None:
    context = {"kind": "group", "assistant": ME, "turns": [said("Anna", "Tell")], "so_far": "Once upon"}
    assert [(t["role"], t["content"]) for t in turns_of(context, "S")[1:]] == [
        ("user", "Anna: Tell"), ("assistant", "Once upon"), ("user", CONTINUE),
    ]  # fmt: skip


def test_what_it_goes_on_from_is_kept_however_little_fits() -> None:
    story = [{"role": "system", "content": "s"}, {"role": "user", "content": "old " * 200}]
    story += [{"role": "assistant", "content": "older"}, {"role": "user", "content": "question " + "q" * 20_000}]
    story += [{"role": "assistant", "content": "a" * 50_000 + " the end"}, {"role": "user", "content": CONTINUE}]
    kept = fit(story, count, 600, CONTINUED_TURNS)
    assert count(kept) <= 600 and [t["role"] for t in kept] == ["system", "user", "assistant", "user"]
    assert kept[1]["content"].startswith("question") and kept[2]["content"].endswith(" the end")
    assert kept[3]["content"] == CONTINUE
