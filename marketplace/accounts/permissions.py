"""The table of authority: which role may do what. Everything not written here is refused.

A permission is ``slice.verb``; a route declares one, and the use case asks again with the thing's area and
owners (`core.actor`). A role of kind ``owner`` is always held for one organisation and reaches only what that
organisation owns; one of kind ``area`` is held over an area. The administrators of system, security and audit
are never one person (三员分立), and whoever grants roles cannot use them.

The lists below are read by people: the role × route matrix of the tests is printed from them. Sources: domain
notes on roles; docs/rules.md, "Separation of duties".
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Final

from marketplace.core.actor import WHOLE_COUNTRY, Held


@dataclass(frozen=True)
class Role:
    """A role: code, title, whether it is held for an organisation (``owner``) or over an ``area``, permissions."""

    code: str
    title_zh: str
    kind: str
    permissions: frozenset[str]


def _role(code: str, title_zh: str, kind: str, permissions: str) -> Role:
    # Everybody who can sign in manages their own sessions, tokens and notices.
    return Role(code, title_zh, kind, frozenset(permissions.split()) | {"accounts.own"})


_OFFICIAL = (
    "accounts.read producers.read agreements.read certification.read orders.read attribution.read"
    " oversight.read statistics.read statistics.declarations files.read files.upload intake.read"
)

ROLES: Final[tuple[Role, ...]] = (
    _role(
        "producer",
        "带贫主体经办",
        "owner",
        "accounts.read accounts.bank producers.read producers.edit producers.import agreements.read agreements.draft"
        " agreements.report certification.read certification.apply catalogue.offer catalogue.list orders.read"
        " orders.fulfil orders.cancel orders.return_decide orders.contract orders.contract_check payments.read"
        " payments.invoice attribution.read files.upload files.read jobs.read payments.settlements"
        " payments.books",
    ),
    _role(
        "producer_finance",
        "带贫主体财务",
        "owner",
        "accounts.read orders.read payments.read payments.record payments.refund payments.invoice"
        " payments.interest attribution.read payments.settlements payments.books files.upload files.read",
    ),
    _role(
        "buyer",
        "采购经办",
        "owner",
        "accounts.read orders.read orders.place orders.accept orders.cancel orders.return orders.contract"
        " orders.contract_check payments.read accounts.filing accounts.filing_read attribution.read"
        " files.upload files.read payments.invoice_ask payments.invoice_check orders.reattribute"
        " payments.declare_payer intake.declare",
    ),
    _role(
        "buyer_reviewer",
        "采购审核",
        "owner",
        "accounts.read orders.read orders.approve_purchase payments.read accounts.filing_read files.read",
    ),
    _role(
        "buyer_finance",
        "采购单位财务",
        "owner",
        "accounts.read orders.read orders.approve_purchase payments.read accounts.filing_read files.read"
        " payments.invoice_check",
    ),
    _role(
        "buyer_manager",
        "采购单位管理员",
        "owner",
        "accounts.read orders.read orders.buying_rules accounts.unit_people",
    ),
    _role(
        "citizen",
        "个人消费者",
        "owner",
        "orders.read orders.place orders.accept orders.cancel orders.return"
        " payments.invoice_ask payments.invoice_check",
    ),
    _role(
        "channel_operator",
        "渠道运营(专柜、专馆、专区)",
        "owner",
        "accounts.read producers.read catalogue.channels catalogue.list orders.read orders.fulfil intake.submit"
        " intake.read intake.recall payments.levy_confirm payments.read payments.books"
        " statistics.declarations statistics.declare files.upload files.read jobs.read",
    ),
    _role(
        "platform_operator",
        "平台运营",
        "area",
        "accounts.read accounts.register producers.read producers.edit producers.import certification.read"
        " certification.decide certification.platform_review catalogue.channels catalogue.offer catalogue.list"
        " orders.read orders.cancel orders.return_decide orders.contract_check orders.policy payments.read"
        " intake.submit intake.review intake.read oversight.read files.upload files.read jobs.read intake.pledges intake.recall",
    ),
    _role(
        "finance_clerk",
        "平台财务",
        "area",
        "accounts.read orders.read payments.read payments.record payments.refund payments.invoice"
        " attribution.read payments.settle payments.settle_approve payments.settlements payments.books"
        " payments.declare_payer payments.gateway_accounts",
    ),
    _role(
        "township_reviewer",
        "乡镇初审",
        "area",
        f"{_OFFICIAL} certification.decide certification.township_review beneficiaries.read beneficiaries.edit",
    ),
    _role(
        "sector_reviewer",
        "行业部门复审",
        "area",
        f"{_OFFICIAL} certification.decide certification.sector_review certification.revoke_propose beneficiaries.read",
    ),
    _role(
        "county_officer",
        "县级帮扶部门经办",
        "area",
        f"{_OFFICIAL} accounts.register accounts.place producers.edit producers.import jobs.read"
        " certification.decide certification.county_decide certification.notice certification.objection_decide"
        " certification.suspend certification.revoke_propose certification.revoke beneficiaries.read"
        " beneficiaries.read_personal beneficiaries.edit agreements.approve agreements.report"
        " files.read_restricted statistics.export statistics.declare statistics.declare_review"
        " statistics.bulletin_draft statistics.bulletin_review oversight.handle"
        " intake.read intake.decide intake.verify intake.pledges intake.recall",
    ),
    _role(
        "city_officer",
        "市级帮扶部门审核",
        "area",
        f"{_OFFICIAL} certification.decide certification.city_review certification.notice"
        " certification.objection_decide certification.suspend certification.revoke_propose certification.revoke"
        " beneficiaries.read statistics.export statistics.declare statistics.declare_review"
        " statistics.bulletin_draft statistics.bulletin_review oversight.handle"
        " intake.read intake.decide intake.verify intake.pledges intake.recall",
    ),
    _role(
        "province_officer",
        "省级帮扶部门复核",
        "area",
        f"{_OFFICIAL} certification.decide certification.province_recheck certification.suspend"
        " certification.revoke_propose certification.revoke certification.rules beneficiaries.read"
        " statistics.export statistics.targets statistics.areas statistics.declare statistics.declare_review"
        " statistics.bulletin_draft statistics.bulletin_review oversight.handle orders.policy"
        " intake.read intake.decide intake.verify intake.pledges intake.recall",
    ),
    _role(
        "national_filer",
        "国家汇总备案",
        "area",
        f"{_OFFICIAL} certification.decide certification.record_filing statistics.export",
    ),
    _role(
        "association_reviewer",
        "促进会审核",
        "area",
        f"{_OFFICIAL} certification.decide certification.assoc_review certification.notice"
        " certification.objection_decide certification.suspend certification.revoke_propose certification.revoke",
    ),
    _role(
        "issuer",
        "签发人",
        "area",
        f"{_OFFICIAL} certification.issue accounts.approve statistics.declare_send statistics.bulletin_issue",
    ),
    _role(
        "finance_supervisor",
        "财政监管",
        "area",
        "accounts.read accounts.place accounts.filing_read accounts.filing_review orders.read statistics.read"
        " statistics.export attribution.read payments.settlements payments.books orders.reattribute_supervise"
        " payments.levy_check intake.read",
    ),
    _role(
        "statistician",
        "统计",
        "area",
        "accounts.read producers.read orders.read intake.submit intake.review intake.read intake.decide attribution.read"
        " attribution.verify intake.pledges"
        " statistics.read statistics.export statistics.targets statistics.declarations statistics.declare"
        " statistics.declare_review statistics.bulletin_draft",
    ),
    _role(
        "ledger_officer",
        "账务管理",
        "area",
        "attribution.read attribution.close attribution.verify statistics.read",
    ),
    _role("system_admin", "系统管理员", "area", "jobs.read"),
    _role(
        "security_admin",
        "安全管理员",
        "area",
        "accounts.read accounts.register accounts.people accounts.grant",
    ),
    _role("auditor", "审计员", "area", "audit.read attribution.verify"),
)

_BY_CODE: Final = {role.code: role for role in ROLES}
# Whoever hands out authority holds none besides: security administrators have no other role.
ALONE: Final = frozenset({"system_admin", "security_admin", "auditor"})


def role(code: str) -> Role:
    """The role with that code; KeyError if there is none."""
    return _BY_CODE[code]


def is_role(code: str) -> bool:
    """Whether there is such a role."""
    return code in _BY_CODE


def held(code: str, area_code: str = WHOLE_COUNTRY, organisation_id: uuid.UUID | None = None) -> Held:
    """A grant of the role as an actor carries it; KeyError if there is no such role."""
    return Held(code, _BY_CODE[code].permissions, area_code, organisation_id)


def incompatible(held: frozenset[str], wanted: str) -> frozenset[str]:
    """Roles among `held` (all accounts of a person) that forbid holding `wanted` too."""
    if wanted in ALONE:
        return held - {wanted}
    return held & ALONE
