"""What the audit trail's objects are called, by the code under which they are written down."""

from __future__ import annotations

import re
from typing import Any, Final

from marketplace.web.kit import note
from marketplace.web.kit import say as _

#: Subject kind → its name. A kind that is not here stands as its code.
SUBJECTS: Final = {
    "account": note("账号"),
    "agreement": note("利益联结协议"),
    "api_token": note("访问令牌"),
    "application": note("认定申报"),
    "approval": note("审批"),
    "approval_delegation": note("审批代办"),
    "area": note("区划"),
    "balance": note("余额"),
    "bank_statement": note("银行流水"),
    "bulletin": note("工作动态"),
    "cabinet_finding": note("专柜线索"),
    "cabinet_task": note("补货任务"),
    "certificate": note("证书"),
    "channel": note("销售点"),
    "commission_bill": note("服务费账单"),
    "contract": note("合同"),
    "declaration": note("填报"),
    "declared_figure": note("申报数字"),
    "delivery_address": note("收货地址"),
    "demo": note("演示数据"),
    "duplicate_case": note("重复上报"),
    "export": note("导出"),
    "file": note("文件"),
    "goods_recall": note("商品召回"),
    "handover": note("交接"),
    "household": note("农户"),
    "invoice": note("发票"),
    "invoice_request": note("开票申请"),
    "levy_payment": note("帮扶金缴纳"),
    "levy_statement": note("帮扶金对账"),
    "listing": note("上架商品"),
    "notice": note("公示"),
    "objection": note("异议"),
    "offer": note("报价"),
    "order": note("订单"),
    "organisation": note("单位"),
    "payout": note("结算付款"),
    "payout_file": note("付款文件"),
    "payout_line": note("付款明细"),
    "period": note("统计期"),
    "person": note("人员"),
    "pledge": note("签约登记"),
    "price_inquiry": note("询价"),
    "producer": note("带贫主体"),
    "product": note("产品"),
    "product_import": note("产品导入"),
    "published_figure": note("已公布数字"),
    "purchase": note("采购申报"),
    "purchase_plan": note("采购计划"),
    "purchase_request": note("采购审批"),
    "reattribution": note("重新归集"),
    "receipt": note("到账"),
    "repayment": note("错付退回"),
    "reporting_unit": note("填报单位"),
    "reserve_filing": note("预留份额填报"),
    "settlement": note("结算单"),
    "stock_item": note("库存"),
    "supervised_agreement": note("监管账户协议"),
    "target_list": note("目标任务"),
    "upward_feed": note("上报与核对"),
    "upward_source": note("下级上报来源"),
    "upward_total": note("月度汇总"),
    "village": note("村"),
    "village_collective": note("村集体"),
    "wall_key": note("大屏密钥"),
}
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-([0-9a-f]{12})")


def subject_title(kind: str) -> str:
    """The name of a kind of object in the language of the request."""
    return _(SUBJECTS[kind]) if kind in SUBJECTS else kind


def short_id(subject_id: str) -> str:
    """The last twelve digits of a long id, which are enough to tell two rows apart; what people read anyway stays whole."""
    found = _UUID.fullmatch(subject_id)
    return f"…{found[1]}" if found else subject_id


def detail_lines(detail: dict[str, Any] | None) -> list[tuple[str, str]]:
    """What a record says beside its object: (name, value) of every entry that says something."""
    return [
        (name, _value(value)) for name, value in (detail or {}).items() if value not in (None, "", [], {})
    ]


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, dict):
        return "; ".join(f"{name} {_value(one)}" for name, one in value.items())
    if isinstance(value, list):
        return "、".join(_value(one) for one in value)
    return short_id(str(value))
