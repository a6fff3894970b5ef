"""An example for every body that the OpenAPI document describes, made from the examples of the fields."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from app.schemas.examples import BY_NAME, ID, TIME

BY_FORMAT = {"uuid": ID, "date-time": TIME, "email": "anna@example.org", "uri": "https://chat.example.org/"}


class NoExample(LookupError):
    """Nothing says what a value looks like."""


class Examples:
    """Makes examples of the shapes in one document."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._schemas: dict[str, Any] = document.get("components", {}).get("schemas", {})

    def of(self, schema: dict[str, Any], name: str = "") -> Any:
        """A value of this shape.

        Raises:
            NoExample: neither a field nor its name says what it looks like; the message names it.
        """
        schema = self._resolved(schema)
        for given in ("example", "const"):
            if given in schema:
                return schema[given]
        if "enum" in schema:
            return schema["enum"][0]
        kind = schema.get("type")
        kind = next((one for one in kind if one != "null"), "null") if isinstance(kind, list) else kind
        if kind == "object" or "properties" in schema:
            return {key: self._field(key, shape, name) for key, shape in schema.get("properties", {}).items()}
        if kind == "array":
            return [self.of(schema["items"], name)] if schema.get("items") else []
        return self._scalar(schema, kind, name)

    def _field(self, key: str, shape: dict[str, Any], name: str) -> Any:
        return self.of(shape, f"{name}.{key}" if name else key)

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Without references and alternatives: the first that is not null."""
        while True:
            if "$ref" in schema:
                schema = self._schemas[schema["$ref"].rpartition("/")[2]] | {
                    k: v for k, v in schema.items() if k != "$ref"
                }
            elif choices := schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"):
                first = next(one for one in choices if one.get("type") != "null")
                schema = first | {k: v for k, v in schema.items() if k not in ("anyOf", "oneOf", "allOf")}
            else:
                return schema

    def _scalar(self, schema: dict[str, Any], kind: str | None, name: str) -> Any:
        key = name.rpartition(".")[2]
        if key in BY_NAME:
            return BY_NAME[key]
        if schema.get("format") in BY_FORMAT:
            return BY_FORMAT[schema["format"]]
        if kind in ("integer", "number"):
            return schema.get("default") or schema.get("minimum") or 1
        if kind == "boolean":
            return True
        raise NoExample(name)


def complete(document: dict[str, Any]) -> dict[str, Any]:
    """The document with an example in every body of a request and of a success, as far as its fields tell enough.

    A field that tells too little is no reason to answer no document at all; a test finds it.
    """
    examples = Examples(document)
    for operation in operations(document):
        for content in bodies(operation):
            if "schema" in content and "example" not in content and "examples" not in content:
                with contextlib.suppress(NoExample):
                    content["example"] = examples.of(content["schema"])
    return document


def operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every operation of the document."""
    for path in document["paths"].values():
        yield from (one for method, one in path.items() if method in ("get", "post", "put", "patch", "delete"))


def bodies(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The contents that an operation takes and answers with when all goes well."""
    yield from operation.get("requestBody", {}).get("content", {}).values()
    for status, response in operation["responses"].items():
        if str(status).startswith("2"):
            yield from response.get("content", {}).values()
