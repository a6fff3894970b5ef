from marshmallow import Schema, fields, validate

from app.schemas.fields import time

STATUSES = ["online", "away", "offline"]


class Heartbeat(Schema):
    status = fields.String(
        load_default="online",
        validate=validate.OneOf(STATUSES[:2]),
        metadata={"description": "`away` when nobody sits there: the window is hidden, or nothing was touched."},
    )
    client_id = fields.UUID(
        load_default=None,
        allow_none=True,
        metadata={
            "description": "One id a window or device, while it lives: a person is online while any of them says so."
            " Without it all that use one session or key are one."
        },
    )


class Presence(Schema):
    user_id = fields.UUID(required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATUSES), metadata={"example": "online"})
    last_seen_at = time(required=True, allow_none=True)


class PresenceQuery(Schema):
    after = fields.UUID(load_default=None, metadata={"description": "`next` of the page before."})
    limit = fields.Integer(load_default=200, validate=validate.Range(1, 500))


class NewTyping(Schema):
    conversation_id = fields.UUID(required=True)
    root_id = fields.UUID(
        load_default=None,
        allow_none=True,
        metadata={"description": "The thread that is answered; null when one is about to be begun."},
    )
    seconds = fields.Integer(
        load_default=6,
        validate=validate.Range(1, 10),
        metadata={"description": "How long it is shown, unless it is said again.", "example": 6},
    )


class Typing(Schema):
    conversation_id = fields.UUID(required=True)
    root_id = fields.UUID(required=True, allow_none=True)
    user_id = fields.UUID(required=True)
    expires_at = time(required=True)
