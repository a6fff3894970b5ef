"""What people do with messages that are there already."""

from __future__ import annotations

from collections.abc import Callable

from tests.journeys.conftest import Window
from tests.journeys.test_people import group
from tests.servers import Stack, wait_for

Open = Callable[..., Window]


def menu(window: Window, message: str) -> None:
    window.page.hover(message)
    window.page.locator(f"{message} .more > summary").click()


def test_naming_quoting_editing_and_deleting(server: Stack, window: Open) -> None:
    _, thread = group(server, "Orchard")
    anna, bob = (window(server, name).go(thread).live() for name in ("anna", "bob"))
    # A name is chosen from the list with the keyboard.
    anna.page.locator("#content").press_sequentially("Ask @bo")
    anna.page.locator(".names__item[aria-selected=true]", has_text="@bob").wait_for()
    anna.page.keyboard.press("Enter")
    assert anna.page.input_value("#content") == "Ask @bob "
    anna.page.keyboard.type("`code` please")
    anna.page.keyboard.press("Enter")
    bob.page.locator(".mention--own", has_text="@bob").wait_for()
    anna.page.locator(".mention:not(.mention--own)", has_text="@bob").wait_for()
    message = f"#{anna.page.locator('.message[data-seq]').last.get_attribute('id')}"
    assert bob.page.locator(f"{message} [data-act=edit]").is_hidden()
    assert bob.page.locator(f"{message} [data-act=delete]").is_hidden()
    # Quoting chooses whom the reply answers.
    menu(bob, message)
    bob.page.click(f"{message} [data-act=quote]")
    wait_for(
        lambda: bob.page.input_value("#content") == "> **anna**:\n> Ask @bob `code` please\n\n", what="the quotation"
    )
    bob.page.locator(".composer__reply", has_text="anna").wait_for()
    bob.page.keyboard.type("I am here")
    bob.page.keyboard.press("Enter")
    anna.page.locator(".message blockquote", has_text="please").wait_for()
    # Editing happens where the message stands; Escape leaves it as it was.
    menu(anna, message)
    anna.page.click(f"{message} [data-act=edit]")
    anna.page.locator(".edit__text:focus").wait_for()
    anna.page.keyboard.press("Escape")
    assert anna.page.locator(".edit").count() == 0
    menu(anna, message)
    anna.page.click(f"{message} [data-act=edit]")
    anna.page.locator(f"{message} .edit__text").fill("Ask nobody\n\n```py\nx = 1\n```")
    anna.page.keyboard.press("Enter")
    for person in (anna, bob):
        person.page.locator(f"{message} .message__edited").wait_for()
        person.page.locator(f"{message} .copyable__button").wait_for()
    # What is deleted can be brought back by who deleted it.
    menu(anna, message)
    anna.page.click(f"{message} [data-act=delete]")
    bob.page.locator(f"{message} .message__gone").wait_for()
    assert bob.page.locator(f"{message} [data-act=restore]").is_hidden()
    anna.page.locator(f"{message} [data-act=restore]:focus").wait_for()
    anna.page.keyboard.press("Enter")
    bob.page.locator(f"{message} .message__text", has_text="Ask nobody").wait_for()
    # A name that is typed to its end needs no choosing.
    anna.page.locator("#content").press_sequentially("Thanks @bob")
    anna.page.locator(".names__item[aria-selected=true]", has_text="@bob").wait_for()
    anna.page.keyboard.press("Enter")
    bob.page.locator(".message", has_text="Thanks @bob").wait_for()


def test_a_deleted_text_leaves_open_pages(server: Stack, window: Open) -> None:
    conversation, thread = group(server, "Rumours")
    begin, watch, lists = (window(server, name).go(at).live() for name, at in (
        ("anna", thread), ("bob", thread), ("bob", conversation)))  # fmt: skip
    begin.say("What do you mean?")
    root = f"#m-{thread.rsplit('/', 1)[1]}"
    begin.page.hover(root)
    begin.page.click(f"{root} [data-act=reply]")
    begin.say("This is about that")
    for person in (watch, begin):
        person.page.locator(".message__to", has_text="Who waters the beds?").wait_for()
    menu(begin, root)
    begin.page.click(f"{root} [data-act=delete]")
    for person in (begin, watch, lists):
        person.page.locator("body", has_text="This message was deleted").wait_for()
        wait_for(lambda p=person: "Who waters" not in p.page.content(), what="the absence of the text")
    assert begin.page.locator("#thread-title").inner_text() == "Thread"


def test_versions_of_an_answer(server: Stack, window: Open) -> None:
    anna = window(server, "anna").ask("How many beds?")
    first = f"#{anna.answer('complete').get_attribute('id')}"
    other = window(server, "anna").go(anna.page.url.removeprefix(server.url).split("#")[0]).live()
    anna.page.hover(first)
    anna.page.click(f"{first} [data-act=regenerate]")
    for page in (anna.page, other.page):
        page.wait_for_selector(f"{first}", state="detached")
        page.locator(".message__place", has_text="2 / 2").wait_for()
    anna.live().answer("complete")
    anna.page.click(".message__siblings button >> nth=0")
    anna.page.locator(f"{first} .message__place", has_text="1 / 2").wait_for()
    anna.live().say("And how many chairs?")
    wait_for(lambda: anna.page.locator(".message--assistant[data-status=complete]").count() == 2, what="the answer")
    assert anna.page.locator(".message[data-seq]").count() == 4
