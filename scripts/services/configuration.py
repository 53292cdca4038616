"""How a node is configured: settings, JVM options, and for the secured variant a certificate and one account."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.services.fetch import Installation, ServiceError

USER = "sanzhuan"
# The least that the service's account needs; docs/operations.md repeats it for production.
ROLE = {
    "cluster": ["monitor"],
    "indices": [
        {
            "names": ["sanzhuan-*"],
            "privileges": ["create_index", "delete_index", "manage", "read", "write", "view_index_metadata"],
        }
    ],
}


@dataclass
class Node:
    """A node: its folder (configuration, data, log), its ports and, while it runs, its process group."""

    name: str
    folder: Path
    http_port: int
    transport_port: int
    pid: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """Where the node writes what it says."""
        return self.folder / "node.log"


def environment(installation: Installation, node: Node, heap: str) -> dict[str, str]:
    """What a node's process may know of ours: nothing but where things are."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(node.folder),
        "LC_ALL": "C.UTF-8",
        "ES_JAVA_HOME": str(installation.java_home),
        "ES_JAVA_OPTS": f"-Xms{heap} -Xmx{heap}",
        "ES_PATH_CONF": str(node.folder / "config"),
        "ES_TMPDIR": str(node.folder / "tmp"),
    }


def configure(installation: Installation, node: Node, nodes: Sequence[Node], *, secured: bool) -> None:
    """Make a node's folder: configuration, data, logs."""
    for name in ("data", "logs", "tmp"):
        (node.folder / name).mkdir(parents=True, exist_ok=True)
    config = node.folder / "config"
    shutil.copytree(installation.home / "config", config, dirs_exist_ok=True)
    options = config / "jvm.options"
    dropped = ["-Xlog:gc", "-XX:ErrorFile", "-XX:+HeapDump"]
    if not installation.has_vector_module:  # a slim Java has it not, and would refuse to start
        dropped.append("20-:--add-modules=jdk.incubator.vector")
    lines = options.read_text(encoding="utf-8").splitlines()
    options.write_text(
        "\n".join(line for line in lines if not line.startswith(tuple(dropped))) + "\n", encoding="utf-8"
    )
    settings = _settings(node, nodes, secured=secured)
    text = "\n".join(f"{name}: {json.dumps(value)}" for name, value in settings.items())
    (config / "elasticsearch.yml").write_text(text + "\n", encoding="utf-8")


def _settings(node: Node, nodes: Sequence[Node], *, secured: bool) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "cluster.name": node.folder.parent.name,
        "node.name": node.name,
        "network.host": "127.0.0.1",
        "http.port": node.http_port,
        "transport.port": node.transport_port,
        "path.data": str(node.folder / "data"),
        "path.logs": str(node.folder / "logs"),
        "xpack.ml.enabled": False,
        "xpack.security.enabled": secured,
        # A developer's disk is often nearly full; the server would make the index read-only.
        "cluster.routing.allocation.disk.threshold_enabled": False,
    }
    if len(nodes) == 1:
        settings["discovery.type"] = "single-node"
    else:
        settings["discovery.seed_hosts"] = [f"127.0.0.1:{n.transport_port}" for n in nodes]
        settings["cluster.initial_master_nodes"] = [n.name for n in nodes]
    for layer in ("http", "transport") if secured else ():
        settings[f"xpack.security.{layer}.ssl.enabled"] = True
        settings[f"xpack.security.{layer}.ssl.key"] = "tls/instance/instance.key"
        settings[f"xpack.security.{layer}.ssl.certificate"] = "tls/instance/instance.crt"
        settings[f"xpack.security.{layer}.ssl.certificate_authorities"] = ["tls/instance/instance.crt"]
    return settings


def secure(installation: Installation, folder: Path, nodes: Sequence[Node], password: str) -> None:
    """A certificate for loopback, and the service's account in the file realm, by Elasticsearch's own tools."""
    packed = folder / "tls.zip"
    packed.unlink(missing_ok=True)
    first = nodes[0]
    names = ("--dns", "localhost", "--ip", "127.0.0.1", "--out", str(packed))
    _tool(installation, first, "elasticsearch-certutil", "cert", "--silent", "--self-signed", "--pem", *names)
    with zipfile.ZipFile(packed) as opened:
        opened.extractall(folder / "tls")
    for node in nodes:
        config = node.folder / "config"
        (config / "roles.yml").write_text(json.dumps({"sanzhuan": ROLE}), encoding="utf-8")
        shutil.copytree(folder / "tls", config / "tls", dirs_exist_ok=True)
    _tool(installation, first, "elasticsearch-users", "useradd", USER, "-p", password, "-r", "sanzhuan")
    for node in nodes[1:]:
        for name in ("users", "users_roles"):
            shutil.copy(first.folder / "config" / name, node.folder / "config" / name)


def _tool(installation: Installation, node: Node, name: str, *arguments: str) -> None:
    done = subprocess.run(
        [str(installation.home / "bin" / name), *arguments],
        env=environment(installation, node, "64m"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode:
        raise ServiceError(f"{name}: {done.stdout}{done.stderr}")
