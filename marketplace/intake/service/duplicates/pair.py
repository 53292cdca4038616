"""Both sides of cases as they now stand, and field by field."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy.orm import Session

from marketplace.intake.models import DuplicateCase
from marketplace.intake.rules.duplicates import Side
from marketplace.intake.service.duplicates.clusters import Cluster, current_sales
from marketplace.intake.service.duplicates.sides import orders_with, sides_of

#: What is shown side by side: field of a side → title.
FIELDS: Final = {
    "reporter": "上报方",
    "order_ref": "上报单号",
    "line_ref": "明细序号",
    "number": "平台订单编号",
    "sold_on": "成交日",
    "amount_fen": "金额(分)",
    "net_fen": "扣除退款后(分)",
    "seller": "供应商统一社会信用代码",
    "buyer": "采购人统一社会信用代码",
    "broker": "帮助销售单位统一社会信用代码",
    "producer_id": "带贫主体",
    "product_id": "产品",
    "invoice_no": "发票号码",
    "invoice_total_fen": "发票价税合计(分)",
    "lot": "批号",
    "channel_area": "上报地区",
}


def both_sides(session: Session, cases: Sequence[DuplicateCase]) -> dict[uuid.UUID, tuple[Side, Side]]:
    """Case → its first and its second side as they stand."""
    keys = {
        node: key for one in cases for node, key in ((one.first, one.first_key), (one.second, one.second_key))
    }
    sales = current_sales(session, [Cluster(keys)])
    found = {side.node: side for side in sides_of(session, list(sales.values()))}
    found |= orders_with(session, [node for node, key in keys.items() if key["channel_id"] is None])
    return {one.id: (found[one.first], found[one.second]) for one in cases}


def described(side: Side) -> dict[str, Any]:
    """A side as JSON values."""
    values = {name: getattr(side, name) for name in FIELDS}
    return {
        name: value if value is None or isinstance(value, int) else str(value)
        for name, value in values.items()
    }


def compared(one: Side, other: Side) -> list[dict[str, Any]]:
    """Field by field: what each says, and whether that is equal, different, or said by one only."""
    first, second = described(one), described(other)
    return [
        {
            "field": name,
            "title": title,
            "first": _text(first[name]),
            "second": _text(second[name]),
            "result": _result(first[name], second[name]),
        }
        for name, title in FIELDS.items()
    ]


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _result(one: Any, other: Any) -> str:
    if one is None and other is None:
        return "unsaid"
    if one is None or other is None:
        return "one_side"
    return "equal" if one == other else "differs"
