"""Catalogue numbers: the next ones of each (scheme, county, year, batch), without gaps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.certification.models import Certificate
from marketplace.certification.rules.numbers import catalogue_number
from marketplace.core.db import lock_exclusive


def next_numbers(session: Session, scheme: str, places: Sequence[tuple[str, int]], batch: int) -> list[str]:
    """One number for each (area code, year), in the order given.

    Counters are locked in ascending order until the transaction ends, so two batches at once neither share a number nor wait for
    each other in a circle. Invalid (``catalogue_no``) when a batch is full (9,999).
    """
    wanted: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
    for position, (area_code, year) in enumerate(places):
        wanted[area_code[:6], year].append(position)
    numbers = [""] * len(places)
    for (area_code, year), positions in sorted(wanted.items()):
        last = _last(session, scheme, str(catalogue_number(area_code, year, batch, 1))[:-4])
        for sequence, position in enumerate(positions, start=last + 1):
            numbers[position] = str(catalogue_number(area_code, year, batch, sequence))
    return numbers


def _last(session: Session, scheme: str, prefix: str) -> int:
    lock_exclusive(session, "certification.catalogue_no", f"{scheme}:{prefix}")
    last = session.scalar(
        select(func.max(Certificate.catalogue_no)).where(
            Certificate.scheme == scheme,
            Certificate.catalogue_no >= prefix,
            Certificate.catalogue_no < f"{prefix}:",
        )
    )
    return int(last[-4:]) if last else 0
