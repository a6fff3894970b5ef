"""`python -m bench.fuzz --examples N`: our own OpenAPI document as a source of requests, right and wrong, as everybody.

schemathesis makes the requests, the real application answers them on a real database, in this process. Every answer has
to be one that the document names, in the shape that it says; no answer may be a 5xx.

Streams are asked for as always, but answered like an ordinary request: there is no socket to hand over here. Whoever
signs himself out, or is signed out, comes back with a new session, as another user with the same role.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import hypothesis
import schemathesis
from hypothesis import HealthCheck, Phase
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks

from app import create_app
from app.core import config
from app.core.scopes import SCOPES
from app.models import db
from app.services import auth
from bench.report import report
from tests.blueprints.permissions import EVERYTHING, Scene, World, without_sockets
from tests.conftest import PASSWORD
from tests.databases import Cluster

# Who fuzzes: the name in the table, and the role in the scene.
ROLES = {
    "anonymous": "nobody",
    "read_only": "reader",
    "member": "owner",
    "admin": "administrator",
    "key": "administrator",
}
PLACE = "/api/conversations/{conversation_id}"
CHECKS = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
]


@dataclass
class Findings:
    """What came of the requests of one role."""

    role: str
    requests: int = 0
    failures: dict[str, str] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)
    violations: int = 0

    def row(self) -> dict[str, Any]:
        answers = {f"{n}xx": sum(c for status, c in self.statuses.items() if status // 100 == n) for n in (2, 4, 5)}
        return {"role": self.role, "requests": self.requests} | answers | {"violations": self.violations}


class Fuzzer:
    """Somebody who sends what the document allows, and what it does not."""

    def __init__(self, world: World, role: str, seed: int) -> None:
        self.world, self.role, self.random = world, role, random.Random(seed)
        self.found = Findings(role)
        self.enter()

    def enter(self) -> None:
        """Come as somebody new with the same role."""
        self.scene = Scene(self.world, ROLES[self.role])
        client = self.scene.robot(*SCOPES) if self.role == "key" else self.scene.client()
        self.headers = {
            name.removeprefix("HTTP_").replace("_", "-"): value for name, value in client.environ_base.items()
            if name.startswith("HTTP_")
        }  # fmt: skip
        cookie = client.get_cookie("SESSION_ID")
        self.cookies = {"SESSION_ID": cookie.value} if cookie else {}

    def run(self, operation: Any, examples: int) -> None:
        """Half of the examples obey the document, half do not."""
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            with contextlib.suppress(hypothesis.errors.Unsatisfiable):
                strategy = operation.as_strategy(generation_mode=mode)
                settings = hypothesis.settings(
                    max_examples=max(1, examples // 2), database=None, deadline=None, derandomize=True,
                    phases=[Phase.generate], suppress_health_check=list(HealthCheck),
                )  # fmt: skip
                settings(hypothesis.given(strategy)(self.send))()

    def send(self, case: Any) -> None:
        """One request; what is wrong with its answer is kept."""
        was_changed = self.make_real(case)
        response = case.call(app=self.world.app, headers=self.headers, cookies=self.cookies)
        self.found.requests += 1
        self.found.statuses[response.status_code] += 1
        name = f"{case.operation.method.upper()} {case.operation.path}"
        if response.status_code >= 500:
            self.found.failures.setdefault(
                f"{name} {response.status_code}", f"{case.as_curl_command()}\n{response.text}"
            )
        try:
            # A request that was made wrong has to be refused, unless the wrong thing was exchanged for a real id.
            case.validate_response(
                response, checks=CHECKS if was_changed else [*CHECKS, checks.negative_data_rejection]
            )
        except FailureGroup as group:
            for failure in group.exceptions:
                self.violated(name, case, response, failure)
        # Signed out; or the conversation may be archived now, or have been left.
        changed_place = response.status_code < 300 and case.method != "GET" and case.operation.path.startswith(PLACE)
        if self.role != "anonymous" and (response.status_code == 401 or changed_place):
            self.enter()

    def violated(self, name: str, case: Any, response: Any, failure: Failure) -> None:
        self.found.violations += 1
        said = f"{failure.title}: {failure.message}\n{case.as_curl_command()}\n{response.status_code} {response.text[:300]}"
        self.found.failures.setdefault(f"{name} {failure.title} {response.status_code}", said)

    def make_real(self, case: Any) -> bool:
        """Ids that exist, most of the time: of a made-up one there is only to say that it is not there. Was one set?"""
        changed = False
        for container in (case.path_parameters, case.query, case.body):
            for name in list(container) if isinstance(container, dict) else ():
                if name != "name" or container is case.path_parameters:
                    ids = self.ids(name) if self.random.random() < 0.8 else []
                    if ids:
                        container[name] = [ids[0]] if name.endswith("ids") else self.random.choice(ids)
                        changed = True
        return changed

    def ids(self, name: str) -> list[str]:
        """What exists of this kind."""
        scene, host = self.scene, self.world.host
        match name:
            case "message_id":
                return [scene.root, scene.growing(scene.user or host), scene.complete()]
            case "key_id":
                return [scene.key_of(scene.user or host, "read")[0]]
            case "session_id":
                return [scene.session_of(self.world.user("member"))]
            case "user_id" | "member_ids":
                return [self.world.user("member")]
            case "passkey_id":
                return [scene.passkey_of(scene.user or host)]
            case "token":
                return [scene.invitation(None)]
            case "invite_id":
                return [scene.invite()]
            case "profile_id":
                return [scene.limit()]
            case "assignment_id":
                return [scene.assigned_limit()]
            case "password" | "current_password":
                return [PASSWORD]
        return [scene.ids[name]] if name in scene.ids else []


@contextlib.contextmanager
def the_world(cluster: Cluster) -> Iterator[World]:
    """The application on a database of its own."""
    made = cluster.clone()
    with tempfile.TemporaryDirectory() as folder:
        options = {"profile": "test", "db.runtime_url": made.runtime, "data.dir": folder} | EVERYTHING
        app = create_app(config.load(env={}, options=options))
        db.after_write = lambda: db.read("bus_publish")
        auth._set_up = False
        world = World(app, made)
        try:
            with without_sockets():
                yield world
        finally:
            world.owner.close()
            db.close()
            cluster.drop(made)


def document(world: World) -> dict[str, Any]:
    """Our document without what it says of credentials: those are the role's, not made up."""
    found: dict[str, Any] = json.loads(world.app.test_client().get("/openapi.json").text)
    for operations in found["paths"].values():
        for operation in operations.values():
            if isinstance(operation, dict):
                operation.pop("security", None)
    return found


def operations(world: World) -> Iterator[Any]:
    """Every operation of the document."""
    found: Any = schemathesis.openapi.from_dict(document(world)).get_all_operations()
    for operation in found:
        yield operation.ok()


def fuzz(world: World, role: str, examples: int, seed: int = 1) -> Findings:
    """Every operation of the document, as one role, `examples` times each."""
    fuzzer = Fuzzer(world, role, seed)
    for operation in operations(world):
        fuzzer.run(operation, examples)
    return fuzzer.found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=100, help="requests an operation and role")
    parser.add_argument("--roles", nargs="+", choices=ROLES, default=list(ROLES))
    options = parser.parse_args()
    cluster = Cluster()
    try:
        with the_world(cluster) as world:
            found = [fuzz(world, role, options.examples) for role in options.roles]
    finally:
        cluster.stop()
    for findings in found:
        for name, said in findings.failures.items():
            print(f"--- {findings.role}: {name}\n{said}\n", file=sys.stderr)
    report("fuzz", [findings.row() for findings in found])
    return 1 if any(findings.failures for findings in found) else 0


if __name__ == "__main__":
    sys.exit(main())
