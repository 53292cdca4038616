"""What became of every row of a batch, accepted ones too: for the preview of a file and for the receipt that people keep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.catalogue.rules.eligibility import GOODS_CLASSES
from marketplace.catalogue.rules.eligibility import REASONS as GOODS_REASONS
from marketplace.core.money import yuan
from marketplace.core.sheets.export import Value, write_csv, write_xlsx
from marketplace.intake.models import Batch, ForeignSale, Report, RowOutcome
from marketplace.intake.rules.adapters import adapter_of
from marketplace.intake.rules.manifests import kept_content, records
from marketplace.intake.rules.rows import REASONS, RowRefused
from marketplace.intake.rules.shapes import Adapter, Record

OUTCOME_TITLES: Final = {
    "received": "待处理",
    "accepted": "已入账",
    "duplicate": "重复",
    "corrected": "已更正",
    "quarantined": "待处理(有误)",
    "passed_over": "跳过",
    "dropped": "已剔除",
    "refused": "整批未收",
}
NOT_AID: Final = {**GOODS_REASONS, "goods_unknown": "商品未登记", "not_claimed": "上报为非扶贫产品"}
HEADINGS: Final = (
    "行号", "结果", "原因", "所在列", "单号", "明细", "商品", "金额(元)", "商品分类", "未计入扶贫产品的原因", "是否已计入",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RowResult:
    """A row and what became of it. `counts`: it is in the ledger; None where it became no sale."""

    row_no: int
    outcome: str
    reason: str | None = None
    field: str | None = None
    order_ref: str | None = None
    line_ref: str | None = None
    goods_name: str | None = None
    amount_fen: int | None = None
    goods_class: str | None = None
    goods_class_reason: str | None = None
    counts: bool | None = None

    @property
    def reason_title(self) -> str | None:
        """The reason in words."""
        return None if self.reason is None else REASONS.get(self.reason, self.reason)


def results_of(session: Session, batch: Batch) -> list[RowResult]:
    """Every row of the batch by its number, as it now stands: one that was mended is what it became."""
    adapter = adapter_of(batch.adapter)
    rows = dict(records(kept_content(batch.content), batch.format, adapter))
    taken = session.execute(
        select(Report.row_no, ForeignSale)
        .join(ForeignSale, ForeignSale.id == Report.sale_id)
        .where(Report.batch_id == batch.id)
    )
    sales = dict(taken.all())
    latest: dict[int, RowOutcome] = {}
    for one in session.scalars(
        select(RowOutcome).where(RowOutcome.batch_id == batch.id).order_by(RowOutcome.attempt)
    ):
        latest[one.row_no] = one
    return [
        _result(batch, adapter, number, record, latest.get(number), sales) for number, record in rows.items()
    ]


def _result(
    batch: Batch,
    adapter: Adapter,
    number: int,
    record: Record,
    one: RowOutcome | None,
    sales: Mapping[int, ForeignSale],
) -> RowResult:
    outcome, reason = _outcome(batch, one)
    sale = sales.get(number)
    try:
        said = adapter.read(record)
    except RowRefused:
        said = None
    return RowResult(
        number,
        outcome,
        reason=reason,
        field=None if one is None else one.field,
        order_ref=None if said is None else said.order_ref,
        line_ref=None if said is None else said.line_ref,
        goods_name=None if said is None else said.goods_name,
        amount_fen=None if said is None else said.amount_fen,
        goods_class=None if sale is None else sale.frozen["goods_class"],
        goods_class_reason=None if sale is None else sale.frozen["goods_class_reason"],
        counts=None if sale is None else sale.state == "counted",
    )


def _outcome(batch: Batch, one: RowOutcome | None) -> tuple[str, str | None]:
    if batch.state == "received":
        return "received", None
    if batch.state == "refused":
        return "refused", batch.refusal
    if one is None:
        return "accepted", None
    if one.settled_at is not None:
        return ("dropped" if one.settled_how == "dropped" else "accepted"), one.reason
    return one.outcome, one.reason


def receipt_file(batch: Batch, results: list[RowResult], *, as_xlsx: bool) -> bytes:
    """The receipt as a table: a line of the batch above, a row for each row."""
    rows = [_line(one) for one in results]
    if not as_xlsx:
        return write_csv(HEADINGS, rows)
    title = f"批次 {batch.number} 回执:共 {batch.row_count} 行,入账 {batch.accepted},重复 {batch.duplicate}"
    rest = f"更正 {batch.corrected},有误 {batch.quarantined},跳过 {batch.passed_over}"
    return write_xlsx(HEADINGS, rows, sheet_name="回执", before=[(f"{title},{rest}",)])


def _line(one: RowResult) -> list[Value]:
    return [
        one.row_no,
        OUTCOME_TITLES[one.outcome],
        one.reason_title,
        one.field,
        one.order_ref,
        one.line_ref,
        one.goods_name,
        None if one.amount_fen is None else yuan(one.amount_fen),
        None if one.goods_class is None else GOODS_CLASSES[one.goods_class],
        None
        if one.goods_class_reason is None
        else NOT_AID.get(one.goods_class_reason, one.goods_class_reason),
        one.counts,
    ]
