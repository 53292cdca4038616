"""What the states and the history of an order are called on papers and pages."""

from __future__ import annotations

from typing import Final

ORDER_TITLES: Final = {
    "placed": "待确认",
    "confirmed": "待发货",
    "partly_shipped": "部分发货",
    "shipped": "待收货",
    "delivered": "待验收",
    "partly_accepted": "部分验收",
    "accepted": "已验收",
    "evaluated": "已评价",
    "closed": "已完结",
    "cancelled": "已取消",
}
PAYMENT_TITLES: Final = {
    "unpaid": "未付款",
    "partly_paid": "部分付款",
    "paid": "已付款",
    "partly_refunded": "部分退款",
    "refunded": "已退款",
    "void": "无须付款",
}
INVOICE_TITLES: Final = {
    "none": "未开票",
    "requested": "待开票",
    "partly_issued": "部分开票",
    "issued": "已开票",
    "partly_reversed": "部分红冲",
    "reversed": "已红冲",
}
RETURN_TITLES: Final = {
    "requested": "待处理",
    "approved": "待收退货",
    "goods_received": "待退款",
    "refunded": "已退款",
    "settled": "已办结",
    "refused": "已拒绝",
    "withdrawn": "已撤回",
}
#: Steps of the history that both sides understand; bookkeeping in between is not among them.
EVENT_TITLES: Final = {
    "placed": "下单",
    "confirmed": "供应商确认",
    "freight_set": "设定运费",
    "contract_drafted": "合同拟定",
    "contract_sent": "合同发出",
    "contract_signed": "合同签署",
    "contract_void": "合同作废",
    "paid": "付款",
    "partly_shipped": "部分发货",
    "shipped": "全部发货",
    "delivered": "送达",
    "partly_accepted": "部分验收",
    "accepted": "验收",
    "invoice_asked": "申请开票",
    "evaluated": "评价",
    "return_requested": "申请退货",
    "refunded": "退款",
    "deadline_extended": "付款延期",
    "counted": "计入统计",
    "closed": "完结",
    "cancelled": "取消",
}
