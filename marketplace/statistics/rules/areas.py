"""How areas given by their digits make up larger ones: towns none, counties cities, cities provinces, provinces the country."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

_STEPS: Final = (0, 2, 4, 6, 9, 12)  # digits of the country, province, city, county, town, village


def tree(root: str, leaves: Iterable[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every whole with its parts, from the leaves up to `root` by the levels between them; each in ascending order.

    What is no digits (a place of no known code) lies directly in the root.

    >>> list(tree("", ["4414", "4413", "4501"]))
    [('44', ('4413', '4414')), ('45', ('4501',)), ('', ('44', '45'))]
    """
    named = sorted(one for one in set(leaves) if not one.isdigit())
    level = sorted(set(leaves) - {*named, ""})
    for digits in reversed(_STEPS):
        parts: dict[str, list[str]] = defaultdict(list)
        stay: list[str] = []
        for one in level:
            if len(one) > digits >= len(root) and one != root:
                parts[one[:digits] if one[:digits].startswith(root) else root].append(one)
            else:
                stay.append(one)
        if digits == len(root) and named:
            parts[root] += named
        for whole in sorted(parts):
            yield whole, tuple(parts[whole])
        level = sorted({*stay, *parts})
