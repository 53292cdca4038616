"""`python -m scripts.services.stripe_mock start | stop`: the official stripe-mock, for well-formed requests.

It keeps nothing and answers with fixtures, so it proves that requests follow Stripe's own description, and nothing else: how
payments behave is shown on the stand-in of the tests. Built once by `go install` (Go 1.21 or newer); without Go, or without the
module proxy, it says so.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.services import processes
from scripts.services.fetch import ServiceError, services_folder

MODULE = "github.com/stripe/stripe-mock"
VERSION = "v0.203.0"  # describes the API of the stripe version in uv.lock, or a later one
PORT = 12111  # where people expect it


def install() -> Path:
    """The built program. ServiceError says plainly what could not be had."""
    folder = services_folder() / f"stripe-mock-{VERSION}"
    program = folder / "stripe-mock"
    if program.exists():
        return program
    go = shutil.which("go")
    if go is None:
        raise ServiceError(
            "stripe-mock needs Go: install Go 1.21 or newer, or build it elsewhere and put it at .services/"
        )
    folder.mkdir(parents=True, exist_ok=True)
    built = subprocess.run(
        [go, "install", f"{MODULE}@{VERSION}"],
        env={**os.environ, "GOBIN": str(folder), "GO111MODULE": "on"},
        capture_output=True,
        text=True,
        check=False,
    )
    if built.returncode or not program.exists():
        raise ServiceError(f"go install {MODULE}@{VERSION} failed:\n{built.stderr.strip()[-2000:]}")
    return program


def start(port: int) -> tuple[str, subprocess.Popen[bytes]]:
    """Start it on loopback and wait until it answers; its URL and its process."""
    process = subprocess.Popen(
        [str(install()), "-http-addr", f"127.0.0.1:{port}"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    url = f"http://127.0.0.1:{port}"
    end = time.monotonic() + 30
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/v1/balance", timeout=2)  # noqa: S310 - loopback
        except urllib.error.HTTPError:
            return url, process  # it answers, and asks for a key
        except OSError:
            time.sleep(0.1)
    processes.end_group(process.pid, signal.SIGTERM)
    process.wait()
    raise ServiceError("stripe-mock did not answer")


@contextmanager
def running() -> Iterator[str]:
    """Its URL while the block lasts."""
    url, process = start(processes.free_ports(1)[0])
    try:
        yield url
    finally:
        processes.end_group(process.pid, signal.SIGTERM)
        process.wait()


def main() -> int:
    """Exit code 1 with a plain sentence when it could not be built or started."""
    parser = argparse.ArgumentParser(prog="python -m scripts.services.stripe_mock", description=__doc__)
    parser.add_argument("action", choices=("start", "stop"))
    action = parser.parse_args().action
    state = services_folder() / "stripe-mock.pid"
    if state.exists():
        pid = int(state.read_text(encoding="ascii"))
        if "stripe-mock" in processes.command_of(pid):  # a number may have a new owner
            processes.end_group(pid, signal.SIGTERM)
        state.unlink()
    if action == "stop":
        return 0
    try:
        port = PORT if processes.is_free(PORT) else processes.free_ports(1)[0]
        url, process = start(port)
    except ServiceError as error:
        print(error, file=sys.stderr)
        return 1
    state.write_text(str(process.pid), encoding="ascii")
    print(f"# stripe-mock (well-formed requests only): {url}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
