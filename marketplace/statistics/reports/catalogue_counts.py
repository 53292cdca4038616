"""How many products are certified, of how many suppliers, worth what, by area: the first columns of R1."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import Select, false, func, literal_column, or_, select, tuple_
from sqlalchemy.orm import Session

from marketplace.certification.models import Certificate
from marketplace.core.scope import within_area
from marketplace.statistics.additive import KEPT
from marketplace.statistics.dimensions import LEVELS, leading
from marketplace.statistics.reports.as_of import in_force_at_end_of
from marketplace.statistics.reports.protocol import ReportRequest

Counts = tuple[int, int, int | None]


def catalogue_counts(session: Session, request: ReportRequest) -> dict[Any, Counts]:
    """Certified products, their suppliers and commodity value (fen; None where none is stated) on the month's last day, by area
    and in all (under None).
    """
    return {
        None if is_total else area: (products, producers, None if value_fen is None else int(value_fen))
        for is_total, area, products, producers, value_fen in session.execute(_statement(request))
    }


@lru_cache(maxsize=KEPT)
def _statement(request: ReportRequest) -> Select[Any]:
    """Kept, because to build it takes longer than to ask it: the same months and areas are asked for again and again."""
    pairs = (
        select(
            Certificate.product_id,
            Certificate.producer_id,
            func.max(Certificate.commodity_value_fen).label("value_fen"),
            func.max(Certificate.area_code).label("area_code"),
        )
        .where(*in_force_at_end_of(request.period))
        .where(within_area(Certificate.area_code, request.area))
        .where(or_(false(), *(within_area(Certificate.area_code, area) for area in request.areas)))
        .group_by(Certificate.product_id, Certificate.producer_id)
        .subquery("pairs")
    )
    key = leading(pairs.c.area_code, LEVELS[request.level])
    return select(
        func.grouping(key),
        key,
        func.count(pairs.c.product_id.distinct()),
        func.count(pairs.c.producer_id.distinct()),
        func.sum(pairs.c.value_fen),
    ).group_by(func.grouping_sets(tuple_(key), literal_column("()")))
