"""A reported row once its adapter has read it, and why one cannot be taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

#: What a row is to the sums: a transfer to a reporting point of sale and raw material are no sales (domain 0a.1, 0a.3).
ROLES: Final = {
    "purchase": "直接采购",
    "brokered": "帮助销售",
    "transfer": "调拨(内部)",
    "input": "原料收购",
}
#: Columns that came later, with what a row says that lacks them: such a row keeps the digest it had before.
SINCE: Final[dict[str, object]] = {
    "role": "purchase",
    "original_no": None,
    "invoice_total_fen": None,
    "lot": None,
    "transfer_to": None,
    "particulars": {},
}
ACTIONS: Final = {"sale": "销售", "refund": "退款", "correction": "更正", "cancellation": "取消"}

#: Why a row is kept apart: code → words for the person who must mend it.
REASONS: Final[dict[str, str]] = {
    "unknown_column": "出现接口约定之外的列",
    "personal_data": "含有个人信息列;请去掉后再报",
    "missing": "必填项为空",
    "unknown_code": "代码不在约定范围内",
    "not_text": "文字过长或含有不可见字符",
    "formula": "文字以 = + @ 开头,像表格公式",
    "number_in_text": "单元格是数值,原文可能已丢失(如开头的零);请设为文本格式后重填",
    "unknown_unit": "计量单位不在约定范围内",
    "sign_wrong": "正负号与业务类型不符",
    "no_sale": "尚未付款或已取消,不构成销售",
    "not_an_amount": "金额写法有误(应为非负的十进制数,至多两位小数)",
    "not_a_quantity": "数量写法有误(应为正数)",
    "not_an_instant": "时间写法有误",
    "not_a_uscc": "统一社会信用代码有误",
    "not_an_area": "行政区划代码有误",
    "future": "时间晚于收到之时",
    "too_old": "时间早于渠道开业之日",
    "out_of_range": "数值超出范围",
    "sale_unknown": "所退或所更正的销售尚未上报",
    "above_sale": "累计退款或退货数量超过该笔销售",
    "overtaken": "该设备其后已另有更正,以后者为准",
    "transfer_unknown": "调入的销售点未登记,或就是本销售点",
    "differs": "同一编号再次上报而内容不同;请以更正上报",
}


#: Rows that are nothing wrong and no sale: passed over, with the reason, and nobody need look at them.
PASSED_OVER: Final = frozenset({"no_sale"})
#: What a sale is said to have been made at, beyond what the books have columns for.
PARTICULARS: Final[dict[str, str]] = {
    "occasion": "活动、场次或直播间",
    "organiser": "主办单位或机构",
    "host": "主播或展位",
    "terminal": "收银机或网点编号",
}


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that is kept apart: a code of REASONS, and the column of the file that it is about."""

    reason: str
    field: str | None = None


def refusal_outcome(why: Refused) -> str:
    """What a refused row is called: kept apart for people, or passed over."""
    return "passed_over" if why.reason in PASSED_OVER else "quarantined"


class RowRefused(Exception):
    """Raised while one row is looked at; carries its `Refused`."""

    def __init__(self, reason: str, field: str | None = None) -> None:
        super().__init__(reason)
        self.refused = Refused(reason, field)


@dataclass(slots=True, kw_only=True)  # not frozen: as orders.facts.CountedLine
class SaleRow:
    """What a row says, in our units: fen, thousandths of a unit, grams, aware instants.

    `order_ref` with `line_ref` is the sale's natural key in its channel; `action_ref` tells refunds and corrections of it apart.
    `facts` are those of `orders.counting` that the reporter says have happened.
    """

    order_ref: str
    line_ref: str
    action: str
    action_ref: str
    sold_at: datetime
    facts: frozenset[str]
    amount_fen: int
    quantity_milli: int
    weight_g: int | None = None
    claims_aid: bool | None = None
    catalogue_no: str | None = None
    product_no: int | None = None
    gtin: str | None = None
    goods_name: str = ""
    spec: str | None = None
    supplier_uscc: str | None = None
    supplier_name: str | None = None
    buyer_uscc: str | None = None
    buyer_area: str | None = None
    buyer_kind: str | None = None
    fund_source: str | None = None
    broker_uscc: str | None = None
    invoice_no: str | None = None
    # Said since the first adapters were in use: `SINCE`.
    role: str = "purchase"
    original_no: str | None = None
    invoice_total_fen: int | None = None
    lot: str | None = None
    transfer_to: str | None = None
    particulars: Mapping[str, str] = field(default_factory=dict)  # by PARTICULARS

    @property
    def key(self) -> tuple[str, str]:
        """The sale it is about."""
        return self.order_ref, self.line_ref

    @property
    def report_key(self) -> tuple[str, str, str]:
        """What it says of it: the same said twice is one report."""
        return self.order_ref, self.line_ref, self.action_ref
