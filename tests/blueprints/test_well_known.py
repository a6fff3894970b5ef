from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from app.blueprints.ops.well_known import MAX_BYTES
from app.core.settings import Config
from tests.conftest import Person, with_options


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "public"
    (made / "acme-challenge").mkdir(parents=True)
    (made / "security.txt").write_text("Contact: mailto:anna@example.org\n")
    (made / "assetlinks.json").write_text("[]")
    (made / "apple-app-site-association").write_text("{}")
    (made / "acme-challenge" / "token").write_text("abc")
    (made / "page.html").write_text("<script>alert(1)</script>")
    (made / ".hidden").write_text("hidden")
    (made / "huge.txt").write_bytes(b"x" * (MAX_BYTES + 1))
    (tmp_path / "secret.txt").write_text("secret")
    (made / "link.txt").symlink_to(tmp_path / "secret.txt")
    return made


@pytest.fixture
def app(config: Config, folder: Path) -> Flask:
    on = with_options(with_options(config, "features", well_known=True), "well_known", directory=str(folder))
    return create_app(on)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("security.txt", "text/plain; charset=utf-8"),
        ("assetlinks.json", "application/json"),
        ("apple-app-site-association", "application/json"),
        ("acme-challenge/token", "text/plain; charset=utf-8"),
        ("page.html", "application/octet-stream"),  # never as something that runs
    ],
)
def test_files_are_served_with_their_type(stranger: Person, path: str, kind: str, folder: Path) -> None:
    answer = stranger.get(f"/.well-known/{path}")
    assert answer.status_code == 200 and answer.headers["Content-Type"] == kind
    assert answer.data == (folder / path).read_bytes()
    assert answer.headers["Cache-Control"] == "max-age=3600, public"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    ["nothing.txt", "../secret.txt", "..%2fsecret.txt", "%2e%2e/secret.txt", "acme-challenge/../../secret.txt", "link.txt",
     ".hidden", "huge.txt", "acme-challenge", "acme-challenge/", "/etc/passwd", "a%00b", "security.txt%0a"],
)  # fmt: skip
def test_nothing_else_is(stranger: Person, path: str) -> None:
    assert stranger.get("/.well-known/security.txt").status_code == 200
    assert stranger.get(f"/.well-known/{path}").status_code in (404, 308)


def test_it_is_not_there_while_the_feature_is_off(config: Config, folder: Path) -> None:
    off = create_app(with_options(config, "well_known", directory=str(folder)))
    assert Person(off).get("/.well-known/security.txt").status_code == 404
    assert "well_known.document" not in off.view_functions


def test_streams_are_not_there_while_their_feature_is_off(config: Config) -> None:
    on, off = create_app(config), create_app(with_options(config, "features", sse_v1=False))
    assert "/api/stream" in on.extensions["openapi"].to_dict()["paths"]
    assert not [path for path in off.extensions["openapi"].to_dict()["paths"] if path.startswith("/api/stream")]
    rules = {rule.rule for rule in off.url_map.iter_rules()}
    assert not {"/api/stream", "/stream"} & rules and "/c/<uuid:conversation_id>" in rules
