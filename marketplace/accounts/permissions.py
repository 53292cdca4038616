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

PERMISSIONS: Final[dict[str, str]] = {
    "accounts.own": "管理本人会话、令牌和通知",
    "accounts.read": "查看单位",
    "accounts.register": "登记和修改单位",
    "accounts.place": "调整预算单位隶属关系",
    "accounts.people": "管理人员和账号",
    "accounts.grant": "授予和收回角色",
    "accounts.bank": "申请变更银行账户",
    "accounts.approve": "审批银行账户变更和批量导出",
    "accounts.filing": "填报预留份额",
    "accounts.filing_read": "查看预留份额",
    "accounts.filing_review": "审核预留份额",
    "audit.read": "查看审计记录",
    "files.upload": "上传文件",
    "files.read": "下载本单位或辖区文件",
    "files.read_restricted": "下载受限文件",
    "jobs.read": "查看后台任务",
    "producers.read": "查看带贫主体和产品",
    "producers.edit": "维护带贫主体和产品",
    "producers.import": "批量导入产品",
    "beneficiaries.read": "查看农户(脱敏)",
    "beneficiaries.read_personal": "查看农户完整信息(留痕)",
    "beneficiaries.edit": "维护农户和状态",
    "agreements.read": "查看利益联结协议",
    "agreements.draft": "起草利益联结协议",
    "agreements.approve": "审定利益联结协议",
    "agreements.report": "填报用工、利润和发放清单",
    "certification.read": "查看认定申请",
    "certification.apply": "申请认定",
    "certification.township_review": "乡镇初审",
    "certification.sector_review": "行业部门复审",
    "certification.county_decide": "县级认定和公示",
    "certification.city_review": "市级审核",
    "certification.province_recheck": "省级复核",
    "certification.record_filing": "国家汇总备案",
    "certification.assoc_review": "促进会审核",
    "certification.platform_review": "832平台审核",
    "certification.issue": "签发证书和目录",
    "certification.revoke": "暂停和撤销",
    "certification.objection_decide": "处理公示异议",
    "certification.rules": "维护认定规则",
    "catalogue.channels": "维护渠道和销售点",
    "catalogue.offer": "维护报价",
    "catalogue.list": "上架、调价和库存",
    "orders.read": "查看订单",
    "orders.place": "下单",
    "orders.fulfil": "确认和发货",
    "orders.accept": "验收和评价",
    "orders.cancel": "取消订单",
    "orders.return": "申请退货",
    "orders.return_decide": "处理退货",
    "orders.policy": "维护计数口径",
    "payments.read": "查看收款和退款",
    "payments.record": "登记到账",
    "payments.refund": "登记退款",
    "payments.invoice": "登记发票",
    "intake.submit": "报送站外销售",
    "intake.review": "处理站外销售的匹配和隔离",
    "attribution.read": "查看账本和结算单",
    "attribution.close": "关账",
    "attribution.verify": "核验账本",
    "oversight.read": "查看监督线索",
    "oversight.handle": "处理监督线索",
    "statistics.read": "查看统计和报表",
    "statistics.export": "导出统计",
    "statistics.targets": "维护目标任务",
    "statistics.areas": "维护行政区划和结对关系",
}


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
    " oversight.read statistics.read files.read files.upload"
)

ROLES: Final[tuple[Role, ...]] = (
    _role(
        "producer",
        "带贫主体经办",
        "owner",
        "accounts.read accounts.bank producers.read producers.edit producers.import agreements.read agreements.draft"
        " agreements.report certification.read certification.apply catalogue.offer catalogue.list orders.read"
        " orders.fulfil orders.cancel orders.return_decide payments.read payments.invoice attribution.read"
        " files.upload files.read jobs.read",
    ),
    _role(
        "producer_finance",
        "带贫主体财务",
        "owner",
        "accounts.read orders.read payments.read payments.record payments.refund payments.invoice attribution.read",
    ),
    _role(
        "buyer",
        "采购经办",
        "owner",
        "accounts.read orders.read orders.place orders.accept orders.cancel orders.return payments.read"
        " accounts.filing accounts.filing_read attribution.read files.upload files.read",
    ),
    _role(
        "citizen", "个人消费者", "owner", "orders.read orders.place orders.accept orders.cancel orders.return"
    ),
    _role(
        "channel_operator",
        "渠道运营(专柜、专馆、专区)",
        "owner",
        "accounts.read producers.read catalogue.channels catalogue.list orders.read orders.fulfil intake.submit"
        " payments.read files.upload files.read jobs.read",
    ),
    _role(
        "platform_operator",
        "平台运营",
        "area",
        "accounts.read accounts.register producers.read producers.edit producers.import certification.read"
        " certification.platform_review catalogue.channels catalogue.offer catalogue.list orders.read orders.cancel"
        " orders.return_decide orders.policy payments.read intake.submit intake.review oversight.read files.upload"
        " files.read jobs.read",
    ),
    _role(
        "finance_clerk",
        "平台财务",
        "area",
        "accounts.read orders.read payments.read payments.record payments.refund payments.invoice attribution.read",
    ),
    _role(
        "township_reviewer",
        "乡镇初审",
        "area",
        f"{_OFFICIAL} certification.township_review beneficiaries.read beneficiaries.edit",
    ),
    _role(
        "sector_reviewer",
        "行业部门复审",
        "area",
        f"{_OFFICIAL} certification.sector_review beneficiaries.read",
    ),
    _role(
        "county_officer",
        "县级帮扶部门经办",
        "area",
        f"{_OFFICIAL} accounts.register accounts.place producers.edit producers.import jobs.read"
        " certification.county_decide certification.objection_decide certification.revoke beneficiaries.read"
        " beneficiaries.read_personal beneficiaries.edit agreements.approve agreements.report"
        " files.read_restricted statistics.export oversight.handle",
    ),
    _role(
        "city_officer",
        "市级帮扶部门审核",
        "area",
        f"{_OFFICIAL} certification.city_review certification.objection_decide certification.revoke"
        " beneficiaries.read statistics.export"
        " oversight.handle",
    ),
    _role(
        "province_officer",
        "省级帮扶部门复核",
        "area",
        f"{_OFFICIAL} certification.province_recheck certification.revoke certification.rules beneficiaries.read"
        " statistics.export statistics.targets statistics.areas oversight.handle orders.policy",
    ),
    _role(
        "national_filer", "国家汇总备案", "area", f"{_OFFICIAL} certification.record_filing statistics.export"
    ),
    _role(
        "association_reviewer",
        "促进会审核",
        "area",
        f"{_OFFICIAL} certification.assoc_review certification.objection_decide certification.revoke",
    ),
    _role("issuer", "签发人", "area", f"{_OFFICIAL} certification.issue accounts.approve"),
    _role(
        "finance_supervisor",
        "财政监管",
        "area",
        "accounts.read accounts.place accounts.filing_read accounts.filing_review orders.read statistics.read"
        " statistics.export attribution.read",
    ),
    _role(
        "statistician",
        "统计",
        "area",
        "accounts.read producers.read orders.read intake.submit intake.review attribution.read attribution.verify"
        " statistics.read statistics.export statistics.targets",
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
