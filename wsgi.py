"""`gunicorn -c gunicorn.conf.py wsgi:application`, and where `flask` finds its commands."""

from gevent import monkey

monkey.patch_all()

import sys  # noqa: E402

import app  # noqa: E402
from app.core import config  # noqa: E402
from app.models import green  # noqa: E402
from app.streams.sse import hand_over  # noqa: E402

green.install()
try:
    flask_app = app.create_app(config.load())
except config.ConfigError as error:
    sys.exit(f"palaver: {error}")
except OSError as error:
    sys.exit(f"palaver: {error.filename}: {error.strerror}; PALAVER__DATA__DIR must be a folder that can be written")
application = hand_over(flask_app)
