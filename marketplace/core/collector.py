"""Python's garbage collector: it looks seldom, and in processes that live long never at what is loaded once."""

from __future__ import annotations

import gc
from typing import Final

#: Objects made since the last look before the young ones are looked at; then how many looks before the older ones are, twice.
_THRESHOLDS: Final = (100_000, 50, 100)


def look_seldom() -> None:
    """Collect once in 100,000 objects instead of 700.

    Rows, statements and answers go when nobody holds them any more; the collector only finds cycles, and a request leaves few.
    Importing the slices makes some 600,000 objects that stay: to look at them again and again was a third of every start.
    Measured in docs/benchmarks.md.
    """
    gc.set_threshold(*_THRESHOLDS)


def keep_what_is_loaded() -> None:
    """Leave what is there out of every collection. Processes that live long call it when everything is imported."""
    gc.collect()
    gc.freeze()
