from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.core.secrets import KeyRing, SecretsError


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ring(tmp_path: Path, clock: Clock) -> KeyRing:
    return KeyRing(tmp_path, 100, clock)


def test_the_ring_is_made_once_however_many_begin_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        rings = list(pool.map(lambda _: KeyRing(tmp_path, 100).keys(), range(40)))
    assert len(set(rings)) == 1
    assert [path.name for path in (tmp_path / "secrets").iterdir()] == ["secret_key"]


def test_nobody_else_can_read_it_also_after_a_rotation(ring: KeyRing) -> None:
    for _ in range(2):
        ring.keys()
        assert ring.path.stat().st_mode & 0o777 == 0o600
        assert ring.path.parent.stat().st_mode & 0o777 == 0o700
        ring.add()


def test_the_file_of_earlier_versions_is_a_ring_with_one_key(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "secret_key").write_text("ab" * 32)
    (key,) = KeyRing(tmp_path, 100).keys()
    assert (key.secret, key.made_at) == (b"\xab" * 32, 0)


def test_signatures_are_for_one_text_and_one_installation(ring: KeyRing, tmp_path: Path) -> None:
    signature = ring.sign("csrf:1")
    assert ring.is_signed("csrf:1", signature)
    assert not ring.is_signed("csrf:2", signature)
    assert not KeyRing(tmp_path / "other", 100).is_signed("csrf:1", signature)
    for wrong in ("", "x", "é", signature[:-1], signature.upper()):
        assert not ring.is_signed("csrf:1", wrong)


def test_an_old_signature_is_believed_for_a_while(ring: KeyRing, clock: Clock) -> None:
    old = ring.sign("a")
    clock.now += 1000  # how long it was the newest does not matter
    ring.add()
    assert ring.sign("a") != old
    clock.now += 99
    assert ring.is_signed("a", old)
    clock.now += 2
    assert not ring.is_signed("a", old) and ring.is_signed("a", ring.sign("a"))


def test_another_process_takes_up_the_new_ring(ring: KeyRing, tmp_path: Path, clock: Clock) -> None:
    other = KeyRing(tmp_path, 100, clock)
    before = other.sign("a")
    ring.add()
    assert other.is_signed("a", ring.sign("a")) and ring.is_signed("a", before)
    assert other.sign("a") == ring.sign("a") != before


def test_what_is_encrypted_is_read_by_its_owner_alone(ring: KeyRing) -> None:
    sealed = ring.encrypt(b"JBSWY3DP", "anna")
    assert ring.decrypt(sealed, "anna") == b"JBSWY3DP"
    assert b"JBSWY3DP" not in sealed and ring.encrypt(b"JBSWY3DP", "anna") != sealed
    for wrong in (sealed[:-1], sealed[:-1] + bytes([sealed[-1] ^ 1]), b"", b"x" * 40):
        with pytest.raises(SecretsError, match="cannot be read"):
            ring.decrypt(wrong, "anna")
    with pytest.raises(SecretsError):
        ring.decrypt(sealed, "bob")


def test_a_key_is_dropped_when_its_time_is_over(ring: KeyRing, clock: Clock) -> None:
    sealed = ring.encrypt(b"secret", "anna")
    assert ring.is_newest(sealed)
    ring.add()
    assert not ring.is_newest(sealed) and ring.drop_old() == 0
    clock.now += 101
    assert ring.decrypt(sealed, "anna") == b"secret"  # not believed any more, but readable until it is dropped
    assert ring.drop_old() == 1 and len(ring.keys()) == 1
    with pytest.raises(SecretsError):
        ring.decrypt(sealed, "anna")


def test_two_rotations_at_once_are_two_keys_more(ring: KeyRing, tmp_path: Path, clock: Clock) -> None:
    ring.keys()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: KeyRing(tmp_path, 100, clock).add(), range(16)))
    assert len({key.id for key in ring.keys()}) == 17


@pytest.mark.parametrize("text", ["", "nonsense", "ab", "ab" * 32 + " soon", "ab" * 31])
def test_a_broken_ring_is_named_and_never_replaced(ring: KeyRing, text: str) -> None:
    ring.path.parent.mkdir()
    ring.path.write_text(text)
    with pytest.raises(SecretsError, match="is not a key ring"):
        ring.keys()
    assert ring.path.read_text() == text


def test_a_ring_that_vanishes_is_not_replaced_while_somebody_has_it(ring: KeyRing, tmp_path: Path) -> None:
    signature = ring.sign("a")
    moved = ring.path.rename(tmp_path / "elsewhere")
    assert ring.is_signed("a", signature) and not ring.path.exists()
    moved.rename(ring.path)
    assert KeyRing(tmp_path, 100).is_signed("a", signature)


def test_a_ring_that_may_not_be_read_says_so(ring: KeyRing) -> None:
    ring.keys()
    ring.path.unlink()
    ring.path.mkdir()
    with pytest.raises(OSError):
        ring.keys()
    os.rmdir(ring.path)
