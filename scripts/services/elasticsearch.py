"""One or more Elasticsearch nodes on loopback, started for a test or a developer and stopped by their own process ids."""

from __future__ import annotations

import base64
import http.client
import json
import signal
import ssl
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.services import processes
from scripts.services.configuration import USER, Node, configure, environment, secure
from scripts.services.fetch import Installation, ServiceError

START_SECONDS = 180


@dataclass
class Cluster:
    """Nodes of one cluster in one folder. `password` set: HTTPS with a certificate of its own, and basic authentication."""

    installation: Installation
    folder: Path
    nodes: list[Node]
    password: str = ""
    heap: str = "512m"

    @classmethod
    def plan(
        cls,
        installation: Installation,
        folder: Path,
        *,
        nodes: int = 1,
        password: str = "",
        heap: str = "512m",
        ports: Sequence[int] = (),
    ) -> Cluster:
        """Lay out `nodes` nodes below `folder` (made here, must be reachable by `nobody`) on free ports, or on `ports`, two
        for each. Nothing runs yet: call `start`.
        """
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)
        ports = ports or processes.free_ports(2 * nodes)
        planned = [
            Node(f"node{i + 1}", folder / f"node{i + 1}", ports[2 * i], ports[2 * i + 1])
            for i in range(nodes)
        ]
        for node in planned:
            configure(installation, node, planned, secured=bool(password))
        if password:
            secure(installation, folder, planned, password)
        processes.give(folder)
        return cls(installation, folder, planned, password, heap)

    @property
    def url(self) -> str:
        """All nodes, separated by commas."""
        scheme = "https" if self.password else "http"
        return ",".join(f"{scheme}://127.0.0.1:{node.http_port}" for node in self.nodes)

    @property
    def ca_file(self) -> Path | None:
        """The certificate to trust, if there is one."""
        return self.folder / "tls" / "instance" / "instance.crt" if self.password else None

    def start(self) -> None:
        """Start every node that does not run and wait until all have joined. ServiceError with the log when one does not."""
        for node in self.nodes:
            if not node.pid:
                self.start_node(node, wait=False)
        self.wait(len(self.nodes))

    def start_node(self, node: Node, *, wait: bool = True) -> None:
        """Start one node; with `wait` until it answers as a member of its cluster."""
        with node.log.open("ab") as sink:
            process = subprocess.Popen(
                [str(self.installation.home / "bin" / "elasticsearch")],
                env=environment(self.installation, node, self.heap),
                cwd=node.folder,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                start_new_session=True,
                **processes.without_rights(),
            )
        node.process, node.pid = process, process.pid
        if wait:
            self.wait(1, node)

    def wait(self, members: int, node: Node | None = None) -> None:
        """Until `node` (or each that runs) sees at least `members` nodes. ServiceError after three minutes."""
        asked = [node] if node else [n for n in self.nodes if n.pid]
        end = time.monotonic() + START_SECONDS
        for one in asked:
            while not self._sees(one, members):
                if not processes.runs(one.pid):
                    raise ServiceError(f"{one.name} ended:\n{processes.tail(one.log)}")
                if time.monotonic() > end:
                    raise ServiceError(
                        f"{one.name} was not ready after {START_SECONDS} s:\n{processes.tail(one.log)}"
                    )
                time.sleep(0.25)

    def _sees(self, node: Node, members: int) -> bool:
        try:
            answer = self.get(node, f"/_cluster/health?wait_for_nodes=>={members}&timeout=2s")
        except (OSError, http.client.HTTPException, ValueError):
            return False
        return answer.get("timed_out") is False

    def get(self, node: Node, path: str) -> dict[str, Any]:
        """GET `path` of one node. OSError while it is not there; ValueError when the answer is not a good one."""
        connection: http.client.HTTPConnection
        headers = {}
        if self.password:
            context = ssl.create_default_context(cafile=str(self.ca_file))
            connection = http.client.HTTPSConnection("127.0.0.1", node.http_port, timeout=10, context=context)
            token = base64.b64encode(f"{USER}:{self.password}".encode()).decode()
            headers["Authorization"] = f"Basic {token}"
        else:
            connection = http.client.HTTPConnection("127.0.0.1", node.http_port, timeout=10)
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            parsed = json.loads(answer.read())
        finally:
            connection.close()
        if answer.status != 200 or not isinstance(parsed, dict):
            raise ValueError(f"{path}: {answer.status} {parsed}")
        return parsed

    def master(self) -> Node:
        """The node that is elected master now."""
        for node in self.nodes:
            if node.pid:
                state = self.get(node, "/_cluster/state/master_node,nodes")
                name = state["nodes"][state["master_node"]]["name"]
                return next(n for n in self.nodes if n.name == name)
        raise ServiceError("no node runs")

    def kill(self, node: Node) -> None:
        """End one node at once, as a power cut would (launcher and server are one process group)."""
        self._end(node, signal.SIGKILL)

    def stop_node(self, node: Node) -> None:
        """Ask one node to end, and make it end after 30 seconds."""
        self._end(node, signal.SIGTERM)

    @staticmethod
    def _end(node: Node, kind: signal.Signals) -> None:
        processes.end_group(node.pid, kind)
        if node.process is not None:
            node.process.wait()  # it is gone; this tells Python so
        node.process, node.pid = None, 0

    def stop(self) -> None:
        """Stop exactly the nodes that were started here."""
        for node in self.nodes:
            if node.pid:
                self.stop_node(node)
