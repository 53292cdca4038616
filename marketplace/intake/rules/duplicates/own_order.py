"""An order of our own checkout that a channel reports again under our number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from marketplace.intake.rules.duplicates.side import DuplicateRule, Finding, Side, differ, normalised
from marketplace.intake.rules.sources import DAYS, OWN_ORDER

_NUMBER: Final = re.compile(r"D[0-9A-HJKMNP-TV-Z]{12}\Z", re.ASCII)


def own_number(side: Side) -> str | None:
    """The number in the row if it has the shape of ours; whether there is such an order only the database knows."""
    for said in (side.original_no, side.order_ref):
        if said is not None and is_own_number(said):
            return normalised(said)
    return None


def is_own_number(said: str) -> bool:
    """Whether a number has the shape of ours. Asked of every row of a till, so what cannot be is seen at the first letter."""
    return (said.lstrip(" -_/")[:1] in "Dd" or not said.isascii()) and _NUMBER.match(
        normalised(said)
    ) is not None


def _key(side: Side) -> tuple[str, ...] | None:
    number = normalised(side.order_ref) if side.reporter == OWN_ORDER else own_number(side)
    return None if number is None else (number,)


def _judge(one: Side, other: Side, _: Sequence[Side]) -> Finding | None:
    """Our number is random and never given twice: certain, unless nothing of the order stands or the seller is another."""
    order = one if one.reporter == OWN_ORDER else other
    if not order.is_live or differ(one.seller, other.seller):
        return Finding(
            "likely",
            ("number",),
            "单号是本平台订单,但该订单已取消或供应商不同",
            "the number is that of an order here, which was called off or has another seller",
        )
    return Finding(
        "certain",
        ("number",),
        "单号是本平台订单,本平台已统计",
        "the number is that of an order of this platform, which counts it itself",
    )


RULE = DuplicateRule(
    code="own_order",
    zh="本平台订单被渠道再次上报",
    en="order of this platform reported again",
    source="domain 6.3",
    days=DAYS["numbered"],
    key=_key,
    judge=_judge,
)
