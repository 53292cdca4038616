"""R8 异常核查清单: order lines of the month that somebody has to look at, why, what they are worth, whose move it is.

From the books alone, as each sale froze them: sold after its certificate had lapsed, sold by another than the certified producer,
bought by the producer itself, returned too often (docs/rules.md, "Check list").
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from sqlalchemy.orm import Session

from marketplace.core import divisions
from marketplace.core.clock import day_of
from marketplace.statistics.dimensions import GOODS_CLASSES
from marketplace.statistics.position import books_position
from marketplace.statistics.reports.checks import Checked, found_lines
from marketplace.statistics.reports.protocol import UNKNOWN, Column, ReportRequest, ReportTable, Value

COLUMNS: Final = (
    Column("reason", "核查原因", "text"),
    Column("order", "订单编号", "text"),
    Column("line", "订单行", "count"),
    Column("product", "产品名称", "text"),
    Column("producer", "带贫主体", "text"),
    Column("area", "产地", "text"),
    Column("sold_on", "销售日", "text"),
    Column("goods_class", "计入类别", "text"),
    Column("sales", "销售额", "fen"),
    Column("returned", "其中:已退货退款", "fen"),
    Column("return_rate", "主体退货率(%)", "bp"),
    Column("limit", "退货率上限(%)", "bp"),
    Column("actor", "须办理", "text"),
)
#: Reason: what it is called, who must do what.
REASONS: Final = {
    "certificate_expired": ("认定证书到期后销售", "供应商(续期或下架)"),
    "supplier_mismatch": ("供应商与认定主体不符", "县级主管部门(核实供应关系)"),
    "self_purchase": ("自买自卖", "县级主管部门(核实交易真实性)"),
    "returns": ("退货率超限", "供应商(说明退货原因)"),
}


class CheckReport:
    """R8."""

    code: ClassVar[str] = "R8"
    title_zh: ClassVar[str] = "异常核查清单"

    def build(self, session: Session, request: ReportRequest) -> ReportTable:
        """One row per reason and line, by reason, order and line; the total counts a line under two reasons once."""
        found = found_lines(session, request)
        rows = [_row(one) for one in found]
        position, last_entry = books_position(session, request.period)
        notes = [
            "清单为当期入账的订单行;证书和供应商按销售时冻结的认定结果,一行有多种不符的列最接近的一种。",
            "自买自卖:采购单位就是带贫主体本身、其代理商或所代理的主体。",
            "退货率=本年累计退货退款÷本年累计计入销售额,按主体;超限的主体列出当期退货的订单行,上限按产地和日期执行。",
            "价格异常未列入:尚无比价凭据。",
            "列入清单不等于违规;同一订单行可因多种原因列入,合计只计一次。",
        ]
        return ReportTable(
            COLUMNS,
            rows,
            _total("合计", found),
            notes,
            position,
            last_entry,
            [_total(title, of) for code, (title, _) in REASONS.items() if (of := _of(found, code))],
        )


def _of(found: Sequence[Checked], reason: str) -> list[Checked]:
    return [one for one in found if one.reason == reason]


def _row(one: Checked) -> list[Value]:
    title, actor = REASONS[one.reason]
    return [
        title,
        one.order or UNKNOWN,
        UNKNOWN if one.line_no is None else one.line_no,
        one.product,
        one.producer,
        divisions.full_name(one.area[:6]),
        day_of(one.sold_at).isoformat(),
        GOODS_CLASSES[one.goods_class],
        one.sale_fen,
        one.returned_fen,
        UNKNOWN if one.rate_bp is None else one.rate_bp,
        UNKNOWN if one.limit_bp is None else one.limit_bp,
        actor,
    ]


def _total(title: str, found: Sequence[Checked]) -> list[Value]:
    lines = {one.line_id: one for one in found}.values()
    return [
        title,
        f"{len(lines)}条",
        *[""] * 6,
        sum(one.sale_fen for one in lines),
        sum(one.returned_fen for one in lines),
        *[""] * 3,
    ]
