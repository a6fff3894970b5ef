"""A browser without JavaScript: it follows links and sends the forms that are on a page."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

from tests.conftest import Person


class Form:
    """A form as the page shows it: where it goes and what it sends when nobody changes anything."""

    def __init__(self, action: str) -> None:
        self.action = action
        self.fields: dict[str, Any] = {}


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action", "")))
        elif tag == "input" and self.forms and given.get("name"):
            if given.get("type") not in ("checkbox", "radio") or "checked" in given:
                self._add(given["name"], given.get("value", ""), given.get("type") == "checkbox")
        elif tag == "textarea" and self.forms:
            self._area = given["name"]
            self._add(self._area, "")

    def _add(self, name: str, value: str, many: bool = False) -> None:
        fields = self.forms[-1].fields
        fields[name] = [*fields.get(name, []), value] if many else value

    def handle_data(self, data: str) -> None:
        if self._area:
            self._add(self._area, data.removeprefix("\n"))

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = None


def form_of(page: Any, action: str) -> Form:
    """The form of a page that goes to `action`."""
    parser = _Forms()
    parser.feed(page.text)
    found = [form for form in parser.forms if form.action == action]
    assert found, (action, [form.action for form in parser.forms], page.text[:500])
    return found[0]


def submit(person: Person, page: Any, action: str, **typed: Any) -> Any:
    """Fill in the form of a page and send it; the answer is not followed."""
    return person.http.post(action, data=form_of(page, action).fields | typed)


def message_ids(page: Any) -> list[str]:
    """The messages of a page in their order."""
    return re.findall(r'<article class="message[^>]* data-id="([^"]+)"', page.text)
