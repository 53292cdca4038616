"""Purchase plans: drafted, submitted, approved by another person, then replaced by a next version and never edited."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, delete, func, insert, select, update
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.accounts.service import places
from marketplace.accounts.service.inbox import notify
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.db import lock_exclusive, refusing
from marketplace.core.errors import AlreadyExists, Conflict, Invalid, NotFound
from marketplace.core.ids import uuid7
from marketplace.core.locked import locked_row
from marketplace.core.scope import visible
from marketplace.orders.buying.models import PurchasePlan, PurchasePlanLine
from marketplace.orders.buying.rules.plan import PLAN, Planned, Used, check_lines, used
from marketplace.orders.buying.service.plan_check import bought_in, planned

_DRAFTS = ("draft", "returned")


def start(
    session: Session,
    actor: Actor,
    organisation_id: uuid.UUID,
    year: int,
    *,
    over_plan: str = "warn",
    copy_year: int | None = None,
) -> PurchasePlan:
    """Begin the next version of a year's plan, with the lines of what holds now or of what held in `copy_year`.

    Conflict (`nothing_to_copy`), AlreadyExists (`plan_open`: one is being worked on), NotFound.
    """
    organisation = session.get(Organisation, organisation_id)
    if organisation is None:
        raise NotFound
    area = organisation.fiscal_area or organisation.area_code
    actor.require_visible("orders.place", area=area, owners=(organisation.id,))
    lock_exclusive(session, "orders.plan", f"{organisation_id}|{year}")
    source = _holding(session, organisation_id, year if copy_year is None else copy_year)
    if copy_year is not None and source is None:
        raise Conflict("nothing_to_copy", "该年度没有已批准的采购计划")
    last = session.scalar(
        select(func.max(PurchasePlan.version)).where(
            PurchasePlan.organisation_id == organisation_id, PurchasePlan.year == year
        )
    )
    plan = PurchasePlan(
        id=uuid7(),
        organisation_id=organisation_id,
        area_code=area,
        year=year,
        version=(last or 0) + 1,
        state="draft",
        over_plan=over_plan,
        made_by=actor.audit_id,
        made_at=utcnow(),
        row_version=1,
    )
    with refusing({"uq_purchase_plan_open": AlreadyExists("plan_open", "该年度已有编制中的采购计划")}):
        session.add(plan)
        session.flush()
    if source is not None:
        _write(session, plan, planned(session, source.id))
    audit.record(session, actor, "orders.plan.started", "purchase_plan", plan.id, area_code=area)
    return plan


def set_lines(session: Session, actor: Actor, plan: PurchasePlan, lines: Sequence[Planned]) -> PurchasePlan:
    """Replace the lines of a locked draft. Conflict (`plan_closed`) for what was submitted; Invalid as `check_lines`."""
    _require_maker(actor, plan)
    if plan.state not in _DRAFTS:
        raise Conflict("plan_closed", "采购计划已提交，不能修改", state=plan.state)
    check_lines(lines)
    _write(session, plan, lines)
    plan.row_version += 1
    session.flush()
    return plan


def submit(session: Session, actor: Actor, plan_id: uuid.UUID) -> PurchasePlan:
    """Send a draft to the unit's reviewer. Invalid (`plan_empty`), IllegalTransition (409)."""
    plan = locked(session, actor, plan_id)
    _require_maker(actor, plan)
    PLAN.require(plan.state, "submitted")
    if not planned(session, plan.id):
        raise Invalid("plan_empty", "采购计划没有内容", pointer="/lines")
    plan.state = "submitted"
    plan.submitted_by, plan.submitted_by_person = actor.account_id, actor.person_id
    plan.submitted_at = utcnow()
    plan.decided_by = plan.decided_by_person = plan.decided_at = plan.opinion = None
    plan.row_version += 1
    session.flush()
    _tell(session, plan, "purchase_asked")
    audit.record(session, actor, "orders.plan.submitted", "purchase_plan", plan.id, area_code=plan.area_code)
    return plan


