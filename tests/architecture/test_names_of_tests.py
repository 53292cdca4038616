"""Names of tests: processes that run them in parallel each collect for themselves and must find the same."""

from __future__ import annotations

import gzip
import time

import pytest


@pytest.mark.parametrize("packed", [gzip.compress(b"rows")])
def test_no_test_is_named_by_bytes_that_hold_the_time_of_their_making(
    packed: bytes, request: pytest.FixtureRequest
) -> None:
    assert gzip.compress(b"rows", mtime=time.time() + 1) != packed
    named = {
        item.nodeid
        for item in request.session.items
        if isinstance(item, pytest.Function) and hasattr(item, "callspec")
        for value in item.callspec.params.values()
        if isinstance(value, bytes) and len(value) > 1 and repr(value)[2:-1] in item.nodeid
    }
    assert not named
