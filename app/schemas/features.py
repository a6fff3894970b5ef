from marshmallow import Schema, fields


class Feature(Schema):
    name = fields.String(required=True, metadata={"example": "user_search"})
    enabled = fields.Boolean(required=True, metadata={"description": "Is it on now?"})
    default = fields.Boolean(required=True)
    at_runtime = fields.Boolean(
        required=True,
        metadata={"description": "It can be switched here; the others are decided by the configuration at start."},
    )
    meaning = fields.String(required=True)


class FeatureList(Schema):
    items = fields.List(fields.Nested(Feature), required=True)


class Switch(Schema):
    enabled = fields.Boolean(required=True, truthy={True}, falsy={False})
