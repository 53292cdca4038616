"""What of accounts can be exported in bulk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy.orm import Session

from marketplace.accounts.codes import FISCAL_TIERS, ORGANISATION_KINDS
from marketplace.accounts.models import Organisation
from marketplace.accounts.service import organisations
from marketplace.accounts.service.exports import ExportKind
from marketplace.core.actor import WHOLE_COUNTRY, Actor
from marketplace.core.sheets.export import Value


def _organisations(session: Session, actor: Actor, area: str) -> Iterator[Sequence[Value]]:
    statement = organisations.listing(actor, area=None if area == WHOLE_COUNTRY else area)
    for row in session.scalars(statement.order_by(Organisation.organisation_no)):
        yield (
            row.organisation_no,
            ORGANISATION_KINDS[row.kind],
            row.name,
            row.uscc,
            row.area_code,
            row.fiscal_area,
            FISCAL_TIERS.get(row.fiscal_tier or ""),
            row.status,
            "演示数据" if row.is_demo else "",
        )


ORGANISATIONS = ExportKind(
    "organisations",
    "单位名录",
    "accounts.read",
    ("编号", "类型", "名称", "统一社会信用代码", "区划", "财政区划", "级次", "状态", "备注"),
    _organisations,
)
