"""The key ring of this installation: what signs and encrypts, kept in the data folder with mode 0600.

The newest key signs and encrypts. Older ones are still believed, so that a new key throws nobody out. Every process
looks whether the file has changed before it uses a key (a microsecond), so a new key is in force everywhere at once.
"""

from __future__ import annotations

import fcntl
import hmac
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NAME = "secret_key"
_ID_BYTES, _NONCE_BYTES = 8, 12


class SecretsError(Exception):
    """The key ring cannot be used; the message is one line for the operator."""


@dataclass(frozen=True)
class Key:
    """One key; `made_at` is in seconds of the epoch, 0 for the one of the first start."""

    secret: bytes
    made_at: int

    @property
    def id(self) -> bytes:
        """A name that gives nothing of the key away."""
        return sha256(b"palaver key id:" + self.secret).digest()[:_ID_BYTES]

    @property
    def cipher(self) -> AESGCM:
        return AESGCM(hmac.digest(self.secret, b"palaver encryption", "sha256"))


class KeyRing:
    """The keys of one data folder, newest first.

    Args:
        data_dir: the data folder; the ring is made on first use, and processes that begin at once get the same one.
        old_keys_seconds: for how long a signature of a replaced key is believed. What is encrypted stays readable
            until the key is dropped, which `drop_old` does after everything was encrypted anew.
    """

    def __init__(self, data_dir: Path, old_keys_seconds: int, clock: Callable[[], float] = time.time) -> None:
        self.path = data_dir / "secrets" / NAME
        self._old_keys_seconds, self._clock = old_keys_seconds, clock
        self._seen = (0, 0, 0)
        self._keys: tuple[Key, ...] = ()

    def keys(self) -> tuple[Key, ...]:
        """Every key, newest first.

        Raises:
            OSError: the folder cannot be written, or the file cannot be read.
            SecretsError: the file is not a key ring.
        """
        try:
            state = self.path.stat()
        except FileNotFoundError:
            if self._keys:  # somebody moved it away: go on until it is back, rather than begin with a new one
                return self._keys
            _make_first(self.path)
            state = self.path.stat()
        if (seen := (state.st_ino, state.st_mtime_ns, state.st_size)) != self._seen:
            self._keys, self._seen = _parse(self.path), seen
        return self._keys

    def sign(self, text: str) -> str:
        """A signature of this text. Begin the text with what it is for, so that none is good for anything else."""
        return _signature(self.keys()[0], text)

    def is_signed(self, text: str, signature: str) -> bool:
        """Is this our signature of this text, by the newest key or one that was replaced not long ago?"""
        given, found = signature.encode(), False
        for key in self._believed():
            found |= hmac.compare_digest(given, _signature(key, text).encode())
        return found

    def encrypt(self, data: bytes, owner: str) -> bytes:
        """Encrypt with AES-256-GCM; only with the same `owner` (an id) can it be read again."""
        key, nonce = self.keys()[0], os.urandom(_NONCE_BYTES)
        return key.id + nonce + key.cipher.encrypt(nonce, data, owner.encode())

    def decrypt(self, sealed: bytes, owner: str) -> bytes:
        """What `encrypt` was given.

        Raises:
            SecretsError: it was encrypted for another owner, or with a key that is not there any more.
        """
        nonce, rest = sealed[_ID_BYTES : _ID_BYTES + _NONCE_BYTES], sealed[_ID_BYTES + _NONCE_BYTES :]
        for key in self.keys():
            if key.id == sealed[:_ID_BYTES]:
                try:
                    return key.cipher.decrypt(nonce, rest, owner.encode())
                except InvalidTag:
                    break
        raise SecretsError(f"something that is stored encrypted cannot be read with the keys in {self.path}")

    def is_newest(self, sealed: bytes) -> bool:
        """Was it encrypted with the newest key?"""
        return sealed[:_ID_BYTES] == self.keys()[0].id

    def add(self) -> None:
        """Make a new key the newest; it is used by every process from now on."""
        with self._alone():
            _write(self.path, (Key(secrets.token_bytes(32), int(self._clock())), *self.keys()))

    def drop_old(self) -> int:
        """Forget the keys whose signatures are not believed any more; answers how many that were.

        What they encrypted cannot be read afterwards.
        """
        with self._alone():
            kept = tuple(self._believed())
            dropped = len(self.keys()) - len(kept)
            if dropped:
                _write(self.path, kept)
        return dropped

    def believed(self) -> list[Key]:
        """The keys whose signatures count: the newest, and those that were replaced not long ago."""
        return list(self._believed())

    def _believed(self) -> Iterator[Key]:
        replaced_at = float("inf")
        for key in self.keys():
            if replaced_at > self._clock() - self._old_keys_seconds:
                yield key
            replaced_at = key.made_at

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One process changes the ring at a time."""
        self.keys()
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)


def _signature(key: Key, text: str) -> str:
    return hmac.new(key.secret, text.encode(), sha256).hexdigest()


def _parse(path: Path) -> tuple[Key, ...]:
    """One line a key: the key in hexadecimal, and when it was made (missing: on first start)."""
    try:
        found = [line.split() for line in path.read_text("ascii").splitlines() if line.strip()]
        keys = tuple(Key(bytes.fromhex(parts[0]), int(parts[1]) if parts[1:] else 0) for parts in found)
    except ValueError:
        keys = ()
    if not keys or any(len(key.secret) != 32 for key in keys):
        raise SecretsError(f"{path} is not a key ring; bring it back from a backup, or lose what it has encrypted")
    return keys


def _write(path: Path, keys: tuple[Key, ...]) -> None:
    """Whole or not at all, and on the disk before anybody relies on it."""
    made = _private(path, "".join(f"{key.secret.hex()} {key.made_at}\n" for key in keys))
    os.replace(made, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _make_first(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = _private(path, f"{secrets.token_hex(32)}\n")
    try:
        os.link(made, path)  # fails when another process was first: then its ring is the one
    except FileExistsError:
        pass
    finally:
        made.unlink()


def _private(path: Path, text: str) -> Path:
    made = path.with_name(f"{path.name}.{secrets.token_hex(6)}")
    with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return made
