"""Rules of templates, styles and scripts that a program can check."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask

from app.models import model_status
from tests.conftest import Person

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SCRIPTS = sorted((ROOT / "static/js").glob("*.js"))
STYLES = sorted((ROOT / "static/css").glob("*.css"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.stem)
def test_nothing_that_the_security_policy_forbids(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"\sstyle=|\son\w+=|javascript:|<style|\|\s*safe", re.sub(r"'[^']*' \| safe", "", text))
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda p: p.stem)
def test_scripts_import_what_exists(path: Path) -> None:
    for names, target in re.findall(r'import \{([^}]*)\} from "\./([^"]+)"', path.read_text()):
        exporting = (path.parent / target).read_text()
        for name in names.split(","):
            assert re.search(rf"export (?:async )?(?:function|const|class) {name.strip()}\b", exporting), (target, name)


def test_model_text_is_never_markup() -> None:
    makers = {path.name for path in SCRIPTS if re.search(r"innerHTML|insertAdjacentHTML|outerHTML", path.read_text())}
    assert makers == {"dress.js", "sidebar.js"}  # both take fragments that our own server rendered


def test_every_style_sheet_is_linked() -> None:
    linked = set(
        re.findall(r'"(\w+)"', (ROOT / "templates/base.html").read_text().split("for sheet in")[1].split("]")[0])
    )
    assert linked == {path.stem for path in STYLES}


def test_colours_are_readable() -> None:
    text = (ROOT / "static/css/tokens.css").read_text()
    pairs = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);", text)
    assert len(pairs) > 10
    for theme in (1, 2):
        tones = {pair[0]: pair[theme] for pair in pairs}
        for ink in ("ink", "ink-soft", "ink-faint", "accent", "danger"):
            for paper in ("paper", "paper-raised", "paper-sunk"):
                assert contrast(tones[ink], tones[paper]) >= 4.5, (ink, paper)
        assert contrast(tones["accent-ink"], tones["accent"]) >= 4.5
        assert contrast(tones["danger"], tones["danger-wash"]) >= 4.5
        assert contrast(tones["accent"], tones["accent-wash"]) >= 4.5


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, relative luminance."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(
    "state,said",
    [
        ("fetching", "400 MB of 1.12 GB"),
        ("loading", "Loading the model"),
        ("failed", "no space left"),
        ("none", "No model"),
    ],
)
def test_pages_say_what_the_model_is_doing(anna: Person, state: str, said: str) -> None:
    model_status.set_status("qwen", state, "no space left", 400_000_000, 1_120_000_000)
    assert said in anna.get("/").text


def test_nothing_is_said_of_a_model_that_is_ready(anna: Person) -> None:
    model_status.set_status("qwen", "ready")
    section = anna.get("/").text.split('id="model"')[1].split(">")[0]
    assert section.endswith("hidden")


def test_pages_have_what_every_page_needs(app: Flask, anna: Person) -> None:
    for path in ("/", "/conversations/new", "/nothing-here"):
        page = anna.get(path).text
        assert '<html lang="en">' in page and "<title>" in page and "<main" in page
    assert anna.get("/favicon.ico").mimetype == "image/svg+xml"
