"""What everybody sees without signing in: the catalogue of certificates, the notices, the answer to one's own objection.

No household and no person appears here; counts under three households are masked, and where households are that few the number of
persons is not shown either.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import DateTime, Select, func, literal, not_, or_, select
from sqlalchemy.orm import Session

from marketplace.certification.models import Certificate, Notice, NoticeItem, Objection
from marketplace.certification.rules.schemes import scheme_of, schemes
from marketplace.certification.rules.standing import REVOCATION_CAUSES, STANDINGS, renewal_due, standing_at
from marketplace.core import divisions
from marketplace.core.clock import day_of, today, utcnow
from marketplace.core.errors import NotFound
from marketplace.core.privacy import public_count, public_number
from marketplace.core.scope import within_area
from marketplace.producers.models import Producer

NOTICE_STANDINGS: Final = {
    "not_begun": "尚未开始",
    "running": "公示中",
    "ended": "公示期满",
    "withdrawn": "已撤回",
}


def catalogue(
    at: datetime,
    *,
    scheme: str | None = None,
    area_code: str | None = None,
    product_id: uuid.UUID | None = None,
    only_active: bool = True,
) -> Select[Certificate, str]:
    """Rows (Certificate, producer's name) of the catalogue; `only_active` leaves those active at the aware instant."""
    statement = with_producer(select(Certificate))
    if scheme is not None:
        statement = statement.where(Certificate.scheme == scheme)
    if area_code is not None:
        statement = statement.where(within_area(Certificate.area_code, area_code))
    if product_id is not None:
        statement = statement.where(Certificate.product_id == product_id)
    if only_active:
        day = day_of(at)
        statement = statement.where(
            Certificate.valid_from <= day,
            Certificate.valid_to >= day,
            or_(Certificate.void_from.is_(None), Certificate.void_from > at),
            not_(Certificate.suspensions.bool_op("@>")(literal(at, DateTime(timezone=True)))),
        )
    return statement


def with_producer(certificates: Select[Certificate]) -> Select[Certificate, str]:
    """The certificates of a statement, each with its producer's name."""
    return certificates.join(Producer, Producer.id == Certificate.producer_id).add_columns(Producer.name)


def certificate_row(session: Session, certificate_id: uuid.UUID) -> tuple[Certificate, str]:
    """One certificate with its producer's name, whatever its standing; NotFound when there is none."""
    found = session.execute(
        with_producer(select(Certificate)).where(Certificate.id == certificate_id)
    ).one_or_none()
    if found is None:
        raise NotFound
    return found[0], found[1]


def certificates_numbered(session: Session, catalogue_no: str) -> Sequence[tuple[Certificate, str]]:
    """The certificates of that number (every scheme numbers by itself) with their producers' names; none for an unknown one."""
    rows = session.execute(
        catalogue(utcnow(), only_active=False)
        .where(Certificate.scheme.in_(schemes()), Certificate.catalogue_no == catalogue_no)
        .order_by(Certificate.scheme)
    )
    return [(certificate, name) for certificate, name in rows]


def notices_showing(session: Session, certificates: Sequence[Certificate]) -> dict[uuid.UUID, str]:
    """By the certificate's id: the number of the last notice that showed its application."""
    rows = session.execute(
        select(NoticeItem.application_id, Notice.number)
        .join(Notice, Notice.id == NoticeItem.notice_id)
        .where(
            NoticeItem.application_id.in_([one.application_id for one in certificates if one.application_id])
        )
        .order_by(Notice.published_at, Notice.id)
    )
    numbers = {row.application_id: row.number for row in rows}
    return {one.id: numbers[one.application_id] for one in certificates if one.application_id in numbers}


def cities_of_catalogue(session: Session) -> list[str]:
    """Codes of the cities (of a municipality its districts' city code) from which anything was ever certified, ascending."""
    digits = session.scalars(select(func.substr(Certificate.area_code, 1, 4)).distinct())
    return sorted(f"{four}00" for four in digits)


def origins_of_catalogue(session: Session, at: datetime) -> dict[str, int]:
    """How many products of each province (its code) are certified at the aware instant."""
    active = catalogue(at).subquery()
    province = func.substr(active.c.area_code, 1, 2)
    rows = session.execute(
        select(province, func.count(active.c.product_id.distinct())).group_by(province).order_by(province)
    )
    return {f"{two}0000": count for two, count in rows}


def public_certificate(certificate: Certificate, producer_name: str, at: datetime) -> dict[str, Any]:
    """A catalogue entry as anybody may see it, with its standing at the aware instant."""
    standing = standing_at(certificate, at)
    households = certificate.households_helped
    few = households is None or public_number(households) is None
    return {
        "id": certificate.id,
        "catalogue_no": certificate.catalogue_no,
        "scheme": certificate.scheme,
        "scheme_title": scheme_of(certificate.scheme).title,
        "batch": certificate.batch,
        "product_id": certificate.product_id,
        "product_name": certificate.product_name,
        "spec": certificate.spec,
        "producer_name": producer_name,
        "area_code": certificate.area_code,
        "area_name": divisions.full_name(certificate.area_code),
        "valid_from": certificate.valid_from,
        "valid_to": certificate.valid_to,
        "standing": standing,
        "standing_title": STANDINGS[standing],
        "renewal_due": renewal_due(certificate, at),
        "revocation_cause": REVOCATION_CAUSES.get(certificate.revocation_cause or ""),
        "households_helped": None if households is None else public_count(households),
        "persons_helped": None if few else certificate.persons_helped,
        "commodity_value_fen": certificate.commodity_value_fen,
    }


def notices(
    *, scheme: str | None = None, area_code: str | None = None, only_running: bool = False
) -> Select[Notice]:
    """Published notices, withdrawn ones too, narrowed by the filters; running ones hang today."""
    statement = select(Notice)
    if scheme is not None:
        statement = statement.where(Notice.scheme == scheme)
    if area_code is not None:
        statement = statement.where(within_area(Notice.area_code, area_code))
    if only_running:
        statement = statement.where(
            Notice.state != "withdrawn", Notice.starts_on <= today(), Notice.ends_on >= today()
        )
    return statement


def notice_of(session: Session, number: str) -> Notice:
    """One published notice, withdrawn or not; NotFound when there is none."""
    found = session.scalar(select(Notice).where(Notice.number == number))
    if found is None:
        raise NotFound
    return found


def notice_standing(notice: Notice) -> str:
    """A code of `NOTICE_STANDINGS` today; dates decide, whatever a job has written."""
    if notice.state == "withdrawn":
        return "withdrawn"
    if today() < notice.starts_on:
        return "not_begun"
    return "running" if today() <= notice.ends_on else "ended"


def public_content(notice: Notice) -> dict[str, Any]:
    """What hangs on the board; of a withdrawn notice everything but the list."""
    if notice.state != "withdrawn":
        return notice.content
    return {key: value for key, value in notice.content.items() if key != "items"}


def objection_answer(session: Session, receipt_no: str) -> Objection:
    """The objection of that receipt, for whoever holds it; its words are not shown. NotFound when there is none."""
    found = session.scalar(select(Objection).where(Objection.receipt_no == receipt_no))
    if found is None:
        raise NotFound
    return found
