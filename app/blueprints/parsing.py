"""How the doors of the API read JSON: with orjson. The standard library's parser, which webargs would take, fails on deep
nesting and on numbers of 5,000 digits.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import flask_smorest
import orjson
from marshmallow import Schema
from webargs import core
from webargs.flaskparser import FlaskParser, is_json_request

from app.core.errors import BadRequest


class Parser(FlaskParser):
    """webargs' parser for Flask, with another reader of JSON, and shapes that are made once and not for every request."""

    def _get_schema(self, argmap: Any, req: Any) -> Any:
        return _made(argmap) if isinstance(argmap, type) else super()._get_schema(argmap, req)

    def _raw_load_json(self, req: Any) -> Any:
        if not is_json_request(req):
            return core.missing
        try:
            return orjson.loads(req.get_data())
        except orjson.JSONDecodeError:
            raise BadRequest("The request's body is not valid JSON.") from None


@cache
def _made(shape: type[Schema]) -> Schema:
    return shape()


def text_of(value: Any | None) -> str | None:
    """An id that may be left out, as services take it."""
    return None if value is None else str(value)


def install() -> None:
    """Use it for every blueprint that is made from now on."""
    flask_smorest.Blueprint.ARGUMENTS_PARSER = Parser()
