from __future__ import annotations

import pytest

from app import create_app
from app.core.config import ConfigError
from app.core.settings import Config
from tests.conftest import PASSWORD, Person, with_options
from tests.databases import Database

FORWARDED = {
    "X-Forwarded-For": "9.9.9.9, 203.0.113.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "chat.example.org",
}


def address_of(config: Config, trusted: str, database: Database) -> str:
    person = Person(create_app(with_options(config, "server", trusted_proxies=trusted)))
    account = {"username": "anna", "email": "anna@example.org", "password": PASSWORD}
    assert person.post("/api/setup", account, headers=FORWARDED).status_code == 201
    [(ip,)] = database.query("select host(ip) from palaver.sessions")
    return ip


def test_nobody_is_believed_by_default(config: Config, database: Database) -> None:
    assert address_of(config, "", database) == "127.0.0.1"


def test_only_a_trusted_proxy_is_believed_and_only_its_own_word(config: Config, database: Database) -> None:
    assert address_of(config, "127.0.0.0/8, ::1", database) == "203.0.113.7"


def test_another_proxy_is_not(config: Config, database: Database) -> None:
    assert address_of(config, "10.0.0.1", database) == "127.0.0.1"


def test_a_wrong_list_is_named(config: Config) -> None:
    with pytest.raises(ConfigError, match="trusted_proxies"):
        create_app(with_options(config, "server", trusted_proxies="nginx"))
