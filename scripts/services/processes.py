"""Users, ports and process groups of what is started here."""

from __future__ import annotations

import os
import pwd
import random
import signal
import socket
import time
from pathlib import Path
from typing import Any

# Below the range from which systems take the ports of outgoing connections, so that none of those gets in the way.
_PORTS = range(20_000, 32_000)


def free_ports(count: int) -> list[int]:
    """Different TCP ports on which nobody listens on loopback at the moment."""
    found: list[int] = []
    for port in random.sample(_PORTS, len(_PORTS)):
        if is_free(port):
            found.append(port)
        if len(found) == count:
            break
    return found


def is_free(port: int) -> bool:
    """Whether nobody listens on a TCP port of loopback at the moment."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a connection just closed is nobody
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def without_rights() -> dict[str, Any]:
    """Arguments of Popen that make a child of root run as `nobody`; none for anybody else. No user is created."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def give(folder: Path) -> None:
    """Let the user of `without_rights` own a folder with everything in it."""
    owner = without_rights()
    for path in (folder, *folder.rglob("*")) if owner else ():
        os.chown(path, owner["user"], owner["group"], follow_symlinks=False)


def runs(pid: int) -> bool:
    """Whether a process we started lives; one that has ended is collected."""
    if not pid:
        return False
    try:
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return False
    except ChildProcessError:
        pass  # not a child of this process: `make services` started it earlier
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def end_group(pid: int, kind: signal.Signals, *, patience: float = 30) -> None:
    """Signal the process group that `pid` leads and wait for it to end; after `patience` seconds it is killed."""
    if not runs(pid):
        return
    os.killpg(pid, kind)
    limit = time.monotonic() + patience
    while runs(pid):
        if time.monotonic() > limit:
            os.killpg(pid, signal.SIGKILL)
            limit += patience
        time.sleep(0.02)


def command_of(pid: int) -> str:
    """The command line of a process, "" where it cannot be read."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def tail(path: Path, lines: int = 25) -> str:
    """The last lines of a log."""
    if not path.exists():
        return ""
    return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
