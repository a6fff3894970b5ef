"""How gunicorn runs Palaver: gevent workers, each with its own hub of streams."""

from gevent import monkey

monkey.patch_all()

import gc
import os
import sys

from app.core.config import ConfigError, load

try:
    _config = load()
except ConfigError as error:
    sys.exit(f"palaver: {error}")

_host = f"[{_config.server.host}]" if ":" in _config.server.host else _config.server.host
bind = f"{_host}:{_config.server.port}"
workers = _config.server.workers
worker_class = "gevent"
# Loaded once before the fork: workers share its memory, and the shared pulse is made before they part.
preload_app = True
worker_connections = 10_000
backlog = 4096
# Also the time within which the headers of a request must have come.
keepalive = max(_config.server.keepalive_seconds, 1)
limit_request_line = 8190
limit_request_fields = 64
limit_request_field_size = 8190
timeout = 60
graceful_timeout = 3
# gunicorn's own control socket lives in the home folder, where two installations of one user would collide.
control_socket_disable = True
forwarded_allow_ips = _config.server.trusted_proxies or "127.0.0.1"
# At debug level gunicorn writes the address of every request, which may hold what people look for.
loglevel = "info" if _config.logging.level == "debug" else _config.logging.level


def post_worker_init(worker):
    import app
    import wsgi

    gc.collect()
    gc.freeze()
    app.start_worker(wsgi.flask_app, worker.age % 64, os.getpid())


def worker_exit(server, worker):
    import wsgi

    wsgi.flask_app.extensions["streams"].hub.end_all()
    wsgi.flask_app.extensions["pulse"].stop(worker.age % 64)


def child_exit(server, worker):
    import wsgi

    wsgi.flask_app.extensions["pulse"].stop(worker.age % 64)
