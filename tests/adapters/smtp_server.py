"""A small SMTP server: takes mails, asks for a name and a password, speaks TLS from the start or when asked to."""

from __future__ import annotations

import base64
import datetime
import socketserver
import ssl
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


def certificate(folder: Path) -> Path:
    """A certificate for 127.0.0.1 with its key, signed by itself."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(key, hashes.SHA256())
    )  # fmt: skip
    file = folder / "certificate.pem"
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return file


class SmtpServer:
    """Listens on a free port of 127.0.0.1 until `stop`.

    Attributes:
        taken: the mails, each with the address it was sent to.
        users: who may send; empty for anybody.
        refused: addresses that it does not know.
    """

    def __init__(self, pem: Path | None = None, tls: bool = False, users: dict[str, str] | None = None) -> None:
        self.taken: list[tuple[str, EmailMessage]] = []
        self.users = users or {}
        self.refused: set[str] = set()
        self.was_encrypted = False
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if pem else None
        if self.context and pem:
            self.context.load_cert_chain(pem)
        outer, at_once = self, tls

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                try:
                    _Talk(outer, self.request, at_once).run()
                except (OSError, ssl.SSLError):
                    pass  # the client has left

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Talk:
    def __init__(self, server: SmtpServer, socket: Any, tls: bool) -> None:
        self.server, self.socket, self.encrypted = server, socket, False
        self.user: str | None = None
        self.to = ""
        if tls:
            self._encrypt()
        self.lines = self.socket.makefile("rb")

    def _encrypt(self) -> None:
        assert self.server.context
        self.socket = self.server.context.wrap_socket(self.socket, server_side=True)
        self.encrypted = self.server.was_encrypted = True
        self.lines = self.socket.makefile("rb")

    def say(self, text: str) -> None:
        self.socket.sendall(text.replace("\n", "\r\n").encode() + b"\r\n")

    def run(self) -> None:
        self.say("220 test")
        while line := self.lines.readline().decode().rstrip("\r\n"):
            word, _, rest = line.partition(" ")
            if word.upper() == "QUIT":
                self.say("221 bye")
                return
            self.answer(word.upper(), rest)

    def answer(self, word: str, rest: str) -> None:
        if word == "EHLO":
            offered = ["250-test", "250-SMTPUTF8"]
            offered += ["250-STARTTLS"] if self.server.context and not self.encrypted else []
            self.say("\n".join([*offered, "250 AUTH PLAIN"]))
        elif word == "STARTTLS":
            self.say("220 go on")
            self._encrypt()
        elif word == "AUTH":
            _, name, password = base64.b64decode(rest.split()[1]).decode().split("\0")
            self.user = name if self.server.users.get(name) == password else None
            self.say("235 welcome" if self.user else "535 no")
        elif word == "MAIL":
            self.say("530 sign in first" if self.server.users and not self.user else "250 ok")
        elif word == "RCPT":
            self.to = rest.partition("<")[2].partition(">")[0]
            self.say("550 no such mailbox" if self.to in self.server.refused else "250 ok")
        elif word == "DATA":
            self.say("354 go on")
            body = b""
            while (line := self.lines.readline()) != b".\r\n":
                body += line.removeprefix(b".") if line.startswith(b"..") else line
            self.server.taken.append((self.to, message_from_bytes(body, policy=policy.default)))  # type: ignore[arg-type]
            self.say("250 taken")
        else:
            self.say("250 ok")
