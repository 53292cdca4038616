"""Python's garbage collector in processes that live long: it looks seldom, and never at what is loaded once."""

from __future__ import annotations

import gc
from typing import Final

#: Objects made since the last look before the young ones are looked at; then how many looks before the older ones are, twice.
_THRESHOLDS: Final = (100_000, 50, 100)


def collect_seldom() -> None:
    """Leave what is there out of every collection, and collect once in 100,000 objects instead of 700.

    Rows, statements and answers go when nobody holds them any more; the collector only finds cycles, and a request leaves few.
    Call it when everything is imported.  Measured in docs/benchmarks.md.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