def decide(
    session: Session, actor: Actor, plan_id: uuid.UUID, *, approve: bool, opinion: str | None = None
) -> PurchasePlan:
    """Approve a submitted plan, which supersedes the one that held, or return it with an opinion.

    Forbidden (`same_person`), Invalid (`opinion`), IllegalTransition (409), NotFound.
    """
    plan = locked(session, actor, plan_id)
    owners = places.upward(session, plan.organisation_id)
    actor.require("orders.approve_purchase", area=plan.area_code, owners=owners)
    PLAN.require(plan.state, "approved" if approve else "returned")
    actor.require_other_person(plan.submitted_by_person, what="编制人与审核人")
    if not approve and not opinion:
        raise Invalid("opinion", "退回应说明意见", pointer="/opinion")
    if approve:
        lock_exclusive(session, "orders.plan", f"{plan.organisation_id}|{plan.year}")
        session.execute(
            update(PurchasePlan)
            .where(
                PurchasePlan.organisation_id == plan.organisation_id,
                PurchasePlan.year == plan.year,
                PurchasePlan.state == "approved",
            )
            .values(state="superseded")
        )
    plan.state = "approved" if approve else "returned"
    plan.decided_by, plan.decided_by_person = actor.account_id, actor.person_id
    plan.decided_at, plan.opinion = utcnow(), opinion
    plan.row_version += 1
    session.flush()
    _tell(session, plan, "purchase_decided")
    audit.record(
        session, actor, f"orders.plan.{plan.state}", "purchase_plan", plan.id, area_code=plan.area_code
    )
    return plan


def plans_seen(
    actor: Actor, *, organisation_id: uuid.UUID | None = None, year: int | None = None
) -> Select[PurchasePlan]:
    """The plans that an actor may see, all versions, unsorted, for a paged list."""
    statement = select(PurchasePlan).where(
        visible(actor, "orders.read", area=PurchasePlan.area_code, owners=(PurchasePlan.organisation_id,))
    )
    if organisation_id is not None:
        statement = statement.where(PurchasePlan.organisation_id == organisation_id)
    return statement if year is None else statement.where(PurchasePlan.year == year)


def locked(session: Session, actor: Actor, plan_id: uuid.UUID) -> PurchasePlan:
    """The plan, locked; NotFound for none that the actor may see or review."""
    plan = locked_row(session, select(PurchasePlan).where(PurchasePlan.id == plan_id))
    owners = places.upward(session, plan.organisation_id)
    if not actor.may_on("orders.approve_purchase", area=plan.area_code, owners=owners):
        actor.require_visible("orders.read", area=plan.area_code, owners=(plan.organisation_id,))
    return plan


def execution(session: Session, plan: PurchasePlan) -> tuple[list[tuple[Planned, Used]], Used]:
    """Each line with what of it was ordered and has counted, and what was bought beside the plan in its year."""
    lines = planned(session, plan.id)
    found, beside = used(lines, bought_in(session, plan.organisation_id, plan.year))
    return list(zip(lines, found, strict=True)), beside


def _holding(session: Session, organisation_id: uuid.UUID, year: int) -> PurchasePlan | None:
    return session.scalars(
        select(PurchasePlan).where(
            PurchasePlan.organisation_id == organisation_id,
            PurchasePlan.year == year,
            PurchasePlan.state == "approved",
        )
    ).one_or_none()


def _require_maker(actor: Actor, plan: PurchasePlan) -> None:
    actor.require("orders.place", area=plan.area_code, owners=(plan.organisation_id,))


def _write(session: Session, plan: PurchasePlan, lines: Sequence[Planned]) -> None:
    session.execute(delete(PurchasePlanLine).where(PurchasePlanLine.plan_id == plan.id))
    rows: list[dict[str, Any]] = [
        {
            "plan_id": plan.id,
            "line_no": number,
            "category_code": line.category_code,
            "fund_source": line.fund_source,
            "month": line.month,
            "quarter": line.quarter,
            "amount_fen": line.amount_fen,
        }
        for number, line in enumerate(lines, 1)
    ]
    if rows:
        session.execute(insert(PurchasePlanLine), rows)


def _tell(session: Session, plan: PurchasePlan, kind: str) -> None:
    notify(
        session, kind, "purchase_plan", plan.id, organisation_id=plan.organisation_id,
        detail={"year": plan.year, "version": plan.version, "state": plan.state},
    )  # fmt: skip
