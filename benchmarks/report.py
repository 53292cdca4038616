"""How a benchmark prints: a table for people, and as its last line one JSON object for programs."""

from __future__ import annotations

import json
from dataclasses import dataclass, field


@dataclass
class Result:
    """One benchmark: the figure, the floor measured in the same run on the same machine, and what else was seen.

    `ratio` says how the figure stands to the floor; what counts as good is in `goal` (a ratio), `None` where there is none.
    """

    bench: str
    value: float
    unit: str
    floor: float
    ratio: float
    goal: float | None = None
    rows: list[tuple[str, str]] = field(default_factory=list)


def show(result: Result) -> None:
    """Print the table and, last, the JSON object."""
    rows = [
        ("value", f"{result.value:,.1f} {result.unit}"),
        ("floor", f"{result.floor:,.1f} {result.unit}"),
        ("ratio", f"{result.ratio:.3f}" + (f"  (asked for: {result.goal})" if result.goal else "")),
        *result.rows,
    ]
    width = max(len(name) for name, _ in rows)
    print(f"\n{result.bench}")
    for name, text in rows:
        print(f"  {name:<{width}}  {text}")
    print(
        json.dumps(
            {
                "bench": result.bench,
                "value": round(result.value, 2),
                "unit": result.unit,
                "floor": round(result.floor, 2),
                "ratio": round(result.ratio, 4),
            },
            ensure_ascii=False,
        ),
        flush=True,
    )
