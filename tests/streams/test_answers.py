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


def test_an_answer_that_broke_off_goes_on_for_everybody(stack: Stack, readers: Readers) -> None:
    anna = Visitor(stack.url).set_up()
    conversation = anna.converse()
    path = f"/api/stream/conversations/{conversation}"
    opened = [readers.open(path, anna.cookie()) for _ in range(4)]  # in both workers
    readers.await_open(opened)
    root = anna.begin(conversation, "pieces=40 delay=10 drop=20")["root_id"]
    broken = anna.answer_to(root)
    assert (broken["finish_reason"], broken["content"]) == ("error", answer(20))
    anna.ok("POST", f"/api/messages/{broken['id']}/continue", {})
    readers.await_all(opened, lambda r: len(r.of("message.done")) == 2)
    whole = anna.answer_to(root)
    assert (whole["id"], whole["status"], whole["content"]) == (broken["id"], "complete", answer(20) + answer(3))
    for reader in opened:
        [goes_on] = [f.payload["message"] for f in reader.of("message.updated")]
        assert (goes_on["status"], goes_on["content"]) == ("streaming", answer(20))
        after = reader.frames[[f.type for f in reader.frames].index("message.updated") :]
        deltas = [f.payload for f in after if f.type == "message.delta"]
        assert [d["idx"] for d in deltas] == list(range(1, len(deltas) + 1)) and deltas
        assert goes_on["content"] + "".join(d["content"] for d in deltas) == whole["content"]
        assert reader.of("message.done")[1].payload["message"]["content"] == whole["content"]
    refused = anna.request("POST", f"/api/messages/{broken['id']}/continue", {})
    assert refused.status == 409 and "complete" in refused.json()["detail"]
