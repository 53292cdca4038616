"""Publishing a public notice (公示): what hangs on the board is frozen with its hash and never edited.

Its PDF is made of that frozen content by a job that is written in the same transaction (`documents`).

Online a notice shows names of products and producers and counts of households, small counts masked; never a household. Its form
(落款单位, 文号, 受理单位, 监督电话) and length are those of docs/rules.md, "Public notice".
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.certification.models import Application, Notice, NoticeItem
from marketplace.certification.rules.notices import NoticeTerms, last_day_of_notice
from marketplace.certification.rules.rule_sets import notice_terms_for
from marketplace.certification.rules.schemes import Scheme, Step, scheme_of
from marketplace.certification.service.documents import ask_for_document
from marketplace.certification.service.transitions import (
    governing_of,
    lock_applications,
    require_office,
    required_text,
    transition,
)
from marketplace.core import audit, divisions, workdays
from marketplace.core.actor import Actor, area_prefix
from marketplace.core.clock import today, utcnow
from marketplace.core.errors import Conflict, IllegalTransition, Invalid
from marketplace.core.ids import readable_number
from marketplace.core.privacy import public_count
from marketplace.producers.models import Producer

FREE_OF_CHARGE: Final = "认定和统计不收取任何费用"


@dataclass(frozen=True)
class NoticeForm:
    """What the head and foot of a notice say. issuing_unit 落款单位, receiving_unit 受理单位, telephone 监督电话."""

    title: str
    issuing_unit: str
    receiving_unit: str
    telephone: str
    document_no: str | None = None


def publish_notice(
    session: Session,
    actor: Actor,
    *,
    numbers: Collection[str],
    level: str,
    area_code: str,
    form: NoticeForm,
    starts_on: date | None = None,
) -> Notice:
    """Hang the applications (one scheme, all inside `area_code`) on the board of `level` from `starts_on` (default today).

    Applications that their county has proposed enter `in_public_notice`; a second board may follow while they are in it.
    Raises Invalid for mixed schemes, places or terms, a board that the rules do not ask for and a first day in the past;
    Forbidden for the wrong office; Conflict (``notice_exists``) for the same board twice; IllegalTransition out of turn.
    """
    applications = lock_applications(session, actor, numbers)
    scheme, step, terms = _common(applications, level)
    for application in applications:
        require_office(actor, step, application.area_code)
        if not application.area_code.startswith(area_prefix(area_code)):
            raise Invalid(
                "outside_area", "申报不在公示区划内", pointer="/area_code", number=application.number
            )
    actor.require_other_organisation(*(row.applicant_organisation_id for row in applications))
    first_day = starts_on or today()
    if first_day < today():
        raise Invalid("starts_in_past", "公示不能从过去开始", pointer="/starts_on")
    _require_not_hung(session, applications, level)
    notice = _freeze(session, actor, applications, scheme, level, area_code, form, first_day, terms)
    for application in applications:
        session.add(NoticeItem(notice_id=notice.id, application_id=application.id, round=application.round))
        if application.state != "in_public_notice":
            transition(session, application, "in_public_notice", actor, opinion=None)
        application.due_on = workdays.add_working_days(notice.ends_on, step.limit_days, count_first_day=False)
    audit.record(
        session,
        actor,
        "certification.notice.published",
        "notice",
        notice.number,
        area_code=area_code,
        detail={"scheme": scheme.code, "level": level, "applications": len(applications)},
    )
    session.flush()
    ask_for_document(session, notice)
    return notice


def _common(applications: Sequence[Application], level: str) -> tuple[Scheme, Step, NoticeTerms]:
    """What all applications of one notice must share: scheme, notice terms, and being due for it."""
    codes = {application.scheme for application in applications}
    if len(codes) > 1:
        raise Invalid("mixed_schemes", "一份公示只限一个名录", pointer="/numbers")
    scheme = scheme_of(codes.pop())
    step = scheme.step_to("in_public_notice")
    found = {terms_of(scheme, application) for application in applications}
    terms = next(iter(found))
    if step is None or terms is None:
        raise Invalid("no_notice", f"{scheme.title}没有公示环节", pointer="/numbers")
    if len(found) > 1:
        raise Invalid("mixed_terms", "公示要求不同的申报应分开公示", pointer="/numbers")
    if level not in terms.levels:
        raise Invalid("level_unexpected", "该层级不需公示", pointer="/level", levels=list(terms.levels))
    for application in applications:
        due = scheme.step_after(application.state)
        if application.state != "in_public_notice" and (due is None or due.kind != "notice"):
            raise IllegalTransition(
                detail=f"{application.number} 未到公示环节",
                current=application.state,
                target="in_public_notice",
            )
    return scheme, step, terms


def terms_of(scheme: Scheme, application: Application) -> NoticeTerms | None:
    """Terms of the application's notice, by the rule sets it was submitted under."""
    return notice_terms_for(scheme, governing_of(application))


