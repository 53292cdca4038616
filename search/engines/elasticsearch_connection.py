"""The connection to Elasticsearch: the official client behind the few calls that the engine makes. Nothing else imports it.

What fails for a moment (a node that died, a full queue, an election) is tried again on whatever node is there, within a bound of
time; then, or when it cannot succeed, it is EngineUnavailable with a reason that holds no user text.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar, cast

from elasticsearch import ApiError, ConnectionTimeout, Elasticsearch, NotFoundError, TransportError

from marketplace.core.settings import Settings
from search.engines.protocol import EngineUnavailable

TRY_AGAIN: Final = frozenset({408, 429, 502, 503, 504})
FIRST_PAUSE_SECONDS: Final = 0.05
LONGEST_PAUSE_SECONDS: Final = 1.0
BULK_SECONDS: Final = 30.0
ADMIN_SECONDS: Final = 60.0
MERGE_SECONDS: Final = 600.0

T = TypeVar("T")


class Refused(Exception):
    """An answer with a status that is no success; `kind` is Elasticsearch's name for it."""

    def __init__(self, status: int, kind: str) -> None:
        super().__init__(f"{status} {kind}")
        self.status = status


class Connection:
    """A pool of connections to every node named in the settings; threads share it."""

    def __init__(self, settings: Settings) -> None:
        hosts = [url.strip() for url in settings.elasticsearch_url.split(",") if url.strip()]
        more: dict[str, Any] = {}
        if settings.elasticsearch_api_key:
            more["api_key"] = settings.elasticsearch_api_key
        elif settings.elasticsearch_username:
            more["basic_auth"] = (settings.elasticsearch_username, settings.elasticsearch_password)
        if settings.elasticsearch_ca_file:
            more["ca_certs"] = settings.elasticsearch_ca_file
        self.refusals_borne = 2 * len(hosts)  # every node may have said no twice
        self._client = Elasticsearch(
            hosts,
            # Trying again is decided here, where the bound of time is known.
            max_retries=0,
            dead_node_backoff_factor=0.5,
            max_dead_node_backoff=5,
            connections_per_node=settings.pool_size,
            **more,
        )

    def search(self, index: str, bodies: Sequence[Mapping[str, Any]], seconds: float) -> list[dict[str, Any]]:
        """The answers to all of `bodies`, each whole: from every shard and in time."""

        def once(left: float) -> list[dict[str, Any]]:
            lines: list[Mapping[str, Any]] = []
            for body in bodies:
                # Without this, a search answers from the shards that happen to be there.
                lines += [
                    {"allow_partial_search_results": False},
                    {**body, "timeout": f"{int(left * 1000)}ms"},
                ]
            answered = self._client.options(request_timeout=left + 0.1).msearch(index=index, searches=lines)
            for one in answered["responses"]:
                if "error" in one:
                    raise Refused(one["status"], one["error"].get("type", "error"))
                if one["timed_out"] or one["_shards"]["failed"]:
                    raise Refused(503, "partial answer")
            return list(answered["responses"])

        return self._trying(once, seconds)

    def bulk(self, alias: str, lines: Sequence[bytes]) -> list[dict[str, Any]]:
        """Results of index operations, in their order. `alias` must be one: a missing index is not made by writing to it."""

        def once(left: float) -> list[dict[str, Any]]:
            client = self._client.options(request_timeout=left + 1)
            # The client sends lines that are bytes as they are; its types know only of mappings.
            operations = cast("Sequence[Mapping[str, Any]]", lines)
            answered = client.bulk(
                index=alias, operations=operations, require_alias=True, timeout=f"{int(left) + 1}s"
            )
            return [item["index"] for item in answered["items"]]

        return self._trying(once, BULK_SECONDS)

    def refresh(self, index: str) -> None:
        """Let searches see everything that was acknowledged."""

        def once(left: float) -> None:
            answered = self._client.options(request_timeout=left).indices.refresh(index=index)
            if answered["_shards"]["failed"]:
                raise Refused(503, "partial refresh")

        self._trying(once, BULK_SECONDS)

    def merge(self, index: str) -> None:
        """Make one segment of what each shard holds. Where that takes longer than is waited, it goes on there by itself."""
        self._trying(
            lambda left: self._client.options(request_timeout=left).indices.forcemerge(
                index=index, max_num_segments=1
            ),
            MERGE_SECONDS,
        )

    def create_index(
        self, name: str, alias: str, mappings: Mapping[str, Any], settings: Mapping[str, Any]
    ) -> None:
        """Make an index with its own alias."""
        self._trying(
            lambda left: self._client.options(request_timeout=left).indices.create(
                index=name, aliases={alias: {}}, mappings=mappings, settings=settings
            ),
            ADMIN_SECONDS,
        )

    def delete_index(self, name: str) -> None:
        """Remove an index; one that is not there is as good as removed."""
        self._trying(
            lambda left: self._client.options(request_timeout=left).indices.delete(
                index=name, ignore_unavailable=True
            ),
            ADMIN_SECONDS,
        )

    def indices(self, pattern: str) -> set[str]:
        """Names of the indices that match."""

        def once(left: float) -> set[str]:
            client = self._client.options(request_timeout=left)
            return set(client.indices.get(index=pattern, expand_wildcards="all", features="aliases").body)

        return self._trying(once, ADMIN_SECONDS)

    def behind(self, alias: str) -> set[str]:
        """Names of the indices behind an alias; none when there is no such alias."""

        def once(left: float) -> set[str]:
            try:
                return set(self._client.options(request_timeout=left).indices.get_alias(name=alias).body)
            except NotFoundError:
                return set()

        return self._trying(once, ADMIN_SECONDS)

    def point(self, alias: str, name: str, away: Sequence[str]) -> None:
        """Let an alias stand for `name` and no longer for `away`, in one step."""
        actions: list[Mapping[str, Any]] = [{"add": {"index": name, "alias": alias}}]
        actions += [{"remove": {"index": one, "alias": alias}} for one in away]
        self._trying(
            lambda left: self._client.options(request_timeout=left).indices.update_aliases(actions=actions),
            ADMIN_SECONDS,
        )

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    def _trying(self, once: Callable[[float], T], seconds: float) -> T:
        """`once(seconds left)` until it succeeds. A refused connection costs no time, so those are counted instead."""
        end = time.monotonic() + seconds
        pause, refused = FIRST_PAUSE_SECONDS, 0
        while True:
            left = end - time.monotonic()
            try:
                return once(max(left, 0.001))
            except ConnectionTimeout as error:
                reason, final = "timeout", True
                cause: Exception = error
            except TransportError as error:
                refused += 1
                reason, final, cause = type(error).__name__, refused > self.refusals_borne, error
            except ApiError as error:
                reason, final, cause = (
                    f"{error.status_code} {error.message}",
                    error.status_code not in TRY_AGAIN,
                    error,
                )
            except Refused as error:
                reason, final, cause = str(error), error.status not in TRY_AGAIN, error
            if final or end - time.monotonic() <= pause:
                raise EngineUnavailable(f"elasticsearch: {reason}"[:200]) from cause
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
