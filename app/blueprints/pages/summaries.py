"""What a reader missed: a page that fills while it is written, with links to the messages that it speaks of."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from flask import redirect, render_template, request
from markupsafe import Markup

from app.blueprints.guards import actor
from app.blueprints.pages import blueprint
from app.blueprints.pages.shell import page, uuid_of
from app.core import markdown
from app.services import conversations, summaries, threads

_REFERENCE = re.compile(r"\[(\d{1,4})\](?!\()")
# PostgreSQL's bigint.
LARGEST = 2**62


@blueprint.get("/c/<uuid:conversation_id>/catch-up")
def summary(conversation_id: UUID) -> Any:
    """The newest summary for this reader; with `part`, that alone."""
    place, root = str(conversation_id), uuid_of(request.args.get("root_id"))
    found = conversations.get(actor(), place)
    told = summaries.get(actor(), place, root)
    given = {"summary": told, "text": linked(told), "conversation": found}
    if request.args.get("part"):
        return render_template("summaries/_summary.html", **given)
    thread = threads.tree(actor(), root, limit=1)["thread"] if root else None
    del given["conversation"]
    return page("summaries/show.html", found, thread=thread, **given)


@blueprint.post("/c/<uuid:conversation_id>/catch-up")
def catch_up(conversation_id: UUID) -> Any:
    """Have told what this reader missed."""
    root, after = uuid_of(request.form.get("root_id")), request.form.get("after", type=int)
    bounded = None if after is None else max(0, min(after, LARGEST))
    summaries.request(actor(), str(conversation_id), root, bounded)
    return redirect(f"/c/{conversation_id}/catch-up" + (f"?root_id={root}" if root else ""), 303)


def linked(told: dict[str, Any]) -> Markup:
    """The text as HTML, its numbers as links to the messages."""
    sources = {source["n"]: source for source in told["sources"]}

    def link(found: re.Match[str]) -> str:
        source = sources.get(int(found[1]))
        if source is None:
            return ""
        name = re.sub(r'["\\]', "", source["author"]["display_name"])
        return f'[\\[{found[1]}\\]](/messages/{source["message_id"]} "{name}")'

    return Markup(markdown.render(_REFERENCE.sub(link, told["content"])))
