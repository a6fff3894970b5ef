"""The rules of the house, as far as a program can check them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask

from app.core.events import KINDS
from app.models import bootstrap
from tests.databases import Cluster, Database

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent

# The doors that anybody may use. Adding one is a decision: say why here.
OPEN = {
    "static",
    "setup.state", "setup.create",  # before the first account nobody can sign in
    "auth.login",
    # Signing in elsewhere, and coming back: bound to the browser by an encrypted cookie.
    "oauth.begin", "oauth.callback", "oauth.posted", "oauth.manual",
    "passkeys.begin_sign_in", "passkeys.sign_in",  # a passkey says who one is
    "health.healthz", "health.readyz", "stream_check.stream",  # for monitors and for `flask doctor`
    "openapi_json", "openapi_yaml",
    "well_known.document",  # public by their nature: other servers and phones read them
    # Who has no account yet, cannot sign in before a link is opened, or has forgotten the password.
    "accounts.register", "accounts.verify", "accounts.verify_again", "accounts.forgot", "accounts.reset",
    "pages.register", "pages.verify", "pages.verify_again", "pages.forgot", "pages.reset",
    "pages.setup", "pages.sign_in", "pages.favicon",
    "pages.invite",  # who is invited may have no account yet; the link is the secret
}  # fmt: skip


@pytest.mark.parametrize(
    "command",
    [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["lint-imports"], ["mypy"]],
    ids=["ruff", "format", "imports", "types"],
)
def test_tools_are_content(command: list[str]) -> None:
    done = subprocess.run([str(BIN / command[0]), *command[1:]], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_door_is_closed_unless_it_is_listed(app: Flask) -> None:
    rules = {rule.endpoint for rule in app.url_map.iter_rules()}
    open_ones = {e for e in rules if e == "static" or getattr(app.view_functions[e], "is_open", False)}
    assert open_ones == OPEN & rules
    assert len(rules) > len(open_ones) + 10


def test_closed_doors_turn_strangers_away(app: Flask) -> None:
    client, tried = app.test_client(), 0
    for rule in app.url_map.iter_rules():
        if rule.endpoint in OPEN:
            continue
        path = re.sub(r"<uuid:\w+>", "01990000-0000-7000-8000-000000000000", rule.rule)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            answer = client.open(path, method=method, json={} if path.startswith("/api") else None)
            wanted = {401} if path.startswith("/api") else {303, 401, 403}
            assert answer.status_code in wanted, (method, path, answer.status_code)
            tried += 1
    assert tried > 15


def test_openapi_describes_every_route_of_the_api(app: Flask) -> None:
    document = app.extensions["openapi"].to_dict()
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/api"):
            continue
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            operation = document["paths"][path][method.lower()]
            assert operation["summary"], (method, path)
            assert any(code.startswith("2") for code in operation["responses"]), (method, path)


def test_sql_loads_on_an_empty_database_and_again_on_a_full_one(cluster: Cluster) -> None:
    empty = cluster.create()
    try:
        bootstrap.bootstrap(empty.owner)
        empty.query("update palaver.ledger set digest = 'old' where file like 'procs/%' or file like 'seed/%'")
        said: list[str] = []
        bootstrap.bootstrap(empty.owner, said.append)
        assert any("functions" in line for line in said)
        before = len(said)
        assert bootstrap.bootstrap(empty.owner, said.append) and len(said) == before
        applied = dict(empty.query("select file, digest from palaver.ledger"))
        assert applied == bootstrap.wanted()
    finally:
        cluster.drop(empty)


def test_nothing_outside_depends_on_a_replaceable_function(database: Database) -> None:
    rows = database.query(
        "select d.classid::regclass::text, d.objid from pg_depend d join pg_proc p on p.oid = d.refobjid"
        " join pg_namespace n on n.oid = p.pronamespace"
        " where d.refclassid = 'pg_proc'::regclass and n.nspname in ('api', 'internal') and d.classid <> 'pg_proc'::regclass"
    )
    assert rows == []


def test_functions_are_safe_to_call(database: Database) -> None:
    loose = database.query(
        "select proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'api'"
        " and (not prosecdef or proconfig is null or not 'search_path=pg_temp' = any (proconfig))"
    )
    assert loose == []


def test_every_function_has_a_model_and_a_test(database: Database) -> None:
    functions = {name for (name,) in database.query(
        "select proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'api'"
    )}  # fmt: skip
    called: dict[str, str] = {}
    for path in (ROOT / "app/models").glob("*.py"):
        for block in re.split(r"\n(?=def )", path.read_text()):
            for function in re.findall(r'(?:read|write)\("(\w+)"', block):
                called[function] = f"{path.stem}.{block.removeprefix('def ').split('(')[0]}("
    assert functions - set(called) == set()
    tests = "".join(p.read_text() for p in (ROOT / "tests").rglob("*.py"))
    untested = {f for f, call in called.items() if call not in tests and call.split(".")[0] != "db"}
    assert untested == set()


def test_events_are_declared_once_and_all_are_emitted() -> None:
    source = "".join(p.read_text() for p in (ROOT / "scripts/pg/procs").rglob("*.sql"))
    emitted = set(re.findall(r"internal\.(?:emit|tell)\([^;]*?'([a-z]+\.[a-z]+|error)'", source))
    emitted |= set(re.findall(r"bus_line\(null, [^;]*?'([a-z]+\.[a-z]+)'", source))
    from_python = {"message.snapshot", "resync"}
    assert emitted | from_python == set(KINDS)


def test_no_sql_outside_the_cellar() -> None:
    for folder in ("blueprints", "services", "streams", "jobs", "schemas", "core", "adapters"):
        for path in (ROOT / "app" / folder).rglob("*.py"):
            assert not re.search(
                r"(?i)\b(select \S+ from|insert into|update \w+ set|delete from)\b", path.read_text()
            ), path
