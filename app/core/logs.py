"""Log lines as text or JSON. What people write, their passwords and tokens are never logged."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import orjson

from app.core.settings import Logging


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(line).decode()


def configure_logging(config: Logging) -> None:
    """Send every log line of this process to standard error."""
    handler = logging.StreamHandler()
    plain = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    handler.setFormatter(_Json() if config.format == "json" else plain)
    logging.basicConfig(level=config.level.upper(), handlers=[handler], force=True)
