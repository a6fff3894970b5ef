"""What OpenAI's API refuses by a name of its own."""

from __future__ import annotations

from app.core.errors import BadRequest, NotFound


class Unknown(NotFound):
    code = "PV.V1.MODEL"

    def __init__(self, model: str) -> None:
        super().__init__(
            f"The model `{model[:200]}` does not exist or cannot be asked; GET /v1/models lists those that can."
        )


class Unsupported(BadRequest):
    code = "PV.V1.UNSUPPORTED"
