"""The local model's server, run as a child: `python -m app.launch.model_server FILE PORT …`.

OpenAI-compatible, on 127.0.0.1 only, with the key in PALAVER__LLM__API_KEY. A process of its own, because reading a
prompt holds the thread it runs on for seconds, and so that all web workers share one model.
"""

from __future__ import annotations

import argparse
import ctypes
import importlib.util
import os
import signal
import sys
from pathlib import Path
from typing import Any


def environment() -> dict[str, str]:
    """Variables the child needs to load: where libgomp is, on systems that do not have it."""
    try:
        ctypes.CDLL("libgomp.so.1")
    except OSError:
        spec = importlib.util.find_spec("cmeel")
        if spec and spec.origin:
            library = Path(spec.origin).parent.parent / "cmeel.prefix" / "lib"
            return {"LD_LIBRARY_PATH": f"{library}:{os.environ.get('LD_LIBRARY_PATH', '')}".rstrip(":")}
    return {}


def command(file: Path, port: int, *, alias: str, threads: int, context_tokens: int, slots: int) -> list[str]:
    """The command line of the child.

    Args:
        threads: threads that generate; 0 leaves one core to the web server, since two threads on a busy core wait
            for each other at every step and fall to a third of the speed of one.
        slots: answers generated at once.
    """
    threads = threads or max(1, (os.cpu_count() or 2) - 1)
    options = {"alias": alias, "threads": threads, "context": context_tokens, "slots": slots}
    flags = [text for name, value in options.items() for text in (f"--{name}", str(value))]
    return [sys.executable, "-m", "app.launch.model_server", str(file), str(port), *flags]


def main() -> None:
    """Serve until a signal ends the process."""
    arguments = _arguments()
    import xllamacpp  # A hundred megabytes: only the child loads it.

    server = xllamacpp.Server(_parameters(xllamacpp.CommonParams(), arguments))
    print(f"serving {arguments.file} at {server.listening_address}", flush=True)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Either signal ends it at once: nothing has to be kept.
    signal.pause()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="app.launch.model_server")
    parser.add_argument("file")
    parser.add_argument("port", type=int)
    parser.add_argument("--alias", required=True)
    for name in ("threads", "context", "slots"):
        parser.add_argument(f"--{name}", type=int, required=True)
    return parser.parse_args()


def _parameters(parameters: Any, arguments: argparse.Namespace) -> Any:
    parameters.model.path = arguments.file
    parameters.model_alias = {arguments.alias}
    parameters.port = arguments.port
    parameters.hostnames = ["127.0.0.1"]
    parameters.api_keys = [os.environ["PALAVER__LLM__API_KEY"]]
    parameters.cors_origins = "null"
    parameters.ui = parameters.endpoint_slots = False
    parameters.verbosity = 2  # Warnings; one more writes ten lines an answer.
    parameters.cpuparams.n_threads = arguments.threads
    parameters.cpuparams_batch.n_threads = os.cpu_count() or 1
    parameters.n_ctx = arguments.context
    parameters.n_parallel = arguments.slots
    parameters.kv_unified = True
    parameters.n_batch = parameters.n_ubatch = 256
    parameters.cache_ram_mib = 256  # Its default is 8 GiB.
    return parameters


if __name__ == "__main__":
    main()
