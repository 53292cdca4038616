"""What a certificate is at an instant, from its dates and what was decided about it. Pure: no job changes any of this.

A revocation counts from `void_from` (its own instant, or earlier with retroaction); a suspension only while it lasts; the last
valid day holds to its last second. Source: docs/rules.md, "Standing of a certificate".
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Protocol

from marketplace.certification.rules.validity import renewal_is_open
from marketplace.core.clock import day_of

STANDINGS: Final = {
    "active": "有效",
    "not_yet_valid": "尚未生效",
    "suspended": "暂停",
    "revoked": "撤销",
    "amended": "已变更",
    "expired": "已到期",
}

# Why a certificate is taken away. Only fraud may reach back: sales made in good faith before the decision stay counted.
REVOCATION_CAUSES: Final = {
    "false_evidence": "提供虚假材料",
    "linkage_broken": "带贫机制不再履行",
    "quality_incident": "质量安全问题",
    "price_above_market": "价格明显高于市场",
    "origin_fraud": "外地产品冒充",
    "dishonesty_list": "列入失信名单",
    "own_request": "主体申请退出",
    "negative_list": "属于负面清单",
    "not_supplied": "连续12个月未供货",
    "omitted_from_list": "未列入新一批名单",
}
RETROACTIVE_CAUSES: Final = frozenset({"false_evidence", "origin_fraud"})
SUSPENSION_CAUSES: Final = {
    "complaint": "投诉待查",
    "quality_check": "质量抽检待复核",
    "price_check": "价格核查",
    "linkage_check": "带贫情况核查",
    "rectification": "限期整改",
}


class Interval(Protocol):
    """A half-open range of instants; None is unbounded."""

    @property
    def lower(self) -> datetime | None:
        """First instant inside."""

    @property
    def upper(self) -> datetime | None:
        """First instant outside."""


class Dated(Protocol):
    """What the standing depends on; the table class has these columns."""

    valid_from: date
    valid_to: date
    void_from: datetime | None
    revoked_at: datetime | None

    @property
    def suspensions(self) -> Sequence[Interval]:
        """All suspensions."""


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """A certificate as far as a sale asks: `suspended`, `void_from` and `revoked` as of the instant for which it was read."""

    id: uuid.UUID
    certificate_no: int
    scheme: str
    producer_id: uuid.UUID
    spec: str
    valid_from: date
    valid_to: date
    suspended: bool
    void_from: datetime | None
    revoked: bool

    def standing(self, at: datetime) -> str:
        """One of `STANDINGS` at the aware instant."""
        if self.void_from is not None and self.void_from <= at:
            return "revoked" if self.revoked else "amended"
        return _outside_term(self.valid_from, self.valid_to, at) or (
            "suspended" if self.suspended else "active"
        )


def standing_at(certificate: Dated, at: datetime) -> str:
    """One of `STANDINGS` at the aware instant, as it is known now: a retroactive revocation changes the past."""
    if certificate.void_from is not None and certificate.void_from <= at:
        return "amended" if certificate.revoked_at is None else "revoked"
    outside = _outside_term(certificate.valid_from, certificate.valid_to, at)
    return outside or ("suspended" if is_suspended(certificate.suspensions, at) else "active")


def _outside_term(valid_from: date, valid_to: date, at: datetime) -> str | None:
    """Why the instant lies outside the term (``expired``, ``not_yet_valid``), None inside it."""
    day = day_of(at)
    if day > valid_to:
        return "expired"
    return "not_yet_valid" if day < valid_from else None


def is_suspended(suspensions: Sequence[Interval], at: datetime) -> bool:
    """Whether the instant lies in one of the half-open intervals."""
    return any(
        (held.lower is None or held.lower <= at) and (held.upper is None or at < held.upper)
        for held in suspensions
    )


def renewal_due(certificate: Dated, at: datetime) -> bool:
    """Whether the certificate is in force (or only suspended) and in the last 90 days of its term."""
    in_force = standing_at(certificate, at) in ("active", "suspended")
    return in_force and renewal_is_open(certificate.valid_to, day_of(at))
