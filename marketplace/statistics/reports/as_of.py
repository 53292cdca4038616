"""A report of a month says what held on its last day, however late it is asked for.

Dates decide as they are (opened, closed, valid from and to). What was decided or amended after the month changes nothing in
it; what was entered only after the month was closed, with days that lie before, is not in it either. Source: docs/rules.md,
"Reports of past months".
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Subquery, and_, func, literal_column, or_, select
from sqlalchemy.orm import aliased

from marketplace.attribution.models import Period
from marketplace.catalogue.models import Channel, ChannelPast
from marketplace.certification.models import Application, Certificate
from marketplace.core.clock import day_start, period_days
from marketplace.core.history import over_time
from marketplace.producers.models import Producer, ProducerPast

_NEVER: Final[ColumnElement[Any]] = literal_column("'infinity'::timestamptz")
PRODUCER: Final = ("name", "production_area", "agent_of_id")


def last_moment_of(period: str) -> datetime:
    """The last instant of ``YYYY-MM`` in Shanghai."""
    return day_start(period_days(period)[1]) - timedelta(microseconds=1)


def producers_over_time() -> Subquery:
    """Name, place of production and principal of every producer, from when until when (`core.history`)."""
    return over_time(Producer, ProducerPast, "producer_id", PRODUCER)


def channels_over_time() -> Subquery:
    """Name and site of every point of sale, from when until when (`core.history`)."""
    return over_time(Channel, ChannelPast, "channel_id", ("name", "site_kind"))


def entered_in_time(period: str, column: Any) -> ColumnElement[bool]:
    """Rows entered (at `column`, which is never empty) before the books of the month were closed; of an open month all."""
    closed_at = select(Period.closed_at).where(Period.period == period, Period.state == "closed")
    found: ColumnElement[bool] = column <= func.coalesce(closed_at.scalar_subquery(), _NEVER)
    return found


def in_force_at_end_of(period: str) -> list[ColumnElement[bool]]:
    """Conditions on Certificate: valid on the last day of ``YYYY-MM``, and not void then as far as was decided by then.

    A later revocation takes nothing out of the month, with retroaction either: as in the books, it counts where it was decided.
    """
    after = period_days(period)[1]
    day, end = after - timedelta(days=1), day_start(after)
    # A revocation with retroaction writes over the day from which an amended one took its place.
    successor = aliased(Certificate)
    replaced = (
        select(successor.id)
        .join(Application, Application.id == successor.application_id)
        .where(Application.renews_certificate_id == Certificate.id, Application.kind == "amendment")
        .where(successor.valid_from <= day)
        .exists()
    )
    return [
        Certificate.valid_from <= day,
        Certificate.valid_to >= day,
        or_(
            Certificate.void_from.is_(None),
            Certificate.void_from >= end,
            and_(Certificate.revoked_at >= end, ~replaced),
        ),
        entered_in_time(period, Certificate.issued_at),
    ]
