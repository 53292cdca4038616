"""`python -m scripts.services start | stop | url`: an Elasticsearch for a developer, in the background until it is stopped."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from scripts.services import processes
from scripts.services.elasticsearch import Cluster
from scripts.services.fetch import ServiceError, install, services_folder

_HTTP_PORT = 9200  # where people expect it; another one is taken when somebody listens there


def start(folder: Path, nodes: int) -> str:
    """Start it unless it runs; give its URLs. Data stay in the folder from one time to the next."""
    known = _known(folder)
    if known is not None and len(known.pids) == known.started == nodes:
        return known.url
    stop(folder)
    free = processes.free_ports(2 * nodes)
    if processes.is_free(_HTTP_PORT):
        free[0] = _HTTP_PORT
    cluster = Cluster.plan(install(), folder, nodes=nodes, ports=free)
    try:
        cluster.start()
    except BaseException:
        cluster.stop()
        raise
    state = {"url": cluster.url, "pids": [node.pid for node in cluster.nodes]}
    _state(folder).write_text(json.dumps(state), encoding="utf-8")
    return cluster.url


def stop(folder: Path) -> int:
    """Stop the processes that `start` started; how many there were."""
    known = _known(folder)
    pids = known.pids if known else []
    for pid in pids:
        processes.end_group(pid, signal.SIGTERM)
    _state(folder).unlink(missing_ok=True)
    return len(pids)


def _state(folder: Path) -> Path:
    return folder.with_suffix(".json")


@dataclass(frozen=True)
class _Known:
    url: str
    started: int  # how many nodes there were
    pids: list[int]  # those that still run


def _known(folder: Path) -> _Known | None:
    """What `start` wrote down, less the processes that are no longer ours (a number may have a new owner)."""
    if not _state(folder).exists():
        return None
    written = json.loads(_state(folder).read_text(encoding="utf-8"))
    ours = [pid for pid in written["pids"] if "elasticsearch" in processes.command_of(pid)]
    return _Known(written["url"], len(written["pids"]), ours)


def main() -> int:
    """Exit code 1 with a plain sentence when something could not be fetched or started."""
    parser = argparse.ArgumentParser(prog="python -m scripts.services", description=__doc__)
    parser.add_argument("action", choices=("start", "stop", "url"))
    parser.add_argument("--nodes", type=int, default=1, choices=(1, 2, 3))
    asked = parser.parse_args()
    folder = services_folder() / "elasticsearch"
    try:
        if asked.action == "start":
            print(f"export ELASTICSEARCH_URL={start(folder, asked.nodes)}")
        elif asked.action == "stop":
            print(f"stopped {stop(folder)} node(s)")
        else:
            known = _known(folder)
            print(known.url if known and known.pids else "not running")
    except ServiceError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
