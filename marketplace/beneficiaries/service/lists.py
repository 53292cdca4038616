"""Agreements and payment lists as officials and producers read them: no household in either, only numbers
of them.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.beneficiaries.models import (
    Agreement,
    AgreementProduct,
    AgreementVersion,
    PaymentList,
    VillageCollective,
)
from marketplace.beneficiaries.service.agreements import READ
from marketplace.core.actor import Actor
from marketplace.core.errors import NotFound
from marketplace.core.scope import visible, within_area
from marketplace.producers.models import Producer


@dataclass(frozen=True)
class VersionView:
    """A version with its products."""

    version: AgreementVersion
    products: Sequence[AgreementProduct]


@dataclass(frozen=True)
class AgreementView:
    """An agreement with all its versions, newest first."""

    agreement: Agreement
    versions: Sequence[VersionView]


def agreements(
    actor: Actor,
    *,
    area: str | None = None,
    producer_id: uuid.UUID | None = None,
    mode: str | None = None,
    state: str | None = None,
) -> sa.Select[*tuple[Any, ...]]:
    """Statement of the agreements that the actor may read, for a page by `agreement_no`.

    `state`: those with a version in that state (`rules.VERSION_TITLES`).
    """
    statement = (
        sa.select(Agreement).join(Producer, Producer.id == Agreement.producer_id).where(_readable(actor))
    )
    if area is not None:
        statement = statement.where(within_area(Agreement.area_code, area))
    if producer_id is not None:
        statement = statement.where(Agreement.producer_id == producer_id)
    if mode is not None:
        statement = statement.where(Agreement.mode == mode)
    if state is not None:
        of_state = sa.select(AgreementVersion.agreement_id).where(AgreementVersion.state == state)
        statement = statement.where(Agreement.id.in_(of_state))
    return statement


def with_newest(agreements: sa.Select[*tuple[Any, ...]]) -> sa.Select[*tuple[Any, ...]]:
    """Rows (agreement, name of its producer, its newest version or None)."""
    newest = (
        sa.select(AgreementVersion.id)
        .where(AgreementVersion.agreement_id == Agreement.id)
        .order_by(AgreementVersion.version.desc())
        .limit(1)
        .correlate(Agreement)
        .scalar_subquery()
    )
    return agreements.outerjoin(AgreementVersion, AgreementVersion.id == newest).add_columns(
        Producer.name.label("producer_name"), AgreementVersion
    )


def waiting_versions(actor: Actor) -> sa.Select[*tuple[Any, ...]]:
    """Versions handed to the county that the actor may decide, unsorted."""
    return (
        sa.select(AgreementVersion)
        .join(Agreement, Agreement.id == AgreementVersion.agreement_id)
        .join(Producer, Producer.id == Agreement.producer_id)
        .where(
            AgreementVersion.state == "submitted",
            visible(actor, "agreements.approve", area=Agreement.area_code),
        )
    )


def get_agreement(session: Session, actor: Actor, number: str) -> AgreementView:
    """One agreement; NotFound when there is none or the actor may not know of it."""
    agreement = session.scalars(agreements(actor).where(Agreement.number == number)).one_or_none()
    if agreement is None:
        raise NotFound()
    versions = session.scalars(
        sa.select(AgreementVersion)
        .where(AgreementVersion.agreement_id == agreement.id)
        .order_by(AgreementVersion.version.desc())
    ).all()
    products = session.scalars(
        sa.select(AgreementProduct)
        .where(AgreementProduct.version_id.in_([version.id for version in versions]))
        .order_by(AgreementProduct.product_id)
    ).all()
    return AgreementView(
        agreement,
        [VersionView(v, [one for one in products if one.version_id == v.id]) for v in versions],
    )


def payment_lists(session: Session, actor: Actor, number: str) -> sa.Select[*tuple[Any, ...]]:
    """Statement of an agreement's payment lists, for a page by id (time of import); NotFound as above."""
    agreement = session.scalars(agreements(actor).where(Agreement.number == number)).one_or_none()
    if agreement is None:
        raise NotFound()
    return sa.select(PaymentList).where(PaymentList.agreement_id == agreement.id)


def payments_seen(
    actor: Actor,
    *,
    area: str | None = None,
    producer_id: uuid.UUID | None = None,
    period: str | None = None,
) -> sa.Select[*tuple[Any, ...]]:
    """Rows (payment list, agreement, name of its producer) that the actor may read, for a page by id (time of import)."""
    statement: sa.Select[*tuple[Any, ...]] = (
        sa.select(PaymentList, Agreement, Producer.name.label("producer_name"))
        .join(Agreement, Agreement.id == PaymentList.agreement_id)
        .join(Producer, Producer.id == Agreement.producer_id)
        .where(_readable(actor))
    )
    if area is not None:
        statement = statement.where(within_area(Agreement.area_code, area))
    if producer_id is not None:
        statement = statement.where(Agreement.producer_id == producer_id)
    return statement if period is None else statement.where(PaymentList.period == period)


def collectives(*, area: str | None = None) -> sa.Select[*tuple[Any, ...]]:
    """Statement of village collectives, for a page by area code: public bodies, open to every official."""
    statement = sa.select(VillageCollective)
    return statement if area is None else statement.where(within_area(VillageCollective.area_code, area))


def _readable(actor: Actor) -> sa.ColumnElement[bool]:
    owners = (Producer.organisation_id,)
    return sa.or_(
        visible(actor, READ, area=Agreement.area_code, owners=owners),
        visible(actor, READ, area=Producer.production_area, owners=owners),
    )
