"""A standalone Spark cluster on loopback, a master and two workers, each a process of its own; ended by their process ids."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.server import free_port

WORKERS = 2


def _spark_class() -> Path:
    found = importlib.util.find_spec("pyspark")
    if found is None or not found.submodule_search_locations:
        raise RuntimeError("pyspark is not installed: make test-spark does it")
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        raise RuntimeError(
            "Spark needs a Java (17 or 21) on PATH or at JAVA_HOME: apt-get install openjdk-17-jre-headless"
        )
    return Path(found.submodule_search_locations[0]) / "bin" / "spark-class"


@contextmanager
def cluster() -> Iterator[str]:
    """The URL of the master; RuntimeError with its log when no worker joins within a minute."""
    port, spark_class = free_port(), str(_spark_class())
    master = f"spark://127.0.0.1:{port}"
    environment = {**os.environ, "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_NO_DAEMONIZE": "1"}
    with tempfile.TemporaryDirectory(prefix="sanzhuan-spark-") as folder:
        log = Path(folder) / "spark.log"
        started: list[subprocess.Popen[bytes]] = []
        try:
            with log.open("wb") as sink:
                deploy, no_page = "org.apache.spark.deploy", ["--webui-port", "0"]
                of_master = [f"{deploy}.master.Master", "--host", "127.0.0.1", "--port", str(port), *no_page]
                size = ["--cores", "1", "--memory", "1g", "--work-dir", folder]
                of_worker = [f"{deploy}.worker.Worker", *size, *no_page, master]
                for command in [of_master, *[of_worker] * WORKERS]:
                    started.append(
                        subprocess.Popen(
                            [spark_class, *command],
                            env=environment,
                            stdin=subprocess.DEVNULL,
                            stdout=sink,
                            stderr=sink,
                            start_new_session=True,
                        )
                    )
                    if len(started) == 1:
                        _wait_for_port(port, log)
            _wait_for_workers(log)
            yield master
        finally:
            for process in reversed(started):
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGTERM)
                process.wait(timeout=30)


def _wait_for_port(port: int, log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise RuntimeError(f"no Spark master:\n{log.read_text(errors='replace')[-3000:]}")


def _wait_for_workers(log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if log.read_text(errors="replace").count("Successfully registered with master") == WORKERS:
            return
        time.sleep(0.2)
    raise RuntimeError(f"no Spark workers:\n{log.read_text(errors='replace')[-3000:]}")
