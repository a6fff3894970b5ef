"""Every unsafe door, with every token that is not the one: nothing opens, nothing changes."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.blueprints.guards import CSRF_FIELD, SAFE_METHODS, is_open, make_csrf
from app.core.secrets import KeyRing
from tests.blueprints.permissions import Scene, World

# A provider sends the browser back here with a form of its own site: the sealed cookie of the attempt is the proof.
FROM_ELSEWHERE = {"oauth.posted"}
NOBODY = "01990000-0000-7000-8000-000000000000"


@pytest.fixture
def scene(world: World) -> Scene:
    """An administrator, to whom no door is closed for another reason."""
    return Scene(world, "administrator")


def token(world: World, owner: str) -> str:
    with world.app.app_context():
        return make_csrf(owner)


def stale(world: World, owner: str, folder: Path) -> str:
    """Signed for the right session, by a key that is not (or no longer) ours."""
    ours = world.app.extensions["keys"]
    world.app.extensions["keys"] = KeyRing(folder, 1)
    try:
        return token(world, owner)
    finally:
        world.app.extensions["keys"] = ours


WRONG: dict[str, Callable[[World, Scene, Path], str | None]] = {
    "missing": lambda world, scene, folder: None,
    "empty": lambda world, scene, folder: "",
    "nonsense": lambda world, scene, folder: "x",
    "unsigned": lambda world, scene, folder: token(world, scene.session).partition(".")[0],
    "altered": lambda world, scene, folder: "A" + token(world, scene.session),
    "not ascii": lambda world, scene, folder: "\u00e9." + "\u00e9" * 64,
    "stale": lambda world, scene, folder: stale(world, scene.session, folder),
    "nobody's": lambda world, scene, folder: token(world, ""),
    "other user's": lambda world, scene, folder: token(world, scene.session_of(world.host)),
    "other session's": lambda world, scene, folder: token(world, scene.session_of(scene.user)),
}


def unsafe_doors(world: World) -> list[tuple[str, str, str]]:
    """Method, address and endpoint of every one."""
    return sorted(
        (method, re.sub(r"<uuid:\w+>", NOBODY, re.sub(r"<(?:string:)?\w+>", "user_search", rule.rule)), rule.endpoint)
        for rule in world.app.url_map.iter_rules()
        for method in (rule.methods or set()) - SAFE_METHODS
        if rule.endpoint not in FROM_ELSEWHERE
    )


def is_refused(answer: Any) -> bool:
    """By the guard of CSRF, and not for another reason."""
    return answer.status_code == 403 and ("PV.AUTH.CSRF" in answer.text or "The page is out of date" in answer.text)


def send(client: Any, method: str, path: str, given: str | None, place: str) -> Any:
    """An unsafe request with this token in a header or in a field of a form."""
    if place == "field":
        return client.open(path, method=method, data={} if given is None else {CSRF_FIELD: given})
    headers = {} if given is None else {"X-CSRF-TOKEN": given.encode().decode("latin-1")}
    more: dict[str, Any] = {"json": {}} if path.startswith(("/api/", "/v1/")) else {"data": {"x": "y"}}
    return client.open(path, method=method, headers=headers, **more)


def test_only_one_door_takes_forms_of_other_sites(world: World) -> None:
    views = world.app.view_functions
    assert {name for name, view in views.items() if getattr(view, "takes_foreign_forms", False)} == FROM_ELSEWHERE


def test_the_token_of_this_session_opens_every_door(world: World) -> None:
    doors = unsafe_doors(world)
    for method, path, endpoint in doors:
        for place in ("header", "field") if endpoint.startswith("pages.") else ("header",):
            scene = Scene(world, "administrator")
            client = scene.client()
            good = client.environ_base.pop("HTTP_X_CSRF_TOKEN")
            assert not is_refused(send(client, method, path, good, place)), (method, path, place)
    assert len(doors) >= 25


@pytest.mark.parametrize("kind", WRONG)
@pytest.mark.parametrize("place", ["header", "field"])
def test_no_other_token_opens_any(world: World, scene: Scene, tmp_path: Path, kind: str, place: str) -> None:
    client = scene.client()
    good = client.environ_base.pop("HTTP_X_CSRF_TOKEN")
    client.set_cookie("CSRF-TOKEN", good)  # a browser sends it along with a forged request, too
    given, before, passed = WRONG[kind](world, scene, tmp_path), rows_of(world), []
    doors = unsafe_doors(world)
    for method, path, _ in doors:
        answer = send(client, method, path, given, place)
        is_form_for_the_api = place == "field" and answer.status_code == 415
        if not is_refused(answer) and not is_form_for_the_api:
            passed.append((method, path, answer.status_code))
    assert not passed, f"{len(doors)} doors with a token that is {kind}, as a {place}: {passed}"
    assert rows_of(world) == before
    assert client.get("/api/auth/me").status_code == 200


def rows_of(world: World) -> list[tuple]:
    """What a request that got through would have changed."""
    return world.query(
        "select (select count(*) from palaver.conversations), (select count(*) from palaver.messages),"
        " (select count(*) from palaver.api_keys), (select count(*) from palaver.features),"
        " (select count(*) from palaver.sessions where revoked_at is null), (select count(*) from palaver.users)"
    )


def test_open_forms_take_only_the_token_of_this_browser(world: World, tmp_path: Path) -> None:
    """Nobody is signed in: the signed token must be the one of this browser's cookie, so that no other site can send it."""
    doors = [
        path
        for method, path, endpoint in unsafe_doors(world)
        if endpoint.startswith("pages.") and open_in(world, endpoint)
    ]
    assert "/sign-in" in doors
    signed, other = token(world, ""), token(world, "")
    pairs = [(None, signed), ("", signed), (signed, None), (signed, ""), (signed, other), ("x", "x")]
    pairs += [(signed[:-1], signed[:-1]), (stale(world, "", tmp_path),) * 2]
    for path in doors:
        for given, cookie in [(signed, signed), *pairs]:
            client = world.app.test_client()
            if cookie is not None:
                client.set_cookie("CSRF-TOKEN", cookie)
            answer = send(client, "POST", path, given, "field")
            assert is_refused(answer) == ((given, cookie) != (signed, signed)), (
                path,
                given,
                cookie,
                answer.status_code,
            )


def open_in(world: World, endpoint: str) -> bool:
    with world.app.app_context():
        return is_open(endpoint)


def test_a_key_needs_no_token(world: World, scene: Scene) -> None:
    robot, tried = scene.robot("read", "write", "v1", "admin"), 0
    for method, path, endpoint in unsafe_doors(world):
        if path.startswith(("/api/", "/v1/")):
            answer = robot.open(path, method=method, json={}, headers={"Origin": "https://elsewhere.example"})
            assert not is_refused(answer), (method, path)
            tried += 1
        elif endpoint.startswith("pages.") and not open_in(world, endpoint):
            assert robot.open(path, method=method, data={"x": "y"}).status_code in (303, 403), path
    assert tried >= 10
