"""The OpenAPI document says of every door what it takes, what it answers, how it refuses and who may come with what."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from app import create_app
from app.blueprints.examples import Examples, NoExample, bodies
from app.core import config
from tests.blueprints.permissions import EVERYTHING
from tests.documented import Documented

METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    options = {"profile": "test", "data.dir": str(tmp_path_factory.mktemp("openapi"))} | EVERYTHING
    app = create_app(config.load(env={}, options=options))
    answer = app.test_client().get("/openapi.json")
    assert answer.status_code == 200
    return json.loads(answer.text)


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, found in document["paths"].items():
        yield from ((f"{method.upper()} {path}", found[method]) for method in METHODS if method in found)


def test_every_operation_is_described(document: dict[str, Any]) -> None:
    wrong = []
    for name, operation in operations(document):
        successes = {s: r for s, r in operation["responses"].items() if s < "4"}
        has_body = all(r.get("content") for s, r in successes.items() if s not in ("204", "303"))
        problems = [r for s, r in operation["responses"].items() if s >= "4"]
        if not (operation.get("summary") and operation.get("tags") and successes and has_body):
            wrong.append(f"{name}: no summary, area, or shape of its answer")
        kind, ref = ("json", "OpenAIRefused") if " /v1/" in name else ("problem+json", "/Refused")
        if not {"401", "429", "503"} <= set(operation["responses"]) or not all(
            ref in r.get("$ref", "") or f"application/{kind}" in r.get("content", {}) for r in problems
        ):
            wrong.append(f"{name}: its refusals are not described as problems")
        if not operation.get("security"):
            wrong.append(f"{name}: who may come with what?")
    assert wrong == [] and len(list(operations(document))) > 80


def test_every_body_has_an_example_of_its_shape(document: dict[str, Any]) -> None:
    """Give the field an example (`metadata={"example": …}`), or its name in app/schemas/examples.py."""
    wrong, tried = [], 0
    for name, operation in operations(document):
        for content in bodies(operation):
            tried += 1
            if "example" not in content:
                wrong.append(f"{name}: {missing(document, content)}")
                continue
            whole = content.get("schema", {}) | {"components": document["components"]}
            for error in jsonschema_rs.Draft202012Validator(whole, validate_formats=True).iter_errors(
                content["example"]
            ):
                wrong.append(f"{name}: the example is not of its shape: {error.instance_path} {error.message}")
    assert wrong == [] and tried > 100


def missing(document: dict[str, Any], content: dict[str, Any]) -> str:
    """Which field tells too little."""
    try:
        Examples(document).of(content.get("schema", {}), "")
    except NoExample as error:
        return f"no example for {error}"
    return "no schema"


def test_a_field_without_an_example_is_named() -> None:
    shape = {"type": "object", "properties": {"title": {"type": "string"}, "unheard_of": {"type": "string"}}}
    assert missing({}, {"schema": shape}) == "no example for unheard_of"
    assert Examples({}).of(shape["properties"]["title"], "title") == "Garden"  # type: ignore[index]


class Answer:
    """As much of a response as `Documented` looks at."""

    def __init__(self, status: int, value: Any, mimetype: str = "application/json") -> None:
        self.status_code, self.json, self.mimetype = status, value, mimetype
        self.is_json, self.text, self.data = "json" in mimetype, json.dumps(value), json.dumps(value).encode()


def test_answers_are_held_against_the_document(tmp_path: Path) -> None:
    app = create_app(config.load(env={}, options={"profile": "test", "data.dir": str(tmp_path)}))
    documented = Documented(app)
    card = {"id": "019aa1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b", "username": "a", "display_name": "A", "kind": "human"}
    assert documented.complaint("GET", "/api/users", Answer(200, {"next": None, "items": [card]})) is None
    for wrong in (
        Answer(200, {"next": None, "items": [card | {"kind": "cabal"}]}), Answer(200, {"items": [card | {"id": "x"}]}),
        Answer(200, {"next": None, "items": [{k: v for k, v in card.items() if k != "username"}]}), Answer(200, {}),
        Answer(201, {"next": None, "items": []}), Answer(200, {"items": []}, "text/plain"), Answer(403, {"title": "no"}),
        Answer(403, {"next": None, "items": []}, "application/problem+json"),
    ):  # fmt: skip
        assert documented.complaint("GET", "/api/users", wrong), wrong.text
