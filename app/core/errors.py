"""One tree of errors. Doors paint them as problem+json (RFC 9457) or as a page; nothing else is shown to clients."""

from __future__ import annotations

from typing import Any


class PalaverError(Exception):
    """Something that a client did or met, told in a sentence that says what to do.

    Attributes:
        status: HTTP status code.
        code: stable name that programs may test for.
    """

    status = 500
    code = "PV.INTERNAL"
    title = "Internal error"
    # Sent with the answer, whoever paints it.
    headers: dict[str, str] = {}

    def __init__(self, detail: str, *, code: str | None = None, errors: dict[str, Any] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or type(self).code
        self.errors = errors


class BadRequest(PalaverError):
    status, code, title = 400, "PV.BAD_REQUEST", "Bad request"


class AuthRequired(PalaverError):
    status, code, title = 401, "PV.AUTH.REQUIRED", "Sign in first"


class InvalidCredentials(PalaverError):
    status, code, title = 401, "PV.AUTH.INVALID_CREDENTIALS", "Sign-in failed"


class Forbidden(PalaverError):
    status, code, title = 403, "PV.FORBIDDEN", "Not allowed"


class CsrfFailed(PalaverError):
    status, code, title = 403, "PV.AUTH.CSRF", "Request refused"


class NotFound(PalaverError):
    status, code, title = 404, "PV.NOT_FOUND", "Not found"


class Conflict(PalaverError):
    status, code, title = 409, "PV.CONFLICT", "Conflict"


class Gone(PalaverError):
    status, code, title = 410, "PV.GONE", "Gone"


class Invalid(PalaverError):
    status, code, title = 422, "PV.VALIDATION", "Not valid"


class RateLimited(PalaverError):
    status, code, title = 429, "PV.RATE_LIMITED", "Too many requests"

    def __init__(self, detail: str, headers: dict[str, str] | None = None, code: str | None = None) -> None:
        """`headers` are those of the limit (`app.core.limits.Taken.headers`), with Retry-After."""
        super().__init__(detail, code=code)
        self.headers = {"Retry-After": "5"} | (headers or {})


class Unavailable(PalaverError):
    status, code, title = 503, "PV.UNAVAILABLE", "Temporarily unavailable"


# How a refusal crosses from SQL: SQLSTATEs of class PV, raised by internal.fail.
FROM_SQLSTATE: dict[str, type[PalaverError]] = {
    "PV403": Forbidden,
    "PV404": NotFound,
    "PV409": Conflict,
    "PV410": Gone,
    "PV422": Invalid,
    "PV429": RateLimited,
    "23505": Conflict,  # unique_violation: two at once, and the other was first
    "23514": Invalid,  # check_violation: a rule of a table that nothing above it knew
}
