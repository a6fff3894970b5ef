"""Model files: what their header says, which are refused, and that the launcher follows the choice."""

from __future__ import annotations

import struct
import threading
from pathlib import Path
from typing import Any

import pytest

from app.core import config as configuration
from app.launch import chosen_model, gguf, local_model
from app.launch.chosen_model import Chosen
from app.launch.local_model import LocalModel
from app.launch.model_status import Status

LLAMA = {
    "general.architecture": "llama", "general.name": "Tiny", "llama.context_length": 2048, "llama.block_count": 4,
    "llama.embedding_length": 64, "llama.attention.head_count": 8, "llama.attention.head_count_kv": 2,
    "tokenizer.ggml.tokens": ["a"] * 5000, "tokenizer.ggml.scores": [0.5] * 5000, "some.flag": True,
}  # fmt: skip


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value.encode())) + value.encode()


def typed(value: Any) -> tuple[int, bytes]:
    if isinstance(value, bool):
        return 7, struct.pack("<?", value)
    if isinstance(value, int):
        return 4, struct.pack("<I", value)
    if isinstance(value, float):
        return 6, struct.pack("<f", value)
    if isinstance(value, str):
        return 8, text(value)
    kind = typed(value[0])[0]
    return 9, struct.pack("<IQ", kind, len(value)) + b"".join(typed(item)[1] for item in value)


def gguf_of(values: dict[str, Any], tensors: int = 2, version: int = 3, magic: bytes = b"GGUF") -> bytes:
    head = magic + struct.pack("<IQQ", version, tensors, len(values))
    for name, value in values.items():
        kind, data = typed(value)
        head += text(name) + struct.pack("<I", kind) + data
    for number in range(tensors):
        head += text(f"t{number}") + struct.pack("<IQQIQ", 2, 8, 8, 0, number * 256)
    return head + bytes(-len(head) % 32) + bytes(tensors * 256)


def made(folder: Path, name: str = "tiny.gguf", data: bytes | None = None, **changed: Any) -> Path:
    path = folder / name
    values = {name: value for name, value in (LLAMA | changed).items() if value is not None}
    path.write_bytes(gguf_of(values) if data is None else data)
    return path


def test_a_header_says_what_the_model_is_and_takes(tmp_path: Path) -> None:
    header = gguf.read(made(tmp_path))
    assert (header.architecture, header.name, header.context_tokens) == ("llama", "Tiny", 2048)
    assert header.memory_per_token == 4 * 2 * (8 + 8) * 2  # blocks, heads of keys and values, their width, bytes
    assert header.memory_needed(1000) - header.memory_needed(0) == 256_000
    assert header.base_memory > header.size + 5000 * 256 * 4
    wide = gguf.read(made(tmp_path, **{"llama.attention.key_length": 32, "llama.attention.value_length": 16}))
    assert wide.memory_per_token == 4 * 2 * (32 + 16) * 2
    uneven = gguf.read(made(tmp_path, **{"llama.attention.head_count_kv": [1, 2, 3, 0]}))
    assert uneven.memory_per_token == 6 * (8 + 8) * 2
    assert chosen_model.window(header, 8192) == 2048 and chosen_model.window(header, 512) == 512


def test_what_cannot_be_served_is_refused_with_a_sentence(tmp_path: Path) -> None:
    whole = gguf_of(LLAMA)
    for data, told in (
        (b"", "no GGUF file"), (b"PK\x03\x04 a zip", "no GGUF file"), (gguf_of(LLAMA, version=1), "version 1"),
        (whole[:100], "middle of its header"), (whole[:-300], "cut short"),
        (b"GGUF" + struct.pack("<IQQ", 3, 1, 1 << 60), "makes no sense"),
        (b"GGUF" + struct.pack("<IQQ", 3, 1, 1) + struct.pack("<Q", 1 << 50), "makes no sense"),
        (gguf_of(LLAMA | {"general.architecture": "bert"}), "no model that writes"),
        (gguf_of(LLAMA | {"split.count": 3}), "several parts"),
        (gguf_of({"general.name": "x"}), "what kind of model"),
    ):  # fmt: skip
        with pytest.raises(gguf.GgufError, match=told):
            gguf.read(made(tmp_path, data=data))


