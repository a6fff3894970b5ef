"""The doctor in front of real proxies, each with one bad habit, before a real gunicorn."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.cli.checks import clock, origin, stream
from app.cli.checks.finding import Finding, Patient
from app.cli.stream_probe import Reading
from app.core.settings import Config
from tests.cli import proxies
from tests.cli.conftest import findings
from tests.servers import Stack, free_port


def check(url: str) -> Finding:
    return stream.check(Patient(Config(), url))


@pytest.mark.parametrize("kind", [None, proxies.Proxy])
def test_a_stream_that_arrives_piece_by_piece_is_fine(stack: Stack, kind: type[proxies.Proxy] | None) -> None:
    with proxies.proxy(kind or proxies.Proxy, stack.url) as url:
        finding = check(url if kind else stack.url)
    assert finding.state == "ok"
    assert finding.seen.startswith("5 frames arrived one by one")
    assert finding.mend == ""


def test_a_proxy_that_buffers_is_named_and_mended(stack: Stack) -> None:
    with proxies.proxy(proxies.Buffering, stack.url) as url:
        finding = check(url)
    assert finding.state == "fault"
    assert "a proxy holds the stream back: 5 frames sent over " in finding.seen
    assert "X-Accel-Buffering did not come through" in finding.seen
    for setting in ("proxy_buffering off;", "flushpackets=on", "flush_interval -1"):
        assert setting in finding.mend


def test_a_proxy_that_compresses_is_named(stack: Stack) -> None:
    with proxies.proxy(proxies.Compressing, stack.url) as url:
        finding = check(url)
    assert finding.state == "fault"
    assert finding.seen == "a proxy compresses the stream (gzip) and so holds it back"
    assert "gzip_types" in finding.mend


def test_a_proxy_that_compresses_every_piece_at_once_is_mentioned(stack: Stack) -> None:
    with proxies.proxy(proxies.CompressingPieces, stack.url) as url:
        finding = check(url)
    assert finding.state == "warning"
    assert finding.seen.startswith("5 frames arrived one by one")


def test_a_proxy_that_speaks_http_1_0_is_named(stack: Stack) -> None:
    with proxies.proxy(proxies.Old, stack.url) as url:
        finding = check(url)
    assert finding.state == "warning"
    assert "HTTP/1.0" in finding.seen
    assert "HTTP/1.1" in finding.mend


def test_a_proxy_that_asks_in_http_1_0_is_named(stack: Stack) -> None:
    with proxies.proxy(proxies.AskingInOld, stack.url) as url:
        finding = check(url)
    assert finding.state == "fault"
    assert "HTTP/1.0" in finding.seen
    assert "proxy_http_version 1.1;" in finding.mend


def test_a_redirect_is_followed_by_the_person(stack: Stack) -> None:
    with proxies.proxy(proxies.Redirecting, stack.url) as url:
        finding = check(url)
    assert (finding.state, finding.mend) == ("fault", "give that address instead")
    assert "https://chat.example.org/" in finding.seen


def test_another_path_and_nobody_there(stack: Stack) -> None:
    wrong = check(f"{stack.url}/api")
    assert (wrong.state, "answers 404" in wrong.seen) == ("fault", True)
    nobody = check(f"http://127.0.0.1:{free_port()}")
    assert (nobody.state, "refused" in nobody.seen) == ("fault", True)


def test_a_proxy_that_changes_the_host_is_named(stack: Stack) -> None:
    with proxies.proxy(proxies.Proxy, stack.url) as url:
        finding = origin.check(Patient(Config(), url))
        assert (finding.state, finding.mend) == ("ok", "")
    with proxies.proxy(proxies.Renaming, stack.url) as url:
        finding = origin.check(Patient(Config(), url))
    assert finding.state == "fault"
    assert "proxy_set_header Host $http_host;" in finding.mend


def test_a_clock_that_is_wrong_is_named(stack: Stack) -> None:
    with proxies.proxy(proxies.Late, stack.url) as url:
        finding = clock.check(Patient(Config(), url))
        assert finding.state == "fault"
        assert "behind this machine" in finding.seen
        assert clock.check(Patient(Config(), stack.url)).state == "ok"


def test_what_counts_as_buffered() -> None:
    apart = [(0.0, 0.0), (300.0, 290.0), (600.0, 640.0)]
    at_once = [(0.0, 0.0), (300.0, 1.0), (600.0, 2.0)]
    in_two = [(0.0, 0.0), (300.0, 1.0), (600.0, 299.0)]
    for frames, buffered in ((apart, False), (at_once, True), (in_two, True), (apart[:1], False)):
        assert Reading(200, "HTTP/1.1", {}, frames).is_buffered is buffered


def test_the_whole_doctor_on_a_running_server(stack: Stack, shell, tmp_path: Path) -> None:
    with proxies.proxy(proxies.Proxy, stack.url) as url:
        healthy = shell("doctor", "--stream", url, "--json", env=stack.env)
    assert healthy.returncode == 0, healthy.stdout
    seen = findings(healthy.stdout)
    assert {name for name, finding in seen.items() if finding["state"] not in ("ok", "warning")} == set()
    assert seen["server"]["seen"] == f"{stack.url} is alive and ready"
    assert seen["model"]["state"] == seen["stream"]["state"] == seen["clock"]["state"] == "ok"

    with proxies.proxy(proxies.Buffering, stack.url) as url:
        ill = shell("doctor", "--stream", url, env=stack.env)
    assert ill.returncode == 1
    lines = ill.stdout.splitlines()
    fault = next(number for number, line in enumerate(lines) if line.startswith("fault"))
    assert lines[fault].split()[1] == "stream"
    assert lines[fault + 1].split()[:2] == ["->", "nginx:"]
    assert lines[-1].startswith("1 fault, ")
    assert "\x1b" not in ill.stdout
