"""What a producer holds: its certificates with the days that are left, and how many of its papers want attention."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from marketplace.certification.models import Application, Certificate
from marketplace.certification.service.reading import READ, applications_seen_by
from marketplace.core.actor import Actor
from marketplace.core.scope import visible
from marketplace.producers.models import Producer

#: A certificate that ends within so many days is shown with a warning: renewing takes a review and a notice.
ENDS_SOON: Final = timedelta(days=30)


def certificates_held(actor: Actor) -> Select[Certificate]:
    """Every certificate of the producers that `certification.read` reaches as their owner, ended ones too."""
    return (
        select(Certificate)
        .join(Producer, Producer.id == Certificate.producer_id)
        .where(
            visible(actor, READ, area=Certificate.area_code, owners=(Producer.organisation_id,)),
        )
    )


@dataclass(frozen=True)
class Attention:
    """How many certificates end soon, and how many applications came back."""

    ending: int
    returned: int


def attention(session: Session, actor: Actor, day: date) -> Attention:
    """What wants the producer's attention on a Shanghai day."""
    held = certificates_held(actor).where(
        Certificate.valid_to.between(day, day + ENDS_SOON), Certificate.revoked_at.is_(None)
    )
    back = applications_seen_by(actor, state="returned")
    counts = session.execute(
        select(
            select(func.count()).select_from(held.subquery()).scalar_subquery().label("ending"),
            select(func.count())
            .select_from(back.with_only_columns(Application.id).subquery())
            .scalar_subquery()
            .label("returned"),
        )
    ).one()
    return Attention(counts.ending, counts.returned)