def test_a_choice_is_kept_found_again_and_taken_back(tmp_path: Path) -> None:
    assert chosen_model.read(tmp_path) == chosen_model.Choice()
    file = made(tmp_path)
    chosen_model.write(tmp_path, Chosen("tiny", file))
    first = chosen_model.read(tmp_path)
    assert first.chosen == Chosen("tiny", file) and first.stamp == chosen_model.stamp(tmp_path) != (0, 0)
    chosen_model.write(tmp_path, Chosen("tiny", file))
    assert chosen_model.stamp(tmp_path) != first.stamp  # the same file may have another content
    (tmp_path / chosen_model.NAME).write_text("{")
    assert "choose again" in chosen_model.read(tmp_path).problem
    chosen_model.write(tmp_path, None)
    chosen_model.write(tmp_path, None)
    assert chosen_model.read(tmp_path).chosen is None
    assert chosen_model.find("tiny.gguf", Path("/nowhere"), tmp_path) == file
    assert chosen_model.find(str(file)) == file and chosen_model.find("huge.gguf", tmp_path) is None


class Fakes:
    """In place of the supervisor, the reporter and the terminal: what they were told."""

    def __init__(self) -> None:
        self.running: list[Any] = []
        self.said: list[Status] = []

    def start(self, service: Any) -> None:
        self.running.append(service)
        service.starts = 1

    def retire(self, service: Any) -> None:
        self.running.remove(service)

    def post(self, status: Status) -> None:
        self.said.append(status)

    def line(self, text: str) -> None: ...
    def progress(self, text: str, share: float) -> None: ...
    def end_progress(self) -> None: ...


class FakeChild:
    last_code = None

    def __init__(self, name: str, argv: list[str], **_: Any) -> None:
        self.argv, self.starts, self.log = argv, 0, Path("model.log")


def test_the_launcher_follows_the_choice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_model, "Child", FakeChild)
    monkeypatch.setattr(local_model, "_answers", lambda port: True)
    monkeypatch.setattr(local_model.memory, "available", lambda: 10**12)
    fetched = threading.Event()

    def obtain(model: Any, folder: Path, hub: str, heard: Any, cancelled: threading.Event) -> Path:
        fetched.wait(10)
        return tmp_path / "configured.gguf"

    monkeypatch.setattr(local_model.weights, "obtain", obtain)
    config = configuration.load(env={}, options={"data.dir": str(tmp_path), "llm.model": "smollm2"})
    fakes = Fakes()
    model = LocalModel(config, tmp_path, fakes, fakes, fakes)  # type: ignore[arg-type]

    def settle(state: str) -> Status:
        for _ in range(2000):
            model.tick()
            if fakes.said[-1].state == state:
                return fakes.said[-1]
            threading.Event().wait(0.005)
        raise AssertionError(fakes.said)

    model.tick()  # it begins to fetch the configured one …
    chosen_model.write(tmp_path, Chosen("tiny", made(tmp_path)))
    assert settle("ready").name == "tiny"  # … and does not wait for it
    fetched.set()
    [child] = fakes.running
    assert str(tmp_path / "tiny.gguf") in map(str, child.argv) and "2048" in child.argv
    chosen_model.write(tmp_path, Chosen("gone", tmp_path / "gone.gguf"))
    assert "bring it back" in settle("failed").detail and fakes.running == []
    chosen_model.write(tmp_path, None)
    assert settle("ready").name == "smollm2"
    [child] = fakes.running
    assert str(tmp_path / "configured.gguf") in map(str, child.argv)
