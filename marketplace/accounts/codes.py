"""The words accounts are written in: kinds of organisations, fiscal tiers, sectors, canteens, notices."""

from __future__ import annotations

from typing import Final

ORGANISATION_KINDS: Final[dict[str, str]] = {
    "authority": "行政主管部门",
    "budget_unit": "预算单位",
    "enterprise": "企业",
    "union": "工会",
    "society": "社会组织",
    "producer": "带贫主体",
    "collective": "村集体经济组织",
    "operator": "运营机构",
    "individual": "个人",
}
# A public or trading body without a code cannot be told from another of the same name.
USCC_REQUIRED: Final = frozenset({"budget_unit", "enterprise", "union", "society", "operator"})

FISCAL_TIERS: Final[dict[str, str]] = {
    "central_in_province": "中央驻粤",
    "province_level": "省本级",
    "city_level": "市本级",
    "county_level": "县本级",
}

SECTORS: Final[dict[str, str]] = {
    "party_committee": "机关工委",
    "union": "工会",
    "women": "妇联",
    "youth": "团委",
    "supply_coop": "供销",
    "broadcast": "广电",
    "commerce": "商务",
    "agriculture": "农业",
    "education": "教育",
    "health": "卫生健康",
    "state_assets": "国资",
    "other": "其他",
}

SIZE_CLASSES: Final[dict[str, str]] = {"micro": "微型", "small": "小型", "medium": "中型", "large": "大型"}

CANTEEN_KINDS: Final[dict[str, str]] = {
    "own": "自办食堂",
    "none": "无食堂",
    "shared": "共用食堂",
    "outsourced": "外包食堂",
}

NOTICE_KINDS: Final[dict[str, str]] = {
    "application_returned": "认定申请被退回",
    "application_decided": "认定申请有新的进展",
    "objection_filed": "公示收到异议",
    "notice_withdrawn": "公示已撤回",
    "certificate_expiring": "认定证书即将到期",
    "certificate_suspended": "认定证书被暂停",
    "certificate_revoked": "认定证书被撤销",
    "agreement_decided": "利益联结协议审定结果",
    "agreement_expiring": "利益联结协议即将到期",
    "price_changed": "价格已变动",
    "order_placed": "收到新订单",
    "order_shipped": "订单已发货",
    "order_cancelled": "订单已取消",
    "freight_changed": "订单运费已变动",
    "contract_sent": "收到待签署的合同",
    "contract_signature": "合同签署文件待核对",
    "contract_signature_refused": "合同签署文件被退回",
    "contract_signed": "合同已由双方签署",
    "contract_void": "合同已作废",
    "interest_claimed": "收到逾期利息催告",
    "payment_due": "付款即将到期",
    "payment_overdue": "付款已逾期",
    "payment_recorded": "款项已到账",
    "payout_confirmed": "结算款已付出",
    "payout_returned": "结算付款被退回",
    "return_decided": "退货处理结果",
    "invoice_requested": "收到开票申请",
    "invoice_issued": "发票已开具",
    "invoice_refused": "发票或开票申请被退回",
    "red_letter_owed": "需开具红字发票",
    "reattribution_asked": "订单归属调整待同意",
    "reattribution_decided": "订单归属调整结果",
    "purchase_asked": "采购申请待审批",
    "purchase_decided": "采购申请审批结果",
    "inquiry_news": "询价有新的进展",
    "filing_due": "预留份额填报即将截止",
    "filing_returned": "预留份额填报被退回",
    "filing_accepted": "预留份额填报已通过",
    "sale_duplicate": "一笔上报的销售经认定为重复,不再计入",
    "sales_duplicate": "有上报的销售与他方重复,不再计入",
    "declaration_due": "月报催报",
    "declaration_returned": "月报被退回",
    "declaration_corrected": "下级月报已更正",
    "approval_asked": "有待审批事项",
    "approval_decided": "审批结果",
    "account_locked": "账号因多次登录失败被锁定",
    "role_granted": "角色变更",
    "import_finished": "导入完成",
    "export_ready": "导出文件已生成",
    "supervised_task": "督办事项",
    "handover_asked": "有待接收的交接清单",
    "handover_decided": "交接清单办理结果",
    "cabinet_tasks": "有新的货柜任务",
    "cabinet_task_assigned": "收到货柜任务",
    "channel_health": "设备上报异常",
    "channel_well": "设备上报恢复正常",
    "aid_share_low": "扶贫产品占比低于要求",
    "levy_statement": "帮扶金月度对账单待确认",
    "levy_statement_decided": "帮扶金月度对账单办理结果",
    "levy_payment_decided": "帮扶金缴款核对结果",
    "commission_bill": "平台服务费月度账单待支付",
}

APPROVAL_ACTIONS: Final[dict[str, str]] = {
    "bank_account_change": "变更银行账户",
    "mass_export": "批量导出",
    "period_adjustment": "统计更正",
    "refund_over_limit": "超限额退款",
}
