from __future__ import annotations

from marshmallow import Schema, fields, validate

from app.schemas.fields import text, time

UNITS, PERIODS, ROLES = ("tokens", "money", "answers"), ("day", "month"), ("admin", "member", "read_only")
KINDS = ("answer", "completion", "title", "summary")
OWN_BY, BY = ("day", "model", "assistant", "kind"), ("user", "assistant", "model", "kind", "day")
UNIT = {"description": "money: what the prices of the models are in.", "example": "tokens"}
PERIOD = {"description": "In UTC; it begins anew at midnight, or on the first of the month.", "example": "day"}
AMOUNT = {"description": "0 forbids.", "example": 100_000}


class UsageSums(Schema):
    """What was asked of models, added up."""

    requests = fields.Integer(required=True, metadata={"description": "All that ended, however.", "example": 12})
    answers = fields.Integer(required=True, metadata={"description": "Those that brought a new text.", "example": 11})
    input_tokens = fields.Integer(required=True, metadata={"description": "Read by models.", "example": 5210})
    output_tokens = fields.Integer(required=True, metadata={"description": "Written by models.", "example": 1904})
    seconds = fields.Float(required=True, metadata={"description": "That models worked.", "example": 48.2})
    money = fields.Float(
        required=True, metadata={"description": "At the prices of the models at that time.", "example": 0.0312}
    )
    completed = fields.Integer(required=True, metadata={"description": "Requests that ended by themselves."})
    cancelled = fields.Integer(required=True, metadata={"description": "Stopped by people."})
    timed_out = fields.Integer(required=True, metadata={"description": "Ended because they took too long."})
    interrupted = fields.Integer(required=True, metadata={"description": "Ended with the process that wrote them."})
    failed = fields.Integer(required=True, metadata={"description": "Refused or broken off by the model's server."})


class UsageItem(UsageSums):
    id = fields.UUID(
        allow_none=True, required=True,
        metadata={"description": "Of the user or the assistant; null for days, models and kinds."},
    )  # fmt: skip
    name = fields.String(
        required=True,
        metadata={"description": "A day, or a name; an empty assistant is a program.", "example": "2026-11-20"},
    )


class NamedRow(Schema):
    id = fields.UUID(required=True)
    name = fields.String(required=True, metadata={"example": "local"})


class BudgetUser(Schema):
    id = fields.UUID(required=True)
    username = fields.String(required=True)


class Budget(Schema):
    """So much may be used. All of user, role and model that are given must match."""

    id = fields.UUID(required=True)
    user = fields.Nested(BudgetUser, allow_none=True, required=True)
    role = fields.String(allow_none=True, required=True, validate=validate.OneOf(ROLES))
    model = fields.Nested(NamedRow, allow_none=True, required=True)
    unit = fields.String(required=True, validate=validate.OneOf(UNITS), metadata=UNIT)
    period = fields.String(required=True, validate=validate.OneOf(PERIODS), metadata=PERIOD)
    amount = fields.Float(required=True, metadata=AMOUNT)
    is_personal = fields.Boolean(
        required=True, metadata={"description": "Each person is counted by himself; else everybody together."}
    )
    used = fields.Float(
        allow_none=True, required=True,
        metadata={"description": "With what running requests have reserved; null in lists of administrators when it is"
                  " another number for each person.", "example": 1200},
    )  # fmt: skip
    left = fields.Float(allow_none=True, required=True, metadata={"example": 98_800})
    begins_anew_at = time(required=True)
    title = fields.String(required=True, metadata={"example": "100,000 tokens a day for every member"})
    created_at = time(required=True)
    updated_at = time(required=True)


class BudgetList(Schema):
    items = fields.List(fields.Nested(Budget), required=True)


class ChangedBudget(Schema):
    unit = fields.String(validate=validate.OneOf(UNITS), metadata=UNIT)
    period = fields.String(validate=validate.OneOf(PERIODS), metadata=PERIOD)
    amount = fields.Float(validate=validate.Range(0, 1e15), metadata=AMOUNT)


class NewBudget(Schema):
    unit = fields.String(required=True, validate=validate.OneOf(UNITS), metadata=UNIT)
    period = fields.String(required=True, validate=validate.OneOf(PERIODS), metadata=PERIOD)
    amount = fields.Float(required=True, validate=validate.Range(0, 1e15), metadata=AMOUNT)
    user_id = fields.UUID(allow_none=True, load_default=None, metadata={"description": "For this person."})
    role = fields.String(
        allow_none=True, load_default=None, validate=validate.OneOf(ROLES),
        metadata={"description": "For everybody with this role, each by himself.", "example": "member"},
    )  # fmt: skip
    model_id = fields.UUID(allow_none=True, load_default=None, metadata={"description": "For this model alone."})


class Span(Schema):
    """Which days."""

    first = fields.Date(
        data_key="from", load_default=None,
        metadata={"description": "The first day (UTC); 30 days are told without it.", "example": "2026-11-01"},
    )  # fmt: skip
    last = fields.Date(
        data_key="to", load_default=None,
        metadata={"description": "The last day, which is included; today without it.", "example": "2026-11-30"},
    )  # fmt: skip


class OwnUsageQuery(Span):
    by = fields.String(
        load_default="day", validate=validate.OneOf(OWN_BY), metadata={"description": "A row for each …"}
    )


class UsageChoice(Span):
    user_id = fields.UUID(load_default=None, metadata={"description": "Asked for by this person."})
    assistant_id = fields.UUID(load_default=None, metadata={"description": "Asked of this assistant."})
    model = text(128, load_default=None, metadata={"description": "The name of a model.", "example": "local"})
    kind = fields.String(load_default=None, validate=validate.OneOf(KINDS), metadata={"example": "answer"})


class UsageQuery(UsageChoice):
    by = fields.String(load_default="user", validate=validate.OneOf(BY), metadata={"description": "A row for each …"})


class Usage(Schema):
    from_ = fields.String(
        data_key="from", attribute="from", required=True, metadata={"format": "date", "example": "2026-11-01"}
    )
    to = fields.String(required=True, metadata={"format": "date", "example": "2026-11-30"})
    by = fields.String(required=True, validate=validate.OneOf(BY), metadata={"example": "day"})
    items = fields.List(fields.Nested(UsageItem), required=True)
    total = fields.Nested(UsageSums, required=True)


class OwnUsage(Usage):
    budgets = fields.List(
        fields.Nested(Budget), required=True, metadata={"description": "Those that concern oneself, and what is left."}
    )
