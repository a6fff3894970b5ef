"""`gunicorn -c gunicorn.conf.py wsgi:application`, and where `flask` finds its commands."""

from gevent import monkey

monkey.patch_all()

import sys

import app
from app.core import config
from app.core.secrets import SecretsError
from app.models import green
from app.streams.sse import hand_over

try:
    settings = config.load()
    green.install(settings.db.statement_timeout_ms)
    flask_app = app.create_app(settings)
except (config.ConfigError, SecretsError) as error:
    sys.exit(f"palaver: {error}")
except OSError as error:
    advice = "start as the account that Palaver runs as, or set PALAVER__DATA__DIR to a folder that can be written"
    sys.exit(f"palaver: {error.filename}: {error.strerror}; {advice}")
application = hand_over(flask_app)
