"""How many products are certified, of how many suppliers, worth what, by area: the first columns of R1."""

from __future__ import annotations

from typing import Any

from sqlalchemy import false, func, or_, select
from sqlalchemy.orm import Session

from marketplace.certification.models import Certificate
from marketplace.core.scope import within_area
from marketplace.statistics.dimensions import LEVELS
from marketplace.statistics.reports.as_of import in_force_at_end_of
from marketplace.statistics.reports.protocol import ReportRequest

Counts = tuple[int, int, int | None]


def catalogue_counts(session: Session, request: ReportRequest) -> dict[Any, Counts]:
    """Certified products, their suppliers and commodity value (fen; None where none is stated) on the month's last day, by area
    and in all (under None).
    """
    rows = session.execute(
        select(
            Certificate.product_id,
            Certificate.producer_id,
            func.max(Certificate.commodity_value_fen),
            func.max(Certificate.area_code),
        )
        .where(*in_force_at_end_of(session, request.period))
        .where(within_area(Certificate.area_code, request.area))
        .where(or_(false(), *(within_area(Certificate.area_code, area) for area in request.areas)))
        .group_by(Certificate.product_id, Certificate.producer_id)
    ).all()
    found: dict[Any, tuple[set[Any], set[Any], int | None]] = {}
    for product_id, producer_id, value_fen, code in rows:
        for key in {code[: LEVELS[request.level]], None}:
            products, producers, total = found.setdefault(key, (set(), set(), None))
            products.add(product_id)
            producers.add(producer_id)
            if value_fen is not None:
                total = (total or 0) + int(value_fen)
            found[key] = (products, producers, total)
    return {
        key: (len(products), len(producers), total) for key, (products, producers, total) in found.items()
    }
