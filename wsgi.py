"""`gunicorn -c gunicorn.conf.py wsgi:application`, and where `flask` finds its commands."""

from gevent import monkey

monkey.patch_all()

import app  # noqa: E402
from app.core import config  # noqa: E402
from app.models import green  # noqa: E402
from app.streams.sse import hand_over  # noqa: E402

green.install()
flask_app = app.create_app(config.load())
application = hand_over(flask_app)
