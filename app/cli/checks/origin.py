"""Does a proxy keep the Host header? Without it every form looks as if another site had sent it."""

from __future__ import annotations

import http.client
import json
from urllib.parse import urlsplit

from app.cli import stream_probe
from app.cli.checks.finding import Finding, Patient, fault, ok, skipped
from app.cli.failures import said

PATH = "/api/auth/login"
MEND = (
    "nginx: `proxy_set_header Host $http_host;`; Apache: `ProxyPreserveHost On`; Caddy keeps it by itself unless "
    "`header_up Host` changes it"
)


def check(patient: Patient) -> Finding:
    """Send an empty sign-in as a browser on `--stream URL` would: it must fail for being empty, not for its origin."""
    url = patient.stream_url
    if url is None:
        return skipped("not tried without --stream")
    try:
        status, code = _post(url)
    except (OSError, ValueError, http.client.HTTPException) as error:
        return fault(f"{url}: {said(error)}", "check the address, the proxy and its certificate")
    if code == "PV.AUTH.CSRF":
        return fault("a proxy changes the Host header, so that nobody can sign in or write", MEND)
    if status != 422:
        return fault(f"{url}{PATH} answers {status} {code}".rstrip(), "check that the proxy passes POST on to Palaver")
    return ok("requests keep the Host they were sent to")


def _post(url: str) -> tuple[int, str]:
    place = urlsplit(url)
    connection = stream_probe.connect(url)
    try:
        headers = {"Content-Type": "application/json", "Origin": f"{place.scheme}://{place.netloc}"}
        connection.request("POST", place.path.rstrip("/") + PATH, body=b"{}", headers=headers)
        answer = connection.getresponse()
        body = answer.read(10_000)
        return answer.status, str(json.loads(body).get("code", "")) if body.startswith(b"{") else ""
    finally:
        connection.close()
