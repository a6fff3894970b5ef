"""Fields that many shapes share."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate


def _no_nul(value: str) -> None:
    if "\x00" in value:
        raise ValidationError("Text may not contain the character NUL.")


def text(most: int, least: int = 0, **more: Any) -> fields.String:
    """A string of `least` to `most` characters that PostgreSQL can store."""
    return fields.String(validate=[validate.Length(min=least, max=most), _no_nul], **more)


def time(**more: Any) -> fields.String:
    """RFC 3339 in UTC, as PostgreSQL's JSON writes it."""
    return fields.String(metadata={"format": "date-time", "example": "2026-11-20T09:30:00.123456+00:00"}, **more)


def page_of(item: type[Schema]) -> Schema:
    """`{items, next}`: a keyset page. `next` is what to give as `after` for the following one, null on the last."""
    return Schema.from_dict(
        {
            "items": fields.List(fields.Nested(item), required=True),
            "next": fields.String(allow_none=True, required=True),
        },
        name=item.__name__.removesuffix("Schema") + "Page",
    )()


class PageQuery(Schema):
    after = text(200, load_default=None, metadata={"description": "`next` of the page before."})
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))


class Problem(Schema):
    """RFC 9457 problem details."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    instance = fields.String(required=True, metadata={"description": "The request id."})
    code = fields.String(required=True, metadata={"example": "PV.NOT_FOUND"})
    errors = fields.Dict(metadata={"description": "What is wrong with each field."})
