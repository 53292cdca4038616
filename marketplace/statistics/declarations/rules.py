"""What is owed when, who stands above whom, and what a declaration must say. Pure. Source: docs/rules.md, "Declarations"."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final, Protocol

from marketplace.core.actor import area_prefix
from marketplace.core.clock import period_days
from marketplace.core.errors import Invalid
from marketplace.core.states import StateMachine

AUTHORITY: Final = "authority"
OPERATOR: Final = "operator"
UNIT_KINDS: Final = {AUTHORITY: "主管部门", OPERATOR: "运营机构"}
STATES: Final = {
    "draft": "填报中",
    "submitted": "待审核",
    "reviewed": "待上报",
    "returned": "已退回",
    "sent": "已上报",
}
DECLARATION: Final = StateMachine(
    "填报",
    {
        "draft": ("submitted",),
        "submitted": ("reviewed", "returned"),
        "reviewed": ("sent", "returned"),
        "returned": (),
        "sent": (),
    },
    "draft",
    STATES,
)
_DIGITS: Final = (12, 9, 6, 4, 2, 0)
"""Of a village, a town, a county, a city, a province, the nation: from near to far."""
OPEN_STATES: Final = frozenset({"draft", "submitted", "reviewed"})


class Unit(Protocol):
    """What the rules need to know of a reporting unit."""

    @property
    def id(self) -> uuid.UUID:
        """Its key."""
        ...

    @property
    def kind(self) -> str:
        """authority or operator."""
        ...

    @property
    def area_code(self) -> str:
        """Over which area it reports."""
        ...


def is_due(from_day: date, until_day: date | None, period: str) -> bool:
    """Whether a unit owes the month: it is one on the month's last day."""
    last = period_days(period)[1] - timedelta(days=1)
    return from_day <= last and (until_day is None or last < until_day)


def due_on(period: str, due_day: int) -> date:
    """The last day on which the month is reported in time: `due_day` of the month after."""
    return period_days(period)[1].replace(day=due_day)


def superior_of(unit: Unit, units: Sequence[Unit]) -> Unit | None:
    """The authority that confirms the unit's figures into its own: the nearest one whose area holds the unit's.

    An operator reports to the authority of its own area where there is one, an authority to that of a larger area. None on top.
    """
    return _nearest(unit, _authorities(units))


def subordinates_of(unit: Unit, units: Sequence[Unit]) -> list[Unit]:
    """The units whose superior this one is, in the order given."""
    authorities = _authorities(units)
    return [
        one
        for one in units
        if (superior := _nearest(one, authorities)) is not None and superior.id == unit.id
    ]


def _authorities(units: Sequence[Unit]) -> dict[str, Unit]:
    """By the digits of their areas; an area has one at a time."""
    return {area_prefix(one.area_code): one for one in units if one.kind == AUTHORITY}


def _nearest(unit: Unit, authorities: Mapping[str, Unit]) -> Unit | None:
    own = area_prefix(unit.area_code)
    for digits in _DIGITS:
        is_around = digits <= len(own) if unit.kind == OPERATOR else digits < len(own)
        if is_around and own[:digits] in authorities:
            return authorities[own[:digits]]
    return None


def check_figures(wanted: Sequence[str], figures: Mapping[str, int]) -> None:
    """Invalid unless there is one amount for every measure, children sum to their parent, and not all are zero.

    Codes: ``declared_measures``, ``declared_parts`` (直接采购 + 帮助销售 = 消费扶贫金额), ``zero_without_reason`` (a month with
    nothing is declared as 零报告, with its reason).
    """
    if set(figures) != set(wanted):
        raise Invalid("declared_measures", "应逐项填报全部指标", pointer="/figures", known=list(wanted))
    if not any(figures.values()):
        raise Invalid("zero_without_reason", "全部为零时应作零报告并说明原因", pointer="/zero_reason")
    if "consumption_aid_amount" in figures:
        parts = figures["own_purchase"] + figures["brokered_sale"]
        if parts != figures["consumption_aid_amount"]:
            raise Invalid("declared_parts", "直接采购与帮助销售之和应等于消费扶贫金额", pointer="/figures")
