"""`python -m app.jobs`: run one jobs worker until SIGTERM."""

from gevent import monkey

monkey.patch_all()

import signal
import sys

import gevent

from app.adapters.llm import ChatModel, ModelError
from app.adapters.llm.openai import OpenAIChat
from app.core import config as configuration
from app.core.logs import configure_logging
from app.jobs.worker import Worker
from app.models import db, green


def main() -> None:
    """Run until a signal ends it."""
    try:
        config = configuration.load()
    except configuration.ConfigError as error:
        sys.exit(f"palaver: {error}")
    green.install(config.db.statement_timeout_ms)
    configure_logging(config.logging)
    db.configure(config.db.runtime_url, config.db.pool_size, config.db.statement_timeout_ms)

    def model() -> ChatModel:
        if not config.llm.base_url:
            raise ModelError("No model is set up on this server.", "PV.MODEL.NONE")
        return OpenAIChat(config.llm.base_url, config.llm.api_key, config.llm.remote_model)

    worker = Worker(config, model)
    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(number, worker.stop)
    worker.run()


main()
