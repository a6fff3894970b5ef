"""What templates say of people, times and texts: the filters and globals of every page."""

from __future__ import annotations

import zlib
from typing import Any

from flask.sansio.app import App
from markupsafe import Markup

from app.blueprints.guards import actor, csrf_token
from app.blueprints.pages import charts
from app.blueprints.pages.appearance import look, shown_time
from app.blueprints.pages.blocks import complete
from app.core import markdown
from app.services import budgets

HUES = 8
ENDINGS = {
    "length": "The answer reached its greatest length.",
    "timeout": "The model took too long.",
    "interrupted": "The answer was interrupted.",
    "error": "The model could not answer.",
}


def install(app: App) -> None:
    """Teach the application's templates our words."""
    app.jinja_env.globals |= {"csrf_token": csrf_token, "look": look, "is_on": app.extensions["features"].is_on}
    app.jinja_env.globals["scarce"] = lambda: budgets.nearly_used(actor())
    app.jinja_env.globals["public_url"] = app.config["PALAVER"].public_url
    app.jinja_env.filters |= {
        "markdown": rendered,
        "said": said,
        "completed": completed,
        "monogram": monogram,
        "face": face,
        "hue": hue,
        "shown_time": shown_time,
        "excerpt": excerpt,
        "ending": ending,
        "first_unread": first_unread,
        "left_out": left_out,
        "size": size,
        "in_line": in_line,
        "quantity": charts.quantity,
        "money": charts.money,
        "duration": charts.duration,
    }
    app.jinja_env.tests["cut_short"] = cut_short


def prepare(message: dict[str, Any], is_live: bool = False) -> None:
    """Render what a page is about to show of a message; other greenlets may run meanwhile."""
    text = message["content"] or ""
    markdown.prepare(text[: complete(text)] if message["status"] == "streaming" else text, called(message), is_live)


def said(message: dict[str, Any]) -> Markup:
    """The text of a message as HTML, with the names of those whom it mentions."""
    return Markup(markdown.render(message["content"], called(message)))


def called(message: dict[str, Any]) -> dict[str, str]:
    """Whom a message mentions, by the name in lower case."""
    names = {user["username"].lower(): user["id"] for user in message.get("mentions", ())}
    return names | {"all": "all"} if message.get("mentions_all") else names


def rendered(text: str) -> Markup:
    """Markdown as HTML that is safe to show."""
    return Markup(markdown.render(text))


def completed(text: str) -> tuple[Markup, str]:
    """A growing answer as its page shows it: the complete blocks, and the text after them."""
    done = complete(text)
    return rendered(text[:done]), text[done:]


def monogram(name: str) -> str:
    """One or two letters that stand for a name."""
    parts = [part for part in name.replace(".", " ").replace("_", " ").replace("-", " ").split() if part[0].isalnum()]
    return "".join(part[0] for part in parts[:2]).upper() or "?"


def face(user: dict[str, Any]) -> str:
    """What stands in the place of somebody's picture."""
    return user.get("avatar") or monogram(user["display_name"])


def hue(user_id: str) -> int:
    """A colour of a person, the same everywhere: one of `HUES` CSS classes."""
    return zlib.crc32(user_id.encode()) % HUES


def excerpt(text: str | None, length: int = 90) -> str:
    """The beginning of a text on one line, without what it quotes if it says anything else."""
    own = [line for line in (text or "").splitlines() if not line.lstrip().startswith(">")]
    line = " ".join(" ".join(own).split()) or " ".join((text or "").split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def ending(message: dict[str, Any]) -> str:
    """How an answer ended, when it did not simply end."""
    if message["finish_reason"] == "cancelled":
        return "Stopped"
    said = (message["error"] or {}).get("message")
    return said or ENDINGS.get(message["finish_reason"] or "", "")


def left_out(message: dict[str, Any]) -> str:
    """What the model could not be given, as a sentence; nothing when it read everything."""
    context = message.get("context") or {}
    dropped, said = context.get("dropped", 0), []
    if dropped:
        said.append("oldest message of this thread" if dropped == 1 else f"oldest {dropped:,} messages of this thread")
    if context.get("cut"):
        said.append("middle of the question")
    were = "was" if len(said) == 1 and dropped <= 1 else "were"
    what = " and the ".join(said)
    return f"The {what} {were} left out, because the model can read only so much." if said else ""


def cut_short(message: dict[str, Any]) -> bool:
    """Can an answer go on from where it ended? (Not once somebody has replied: then the server says so.)"""
    return bool(message["content"]) and message["finish_reason"] in (*ENDINGS, "cancelled")


def first_unread(tree: dict[str, Any], user_id: str) -> str | None:
    """The first message of a page that this reader has not read; an answer that still grows is not what he missed."""
    new = (m for m in tree["items"] if m["seq"] > tree["read_seq"] and m["author"]["id"] != user_id)
    return next((m["id"] for m in new if not m["deleted_at"] and m["status"] != "streaming"), None)


def size(count: int) -> str:
    """Bytes as people read them."""
    return f"{count / 1e9:.2f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def in_line(place: int) -> str:
    """Where an answer waits: `Waiting – 3rd in line`; nothing when it does not."""
    if place <= 1:
        return "Waiting – next in line" if place else ""
    ending = "th" if place % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"Waiting – {place}{ending} in line"
