"""A model that is long in coming: signs of life, and then a failure can only be told in the stream."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import gevent
import pytest

from app import create_app
from app.blueprints.openai import completions
from app.core.settings import Config
from app.services import auth
from app.services import completions as service
from tests.conftest import Person, with_options
from tests.openai.asking import text, values


class Slow:
    """A model's server, and its only answer."""

    said = b""

    def __init__(self, *_: Any) -> None: ...

    def open(self) -> None:
        gevent.sleep(0.3)

    def values(self) -> Iterator[list[bytes]]:
        if not self.said:
            raise ValueError("a mistake of ours")
        yield [self.said, b"[DONE]"]

    def interrupt(self) -> None: ...

    def close(self) -> None: ...


PIECE = b'{"choices":[{"index":0,"delta":{"content":"May"},"finish_reason":"stop"}]}'


@pytest.mark.parametrize(
    ("said", "wrong"),
    [(PIECE, ""), (b'{"error":{"message":"out of memory"}}', "out of memory"), (b"", "Something went wrong")],
)
def test_comments_come_before_the_first_piece(
    config: Config, monkeypatch: pytest.MonkeyPatch, said: bytes, wrong: str
) -> None:
    auth._set_up = False
    app = create_app(with_options(config, "features", openai_v1=True))
    anna = Person(app)
    account = {"username": "anna", "email": "anna@example.org", "password": "correct horse battery"}
    assert anna.post("/api/setup", account).status_code == 201
    monkeypatch.setattr(Slow, "said", said)
    monkeypatch.setattr(service, "Relay", Slow)
    monkeypatch.setattr(completions, "KEEP_ALIVE_SECONDS", 0.05)
    monkeypatch.setattr(completions.completions, "client", lambda models, asked: None)
    asked = {"model": "local", "stream": True, "messages": [{"role": "user", "content": "When?"}]}
    answer = anna.post("/v1/chat/completions", asked)
    assert answer.status_code == 200 and answer.data.startswith(completions.KEEP_ALIVE * 2), answer.data
    *chunks, last = values(answer.data)
    if wrong:
        assert chunks == [] and wrong in json.loads(last)["error"]["message"]
    else:
        assert text([json.loads(chunk) for chunk in chunks]) == "May" and last == "[DONE]"
