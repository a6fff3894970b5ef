"""nginx with Debian's nchan module, one worker, as the measure for deliveries; its folder and port are its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.servers import free_port, wait_for

MODULE = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")
CONFIG = """
load_module {module};
worker_processes 1;
worker_rlimit_nofile {files};
{user}
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections {files}; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  keepalive_requests 1000000;
  keepalive_timeout 600s;
  nchan_shared_memory_size 128m;
  server {{
    listen 127.0.0.1:{port};
    location = /publish {{ nchan_publisher; nchan_channel_id talk; nchan_message_buffer_length 100; nchan_message_timeout 1m; }}
    location = /listen {{ nchan_subscriber eventsource; nchan_channel_id talk; nchan_subscriber_first_message newest; }}
  }}
}}
"""


@dataclass
class Nchan:
    """A running nginx."""

    port: int
    process: subprocess.Popen[bytes]

    def pids(self) -> list[int]:
        return [self.process.pid, *(child.pid for child in psutil.Process(self.process.pid).children())]


@contextlib.contextmanager
def running() -> Iterator[Nchan]:
    """Start it; stop it at the end."""
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    if not MODULE.exists() or not Path(program).exists():
        sys.exit("nginx with nchan is not here: apt-get install nginx-light libnginx-mod-nchan")
    with tempfile.TemporaryDirectory(prefix="palaver-nchan-") as folder:
        os.chmod(folder, 0o777)
        port, files = free_port(), 19_000
        user = "user root;" if os.geteuid() == 0 else ""
        config = Path(folder) / "nginx.conf"
        config.write_text(CONFIG.format(module=MODULE, folder=folder, port=port, files=files, user=user))
        process = subprocess.Popen([program, "-c", str(config), "-e", f"{folder}/error.log"])
        try:
            wait_for(lambda: len(Nchan(port, process).pids()) > 1, what="nginx")
            yield Nchan(port, process)
        finally:
            process.terminate()
            process.wait(10)
