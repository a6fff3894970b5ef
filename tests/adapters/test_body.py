"""Bodies in chunks, however they are cut on their way."""

from __future__ import annotations

import io
from types import SimpleNamespace

import pytest
from urllib3.exceptions import ProtocolError

from app.adapters.llm.body import Body


class Cut(io.BytesIO):
    """A socket that gives so many bytes at a time."""

    def __init__(self, data: bytes, size: int) -> None:
        super().__init__(data)
        self.size = size

    def read1(self, size: int = -1) -> bytes:
        return super().read1(self.size)


def whole(data: bytes, size: int) -> bytes:
    inner = SimpleNamespace(chunked=True, fp=Cut(data, size))
    body = Body(SimpleNamespace(_fp=inner, headers={}))  # type: ignore[arg-type]
    parts = []
    while part := body.read():
        parts.append(part)
    return b"".join(parts)


BODY = b"6\r\ndata: \r\n3;x=y\r\na\r\n\r\n1a\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n"


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 1000])
def test_chunks_are_put_together_wherever_they_were_cut(size: int) -> None:
    assert whole(BODY, size) == b"data: a\r\nabcdefghijklmnopqrstuvwxyz"


@pytest.mark.parametrize("data", [BODY[:-5], BODY[:20], b"6\r\ndat", b"zz\r\n", b"-3\r\nabc\r\n", b"1" * 9000, b""])
def test_a_body_that_breaks_off_or_is_none_is_an_error(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        whole(data, 64)


def test_a_body_without_chunks_is_read_as_it_is() -> None:
    response = SimpleNamespace(_fp=None, headers={}, read1=io.BytesIO(b"as it is").read1)
    assert Body(response).read() == b"as it is"  # type: ignore[arg-type]
