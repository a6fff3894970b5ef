"""What is known of models and the servers that have them, as doors, commands and pages name it."""

from __future__ import annotations

# Kinds of servers that can be added, with what people call them; `local`, the model of this machine, is always there.
KINDS = {"ollama": "Ollama", "vllm": "vLLM", "llama.cpp": "llama.cpp", "openai": "OpenAI-compatible"}
ALL_KINDS = {"local": "This machine", **KINDS}
CAPABILITIES = ("tools", "vision", "audio", "thinking")
# When an assistant answers.
ANSWERS = {
    "always": "always",
    "mentioned": "when it is mentioned",
    "replied": "when it is mentioned or replied to",
    "never": "never by itself",
}
# What a request says by itself; a model's own parameters may not.
OURS = frozenset({"model", "messages", "stream", "stream_options", "tools", "tool_choice", "n", "functions"})
