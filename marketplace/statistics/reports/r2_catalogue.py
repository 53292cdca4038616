"""R2 扶贫产品目录统计: the catalogue as published, one row per certificate in force at the month's end.

Shape of the national list (docs/rules.md, "Catalogue report"). Persons are as applied for; small counts are not shown.
"""

from __future__ import annotations

from typing import ClassVar, Final

from sqlalchemy import false, or_, select
from sqlalchemy.orm import Session

from marketplace.certification.models import Certificate
from marketplace.core import divisions
from marketplace.core.history import held_at
from marketplace.core.privacy import public_number
from marketplace.core.scope import within_area
from marketplace.statistics.dimension_titles import SCHEMES
from marketplace.statistics.position import books_position
from marketplace.statistics.reports.as_of import in_force_at_end_of, last_moment_of, producers_over_time
from marketplace.statistics.reports.protocol import UNKNOWN, Column, ReportRequest, ReportTable, Value

COLUMNS: Final = (
    Column("scheme", "目录", "text"),
    Column("batch", "批次", "text"),
    Column("catalogue_no", "目录编号", "text"),
    Column("area", "省/市/县", "text"),
    Column("product", "产品名称", "text"),
    Column("supplier", "供应商", "text"),
    Column("spec", "规格", "text"),
    Column("commodity_value", "商品价值量", "fen"),
    Column("persons", "带动人数", "text"),
    Column("valid_to", "有效期至", "text"),
)


class CatalogueReport:
    """R2."""

    code: ClassVar[str] = "R2"
    title_zh: ClassVar[str] = "扶贫产品目录统计"

    def build(self, session: Session, request: ReportRequest) -> ReportTable:
        """Certificates of the area in force on the last day of the month, ordered by scheme and number."""
        suppliers = producers_over_time()
        rows = session.execute(
            select(Certificate, suppliers.c.name)
            .join(suppliers, suppliers.c.producer_id == Certificate.producer_id)
            .where(held_at(suppliers, last_moment_of(request.period)))
            .where(*in_force_at_end_of(request.period))
            .where(within_area(Certificate.area_code, request.area))
            .where(or_(false(), *(within_area(Certificate.area_code, area) for area in request.areas)))
            .order_by(Certificate.scheme, Certificate.catalogue_no)
        ).all()
        table: list[list[Value]] = [_row(certificate, supplier) for certificate, supplier in rows]
        total: list[Value] = [
            "合计",
            f"{len(table)}个",
            "",
            "",
            "",
            "",
            "",
            _sum_known([certificate.commodity_value_fen for certificate, _ in rows]),
            "",
            "",
        ]
        position, last_entry = books_position(session, request.period)
        return ReportTable(
            COLUMNS,
            table,
            total,
            ["商品价值量与带动人数为申报数。认定和统计不收取任何费用。"],
            position,
            last_entry,
        )


def _sum_known(values: list[int | None]) -> Value:
    """The sum of the values that are known; — where none is, never 0."""
    known = [value for value in values if value is not None]
    return sum(known) if known else UNKNOWN


def _row(certificate: Certificate, supplier: str) -> list[Value]:
    persons = certificate.persons_helped
    return [
        SCHEMES[certificate.scheme],
        certificate.batch,
        certificate.catalogue_no,
        divisions.full_name(certificate.area_code),
        certificate.product_name,
        supplier,
        certificate.spec,
        certificate.commodity_value_fen,
        None if persons is None else _persons(persons),
        certificate.valid_to.isoformat(),
    ]


def _persons(persons: int) -> str:
    known = public_number(persons)
    return "少于3人" if known is None else str(known)
