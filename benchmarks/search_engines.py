"""Which engine a benchmark of search measures: PostgreSQL, or a real Elasticsearch (ELASTICSEARCH_URL, else started here)."""

from __future__ import annotations

import dataclasses
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from marketplace.app import compose
from marketplace.core.settings import Settings
from search.engines.registry import install
from search.feature import engines_of
from wsgi import FEATURES

ENGINES: Final = ("postgresql", "elasticsearch")


@contextmanager
def engine_for(code: str, settings: Settings) -> Iterator[dict[str, str]]:
    """Install the engine in this process, facts wired; gives what a web process needs in its environment to ask the same."""
    compose(FEATURES)
    if code == "postgresql":
        install(engines_of(settings))
        yield {}
        return
    with _elasticsearch() as url:
        environment = {"ELASTICSEARCH_URL": url, "SANZHUAN_ELASTICSEARCH_REPLICAS": "0"}
        chosen = dataclasses.replace(
            settings, elasticsearch_url=url, elasticsearch_replicas=0, elasticsearch_timeout_ms=30_000
        )
        install(engines_of(chosen))
        yield environment


@contextmanager
def _elasticsearch() -> Iterator[str]:
    given = os.environ.get("ELASTICSEARCH_URL")
    if given:
        yield given
        return
    from scripts.services.elasticsearch import Cluster
    from scripts.services.fetch import install as fetch

    folder = Path(tempfile.mkdtemp(prefix="sanzhuan-bench-elasticsearch-"))
    started = Cluster.plan(fetch(), folder)
    try:
        started.start()
        yield started.url
    finally:
        started.stop()
        shutil.rmtree(folder)
