"""The entries of the ledger as an export: what auditors and statisticians recompute from. No household is in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.service.exports import ExportKind
from marketplace.attribution.models import Entry
from marketplace.core.actor import Actor
from marketplace.core.clock import day_of
from marketplace.core.scope import visible, within_area
from marketplace.core.sheets.export import Value

_BATCH = 5_000


def _entries(session: Session, actor: Actor, area: str) -> Iterator[Sequence[Value]]:
    statement = (
        select(Entry)
        .where(
            visible(actor, "attribution.read", area=Entry.origin_area), within_area(Entry.origin_area, area)
        )
        .order_by(Entry.entry_no)
    )
    for row in session.scalars(statement.execution_options(yield_per=_BATCH)):
        yield (
            row.entry_no,
            row.kind,
            row.period,
            day_of(row.sold_at),
            row.sale_fen,
            row.quantity_milli,
            row.benefit_fen,
            row.goods_class,
            row.version_no,
            row.producer_name,
            row.product_name,
            row.origin_area,
            row.channel_kind,
            row.buyer_kind,
            row.buyer_area,
            row.participation_mode,
        )


ENTRIES = ExportKind(
    "ledger_entries",
    "账本分录",
    "attribution.read",
    (
        "分录号",
        "种类",
        "入账期",
        "成交日",
        "销售额(分)",
        "数量(千分之一)",
        "带动金额(分)",
        "商品类别",
        "协议版本",
        "带贫主体",
        "产品",
        "产地",
        "渠道",
        "采购方类型",
        "采购方区划",
        "参与方式",
    ),
    _entries,
)
