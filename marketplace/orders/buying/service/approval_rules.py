"""Rules of approval: set for an organisation and everything below it, ended, never edited. The nearest one upward holds."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, or_, select, update
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from marketplace.accounts.models import Account, Organisation
from marketplace.accounts.service import places
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import today, utcnow
from marketplace.core.db import lock_exclusive
from marketplace.core.errors import Conflict, Invalid, NotFound
from marketplace.core.scope import visible
from marketplace.orders.buying.models import ApprovalRule
from marketplace.orders.buying.rules.approval import check_tiers


def set_rule(
    session: Session,
    actor: Actor,
    organisation_id: uuid.UUID,
    *,
    direct_up_to_fen: int,
    tiers: Sequence[Mapping[str, Any]],
    lapse_days: int = 30,
    from_instant: datetime | None = None,
    until_instant: datetime | None = None,
) -> ApprovalRule:
    """Set the rule of an organisation from an instant (now by default); it ends the one before.

    Invalid (`tiers`, `steps`, `rule_backdated`, `rule_dates`, `account_unknown`), Conflict (`later_rule`), NotFound.
    """
    organisation = managed(session, actor, organisation_id, "orders.buying_rules")
    now = utcnow()
    starts = now if from_instant is None else from_instant
    if starts < now:
        raise Invalid("rule_backdated", "审批规则不能早于现在生效", pointer="/from_instant")
    if until_instant is not None and until_instant <= starts:
        raise Invalid("rule_dates", "失效时间应晚于生效时间", pointer="/until_instant")
    checked = check_tiers(direct_up_to_fen, tiers)
    _require_accounts(session, organisation.id, checked)
    lock_exclusive(session, "orders.approval_rule", str(organisation.id))
    later = session.scalar(
        select(func.count())
        .select_from(ApprovalRule)
        .where(ApprovalRule.organisation_id == organisation.id, func.lower(ApprovalRule.valid) >= starts)
    )
    if later:
        raise Conflict("later_rule", "该时间之后已有审批规则")
    _end_open(session, organisation.id, starts)
    rule = ApprovalRule(
        organisation_id=organisation.id,
        organisation_no=organisation.organisation_no,
        valid=Range(starts, until_instant),
        direct_up_to_fen=direct_up_to_fen,
        tiers=checked,
        lapse_days=lapse_days,
        made_by=actor.audit_id,
        made_at=now,
    )
    session.add(rule)
    session.flush()
    audit.record(
        session, actor, "orders.approval_rule.set", "organisation", organisation.id,
        area_code=organisation.area_code,
        detail={"rule": str(rule.id), "direct_up_to_fen": direct_up_to_fen},
    )  # fmt: skip
    return rule


def end_rule(session: Session, actor: Actor, rule_id: uuid.UUID) -> ApprovalRule:
    """End a rule now; requests under it go on. Conflict (`rule_ended`) for one that holds no more or not yet."""
    found = session.get(ApprovalRule, rule_id)
    if found is None:
        raise NotFound
    organisation = managed(session, actor, found.organisation_id, "orders.buying_rules")
    lock_exclusive(session, "orders.approval_rule", str(organisation.id))
    now = utcnow()
    ended = session.scalar(
        update(ApprovalRule)
        .where(
            ApprovalRule.id == rule_id,
            ApprovalRule.valid.contains(now),
            func.lower(ApprovalRule.valid) < now,
        )
        .values(valid=func.tstzrange(func.lower(ApprovalRule.valid), now))
        .returning(ApprovalRule.id)
    )
    if ended is None:
        raise Conflict("rule_ended", "该规则已失效或尚未生效")
    session.refresh(found)
    audit.record(
        session, actor, "orders.approval_rule.ended", "organisation", organisation.id,
        area_code=organisation.area_code, detail={"rule": str(rule_id)},
    )  # fmt: skip
    return found


def rule_for(session: Session, organisation_id: uuid.UUID, at: datetime) -> ApprovalRule | None:
    """The rule that holds for an organisation at an instant: its own, else that of the nearest organisation above."""
    nearest = places.upward(session, organisation_id)
    rules = {
        rule.organisation_id: rule
        for rule in session.scalars(
            select(ApprovalRule).where(
                ApprovalRule.organisation_id.in_(nearest), ApprovalRule.valid.contains(at)
            )
        )
    }
    return next((rules[key] for key in nearest if key in rules), None)


def budget_units_of(session: Session, organisation_id: uuid.UUID) -> list[tuple[uuid.UUID, str]]:
    """(id, name) of the budget units for which an organisation may buy beside itself: those above it today, nearest first."""
    above = places.upward(session, organisation_id)[1:]
    named = {
        row.id: row.name
        for row in session.execute(
            select(Organisation.id, Organisation.name).where(
                Organisation.id.in_(above), Organisation.kind == "budget_unit"
            )
        )
    }
    return [(key, named[key]) for key in above if key in named]


def rules_seen(actor: Actor, organisation_id: uuid.UUID | None = None) -> Select[ApprovalRule]:
    """The rules that an actor may see, ended ones too, unsorted, for a paged list."""
    statement = (
        select(ApprovalRule)
        .join(Organisation, Organisation.id == ApprovalRule.organisation_id)
        .where(
            or_(
                *(
                    visible(actor, permission, area=Organisation.area_code, owners=(Organisation.id,))
                    for permission in ("orders.read", "orders.buying_rules")
                )
            )
        )
    )
    if organisation_id is not None:
        statement = statement.where(ApprovalRule.organisation_id == organisation_id)
    return statement


def managed(session: Session, actor: Actor, organisation_id: uuid.UUID, permission: str) -> Organisation:
    """An organisation that the actor manages: the own one or one below it today. NotFound otherwise."""
    found = session.get(Organisation, organisation_id)
    if found is None:
        raise NotFound
    actor.require_visible(permission, area=found.area_code, owners=places.upward(session, organisation_id))
    return found


def _end_open(session: Session, organisation_id: uuid.UUID, at: datetime) -> None:
    session.execute(
        update(ApprovalRule)
        .where(ApprovalRule.organisation_id == organisation_id, ApprovalRule.valid.contains(at))
        .values(valid=func.tstzrange(func.lower(ApprovalRule.valid), at))
    )


def _require_accounts(
    session: Session, organisation_id: uuid.UUID, tiers: Sequence[Mapping[str, Any]]
) -> None:
    """Whoever is named is of the same branch of the tree: the organisation itself, one above or one below."""
    named = {uuid.UUID(step["account_id"]) for tier in tiers for step in tier["steps"] if step["account_id"]}
    if not named:
        return
    branch = {
        *places.upward(session, organisation_id),
        *places.descendants(session, organisation_id, today()),
    }
    known = set(
        session.scalars(
            select(Account.id).where(
                Account.id.in_(named), Account.status == "active", Account.organisation_id.in_(branch)
            )
        )
    )
    if named - known:
        raise Invalid("account_unknown", "没有这个账号、账号已停用或不属于本单位系统", pointer="/tiers")