def _require_not_hung(session: Session, applications: Sequence[Application], level: str) -> None:
    rounds = {row.id: row.round for row in applications}
    hung = session.execute(
        select(NoticeItem.application_id, NoticeItem.round)
        .join(Notice, Notice.id == NoticeItem.notice_id)
        .where(
            NoticeItem.application_id.in_(sorted(rounds)),
            Notice.level == level,
            Notice.state != "withdrawn",
        )
    )
    if any(rounds[application_id] == number for application_id, number in hung):
        raise Conflict("notice_exists", "该层级已公示")


def _freeze(
    session: Session,
    actor: Actor,
    applications: Sequence[Application],
    scheme: Scheme,
    level: str,
    area_code: str,
    form: NoticeForm,
    first_day: date,
    terms: NoticeTerms,
) -> Notice:
    last_day = last_day_of_notice(first_day, terms, workdays.calendar())
    head = {
        "title": required_text(form.title, "/title", 200),
        "issuing_unit": required_text(form.issuing_unit, "/issuing_unit", 200),
        "receiving_unit": required_text(form.receiving_unit, "/receiving_unit", 200),
        "telephone": required_text(form.telephone, "/telephone", 40),
        "document_no": form.document_no,
    }
    number = readable_number("N")
    content: dict[str, Any] = head | {
        "number": number,
        "scheme": scheme.title,
        "starts_on": first_day.isoformat(),
        "ends_on": last_day.isoformat(),
        "days": terms.days,
        "day_unit": terms.unit,
        "dates_provisional": workdays.is_provisional(first_day, last_day),
        "statement": FREE_OF_CHARGE,
        "items": _items(session, applications),
    }
    notice = Notice(
        number=number,
        level=level,
        area_code=area_code,
        scheme=scheme.code,
        starts_on=first_day,
        ends_on=last_day,
        content=content,
        content_hash=content_hash(content),
        published_by=actor.audit_id,
        published_at=utcnow(),
        **head,
    )
    session.add(notice)
    session.flush()
    return notice


def _items(session: Session, applications: Sequence[Application]) -> list[dict[str, Any]]:
    producer_ids = sorted({application.producer_id for application in applications})
    names = {
        row.id: row.name
        for row in session.execute(select(Producer.id, Producer.name).where(Producer.id.in_(producer_ids)))
    }
    items = []
    for application in sorted(applications, key=lambda row: row.number):
        households = application.facts["values"].get("households_helped")
        items.append(
            {
                "application_number": application.number,
                "product_name": application.facts["product"]["name"],
                "spec": application.facts["product"]["spec"],
                "producer_name": names[application.producer_id],
                "area_code": application.area_code,
                "area_name": divisions.full_name(application.area_code),
                "households_helped": None if households is None else public_count(households),
            }
        )
    return items


def content_hash(content: dict[str, Any]) -> bytes:
    """SHA-256 of a notice's content as canonical JSON; equal as long as nobody changed it."""
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).digest()
