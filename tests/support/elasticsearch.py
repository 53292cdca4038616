"""A real Elasticsearch for tests: the one of ELASTICSEARCH_URL, or one that is fetched, started and stopped again."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.services.elasticsearch import Cluster
from scripts.services.fetch import install


@contextmanager
def cluster(*, nodes: int = 1, password: str = "", start: bool = True) -> Iterator[Cluster]:
    """Nodes of the test's own in a temporary folder, gone after the block; `start=False` only lays them out."""
    folder = Path(tempfile.mkdtemp(prefix="sanzhuan-elasticsearch-"))
    planned = Cluster.plan(install(), folder, nodes=nodes, password=password)
    try:
        if start:
            planned.start()
        yield planned
    finally:
        planned.stop()
        shutil.rmtree(folder)


@contextmanager
def server_url() -> Iterator[str]:
    """URL of a server that tests may share; whoever uses it keeps to an index prefix of its own."""
    given = os.environ.get("ELASTICSEARCH_URL")
    if given:
        yield given
        return
    with cluster() as started:
        yield started.url
