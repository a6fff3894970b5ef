"""A model that says everything which could make a browser ask somebody: nobody is asked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.journeys.conftest import Window
from tests.servers import Stack

Open = Callable[..., Window]

SAID = """\
![image]({0}/a.png) ![reference][r] <img src="{0}/b.png"> <svg><image href="{0}/c.svg"/></svg>

[r]: {0}/d.png

<link rel="stylesheet" href="{0}/e.css"><link rel="prefetch" href="{0}/f"><style>body{{background:url({0}/g)}}</style>
<div style="background:url({0}/h)">x</div> <iframe src="{0}/i"></iframe> <object data="{0}/j"></object>
<video src="{0}/k" autoplay></video><audio src="{0}/l" autoplay></audio><script src="{0}/m"></script>
<base href="{0}/"> <meta http-equiv="refresh" content="0;url={0}/n"> <input type="image" src="{0}/o">

[run](javascript:fetch('{0}/p')) [data](data:text/html,<script>fetch('{0}/q')</script>) [our bank]({0}/r)

```html
<img src="{0}/s">
```

@all @anna {0}/t
"""


@pytest.fixture
def elsewhere() -> Iterator[tuple[str, list[str]]]:
    """Another server, and what it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


def test_what_a_model_says_makes_no_request(server: Stack, window: Open, elsewhere: tuple[str, list[str]]) -> None:
    url, asked = elsewhere
    anna = window(server, "anna")
    sent: list[str] = []
    anna.page.on("request", lambda request: sent.append(request.url))
    anna.ask("say=1 " + SAID.format(url))
    answer = anna.answer("complete")
    text = answer.locator(".message__text")
    assert "our bank" in text.text_content() and "<svg>" in text.text_content()
    anna.page.reload()
    anna.live().page.wait_for_load_state("load")
    assert [made for made in sent if not made.startswith(server.url)] == [] and asked == [] and len(sent) > 10
    assert (
        text.locator("img, svg, style, script, link, iframe, object, video, audio, base, meta, input, [style]").count()
        == 0
    )
    assert text.locator(".mention").count() == 0
    links = text.locator("a").evaluate_all("all => all.map(a => [a.protocol, a.rel])")
    assert links and {tuple(link) for link in links} == {("http:", "noopener noreferrer nofollow")}
    assert "our bank (127.0.0.1)" in text.text_content()
    answer.locator("a", has_text="our bank").click()
    assert asked == ["/r"]  # who follows a link asks for it: the server would have heard
