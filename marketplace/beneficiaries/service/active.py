"""Which agreement versions stand behind products at an instant: what attribution asks once, when a sale
happens.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import Range, distinct_on
from sqlalchemy.orm import Session

from marketplace.beneficiaries.linkage import LINKAGE_MODES, PeriodFacts
from marketplace.beneficiaries.models import ActivityReport, Agreement, AgreementProduct, AgreementVersion
from marketplace.beneficiaries.roster import union
from marketplace.core.arrays import many_uuids
from marketplace.core.clock import day_of, period_days


@dataclass(frozen=True, slots=True)
class ActiveVersion:
    """A version that stands behind a product: `linked_bp` of its sales, by `mode` and `terms`.

    `households` is the size of the roster, `village_bp` what the collective keeps of the pool.
    """

    product_id: uuid.UUID
    version_id: uuid.UUID
    version_no: int
    agreement_no: int
    mode: str
    terms: Mapping[str, Any]
    linked_bp: int
    village_bp: int
    households: int


@dataclass(frozen=True, slots=True)
class PeriodVersion:
    """A version whose mode accrues by the month, with the days of the month and the activity it accrues
    for.
    """

    version_no: int
    agreement_no: int
    mode: str
    terms: Mapping[str, Any]
    village_bp: int
    producer_id: uuid.UUID
    area_code: str
    facts: PeriodFacts


# Built once, as every sale asks it; one array parameter, so that it is prepared once whatever the number of products.
_ACTIVE: Final = (
    sa.select(
        AgreementVersion.valid,
        AgreementProduct.product_id,
        AgreementVersion.id,
        AgreementVersion.version_no,
        AgreementVersion.agreement_no,
        AgreementVersion.mode,
        AgreementVersion.terms,
        AgreementProduct.linked_bp,
        AgreementVersion.village_bp,
        AgreementVersion.households,
    )
    .join(AgreementVersion, AgreementVersion.id == AgreementProduct.version_id)
    .where(
        AgreementProduct.product_id == sa.any_(many_uuids("product_ids")),
        AgreementVersion.state == "approved",
        AgreementVersion.valid.overlaps(
            sa.func.daterange(
                sa.bindparam("first", type_=sa.Date()), sa.bindparam("last", type_=sa.Date()), "[]"
            )
        ),
    )
    .order_by(AgreementProduct.product_id, AgreementVersion.agreement_no)
)


def versions_active_for(
    session: Session, product_ids: Collection[uuid.UUID], at: datetime
) -> list[ActiveVersion]:
    """The approved versions in force at the instant `at` (aware), ordered by product and agreement number.

    One statement. A product that no agreement covers has no row.
    """
    found = versions_active_on(session, {(product_id, day_of(at)) for product_id in product_ids})
    return [version for versions in found.values() for version in versions]


def versions_active_on(
    session: Session, wanted: Collection[tuple[uuid.UUID, date]]
) -> dict[tuple[uuid.UUID, date], list[ActiveVersion]]:
    """As `versions_active_for`, for products each on a Shanghai day of its own; what no agreement covers is not in it."""
    if not wanted:
        return {}
    days = {day for _, day in wanted}
    rows = session.connection().execute(
        _ACTIVE,
        {
            "product_ids": {product_id for product_id, _ in wanted},
            "first": min(days),
            "last": max(days),
        },
    )
    standing: dict[uuid.UUID, list[tuple[Range[date], ActiveVersion]]] = {}
    for valid, product_id, *version in rows:
        standing.setdefault(product_id, []).append((valid, ActiveVersion(product_id, *version)))
    found = {}
    for product_id, day in wanted:
        versions = [version for valid, version in standing.get(product_id, ()) if day in valid]
        if versions:
            found[product_id, day] = versions
    return found


@dataclass(frozen=True, slots=True)
class Helped:
    """Who stands behind a product on a day: linkage modes in order of code, distinct households of all rosters together."""

    modes: tuple[str, ...]
    households: int


def households_behind(
    session: Session, product_ids: Collection[uuid.UUID], on: date
) -> dict[uuid.UUID, Helped]:
    """The linkage of many products by the approved versions in force on the Shanghai day `on`, in one statement.

    A household that several agreements of a product name counts once. A product that none covers has no entry.
    """
    rows = session.connection().execute(_BEHIND, {"products": product_ids, "on": on})
    return {
        product_id: Helped(tuple(sorted(set(modes))), len(union(bitmaps)))
        for product_id, modes, bitmaps in rows
    }


_BEHIND: Final = (  # built once: pages of goods ask it
    sa.select(
        AgreementProduct.product_id,
        sa.func.array_agg(AgreementVersion.mode),
        sa.func.array_agg(AgreementVersion.roster_bitmap),
    )
    .join(AgreementVersion, AgreementVersion.id == AgreementProduct.version_id)
    .where(
        AgreementProduct.product_id == sa.any_(many_uuids("products")),
        AgreementVersion.state == "approved",
        AgreementVersion.valid.contains(sa.bindparam("on", type_=sa.Date())),
    )
    .group_by(AgreementProduct.product_id)
)


def agreements_turning(session: Session, after: date, until: date) -> list[uuid.UUID]:
    """The products, ascending, for which some approved version begins or ends on a day later than `after` and up to `until`.

    An end is the first day on which the version no longer stands. What `households_behind` says of a product changes on no
    other days, but by a decision (`AgreementsChanged`).
    """
    begins, ends = sa.func.lower(AgreementVersion.valid), sa.func.upper(AgreementVersion.valid)
    return list(
        session.scalars(
            sa.select(AgreementProduct.product_id)
            .join(AgreementVersion, AgreementVersion.id == AgreementProduct.version_id)
            .where(
                AgreementVersion.state == "approved",
                sa.or_(
                    sa.and_(begins > after, begins <= until),
                    sa.and_(ends > after, ends <= until),
                ),
            )
            .distinct()
            .order_by(AgreementProduct.product_id)
        )
    )


def period_versions(session: Session, period: str) -> list[PeriodVersion]:
    """All approved versions of modes that accrue by the month and are in force on some day of ``YYYY-MM``.

    In order of version number. Each carries its own days. The month's activity was reported for the
    agreement as a whole: it goes to the last version of the month, an earlier one gets none, so nothing
    counts twice.
    """
    first, after = period_days(period)
    month = sa.func.daterange(first, after)
    codes = [mode.code for mode in LINKAGE_MODES if mode.basis == "period"]
    rows = session.execute(
        sa.select(AgreementVersion, Agreement)
        .join(Agreement, Agreement.id == AgreementVersion.agreement_id)
        .where(
            AgreementVersion.mode.in_(codes),
            AgreementVersion.state == "approved",
            AgreementVersion.valid.overlaps(month),
        )
        .order_by(AgreementVersion.version_no)
    ).all()
    reported = activity_of(session, period)
    last = {version.agreement_id: version.version_no for version, _ in _by_day(rows)}
    return [
        PeriodVersion(
            version_no=version.version_no,
            agreement_no=version.agreement_no,
            mode=version.mode,
            terms=version.terms,
            village_bp=version.village_bp,
            producer_id=agreement.producer_id,
            area_code=agreement.area_code,
            facts=PeriodFacts(
                max(first, version.valid.lower or first),
                min(after, version.valid.upper or after),
                reported.get(agreement.id, {}) if last[agreement.id] == version.version_no else {},
            ),
        )
        for version, agreement in rows
    ]


def activity_of(session: Session, period: str) -> dict[uuid.UUID, Mapping[str, int]]:
    """The activity that holds for a month: the latest report of each agreement."""
    rows = session.execute(
        sa.select(ActivityReport.agreement_id, ActivityReport.activity)
        .ext(distinct_on(ActivityReport.agreement_id))
        .where(ActivityReport.period == period)
        .order_by(ActivityReport.agreement_id, ActivityReport.version.desc())
    )
    return dict(rows.all())


def _by_day(rows: Collection[Any]) -> list[tuple[AgreementVersion, Agreement]]:
    return sorted(((v, a) for v, a in rows), key=lambda pair: pair[0].valid.lower or date.min)
