"""gunicorn as in production, started for a benchmark or a fault test and stopped by its own process id."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@dataclass
class Web:
    """A running gunicorn: its port, its master process and where it logs."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def workers(self) -> list[int]:
        """Process ids of the workers that live now."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text(
            encoding="ascii"
        )
        return [int(word) for word in listed.split()]


def free_port() -> int:
    """A TCP port nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def gunicorn(
    app: str, environment: Mapping[str, str], *, workers: int = 2, threads: int = 8, ready: str = "/healthz"
) -> Iterator[Web]:
    """Run `app` under gunicorn.conf.py until the block ends. RuntimeError with the log when it does not come up."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="sanzhuan-web-") as folder:
        log = Path(folder) / "web.log"
        with log.open("wb") as sink:
            process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py"), app],
                cwd=ROOT,
                env={
                    **os.environ,
                    **environment,
                    "WEB_BIND": f"127.0.0.1:{port}",
                    "WEB_WORKERS": str(workers),
                    "WEB_THREADS": str(threads),
                    "WEB_MAX_REQUESTS": "0",  # a fast machine answers 20,000 in four seconds
                    "PROMETHEUS_MULTIPROC_DIR": folder,
                },
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                start_new_session=True,
            )
        web = Web(port, process, log)
        try:
            _wait(web, ready)
            yield web
        finally:
            _stop(process)


def _wait(web: Web, path: str, *, seconds: float = 180) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if web.process.poll() is not None:
            break
        connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=5)
        try:
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise RuntimeError(f"gunicorn did not answer {path}:\n{web.log.read_text(errors='replace')[-4000:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=40)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=10)
