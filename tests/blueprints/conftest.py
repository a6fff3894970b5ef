from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Response

from app import create_app
from app.blueprints.api import stream
from app.core import config as configuration
from app.models import db
from app.services import auth
from app.streams.sse import StreamResponse, Streams
from tests.blueprints.permissions import World
from tests.databases import Cluster


@pytest.fixture(scope="module")
def world(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made, folder = cluster.clone(), tmp_path_factory.mktemp("permissions")
    options = {"profile": "test", "db.runtime_url": made.runtime, "data.dir": str(folder)}
    app = create_app(configuration.load(env={}, options=options))
    app.testing = True
    auth._set_up = False
    db.after_write = lambda: db.read("bus_publish")
    world = World(app, made)
    yield world
    world.owner.close()
    db.close()
    cluster.drop(made)


@pytest.fixture
def without_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream is asked for as always and opened as an ordinary answer: there is no socket to hand over here."""

    def answer(response: StreamResponse, environ: Any, start_response: Any) -> Any:
        streams, connection, *_ = response._given
        streams.opened(connection.user)
        return Response.__call__(response, environ, start_response)

    monkeypatch.setattr(stream, "check_socket", lambda environ: None)
    monkeypatch.setattr(Streams, "_await_bus", lambda self, pos: None)
    monkeypatch.setattr(StreamResponse, "__call__", answer)
