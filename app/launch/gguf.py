"""Reading the header of a model file in the GGUF format: what it is, and what serving it takes."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

MAGIC = b"GGUF"
VERSIONS = (2, 3)
# Types of values: their struct formats; 8 is a string, 9 an array.
_SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_STRING, _ARRAY = 8, 9
_ALIGNMENT = 32
MOST_PAIRS, MOST_TENSORS, MOST_TEXT, MOST_ITEMS = 10_000, 200_000, 1 << 24, 1 << 26
# Arrays that are looked at; of the others (the words of the tokenizer) only the length.
_SHORT = 4096
# They make vectors or pictures of texts, not texts.
NOT_CHATTING = {"bert", "nomic-bert", "nomic-bert-moe", "jina-bert-v2", "t5encoder", "clip", "wavtokenizer-dec",
                "gemma-embedding", "neo-bert", "modern-bert"}  # fmt: skip
# Measured with xllamacpp: the weights as they are laid out for the processor, the scores of a batch, the cache of prompts.
_WEIGHTS_FACTOR, _BATCH, _CACHE = 1.25, 256, 268_000_000
_HALF = 2  # bytes of a number in the cache of keys and values


class GgufError(Exception):
    """The file cannot be served; the message is one line."""


@dataclass(frozen=True)
class Header:
    """What a model file says of itself.

    Attributes:
        memory_per_token: bytes that every token of context takes; 0 when the header does not tell.
    """

    architecture: str
    name: str
    context_tokens: int
    size: int
    base_memory: int
    memory_per_token: int

    def memory_needed(self, context_tokens: int) -> int:
        """Bytes of memory it takes to serve it with this context window."""
        return self.base_memory + self.memory_per_token * context_tokens


def read(path: Path) -> Header:
    """The header of a model that can chat.

    Raises:
        GgufError: it is no such file, or not a whole one.
        OSError: it cannot be read.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        try:
            values, end = _Reader(file, size).header()
        except (EOFError, struct.error):
            raise GgufError(f"{path} ends in the middle of its header; fetch it again") from None
        except GgufError as error:
            raise GgufError(f"{path} {error}") from None
    if end > size:
        raise GgufError(f"{path} is cut short ({size / 1e6:.1f} MB of at least {end / 1e6:.1f} MB); fetch it again")
    return _judged(path, values, size)


def _judged(path: Path, values: dict[str, Any], size: int) -> Header:
    architecture = str(values.get("general.architecture") or "")
    if not architecture:
        raise GgufError(f"{path} does not say what kind of model it is (general.architecture)")
    if architecture in NOT_CHATTING or values.get("general.type") in ("mmproj", "adapter", "imatrix"):
        raise GgufError(f"{path} is no model that writes texts ({architecture}); choose another file")
    if _number(values, "split.count") > 1:
        raise GgufError(f"{path} is one of several parts; join them first (llama-gguf-split --merge)")
    words = _number(values, "tokenizer.ggml.tokens")
    return Header(
        architecture, str(values.get("general.name") or path.stem)[:80],
        _number(values, f"{architecture}.context_length"), size,
        int(size * _WEIGHTS_FACTOR) + words * _BATCH * 4 + _CACHE, _per_token(values, architecture),
    )  # fmt: skip


def _per_token(values: dict[str, Any], architecture: str) -> int:
    """Keys and values of all blocks. Where heads differ between blocks they are summed."""

    def number(name: str) -> int:
        return _number(values, f"{architecture}.{name}")

    blocks, heads = number("block_count"), number("attention.head_count")
    each = values.get(f"{architecture}.attention.head_count_kv", heads)
    total = sum(each) if isinstance(each, list) else blocks * (each if isinstance(each, int) else 0)
    wide = number("embedding_length") // heads if heads else 0
    return total * ((number("attention.key_length") or wide) + (number("attention.value_length") or wide)) * _HALF


def _number(values: dict[str, Any], name: str) -> int:
    value = values.get(name)
    if isinstance(value, list):
        return max((v for v in value if isinstance(v, int)), default=0)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


class _Reader:
    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self._size = file, size

    def header(self) -> tuple[dict[str, Any], int]:
        """The values by name, and how long the file has to be at least."""
        if self._file.read(4) != MAGIC:
            raise GgufError("is no GGUF file; models for llama.cpp end in .gguf")
        version = self._one("<I")
        if version not in VERSIONS:
            raise GgufError(f"has the version {version} of GGUF; only {' and '.join(map(str, VERSIONS))} can be served")
        tensors, pairs = self._one("<Q"), self._one("<Q")
        if pairs > MOST_PAIRS or not 0 < tensors <= MOST_TENSORS:
            raise GgufError("has a header that makes no sense; fetch it again")
        values = {}
        for _ in range(pairs):
            name = self._text()
            values[name] = self._value(self._one("<I"))
        last = max(self._offset() for _ in range(tensors))
        alignment = values.get("general.alignment", _ALIGNMENT)
        alignment = alignment if isinstance(alignment, int) and alignment > 0 else _ALIGNMENT
        return values, -(-self._file.tell() // alignment) * alignment + last + 1

    def _offset(self) -> int:
        """Where the bytes of the next tensor begin, counted from the first one's."""
        self._text()
        self._skip(8 * self._one("<I") + 4)
        return int(self._one("<Q"))

    def _value(self, kind: int) -> Any:
        if kind == _STRING:
            return self._text()
        if kind == _ARRAY:
            return self._array(self._one("<I"), self._one("<Q"))
        return self._one(self._format(kind))

    def _array(self, kind: int, count: int) -> Any:
        """A short one as a list; of a long one how many there are."""
        if count > MOST_ITEMS:
            raise GgufError("has a header that makes no sense; fetch it again")
        if kind in (_STRING, _ARRAY):
            for _ in range(count):
                self._value(kind)
            return count
        width = struct.calcsize(self._format(kind))
        if count > _SHORT:
            self._skip(width * count)
            return count
        return [self._one(self._format(kind)) for _ in range(count)]

    def _format(self, kind: int) -> str:
        if kind not in _SCALARS:
            raise GgufError("has a header that makes no sense; fetch it again")
        return _SCALARS[kind]

    def _text(self) -> str:
        length = self._one("<Q")
        if length > MOST_TEXT:
            raise GgufError("has a header that makes no sense; fetch it again")
        return self._bytes(length).decode("utf-8", "replace")

    def _one(self, form: str) -> Any:
        return struct.unpack(form, self._bytes(struct.calcsize(form)))[0]

    def _bytes(self, count: int) -> bytes:
        data = self._file.read(count)
        if len(data) < count:
            raise EOFError
        return data

    def _skip(self, count: int) -> None:
        if self._file.seek(count, 1) > self._size:
            raise EOFError
