"""`python -m app.jobs`: run one jobs worker until SIGTERM."""

from gevent import monkey

monkey.patch_all()

import signal
import sys

import gevent

from app.adapters.mcp.client import McpServers
from app.core import config as configuration
from app.core.logs import configure_logging
from app.core.secrets import KeyRing
from app.jobs.worker import Worker
from app.models import db, green
from app.services.chat_models import ChatModels
from app.services.tools import Toolbox


def main() -> None:
    """Run until a signal ends it."""
    try:
        config = configuration.load()
    except configuration.ConfigError as error:
        sys.exit(f"palaver: {error}")
    green.install(config.db.statement_timeout_ms)
    configure_logging(config.logging)
    db.configure(config.db.runtime_url, config.db.pool_size, config.db.statement_timeout_ms)

    keys = KeyRing(config.data.dir, config.security.old_keys_seconds)
    servers = McpServers()
    worker = Worker(config, ChatModels(config.llm, keys), Toolbox(servers, keys, config.features.tools))
    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(number, worker.stop)
    worker.run()
    servers.close()


main()
