from __future__ import annotations

from collections.abc import Iterator

import pytest

from app import create_app
from app.core import config as configuration
from app.models import db
from app.services import auth
from tests.blueprints import permissions
from tests.blueprints.permissions import World
from tests.databases import Cluster
from tests.documented import DocumentedClient


@pytest.fixture(scope="module")
def world(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made, folder = cluster.clone(), tmp_path_factory.mktemp("permissions")
    options = {"profile": "test", "db.runtime_url": made.runtime, "data.dir": str(folder)} | permissions.EVERYTHING
    app = create_app(configuration.load(env={}, options=options))
    app.testing = True
    app.test_client_class = DocumentedClient
    auth._set_up = False
    db.after_write = lambda: db.read("bus_publish")
    world = World(app, made)
    yield world
    world.owner.close()
    db.close()
    cluster.drop(made)


@pytest.fixture
def without_sockets() -> Iterator[None]:
    with permissions.without_sockets():
        yield
