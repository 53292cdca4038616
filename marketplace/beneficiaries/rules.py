"""What households and agreements may be, without a database. Sources: docs/rules.md, "Household status",
"Agreements".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from marketplace.core.errors import Conflict, Invalid
from marketplace.core.states import StateMachine

FILE_STANDARDS: Final = {
    "national_registered": "国家建档立卡",
    "gd_relative": "广东相对贫困",
    "none": "未建档",
}
FILE_STATUSES: Final = {
    "never": "一般农户",
    "registered": "建档立卡贫困户",
    "graduated": "脱贫户",
    "removed": "已移出",
}
MONITOR_TYPES: Final = {
    "none": "无",
    "unstable": "脱贫不稳定户",
    "marginal": "边缘易致贫户",
    "sudden_hardship": "突发严重困难户",
}
MONITOR_STATUSES: Final = {"none": "未监测", "active": "监测中", "risk_removed": "风险消除"}
SHARE_UNITS: Final = ("户", "股", "份", "工日", "公斤", "亩")
LINKED_BASES: Final = {
    "raw_material": "原料占比",
    "labour": "用工占比",
    "land": "用地占比",
    "shares": "股份占比",
    "default": "默认权重",
}
PAYMENT_KINDS: Final = {
    "wages": "工资",
    "dividends": "分红",
    "rent": "租金",
    "purchase": "收购款",
    "rebate": "返利",
    "post": "岗位补贴",
    "other": "其他",
}

# ``new`` is before the first entry of a household's history; nobody comes on file afterwards.
FILE_MACHINE: Final = StateMachine(
    "建档状态",
    {
        "new": ("never", "registered", "graduated"),
        "never": ("removed",),
        "registered": ("graduated", "removed"),
        "graduated": ("removed",),
        "removed": (),
    },
    "new",
)
MONITOR_MACHINE: Final = StateMachine(
    "监测状态",
    {"none": ("active",), "active": ("risk_removed",), "risk_removed": ("active",)},
    "none",
)
VERSION_MACHINE: Final = StateMachine(
    "协议版本",
    {"draft": ("submitted",), "submitted": ("approved", "refused"), "approved": (), "refused": ()},
    "draft",
)
VERSION_TITLES: Final = {
    "draft": "草稿",
    "submitted": "待审定",
    "approved": "已审定",
    "refused": "未通过",
}
_MONITORED_AS: Final = {
    "never": ("marginal", "sudden_hardship"),
    "registered": ("sudden_hardship",),
    "graduated": ("unstable", "sudden_hardship"),
}
REGISTERED_UNTIL: Final = date(2020, 12, 31)


@dataclass(frozen=True)
class HouseholdState:
    """File status and monitoring status are two things: an unstable household is 脱贫户 too and is
    counted once.
    """

    file_status: str
    monitor_type: str = "none"
    monitor_status: str = "none"


def check_start(state: HouseholdState, file_standard: str, from_day: date) -> None:
    """Whether a history may begin so; Invalid names what is wrong."""
    FILE_MACHINE.require("new", state.file_status)
    if (file_standard == "none") != (state.file_status == "never"):
        raise Invalid("file_standard", "建档标准与建档状态不一致", pointer="file_standard")
    _check_state(state, from_day)


def check_step(before: HouseholdState, after: HouseholdState, from_day: date) -> None:
    """Whether a history may go on so. IllegalTransition (409) for a step that is not in the tables.

    The same state again is allowed: members, labour and flags change more often than status.
    """
    if before.file_status == "removed":
        FILE_MACHINE.require("removed", after.file_status)
    if before.file_status != after.file_status:
        FILE_MACHINE.require(before.file_status, after.file_status)
    if after.file_status == "removed":
        return
    if before.monitor_status != after.monitor_status:
        MONITOR_MACHINE.require(before.monitor_status, after.monitor_status)
    ended = after.monitor_status == "risk_removed"
    if ended and after.monitor_type != before.monitor_type:
        raise Invalid("monitor_type", "风险消除不改变监测类型", pointer="monitor_type")
    _check_state(after, from_day)


def _check_state(state: HouseholdState, from_day: date) -> None:
    if state.file_status == "registered" and from_day > REGISTERED_UNTIL:
        raise Invalid("registered_after_2020", "2020年底后不再有建档立卡贫困户", pointer="file_status")
    if (state.monitor_type == "none") != (state.monitor_status == "none"):
        raise Invalid("monitor_type", "监测类型与监测状态应同时填写", pointer="monitor_type")
    if state.monitor_type != "none" and state.monitor_type not in _MONITORED_AS[state.file_status]:
        # Who left the list as a 边缘易致贫户 keeps that mark; who is watched now must fit.
        raise Invalid(
            "monitor_type",
            f"{FILE_STATUSES[state.file_status]}不能列为{MONITOR_TYPES[state.monitor_type]}",
            pointer="monitor_type",
        )


def check_validity(from_day: date, to_day: date | None) -> None:
    """Half-open days [from_day, to_day); Invalid when there is none in between."""
    if to_day is not None and to_day <= from_day:
        raise Invalid("validity", "终止日应晚于生效日", pointer="to_day")


def check_end(from_day: date, present_end: date | None, to_day: date) -> None:
    """Whether a version valid from `from_day` may end on `to_day` (exclusive): ends come forward, never
    move back.
    """
    if to_day <= from_day:
        raise Conflict("agreement_end", "终止日应晚于生效日")
    if present_end is not None and to_day >= present_end:
        raise Conflict("agreement_end", "终止日只能提前")
