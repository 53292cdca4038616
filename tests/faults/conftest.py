"""What takes as long as all the others together begins first, so that no process is left to do it alone."""

from __future__ import annotations

from collections.abc import MutableSequence

import pytest

LONGEST = "test_payments_machine.py"


def pytest_collection_modifyitems(items: MutableSequence[pytest.Item]) -> None:
    """Bring the longest to the front; the rest stays as it is."""
    items[:] = sorted(items, key=lambda item: item.path.name != LONGEST)
