"""The table of docs/openai.md: which calls of OpenAI's own clients work."""

from __future__ import annotations

from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs/openai.md"


def rows(client: str) -> dict[str, str]:
    """What the table says of every call with this client; empty for one that it has not."""
    head, found = [], {}
    for line in PAGE.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        if cells and cells[0] == "call":
            head = cells
        elif not cells:
            head = []
        elif head and not cells[0].startswith("---"):
            found[cells[0].replace("`", "")] = cells[head.index(client)]
    return found
