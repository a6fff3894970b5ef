"""What a server of models is, what it has, and whether it answers: asked before and whenever somebody wonders.

Ollama, vLLM and llama.cpp say more about their models than OpenAI's API has room for; each is known by a path of its own.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson
import urllib3
from urllib3 import exceptions

from app.adapters.llm import bounds

CONNECT_SECONDS, LIST_SECONDS, ANSWER_SECONDS = 5.0, 10.0, 60.0
# So many models are asked about one by one (Ollama).
MOST_SHOWN = 30
MOST_BYTES = 8_000_000
# Ollama serves so much of a model's context when neither the model nor its loaded state says otherwise.
OLLAMA_CONTEXT = 4096
NO_ADDRESS = "This is not an address; give one such as http://127.0.0.1:11434/v1"


class ProbeError(Exception):
    """The server cannot be used; the message is a sentence for an administrator.

    Attributes:
        suggestion: an address that would do, if another one does.
    """

    def __init__(self, message: str, suggestion: str = "") -> None:
        super().__init__(message)
        self.suggestion = suggestion


@dataclass(frozen=True)
class FoundModel:
    """A model that the server lists; None and nothing where it does not say."""

    name: str
    context_tokens: int | None = None
    capabilities: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """What a server says of itself.

    Attributes:
        kind: ollama, vllm, llama.cpp or openai.
        seconds: how long the list of its models took.
    """

    kind: str
    version: str
    models: tuple[FoundModel, ...]
    seconds: float


@dataclass(frozen=True)
class _Answer:
    status: int
    body: Any
    address: str


def look(base_url: str, api_key: str = "") -> Found:
    """What is there.

    Raises:
        ProbeError: nothing that could be used.
    """
    return _Server(base_url, api_key).look()


def ask(base_url: str, api_key: str, model: str) -> float:
    """Have one token generated; answers the seconds it took.

    Raises:
        ProbeError: the model did not answer.
    """
    return _Server(base_url, api_key).ask(model)


class _Server:
    def __init__(self, base_url: str, api_key: str) -> None:
        self._base = base_url.rstrip("/")
        self._root = self._base.removesuffix("/v1")
        self._headers = {"Accept": "application/json"}
        if api_key:
            self._headers["Authorization"] = f"Bearer {api_key}"
        self._key = api_key
        self._http = urllib3.PoolManager(maxsize=1, retries=False)

    def look(self) -> Found:
        begun = time.monotonic()
        answer = self._fetch("GET", f"{self._base}/models", LIST_SECONDS)
        seconds = time.monotonic() - begun
        self._check(answer)
        listed = [m for m in answer.body["data"] if isinstance(m, dict) and isinstance(m.get("id"), str)]
        for kind, question in (("ollama", self._ollama), ("vllm", self._vllm), ("llama.cpp", self._llama_cpp)):
            if (said := question(listed)) is not None:
                return Found(kind, said[0], tuple(said[1]), seconds)
        return Found("openai", "", tuple(map(_of_openai, listed)), seconds)

    def ask(self, model: str) -> float:
        begun = time.monotonic()
        turns = [{"role": "user", "content": "Say yes."}]
        body = {"model": model, "messages": turns, "max_tokens": 1, "stream": False}
        answer = self._fetch("POST", f"{self._base}/chat/completions", ANSWER_SECONDS, body)
        self._check_status(answer, f"the question to {model}")
        if not isinstance(answer.body, dict) or not answer.body.get("choices"):
            raise ProbeError(f"{model} was asked and sent something that is not an answer.")
        return time.monotonic() - begun

    def _check(self, answer: _Answer) -> None:
        if answer.status in (404, 405) or (answer.status == 200 and not _is_list(answer.body)):
            self._suggest(answer)
        self._check_status(answer, "the list of its models")
        if answer.body is None:
            raise ProbeError(f"{answer.address} answers something that is not JSON; is this the address of an API?")
        if not _is_list(answer.body):
            raise ProbeError(f"{answer.address} answers JSON that is no list of models; is this the right address?")

    def _suggest(self, answer: _Answer) -> None:
        better = f"{self._root}/v1"
        if better == self._base:
            return
        try:
            found = self._fetch("GET", f"{better}/models", LIST_SECONDS)
        except ProbeError:
            return
        if found.status in (200, 401, 403):
            what = f"answers {answer.status}" if answer.status != 200 else "is no list of models"
            raise ProbeError(f"{answer.address} {what}, but {better}/models is there: use {better}", better)

    def _check_status(self, answer: _Answer, what: str) -> None:
        if answer.status == 200:
            return
        said = _said(answer.body)
        if answer.status == 401:
            mend = "the key is wrong" if self._key else "it wants a key"
            raise ProbeError(f"The server refused {what} (401): {mend}.{said}")
        if answer.status == 403:
            raise ProbeError(f"The server refused {what} (403): the key may not do that.{said}")
        if answer.status == 404 and not said:
            raise ProbeError(f"{answer.address} is not there (404); the address usually ends in /v1.")
        if 300 <= answer.status < 400:
            raise ProbeError(
                f"{answer.address} sends us elsewhere ({answer.status}); enter the address that it ends at."
            )
        raise ProbeError(f"The server refused {what} ({answer.status}).{said}")

    def _ollama(self, listed: list[dict[str, Any]]) -> tuple[str, list[FoundModel]] | None:
        version = self._quietly("GET", f"{self._root}/api/version")
        tags = self._quietly("GET", f"{self._root}/api/tags") if _dict(version).get("version") else None
        if not isinstance(_dict(tags).get("models"), list):
            return None
        loaded = {m.get("name"): m.get("context_length") for m in _dicts(self._quietly("GET", f"{self._root}/api/ps"))}
        names = [str(m.get("model") or m.get("name") or "") for m in _dicts(tags)]
        models = [
            self._of_ollama(name, loaded.get(name)) if place < MOST_SHOWN else FoundModel(name)
            for place, name in enumerate(names) if name
        ]  # fmt: skip
        return str(_dict(version)["version"])[:60], models

    def _of_ollama(self, name: str, loaded: Any) -> FoundModel:
        shown = _dict(self._quietly("POST", f"{self._root}/api/show", {"model": name}))
        said = shown.get("capabilities") if isinstance(shown.get("capabilities"), list) else []
        own = _whole(
            next((v for k, v in _dict(shown.get("model_info")).items() if k.endswith(".context_length")), None)
        )
        set_to = next((line.split()[1] for line in str(shown.get("parameters") or "").splitlines()
                       if line.startswith("num_ctx ") and len(line.split()) > 1), None)  # fmt: skip
        served = _whole(set_to) or _whole(loaded) or (min(own, OLLAMA_CONTEXT) if own else None)
        return FoundModel(name, served, _known(said or []))

    def _vllm(self, listed: list[dict[str, Any]]) -> tuple[str, list[FoundModel]] | None:
        if not any(m.get("owned_by") == "vllm" or "max_model_len" in m for m in listed):
            return None
        version = _dict(self._quietly("GET", f"{self._root}/version")).get("version")
        return str(version or "")[:60], [FoundModel(m["id"], _whole(m.get("max_model_len"))) for m in listed]

    def _llama_cpp(self, listed: list[dict[str, Any]]) -> tuple[str, list[FoundModel]] | None:
        properties = _dict(self._quietly("GET", f"{self._root}/props"))
        settings = _dict(properties.get("default_generation_settings"))
        if not settings and not any(m.get("owned_by") == "llamacpp" for m in listed):
            return None
        senses = _dict(properties.get("modalities"))
        can = [name for name in ("vision", "audio") if senses.get(name)]
        if "tools" in str(properties.get("chat_template") or ""):
            can.append("tools")
        context = _whole(settings.get("n_ctx"))
        version = str(properties.get("build_info") or "")[:60]
        return version, [FoundModel(m["id"], context, _known(can)) for m in listed]

    def _quietly(self, method: str, address: str, body: dict[str, Any] | None = None) -> Any:
        """What only some servers know; None from the others."""
        try:
            answer = self._fetch(method, address, LIST_SECONDS, body)
        except ProbeError:
            return None
        return answer.body if answer.status == 200 else None

    def _fetch(self, method: str, address: str, seconds: float, body: dict[str, Any] | None = None) -> _Answer:
        timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=seconds)
        more: dict[str, Any] = {"json": body} if body is not None else {}
        try:
            answer = self._http.request(
                method, address, headers=self._headers, timeout=timeout, preload_content=False, redirect=False, **more
            )
            data = bounds.without(self._key, answer.read(MOST_BYTES))
            answer.close()
        except (exceptions.HTTPError, OSError, ValueError) as error:
            raise ProbeError(_why(error, address, seconds)) from error
        try:
            return _Answer(answer.status, orjson.loads(data), address)
        except orjson.JSONDecodeError:
            return _Answer(answer.status, None, address)


def _why(error: Exception, address: str, seconds: float) -> str:
    """Why a server cannot be reached, and what to do."""
    try:
        where, host = urlsplit(address).netloc, urlsplit(address).hostname
    except ValueError:
        return NO_ADDRESS
    causes = list(_causes(error))

    def any_is(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    if any_is(exceptions.NameResolutionError, socket.gaierror):
        return f"There is no server called {host}; check the spelling of the address."
    if any_is(ConnectionRefusedError):
        return f"Nobody listens at {where}; start the server there, or correct the port."
    if any_is(exceptions.SSLError):
        text = str(next(cause for cause in causes if isinstance(cause, exceptions.SSLError)))
        plain = "WRONG_VERSION_NUMBER" in text or "record layer" in text.lower()
        mend = "it speaks plain HTTP: use http://" if plain else "its certificate is not valid for this address"
        return f"{where} cannot be trusted (TLS): {mend}."
    if any_is(exceptions.ConnectTimeoutError):
        return (
            f"{where} does not answer within {CONNECT_SECONDS:g} s; is the address right, and does a firewall let us?"
        )
    if any_is(exceptions.ReadTimeoutError):
        return f"{where} took the request and said nothing for {seconds:g} s."
    if any_is(exceptions.LocationValueError, exceptions.LocationParseError, ValueError):
        return NO_ADDRESS
    return f"The connection to {where} broke off; is this the address of an HTTP server?"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = getattr(error, "reason", None) if isinstance(getattr(error, "reason", None), BaseException) else (
            error.__cause__ or error.__context__
        )  # fmt: skip


def _of_openai(listed: dict[str, Any]) -> FoundModel:
    """The names that several providers have for the same."""
    lengths = (listed.get(key) for key in ("context_length", "context_window", "max_context_length", "max_model_len"))
    told = listed.get("capabilities")
    can = [name for name, has in told.items() if has is True] if isinstance(told, dict) else told
    senses = _dict(listed.get("architecture")).get("input_modalities")
    lists = [part for part in (can, listed.get("supported_parameters"), senses) if isinstance(part, list)]
    return FoundModel(
        listed["id"], next(filter(None, map(_whole, lengths)), None), _known([x for p in lists for x in p])
    )


_NAMES: dict[str, Callable[[str], bool]] = {
    "tools": lambda word: word in ("tools", "function_calling", "tool_use"),
    "vision": lambda word: word in ("vision", "image"),
    "audio": lambda word: word == "audio",
    "thinking": lambda word: word in ("thinking", "reasoning"),
}


def _known(words: list[Any]) -> tuple[str, ...]:
    """Our names of what servers call by several."""
    return tuple(name for name, is_it in _NAMES.items() if any(isinstance(word, str) and is_it(word) for word in words))


def _is_list(body: Any) -> bool:
    return isinstance(body, dict) and isinstance(body.get("data"), list)


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(value: Any) -> list[dict[str, Any]]:
    models = _dict(value).get("models")
    return [m for m in models if isinstance(m, dict)] if isinstance(models, list) else []


def _whole(value: Any) -> int | None:
    """A context length that can be one."""
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if 256 <= number <= 100_000_000 else None


def _said(body: Any) -> str:
    """The server's own words, kept short."""
    error = _dict(body).get("error")
    text = error.get("message") if isinstance(error, dict) else error or _dict(body).get("detail")
    return f" It says: {' '.join(str(text).split())[:300]}" if text else ""
