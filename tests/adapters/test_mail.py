from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.adapters import mail
from app.adapters.mail import Mail, MailError
from app.adapters.mail.memory import Memory
from app.core import config
from app.core.settings import Mail as Settings
from app.services.mailing import Mailing
from tests.adapters.smtp_server import SmtpServer, certificate

LETTER = Mail("dora@example.org", "Größe", "Hello Dora,\n.\nhttps://chat.example.org/verify/" + "x" * 90 + "\n")


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def serve(pem: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., SmtpServer]]:
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    made: list[SmtpServer] = []

    def start(**given: Any) -> SmtpServer:
        made.append(SmtpServer(**given))
        return made[-1]

    yield start
    for server in made:
        server.stop()


def settings(port: int, security: str = "none", **more: Any) -> Settings:
    sent = {"adapter": "smtp", "host": "127.0.0.1", "port": port, "security": security, "timeout_seconds": 5.0}
    return Settings(**sent, from_address="Palaver <palaver@example.org>", **more)


def send(port: int, security: str = "none", letter: Mail = LETTER, **more: Any) -> None:
    mailer = mail.make(settings(port, security, **more))
    assert mailer is not None
    mailer.send(letter)


def test_a_mail_arrives_as_it_was_written(serve: Callable[..., SmtpServer]) -> None:
    server = serve()
    send(server.port)
    [(to, taken)] = server.taken
    assert (to, taken["To"], taken["From"]) == ("dora@example.org", "dora@example.org", "Palaver <palaver@example.org>")
    assert (taken["Subject"], taken.get_content().replace("\r\n", "\n")) == (LETTER.subject, LETTER.text)
    assert taken["Message-ID"].endswith("@example.org>") and taken["Auto-Submitted"] == "auto-generated"


def test_starttls_encrypts_before_the_password_is_sent(serve: Callable[..., SmtpServer], pem: Path) -> None:
    server = serve(pem=pem, users={"palaver": "secret"})
    send(server.port, "starttls", username="palaver", password="secret")
    assert server.was_encrypted and len(server.taken) == 1
    with pytest.raises(MailError, match="SMTPAuthenticationError 535"):
        send(server.port, "starttls", username="palaver", password="wrong")


def test_tls_from_the_start(serve: Callable[..., SmtpServer], pem: Path) -> None:
    server = serve(pem=pem, tls=True)
    send(server.port, "tls")
    assert server.was_encrypted and len(server.taken) == 1


def test_nothing_is_sent_in_the_clear_or_to_a_stranger(
    serve: Callable[..., SmtpServer], pem: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    plain = serve(users={"palaver": "secret"})
    with pytest.raises(MailError, match="SMTPNotSupportedError"):
        send(plain.port, "starttls", username="palaver", password="secret")
    stranger = serve(pem=certificate(tmp_path))
    with pytest.raises(MailError, match="SSLCertVerificationError"):
        send(stranger.port, "starttls")
    assert plain.taken == stranger.taken == []


def test_what_cannot_be_sent_is_told_without_naming_anybody(serve: Callable[..., SmtpServer]) -> None:
    server = serve()
    server.refused.add("dora@example.org")
    with pytest.raises(MailError, match="SMTPRecipientsRefused") as refused:
        send(server.port)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(MailError, match="ConnectionRefusedError"):
        send(port)
    with pytest.raises(MailError):
        send(server.port, letter=Mail("a@b.org, c@d.org", "x", "y"))
    with pytest.raises(MailError):
        send(server.port, letter=Mail("a@b.org\r\nBcc: c@d.org", "x", "y"))
    with pytest.raises(MailError):
        send(server.port, letter=Mail("a@b.org", "x\r\nBcc: c@d.org", "y"))
    assert server.taken == [] and "dora" not in str(refused.value)


def test_a_server_that_says_nothing_has_failed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mailer = mail.make(
            Settings(adapter="smtp", host="127.0.0.1", port=silent.getsockname()[1], from_address="p@example.org",
                        security="none", timeout_seconds=0.2)
        )  # fmt: skip
        assert mailer is not None
        with pytest.raises(MailError, match="SMTPServerDisconnected"):
            mailer.send(LETTER)


def test_the_console_writes_the_link_into_the_log(caplog: pytest.LogCaptureFixture) -> None:
    mailer = mail.make(Settings(adapter="console"))
    assert mailer is not None
    mailer.send(LETTER)
    assert LETTER.text in caplog.text and LETTER.to in caplog.text
    assert mail.make(Settings()) is None


def test_what_became_of_a_mail_is_told_and_only_its_subject_logged(caplog: pytest.LogCaptureFixture) -> None:
    mailbox = Memory()
    mailing = Mailing(mailbox, "https://chat.example.org")
    assert mailing.send(LETTER) == "sent" and mailbox.sent == [LETTER]
    mailbox.is_broken = True
    assert mailing.send(LETTER) == "failed"
    assert "could not be sent" in caplog.text and "verify/" not in caplog.text and "dora@" not in caplog.text
    assert Mailing(None, "").send(LETTER) is None and not Mailing(None, "").is_on


def test_what_is_done_later_is_bounded_and_its_failure_logged(caplog: pytest.LogCaptureFixture) -> None:
    import threading

    mailing, gate, done = Mailing(Memory(), ""), threading.Event(), []
    for _ in range(205):
        mailing.later(lambda: (gate.wait(5), done.append(1)))
    gate.set()
    mailing.settle()
    assert len(done) == 200 and "too many mails wait" in caplog.text
    with caplog.at_level(logging.ERROR):
        mailing.later(lambda: 1 / 0)
        mailing.settle()
    assert "could not be done" in caplog.text


@pytest.mark.parametrize("missing", ["mail.host", "mail.from_address", "server.public_url"])
def test_smtp_needs_a_server_a_sender_and_an_address(missing: str) -> None:
    given = {"mail.adapter": "smtp", "mail.host": "mail.example.org", "mail.from_address": "p@example.org",
             "server.public_url": "https://chat.example.org", "mail.password": "secret"}  # fmt: skip
    assert config.as_dict(config.load(env={}, options=given))["mail.password"] == "***"
    del given[missing]
    with pytest.raises(config.ConfigError, match=f"{missing} is empty"):
        config.load(env={}, options=given)
