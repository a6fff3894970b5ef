"""What keeps strangers from harming a server that is reachable from everywhere."""

from __future__ import annotations

import http.client
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from app.blueprints.pages.accounts import own_path
from app.core import config as configuration
from app.core.settings import Config
from tests.conftest import PASSWORD, Person, with_options
from tests.databases import Cluster
from tests.servers import Stack, Visitor

ROOT = Path(__file__).resolve().parents[2]
CROWD = 500


@pytest.fixture(scope="module")
def stack(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A server with little patience."""
    made = cluster.clone()
    impatient = {"PALAVER__SERVER__KEEPALIVE_SECONDS": "3", "PALAVER__SERVER__BODY_PATIENCE_SECONDS": "2"}
    server = Stack(made, tmp_path_factory.mktemp("server"), jobs=False, **impatient)
    yield server
    server.stop()
    cluster.drop(made)


def connect(stack: Stack, said: str) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", stack.port), timeout=30)
    sock.sendall(said.encode())
    return sock


def is_closed(sock: socket.socket) -> bool:
    with sock:
        try:
            return sock.recv(1000) == b""
        except ConnectionResetError:
            return True


def drip(crowd: list[socket.socket]) -> None:
    for sock in crowd:
        try:
            sock.sendall(b"x")
        except OSError:
            pass


def test_a_crowd_that_never_finishes_its_headers_stops_nobody(stack: Stack) -> None:
    crowd = [connect(stack, f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{stack.port}\r\nX-Slow: ") for _ in range(CROWD)]
    begun = time.monotonic()
    while time.monotonic() - begun < 4:
        assert Visitor(stack.url).request("GET", "/healthz").status == 200
        drip(crowd)
        time.sleep(0.2)
    for sock in crowd:  # closed, although every one of them kept sending
        assert is_closed(sock)
    assert Visitor(stack.url).request("GET", "/sign-in").status in (200, 303)


def test_bodies_that_never_end_are_not_waited_for(stack: Stack) -> None:
    head = f"POST /api/auth/login HTTP/1.1\r\nHost: 127.0.0.1:{stack.port}\r\nContent-Type: application/json\r\n"
    crowd = [connect(stack, head + "Content-Length: 1000\r\n\r\n{") for _ in range(100)]
    begun = time.monotonic()
    while time.monotonic() - begun < 2.5:
        assert Visitor(stack.url).request("GET", "/healthz").status == 200
        drip(crowd)
        time.sleep(0.2)
    answers = [sock.recv(1000).split(b"\r\n")[0] for sock in crowd]
    assert set(answers) == {b"HTTP/1.1 408 REQUEST TIMEOUT"}
    for sock in crowd:
        sock.close()


def test_a_body_that_comes_in_parts_is_waited_for(stack: Stack) -> None:
    body = b'{"email":"nobody","password":"wrong password"}'
    head = f"POST /api/auth/login HTTP/1.1\r\nHost: 127.0.0.1:{stack.port}\r\nContent-Type: application/json\r\n"
    sock = connect(stack, head + f"Content-Length: {len(body)}\r\n\r\n")
    for part in (body[:10], body[10:30], body[30:]):
        sock.sendall(part)
        time.sleep(0.3)
    assert sock.recv(1000).startswith(b"HTTP/1.1 401 ")
    sock.close()


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n", 200),
        (f"GET /healthz?{'x' * 9000} HTTP/1.1\r\nHost: 127.0.0.1\r\n", 400),
        (f"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: {'x' * 9000}\r\n", 400),
        ("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n" + "".join(f"X-{n}: 1\r\n" for n in range(70)), 400),
        ("POST /api/auth/login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n", 400),
        ("POST /api/auth/login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 2000000\r\n",
         413),
    ],
    ids=["plain", "line", "header", "headers", "smuggling", "body"],
)  # fmt: skip
def test_what_is_too_large_or_ambiguous_is_refused(stack: Stack, said: str, status: int) -> None:
    sock = connect(stack, said + "\r\n")
    first = sock.recv(12)
    sock.close()
    # 431 and 414 are gunicorn's own words for the first two kinds.
    assert int(first[9:12]) == status or (status == 400 and int(first[9:12]) in (414, 431)), first


def test_a_chunked_body_has_the_same_bound(stack: Stack) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=20)
    parts = (b"x" * 65_536 for _ in range(20))
    try:
        connection.request("POST", "/api/auth/login", parts, {"Content-Type": "application/json"}, encode_chunked=True)
        assert connection.getresponse().status == 413
    except (BrokenPipeError, ConnectionResetError):
        pass  # it did not even listen to the end
    finally:
        connection.close()


PAGES = (
    "/",
    "/sign-in",
    "/admin/features",
    "/admin/audit",
    "/api/auth/me",
    "/openapi.json",
    "/static/js/main.js",
    "/nowhere",
)


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_has_the_headers(anna: Person, path: str) -> None:
    headers = anna.get(path).headers
    policy = headers["Content-Security-Policy"]
    for part in ("default-src 'self'", "script-src 'self'", "style-src 'self'", "object-src 'none'", "base-uri 'none'",
                 "frame-ancestors 'none'", "form-action 'self'"):  # fmt: skip
        assert part in policy.split("; ") or part in policy
    assert "unsafe" not in policy and "*" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"] and "geolocation=()" in headers["Permissions-Policy"]
    if not path.startswith("/static"):
        assert headers["Cache-Control"] == "no-store"
    assert "Access-Control-Allow-Origin" not in headers and "Strict-Transport-Security" not in headers


def test_no_template_has_inline_script_or_style() -> None:
    seen = 0
    for path in (ROOT / "templates").rglob("*.html"):
        text = path.read_text()
        for tag in re.findall(r"<script[^>]*>", text):
            assert " src=" in tag, path
            seen += 1
        assert not re.search(r"<style|\sstyle=|\son[a-z]+\s*=\s*[\"']|javascript:", text), path
    assert seen >= 1


def production(config: Config) -> Config:
    return with_options(config, "security", cookie_secure=True, hsts_seconds=63_072_000)


def test_cookies_are_closed(anna: Person, config: Config) -> None:
    for secure, app in ((False, anna.http.application), (True, create_app(production(config)))):
        answer = Person(app).post("/api/auth/login", {"email": "anna", "password": PASSWORD})
        session, csrf = (
            next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith(n)) for n in ("SESSION_ID", "CSRF")
        )
        assert "HttpOnly" in session and "SameSite=Lax" in session and "Path=/" in session and "Domain" not in session
        assert "SameSite=Strict" in csrf and "Domain" not in csrf
        assert all(("Secure" in cookie) == secure for cookie in (session, csrf))
        assert ("Strict-Transport-Security" in answer.headers) == secure


def test_the_profile_of_production_closes_them() -> None:
    made = configuration.load(env={"PALAVER__PROFILE": "prod"})
    assert made.security.cookie_secure and made.security.hsts_seconds > 31_536_000


@pytest.mark.parametrize("host", ["chat.example.org", "CHAT.example.org:443", "127.0.0.1"])
def test_hosts_that_are_allowed(config: Config, host: str) -> None:
    app = create_app(with_options(config, "server", allowed_hosts="chat.example.org, 127.0.0.1"))
    assert app.test_client().get("/openapi.json", headers={"Host": host}).status_code == 200
    for other in ("evil.example", "chat.example.org.evil.example", "localhost", "xchat.example.org", "[::1", ""):
        assert app.test_client().get("/openapi.json", headers={"Host": other}).status_code == 400, other
    assert app.test_client().get("/healthz", headers={"Host": "10.0.0.7"}).status_code == 200


@pytest.mark.parametrize("given", ["//evil.example", "https://evil.example", "/\\evil.example", "/\t/evil.example", "\\\\evil",
                                   "evil",
                                   "javascript:alert(1)", "/ /evil", "///evil.example", "", None, "/\x7f/evil"])  # fmt: skip
def test_nobody_is_sent_elsewhere(given: str | None) -> None:
    assert own_path("/c/1?x=2") == "/c/1?x=2"
    assert own_path(given) == "/"


def test_the_sign_in_page_sends_nobody_elsewhere(app: Flask, anna: Person) -> None:
    assert anna.get("/sign-in?next=/admin").headers["Location"] == "/admin"
    assert anna.get("/sign-in?next=//evil.example").headers["Location"] == "/"


# No secret of ours is compared here: two fields of one form, a browser's own cookie, the digest of a public file.
HARMLESS = ('password != form.get("password_again")', 'password != request.form.get("password_again")',
            "g.csrf_token != held", "digest != model.sha256")  # fmt: skip


def test_secrets_are_compared_in_constant_time() -> None:
    """In Python with compare_digest; in SQL only hashes are looked up."""
    secret = re.compile(
        r"(?i)\b\w*(?:token|secret|signature|digest|password|hash|hmac|code)\w*\s*[!=]=\s*(?!None)[a-z]"
    )
    source = {path: path.read_text() for path in (ROOT / "app").rglob("*.py")}
    assert "compare_digest(" in source[ROOT / "app/core/secrets.py"]
    for path, text in source.items():
        for line in text.splitlines():
            compared = secret.search(line) and not any(harmless in line for harmless in HARMLESS)
            assert not compared or "error.code" in line or "status_code" in line, (path, line)
