"""What waits for an official: the applications whose next step is theirs, and what a reviewer reads beside one.

A queue is made of the same grants, levels and chains that `transitions.require_office` asks again when the step is taken.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Person
from marketplace.certification.models import Application, Certificate
from marketplace.certification.rules.offices import reaches_of
from marketplace.certification.rules.schemes import Scheme, Step, schemes
from marketplace.certification.service.reading import ApplicationHistory, application_history
from marketplace.core.actor import Actor, area_prefix
from marketplace.core.scope import visible, within_area
from marketplace.producers.models import Producer, Product

#: How many of the applications and products beside one are shown.
MOST_BESIDE = 10


def due_for(actor: Actor, *, kinds: Collection[str] = ()) -> Select[Application]:
    """Applications whose due step the actor's office takes; `kinds` of steps narrow it (review, decision, notice, filing, issue).

    Whether the person acted in the case before is asked when the step is taken, not here.
    """
    waiting: list[ColumnElement[bool]] = []
    for scheme in schemes().values():
        before = "submitted"
        for step in scheme.steps:
            if not kinds or step.kind in kinds:
                waiting += _reached(actor, scheme, step, before)
            before = step.state
    return select(Application).where(or_(false(), *waiting))


def _reached(actor: Actor, scheme: Scheme, step: Step, before: str) -> list[ColumnElement[bool]]:
    found = []
    for held in actor.holding(step.permission):
        prefix = area_prefix(held.area_code)
        if held.organisation_id is None and len(prefix) in reaches_of(step.level, prefix.ljust(6, "0")):
            found.append(
                and_(
                    Application.scheme == scheme.code,
                    Application.state == before,
                    within_area(Application.area_code, held.area_code),
                )
            )
    return found


def certificates_ending(actor: Actor, first: date, last: date) -> Select[Certificate]:
    """Certificates in force whose last Shanghai day lies between two days, both inclusive."""
    return select(Certificate).where(
        visible(actor, "certification.read", area=Certificate.area_code),
        Certificate.valid_to.between(first, last),
        Certificate.revoked_at.is_(None),
    )


@dataclass(frozen=True)
class Beside:
    """Another application, for the same product or for one of the same name: what a reviewer compares with."""

    number: str
    scheme: str
    state: str
    area_code: str
    producer_name: str
    product_name: str
    spec: str
    is_same_product: bool


@dataclass(frozen=True)
class Review:
    """An application as its reviewer reads it. `persons`: names of officers by account's person id; never a household's."""

    history: ApplicationHistory
    product: Product
    producer: Producer
    beside: tuple[Beside, ...]
    persons: Mapping[uuid.UUID, str]


def review_of(session: Session, actor: Actor, number: str) -> Review:
    """An application with its dossier, its history and what stands beside it; NotFound unless the actor may read it."""
    history = application_history(session, actor, number)
    application = history.application
    product, producer = session.execute(
        select(Product, Producer)
        .join(Producer, Producer.id == Product.producer_id)
        .where(Product.id == application.product_id)
    ).one()
    acting = {step.actor_person for step in history.steps} - {None}
    persons = session.execute(select(Person.id, Person.display_name).where(Person.id.in_(acting)))
    names = {row.id: row.display_name for row in persons}
    return Review(history, product, producer, _beside(session, application, product), names)


def _beside(session: Session, application: Application, product: Product) -> tuple[Beside, ...]:
    """Other applications for the product, and those of the county for one of the same name, whoever makes it."""
    rows = session.execute(
        select(
            Application.number,
            Application.scheme,
            Application.state,
            Application.area_code,
            Producer.name.label("producer_name"),
            Product.name.label("product_name"),
            Product.spec,
            (Product.id == product.id).label("is_same_product"),
        )
        .join(Product, Product.id == Application.product_id)
        .join(Producer, Producer.id == Product.producer_id)
        .where(
            Application.id != application.id,
            or_(
                Application.product_id == product.id,
                and_(
                    func.lower(Product.name) == product.name.lower(),
                    within_area(Product.origin_area, product.origin_area[:6]),
                ),
            ),
        )
        .order_by(Application.created_at.desc(), Application.id.desc())
        .limit(MOST_BESIDE)
    )
    return tuple(Beside(*row) for row in rows)
