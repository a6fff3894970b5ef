"""Answers that use tools: the model asks for calls, they are made, it reads what came of them, and so on.

Every call is a row of the database, so people see it, decide about it, and a call that began is never made twice by itself,
whatever dies meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import orjson

from app.adapters.llm import ChatModel, Piece, Turn
from app.adapters.mcp import Server, ToolError, ToolServers
from app.core.secrets import KeyRing, SecretsError
from app.models import tool_calls
from app.services import prompts
from app.services.patience import patiently
from app.services.tool_turns import Wanted, flat, named, offered, shortened, tail

if TYPE_CHECKING:
    from app.services.answers import Growing

# After so many rounds of calls in one answer the model is asked without tools.
MOST_ROUNDS = 8
WAITING = "waiting"  # why the writer of an answer stops without ending it: somebody has to decide about a call


class Toolbox:
    """The servers of tools, for whoever writes answers.

    Args:
        keys: what their secrets are encrypted with; the owner is the server's id.
        is_on: what the configuration says of the feature; administrators may have switched it since.
    """

    def __init__(self, servers: ToolServers, keys: KeyRing, is_on: bool) -> None:
        self.servers, self._keys, self.is_on = servers, keys, is_on

    def open(self, answer: Growing) -> Tools | None:
        """What this answer has to do with tools; None when nothing."""
        if "tools" not in answer.asked["model"]["capabilities"]:
            return None
        context = tool_calls.context(answer.lease, self.is_on)
        return Tools(self, answer, context) if context and (context["tools"] or context["calls"]) else None

    def server(self, row: dict[str, Any]) -> Server:
        """How a server is reached, from `internal.tool_server_secret_json`. Raises ToolError."""
        return server_of(row, self._keys)


def server_of(row: dict[str, Any], keys: KeyRing) -> Server:
    """How a server is reached. Raises ToolError when its secrets cannot be read."""
    try:
        secrets = orjson.loads(keys.decrypt(bytes.fromhex(row["secrets"]), row["id"])) if row["secrets"] else {}
    except SecretsError as error:
        raise ToolError(
            "The secrets of this server of tools cannot be read any more; an administrator has to enter them again."
        ) from error
    return Server(
        row["id"], row["version"], row["transport"], row["command"], row["url"], secrets, row["call_seconds"],
        row["output_bytes"],
    )  # fmt: skip


class Tools:
    """The tools and calls of one answer."""

    def __init__(self, box: Toolbox, answer: Growing, context: dict[str, Any]) -> None:
        self._box, self._answer = box, answer
        self._tools = named(context["tools"])
        self._calls: list[dict[str, Any]] = context["calls"]
        self._usage: dict[str, int] = (context["usage"] or {}) if self._calls else {}
        self._guard: Callable[[str], str] = str
        if answer.asked["model"]["provider"]["kind"] != "openai":
            self._guard = prompts.guarded

    def tokens(self, model: ChatModel, budget: int) -> int:
        """How much of the budget the tools and the calls so far take: half of it at most, or a little more."""
        self._most = budget // 2
        text = orjson.dumps(offered(self._tools)).decode()
        return model.count_tokens([{"role": "system", "content": text}]) + model.count_tokens(flat(self._tail(model)))

    def before(self, context: dict[str, Any]) -> dict[str, Any]:
        """The context without the answer's own text, which `pieces` tells in its place among the calls."""
        return context | {"so_far": None} if self._calls else context

    def pieces(
        self, model: ChatModel, turns: list[Turn], parameters: dict[str, Any], seconds: float,
        drain: Callable[[Growing], None],
    ) -> Iterator[Piece]:  # fmt: skip
        """What the model says, and between that: calls."""
        answer = self._answer
        while self._work():
            wanted = Wanted()
            given = parameters | ({"tools": offered(self._tools)} if self._may_call() else {})
            yield from self._said(model.stream(turns + self._tail(model), given, seconds), wanted)
            if not wanted or not self._may_call():
                return
            drain(answer)
            if answer.stop_reason:
                return
            length = len(answer.text())
            wishes = wanted.calls(self._tools, length)
            calls = tool_calls.begin(answer.lease, wishes, len(answer.pieces), length, self._usage)
            if calls is None:
                answer.stop_reason = "lost"
                return
            self._calls = calls

    def _said(self, pieces: Iterator[Piece], wanted: Wanted) -> Iterator[Piece]:
        before, begins = dict(self._usage), self._is_after_calls()
        for piece in pieces:
            wanted.add(piece.tool_calls)
            if piece.usage:
                self._usage = {n: before.get(n, 0) + piece.usage.get(n, 0) for n in before | piece.usage}
            if piece.text and begins:
                begins = False
                yield Piece("\n\n")
            yield Piece(piece.text, piece.finish_reason, piece.usage and self._usage, piece.model, piece.tool_calls)

    def _is_after_calls(self) -> bool:
        """Does the model go on behind text that stood before calls?"""
        text = self._answer.text()
        return bool(self._calls and text and self._calls[-1]["text_length"] == len(text) and not text.endswith("\n"))

    def _may_call(self) -> bool:
        return bool(self._tools) and (not self._calls or self._calls[-1]["round"] < MOST_ROUNDS)

    def _tail(self, model: ChatModel) -> list[Turn]:
        return shortened(tail(self._calls, self._answer.text(), self._guard), model.count_tokens, self._most) if (
            self._calls
        ) else []  # fmt: skip

    def _work(self) -> bool:
        """Make the calls that may be made. False when the answer waits until somebody decides, or is not ours any more."""
        answer = self._answer
        while any(call["status"] in ("pending", "approved") for call in self._calls):
            for call in self._calls:
                if call["status"] == "approved":
                    self._make(call)
            if all(call["status"] != "pending" for call in self._calls) or not tool_calls.wait(
                answer.lease, self._usage
            ):
                context = patiently(tool_calls.context, answer.lease, self._box.is_on)
                if context is None:
                    answer.stop_reason = answer.stop_reason or "lost"
                    return False
                self._calls = context["calls"]
            else:
                answer.stop_reason = answer.stop_reason or WAITING
                return False
        return True

    def _make(self, call: dict[str, Any]) -> None:
        answer = self._answer
        row = tool_calls.start(answer.lease, call["id"])
        if row is None:  # what became of it is read anew
            return
        try:
            server = self._box.server(row)
            # While a tool works, the model has nothing to say.
            answer.heard_at = time.monotonic() + server.seconds
            answer.began.set()
            output = self._box.servers.call(server, call["tool"], orjson.loads(call["arguments"]))
            text, is_failed = output.text, output.is_error
        except ToolError as error:
            text, is_failed = str(error), True
        answer.heard_at = time.monotonic()
        patiently(tool_calls.end, answer.lease, call["id"], text, is_failed)
