import re

from marshmallow import Schema, fields, validate

from app.core.limits import ALGORITHMS, METHODS, SCOPES
from app.schemas.fields import text, time

PATH = re.compile(r"^(/[^\s\x00]{0,199}|\*)\Z")
ALGORITHM = {"description": "moving_window: so many in any window. gcra: so many at once, then at a steady pace."}
PARAMS = {
    "description": "moving_window: `limit` and `window_seconds`; gcra: `requests_per_second` and `burst`.",
    "example": {"limit": 100, "window_seconds": 60},
}


class LimitProfile(Schema):
    id = fields.UUID(required=True)
    name = fields.String(required=True, metadata={"example": "sign_in.ip"})
    algorithm = fields.String(required=True, validate=validate.OneOf(ALGORITHMS), metadata=ALGORITHM)
    params = fields.Dict(required=True, keys=fields.String(), values=fields.Float(), metadata=PARAMS)
    description = fields.String(allow_none=True, required=True)
    created_at = time(required=True)
    updated_at = time(required=True)


class LimitProfileList(Schema):
    items = fields.List(fields.Nested(LimitProfile), required=True)


class ChangedLimitProfile(Schema):
    params = fields.Dict(required=True, keys=fields.String(), values=fields.Raw(), metadata=PARAMS)
    description = text(500, allow_none=True, load_default=None)
    algorithm = fields.String(
        allow_none=True, load_default=None, validate=validate.OneOf(ALGORITHMS),
        metadata={"description": "Without it the profile keeps the one it has."},
    )  # fmt: skip


class NewLimitProfile(Schema):
    name = text(80, 1, required=True, metadata={"example": "uploads"})
    algorithm = fields.String(load_default="gcra", validate=validate.OneOf(ALGORITHMS), metadata=ALGORITHM)
    params = fields.Dict(required=True, keys=fields.String(), values=fields.Raw(), metadata=PARAMS)
    description = text(500, allow_none=True, load_default=None)


class LimitAssignment(Schema):
    id = fields.UUID(required=True)
    profile_id = fields.UUID(required=True)
    profile_name = fields.String(required=True)
    method = fields.String(required=True, validate=validate.OneOf(METHODS))
    path_pattern = fields.String(required=True, metadata={"example": "/api/conversations/*/threads"})
    scope = fields.String(required=True, validate=validate.OneOf(SCOPES))
    created_at = time(required=True)
    updated_at = time(required=True)


class LimitAssignmentList(Schema):
    items = fields.List(fields.Nested(LimitAssignment), required=True)


class NewLimitAssignment(Schema):
    profile_id = fields.UUID(required=True)
    method = fields.String(required=True, validate=validate.OneOf(METHODS), metadata={"example": "POST"})
    path = text(
        200,
        1,
        required=True,
        metadata={
            "example": "/api/messages/*/reply",
            "description": "`*` alone is every path; `/x/*` is /x and all below it; elsewhere `*` or `:name` is one part.",
        },
    )  # fmt: skip
    scope = fields.String(
        load_default="ip", validate=validate.OneOf(SCOPES), metadata={"description": "Counted for each …"}
    )
