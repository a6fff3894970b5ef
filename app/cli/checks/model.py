"""The model that answers: what the server says of it, and whether a configured model server is there."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

from app.cli.checks.finding import Finding, Patient, fault, ok, skipped, warning
from app.cli.failures import said
from app.core.errors import PalaverError
from app.core.settings import Llm
from app.models import model_status

SECONDS = 10.0


def check(patient: Patient) -> Finding:
    """Can questions be answered?"""
    if patient.config.llm.base_url:
        return _remote(patient.config.llm)
    if patient.config.llm.model == "none":
        return ok("no model is wanted (llm.model is none)")
    if patient.inspection is None:
        return skipped("not known without the database")
    try:
        return _local(model_status.get_status())
    except PalaverError:
        return skipped("not known before the database is up to date")


def _local(status: dict[str, Any]) -> Finding:
    name, state, detail = status["name"] or "the local model", status["state"], status["detail"]
    if state == "failed":
        return fault(f"{name}: {detail}", "mend that, or set PALAVER__LLM__MODEL=smollm2 or PALAVER__LLM__BASE_URL")
    if state in ("ready", "external"):
        return ok(f"{name} is ready")
    if state == "fetching" and status["total_bytes"]:
        detail = f"{status['done_bytes'] * 100 // status['total_bytes']} %"
    return warning(f"{name} is not ready: {state} {detail}".rstrip(), "wait; scripts/run shows how far it is")


def _remote(llm: Llm) -> Finding:
    address = f"{llm.base_url.rstrip('/')}/models"
    try:
        names = _listed(address, llm.api_key)
    except urllib.error.HTTPError as error:
        mend = "correct PALAVER__LLM__API_KEY" if error.code in (401, 403) else "llm.base_url usually ends in /v1"
        return fault(f"{address} answers {error.code}", mend)
    except (OSError, ValueError, KeyError, TypeError) as error:
        return fault(f"{address}: {said(error)}", "start the model server, or correct PALAVER__LLM__BASE_URL")
    if llm.remote_model and llm.remote_model not in names:
        return fault(f"{address} does not list {llm.remote_model}",
                     f"set PALAVER__LLM__REMOTE_MODEL to one of: {', '.join(names[:10])}")  # fmt: skip
    if not names:
        return fault(f"{address} lists no model", "load a model there")
    return ok(f"{llm.remote_model or names[0]} at {llm.base_url}")


def _listed(address: str, key: str) -> list[str]:
    request = urllib.request.Request(address, headers={"Authorization": f"Bearer {key}"} if key else {})
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:
        return [str(model["id"]) for model in json.load(answer)["data"]]
