"""The one function that moves an application, and who may ask it to.

Every move locks the application, is checked against its scheme's machine, and writes its line of history with officer, time,
opinion and the hash of the evidence that was on the table (谁审核、谁把关、谁负责).
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Collection, Sequence
from typing import Final

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.certification.models import Application, ApplicationStep
from marketplace.certification.rules.offices import reaches_of
from marketplace.certification.rules.rule_sets import RuleSet, rule_sets
from marketplace.certification.rules.schemes import Scheme, Step, scheme_of
from marketplace.certification.rules.stages import is_clerical, machine_of
from marketplace.core import audit
from marketplace.core.actor import Actor, area_prefix
from marketplace.core.clock import today, utcnow
from marketplace.core.errors import Forbidden, Invalid, NotFound
from marketplace.core.workdays import add_working_days

OPINION_MAX: Final = 2_000
BATCH_MAX: Final = 500


def lock_applications(session: Session, actor: Actor, numbers: Collection[str]) -> list[Application]:
    """The applications of those numbers, locked in id order and returned in that order.

    Raises NotFound when one is not there or not visible to the actor, Invalid (``batch_size``) for none or more than 500.
    """
    wanted = sorted(set(numbers))
    if not 1 <= len(wanted) <= BATCH_MAX:
        raise Invalid("batch_size", f"一次应为1至{BATCH_MAX}件", pointer="/numbers")
    rows = session.scalars(
        select(Application)
        .where(Application.number.in_(wanted))
        .order_by(Application.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    if len(rows) != len(wanted):
        raise NotFound
    for row in rows:
        require_visible(actor, row)
    return list(rows)


def lock_application(session: Session, actor: Actor, number: str) -> Application:
    """One application, locked; NotFound when it is not there or not visible to the actor."""
    return lock_applications(session, actor, [number])[0]


def require_visible(actor: Actor, application: Application) -> None:
    """NotFound unless the actor may read the application: its area's officials and its applicant."""
    actor.require_visible(
        "certification.read", area=application.area_code, owners=(application.applicant_organisation_id,)
    )


def require_office(actor: Actor, step: Step, area_code: str) -> None:
    """Forbidden unless the actor holds the step's permission over the area at the step's own level (``wrong_level``)."""
    actor.require(step.permission, area=area_code)
    reaches = reaches_of(step.level, area_code)
    at_level = (
        held.covers(area_code, ()) and len(area_prefix(held.area_code)) in reaches
        for held in actor.holding(step.permission)
    )
    if not any(at_level):
        raise Forbidden("wrong_level", "此步骤应由对应层级的单位办理", permission=step.permission)


def require_unprejudiced(session: Session, actor: Actor, applications: Sequence[Application]) -> None:
    """Forbidden for the applicant's own people (``own_organisation``) and for whoever already judged the case (``same_person``).

    Within one round (from submission to the next return) every judgement is another person's: 经办 ≠ 审核 ≠ 签发.
    """
    actor.require_other_organisation(*(row.applicant_organisation_id for row in applications))
    by_id = {row.id: row for row in applications}
    judged: set[uuid.UUID | None] = {row.submitted_by_person for row in applications}
    steps = session.execute(
        select(
            ApplicationStep.application_id,
            ApplicationStep.round,
            ApplicationStep.from_state,
            ApplicationStep.to_state,
            ApplicationStep.actor_person,
        ).where(ApplicationStep.application_id.in_(sorted(by_id)))
    )
    judged |= {
        step.actor_person
        for step in steps
        if by_id[step.application_id].round == step.round
        and not is_clerical(scheme_of(by_id[step.application_id].scheme), step.from_state, step.to_state)
    }
    actor.require_other_person(*sorted(judged - {None}, key=str), what="同一申报的经办、审核与签发")


def transition(
    session: Session, application: Application, to_state: str, actor: Actor | None, *, opinion: str | None
) -> ApplicationStep:
    """Move the locked application and write its history line. IllegalTransition (409) when its machine has no such step.

    `actor` None is a member of the public (an objection). The caller has checked authority, and flushes when all
    applications of its batch have moved: 500 moves are then a few statements instead of 1,500.
    """
    machine_of(application.scheme).require(application.state, to_state)
    step = ApplicationStep(
        application_id=application.id,
        round=application.round,
        from_state=application.state,
        to_state=to_state,
        actor_id=actor.audit_id if actor else None,
        actor_person=actor.person_id if actor and not actor.is_system else None,
        opinion=opinion,
        evidence_hash=evidence_hash(application),
        at=utcnow(),
    )
    application.state = to_state
    application.row_version += 1
    due = scheme_of(application.scheme).step_after(to_state)
    application.due_on = add_working_days(today(), due.limit_days, count_first_day=False) if due else None
    session.add(step)
    audit.record(
        session,
        actor,
        f"certification.application.{to_state}",
        "application",
        application.number,
        area_code=application.area_code,
        detail={"scheme": application.scheme, "from": step.from_state},
    )
    return step


def evidence_hash(application: Application) -> bytes:
    """SHA-256 over the declared facts, the documents' own hashes and the evaluation, as canonical JSON."""
    seen = {"facts": application.facts, "evaluation": application.evaluation}
    return hashlib.sha256(orjson.dumps(seen, option=orjson.OPT_SORT_KEYS)).digest()


def governing_of(application: Application) -> tuple[RuleSet, ...]:
    """The rule sets under which the application was last submitted, the narrowest place last; empty for a draft."""
    codes = (application.rule_set or "").split(",")
    by_code = {found.code: found for found in rule_sets()}
    return tuple(by_code[code] for code in codes if code in by_code)


def step_due(application: Application) -> tuple[Scheme, Step | None]:
    """The scheme, and the step of its chain that is due now (None beside the chain)."""
    scheme = scheme_of(application.scheme)
    return scheme, scheme.step_after(application.state)


def required_text(text: str, pointer: str, limit: int = OPINION_MAX) -> str:
    """The text without outer blanks; Invalid (``required``, ``too_long``) when it is empty or too long."""
    stripped = text.strip()
    if not stripped:
        raise Invalid("required", "不能为空", pointer=pointer)
    if len(stripped) > limit:
        raise Invalid("too_long", f"不能超过{limit}字", pointer=pointer)
    return stripped
