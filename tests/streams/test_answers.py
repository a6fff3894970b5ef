from __future__ import annotations

from bench.mock_openai import answer
from bench.readers import Readers
from tests.servers import Stack, Visitor


def test_an_answer_arrives_piece_by_piece(stack: Stack, readers: Readers) -> None:
    anna = Visitor(stack.url).set_up()
    conversation = anna.converse()
    reader = readers.open(f"/api/stream/conversations/{conversation}", anna.cookie())
    readers.await_open([reader])
    root = anna.begin(conversation, "pieces=30 delay=20")
    readers.await_all([reader], lambda r: bool(r.of("message.done")))

    deltas = [f.payload for f in reader.of("message.delta")]
    assert len(deltas) > 3
    assert [d["idx"] for d in deltas] == list(range(len(deltas)))
    assert "".join(d["content"] for d in deltas) == answer(30)
    done = reader.of("message.done")[0].payload
    assert done["finish_reason"] == "stop"
    assert done["message"]["content"] == answer(30)
    assert anna.answer_to(root["root_id"])["content"] == answer(30)
