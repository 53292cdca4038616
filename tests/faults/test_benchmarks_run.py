"""The benchmarks are wired as the service is: a small one goes all the way, on a PostgreSQL of its own."""

from __future__ import annotations

import pytest

from benchmarks import imports

pytestmark = pytest.mark.fault


def test_the_benchmark_of_the_import_hears_the_facts_that_the_service_hears(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(imports, "ROWS", 40)
    monkeypatch.setattr(imports, "PRODUCERS", 4)
    rows = dict(imports.run(1.0).rows)
    assert rows["added, bad"] == "36 rows, 4 rows with 4 errors"
