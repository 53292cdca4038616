"""What a line may be called: certified aid, produce of an assisted area, or ordinary goods, and why.

The same rule decides when an offer is listed and again when it is sold, so nothing is ever silently counted as aid. Source:
docs/rules.md, "Goods class".
"""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from marketplace.catalogue.channels import ChannelKind
from marketplace.catalogue.rules.areas import is_assisted
from marketplace.certification.rules.schemes import schemes
from marketplace.certification.rules.standing import CertificateFacts
from marketplace.core.clock import day_of, day_start

GOODS_CLASSES: Final[Mapping[str, str]] = {
    "certified_aid": "扶贫产品",
    "area_produce": "产自帮扶地区(未认定)",
    "ordinary": "普通商品",
}

#: Why goods are not certified aid, from the farthest miss to the nearest: the nearest one is told.
REASONS: Final[Mapping[str, str]] = {
    "no_certificate": "没有认定证书",
    "certificate_revoked": "认定证书已撤销",
    "certificate_not_yet_valid": "认定证书尚未生效",
    "certificate_expired": "认定证书已过有效期",
    "certificate_suspended": "认定证书已暂停",
    "supplier_mismatch": "供应商既不是认定主体，也不是其登记的代理商",
    "spec_mismatch": "规格与认定证书不一致",
    "scheme_not_accepted": "该渠道不认可此认定名录",
}

#: Why an offer cannot be listed at all.
REFUSALS: Final[Mapping[str, str]] = {
    "not_admitted_832": "供应商未经县级推荐并由832平台审核通过",
    "no_point_of_sale": "下级平台只上报,不是销售点",
    "channel_closed": "该销售点当日不营业",
    "offer_withdrawn": "报价已停用",
    "product_inactive": "产品已停用",
}
#: What a certificate that is not active means for goods; an amended one is void like a revoked one.
_REASON_OF: Final[Mapping[str, str]] = {
    "revoked": "certificate_revoked",
    "amended": "certificate_revoked",
    "not_yet_valid": "certificate_not_yet_valid",
    "expired": "certificate_expired",
    "suspended": "certificate_suspended",
}
_RANK: Final = {reason: rank for rank, reason in enumerate(REASONS)}
_BLANKS: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class GoodsFacts:
    """What is offered: spec of the offer, where it comes from, who sells, and whose agent the seller is."""

    origin_area: str
    spec: str
    seller_id: uuid.UUID
    seller_agent_of_id: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The goods class as of one instant.

    `reason` is a code of REASONS, None for certified aid. `schemes` are all counting schemes in force and accepted there,
    `scheme` and the certificate the first of them; `aid_until` is the last Shanghai day on which it stays so by dates alone.
    """

    goods_class: str
    reason: str | None
    uncertified_class: str
    certificate_id: uuid.UUID | None = None
    scheme: str | None = None
    schemes: tuple[str, ...] = ()
    aid_until: date | None = None


def same_spec(left: str, right: str) -> bool:
    """Whether two specs are the same words: width, case and blanks do not matter, × is x."""
    return _plain(left) == _plain(right)


@lru_cache(maxsize=10_000)
def _plain(spec: str) -> str:
    return _BLANKS.sub("", unicodedata.normalize("NFKC", spec)).casefold().replace("×", "x")


def miss(certificate: CertificateFacts, goods: GoodsFacts, kind: ChannelKind, at: datetime) -> str | None:
    """The reason why this certificate does not make the goods certified aid in this channel at that instant, or None."""
    standing = certificate.standing(at)
    checks = (
        (_REASON_OF.get(standing, standing), standing != "active"),
        ("supplier_mismatch", certificate.producer_id not in (goods.seller_id, goods.seller_agent_of_id)),
        ("spec_mismatch", not same_spec(certificate.spec, goods.spec)),
        ("scheme_not_accepted", certificate.scheme not in kind.accepted_schemes),
    )
    return next((reason for reason, failed in checks if failed), None)


def decided_by(origin_area: str, certificates: Sequence[CertificateFacts], at: datetime) -> tuple[Any, ...]:
    """All that `classify` asks of the instant: sales of the same goods in one kind of channel for which it is equal are the same.

    `certificates`: all that the product ever had, in the same order each time.
    """
    day = day_of(at)
    known = schemes()
    return is_assisted(origin_area, day), *[
        (one.standing(at), one.suspended, known[one.scheme].makes_certified_aid(day)) for one in certificates
    ]


def classify(
    goods: GoodsFacts, certificates: Sequence[CertificateFacts], kind: ChannelKind, at: datetime
) -> Verdict:
    """The goods class at an aware instant, from all certificates that the product ever had.

    Certificates of schemes that never make aid (圳品, 菜篮子, 832 listing) are quality marks or admissions and are passed over.
    """
    day = day_of(at)
    uncertified = "area_produce" if is_assisted(goods.origin_area, day) else "ordinary"
    counting = [c for c in certificates if schemes()[c.scheme].makes_certified_aid(day)]
    judged = [(miss(c, goods, kind, at), c) for c in counting]
    good = sorted(
        (c for reason, c in judged if reason is None),
        key=lambda c: (kind.accepted_schemes.index(c.scheme), c.certificate_no),
    )
    if good:
        first = good[0]
        return Verdict(
            "certified_aid",
            None,
            uncertified,
            first.id,
            first.scheme,
            tuple(dict.fromkeys(c.scheme for c in good)),
            _aid_until(good, counting, goods, kind),
        )
    reasons = [reason for reason, _ in judged if reason is not None]
    return Verdict(uncertified, max(reasons, key=_RANK.__getitem__, default="no_certificate"), uncertified)


def _aid_until(
    good: Sequence[CertificateFacts],
    counting: Sequence[CertificateFacts],
    goods: GoodsFacts,
    kind: ChannelKind,
) -> date:
    """The last day of the certificates in force, and of those that follow them without a gap (a renewal already issued)."""
    until = max(_last_day(c) for c in good)
    for certificate in sorted(counting, key=lambda c: c.valid_from):
        follows = certificate.valid_from <= until + timedelta(days=1) and _last_day(certificate) > until
        if follows and miss(certificate, goods, kind, day_start(certificate.valid_from)) is None:
            until = _last_day(certificate)
    return until


def _last_day(certificate: CertificateFacts) -> date:
    """The last whole day on which it counts: `valid_to`, or the day before a voiding that lies ahead (an amendment)."""
    if certificate.void_from is None:
        return certificate.valid_to
    return min(certificate.valid_to, day_of(certificate.void_from) - timedelta(days=1))


def next_turn(certificates: Sequence[CertificateFacts], at: datetime) -> date | None:
    """The next Shanghai day on which one of the certificates begins, or for the first time no longer holds, by its dates.

    None: none ever will. What is decided meanwhile (a suspension, a revocation) is news of its own.
    """
    terms = [(c.valid_from, _last_day(c) + timedelta(days=1)) for c in certificates]
    days = (day for first, end in terms if first < end for day in (first, end))
    return min((day for day in days if day > day_of(at)), default=None)


def valid_schemes(certificates: Sequence[CertificateFacts], at: datetime) -> frozenset[str]:
    """Schemes, counting or not, with a certificate in force at the instant: what a channel's admission asks."""
    return frozenset(c.scheme for c in certificates if c.standing(at) == "active")
