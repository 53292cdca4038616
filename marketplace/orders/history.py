"""What people call the lines of an order's history: a state it came to, or something else that happened to it."""

from __future__ import annotations

from typing import Final

EVENT_TITLES: Final = {
    "placed": "下单",
    "confirmed": "供应商确认",
    "partly_shipped": "部分发货",
    "shipped": "发货",
    "delivered": "送达",
    "partly_accepted": "部分验收",
    "accepted": "验收",
    "evaluated": "评价",
    "closed": "完成",
    "cancelled": "取消",
    "paid": "付款",
    "partly_paid": "部分付款",
    "freight_set": "运费确认",
    "contract_drafted": "合同拟定",
    "contract_sent": "合同发出",
    "contract_signature": "已提交签署",
    "contract_signature_refused": "签署文件退回",
    "contract_signed_by_one": "一方已签署",
    "contract_signed": "合同签署",
    "contract_void": "合同作废",
    "deducted": "扣减货款",
    "deadline_extended": "付款延期",
    "invoice_asked": "申请开票",
    "invoice_not_asked": "撤回开票申请",
    "invoiced": "开票",
    "invoice_accepted": "发票验票通过",
    "invoice_refused": "发票验票未通过",
    "red_letter": "红字发票",
    "return_requested": "申请退货",
    "return_approved": "同意退货",
    "return_refused": "拒绝退货",
    "return_withdrawn": "撤回退货",
    "return_goods_received": "收到退货",
    "refunded": "退款",
    "counted": "计入统计",
    "reattribution_requested": "申请更正归属",
    "reattribution_consent": "归属更正表态",
    "reattribution_refused": "归属更正未获同意",
    "reattribution_withdrawn": "撤回归属更正",
    "reattributed": "归属已更正",
    "certificate_lapsed": "认定失效",
}
OTHER_EVENT: Final = "其他办理"


def event_title(kind: str) -> str:
    """What a line of that kind is called; a common word for kinds that concern the books rather than the buyer."""
    return EVENT_TITLES.get(kind, OTHER_EVENT)
