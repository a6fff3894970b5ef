from __future__ import annotations

import pytest

from app.models import bootstrap
from tests.databases import Database


@pytest.mark.parametrize(
    ("version", "fine"), [(150_012, False), (160_000, True), (170_004, True), (180_006, True), (190_000, False)]
)
def test_postgresql_16_to_18(version: int, fine: bool) -> None:
    if fine:
        bootstrap._check_version(version)
    else:
        with pytest.raises(bootstrap.BootstrapError, match="16, 17 or 18"):
            bootstrap._check_version(version)


def test_a_changed_schema_file_is_refused_with_its_name(database: Database) -> None:
    database.query("update palaver.ledger set digest = 'other' where file = 'schema/0003_conversations.sql'")
    with pytest.raises(bootstrap.BootstrapError, match=r"schema/0003_conversations\.sql was changed"):
        bootstrap.bootstrap(database.owner)


def test_an_address_without_a_password_needs_a_runtime_url() -> None:
    with pytest.raises(bootstrap.BootstrapError, match=r"db\.runtime_url"):
        bootstrap.runtime_url("postgresql://owner@/palaver?host=/tmp")


def test_a_database_that_is_not_there_is_one_line() -> None:
    with pytest.raises(bootstrap.BootstrapError, match="cannot be reached") as raised:
        bootstrap.bootstrap("postgresql://a:b@127.0.0.1:1/none")
    assert "\n" not in str(raised.value)
