from __future__ import annotations

import re
from datetime import UTC
from typing import Any

from marshmallow import Schema, fields, post_load, validate

from app.schemas.fields import PageQuery, page_of, text, time


class Choice(Schema):
    """Which entries."""

    action = fields.String(
        validate=validate.Regexp(re.compile(r"[a-z_]+(\.[a-z_]+)*\Z")),
        metadata={"description": "A kind of act, or the noun before its dot.", "example": "session"},
    )
    actor = text(254, metadata={"description": "The user name of who did it."})
    since = fields.AwareDateTime(format="iso", default_timezone=UTC, metadata={"description": "From this time on."})
    until = fields.AwareDateTime(format="iso", default_timezone=UTC, metadata={"description": "Before this time."})

    @post_load
    def _as_text(self, given: dict[str, Any], **_: Any) -> dict[str, Any]:
        return given | {name: given[name].isoformat() for name in ("since", "until") if name in given}


class AuditQuery(Choice, PageQuery):
    pass


class Entry(Schema):
    id = fields.Integer(required=True)
    at = time(required=True)
    actor_id = fields.UUID(allow_none=True, required=True, metadata={"description": "Null: nobody was signed in."})
    actor_name = fields.String(allow_none=True, required=True, metadata={"description": "`operator`: a command."})
    action = fields.String(required=True, metadata={"example": "session.created"})
    target_kind = fields.String(allow_none=True, required=True)
    target_id = fields.String(allow_none=True, required=True)
    target_name = fields.String(allow_none=True, required=True)
    ip = fields.String(allow_none=True, required=True)
    user_agent = fields.String(required=True)
    session_id = fields.UUID(allow_none=True, required=True)
    key_id = fields.UUID(allow_none=True, required=True)
    request_id = fields.String(required=True)
    details = fields.Dict(required=True)


EntryPage = page_of(Entry)
