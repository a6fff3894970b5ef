from marshmallow import EXCLUDE, Schema, fields

from app.schemas.fields import text, time


class Identity(Schema):
    provider = fields.String(required=True, metadata={"example": "github"})
    name = fields.String(required=True, metadata={"description": "What it is called there.", "example": "octocat"})
    email = fields.String(allow_none=True, required=True)
    created_at = time(required=True)
    last_used_at = time(allow_none=True, required=True)


class IdentityList(Schema):
    items = fields.List(fields.Nested(Identity), required=True)


class Begin(Schema):
    next = text(2000, load_default="", metadata={"description": "A path of this site to go to afterwards."})
    invite = text(200, load_default="", metadata={"description": "The token of an invitation to make an account."})


class LinkProof(Schema):
    password = text(
        1024, load_default="", load_only=True,
        metadata={"description": "Needed unless you signed in within the last ten minutes."},
    )  # fmt: skip


class AuthUrl(Schema):
    auth_url = fields.URL(
        required=True, metadata={"description": "Go there with the browser that holds this answer's cookie."}
    )


class Callback(Schema):
    """What a provider sends the browser back with; whatever else is there is its own business."""

    class Meta:
        unknown = EXCLUDE

    state = text(200, load_default="")
    code = text(4096, load_default="")
    error = text(200, load_default="")
    iss = text(500, load_default=None, allow_none=True, metadata={"description": "RFC 9207."})


class PostedCallback(Callback):
    user = text(4096, load_default="", metadata={"description": "Apple tells the name once, as JSON."})


class Manual(Schema):
    code = text(4096, 1, required=True)
    state = text(200, 1, required=True)
