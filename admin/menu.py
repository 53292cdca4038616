"""The menu of the officials' console, and whose console it is: every role that is neither a buyer nor a producer."""

from __future__ import annotations

from typing import Final

from marketplace.accounts.permissions import ROLES
from marketplace.web.kit import Entry, Section, note

_ELSEWHERE: Final = frozenset({"buyer", "citizen", "producer", "producer_finance"})

MENU: Final[tuple[Entry, ...]] = (
    Entry(note("待办"), "/admin"),
    Entry(note("认定审核"), "/admin/reviews", "certification.read"),
    Entry(note("公示"), "/admin/notices", "certification.notice"),
    Entry(note("异议"), "/admin/objections", "certification.objection_decide"),
    Entry(note("证书与目录"), "/admin/certificates", "certification.read"),
    Entry(note("撤销提请"), "/admin/revocations", "certification.revoke_propose"),
    Entry(note("审批"), "/admin/approvals", "accounts.approve"),
    Entry(note("关账"), "/admin/months", "attribution.close"),
    Entry(note("数据填报"), "/admin/declarations", "statistics.declarations", also=("/admin/upward",)),
    Entry(note("数据接入"), "/admin/intake", "intake.read"),
    Entry(note("帮扶金"), "/admin/levies", "payments.books"),
    Entry(note("销售点"), "/admin/channels", "intake.read"),
    Entry(note("带贫主体"), "/admin/producers", "producers.read"),
    Entry(note("农户"), "/admin/households", "beneficiaries.read"),
    Entry(note("协议"), "/admin/agreements", "agreements.read", also=("/admin/payment-lists",)),
    Entry(note("单位"), "/admin/organisations", "accounts.read"),
    Entry(note("预留份额"), "/admin/reserve-filings", "accounts.filing_read"),
    Entry(note("订单归属"), "/admin/reattributions", "orders.reattribute_supervise"),
    Entry(note("账号与角色"), "/admin/accounts", "accounts.people"),
    Entry(note("审计"), "/admin/audit", "audit.read"),
    Entry(note("统计查询"), "/admin/statistics", "statistics.read", also=("/admin/orders",)),
    Entry(note("报表"), "/admin/reports", "statistics.read"),
    Entry(note("工作动态与通报"), "/admin/bulletins", "statistics.read"),
    Entry(note("大屏"), "/admin/wall", "statistics.read"),
)

SECTION: Final = Section(
    code="officials",
    title=note("管理工作台"),
    start="/admin",
    roles=frozenset(role.code for role in ROLES) - _ELSEWHERE,
    entries=MENU,
    subjects={
        "order": "/admin/orders/{id}",
        "declaration": "/admin/declarations/{id}",
        "duplicate_case": "/admin/intake/duplicates/{id}",
        "cabinet_task": "/admin/intake/tasks/{id}",
        "levy_statement": "/admin/levies/{id}",
        "levy_payment": "/admin/levies/payments/{id}",
        "reattribution": "/admin/reattributions/{id}",
    },
    subject_permissions={"order": "orders.read", "reattribution": "orders.read"},
)
