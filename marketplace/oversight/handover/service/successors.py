"""Who may take over: another person of the same office; and who may name them."""

from __future__ import annotations

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts import permissions
from marketplace.accounts.models import Account, Grant
from marketplace.core.actor import Actor, area_prefix
from marketplace.core.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.core.pairings import Pairing
from marketplace.oversight.handover.models import Handover

MANAGE_ROLES = "accounts.grant"
MANAGE_PAIRINGS = "statistics.areas"
TAKES_PAIRINGS = "oversight.handle"
_UNFIT = "接收人须是其他人,持有同一角色并覆盖同一辖区和单位"


def account_of(session: Session, account_id: uuid.UUID) -> Account:
    """An active account; Invalid (`handover_successor`) for none."""
    account = session.get(Account, account_id)
    if account is None or account.status != "active":
        raise Invalid("handover_successor", "没有这个可用的账号", pointer="/successor_account_id")
    return account


def require_fit_for_role(session: Session, held: Grant, holder: Account, successor: Account) -> None:
    """Conflict (`handover_successor`) unless another person holds the same role over that area, or more, for the same owner."""
    covering = session.scalars(
        select(Grant).where(
            Grant.account_id == successor.id,
            Grant.role == held.role,
            Grant.ended_at.is_(None),
            Grant.id != held.id,
        )
    )
    fits = any(
        area_prefix(held.area_code).startswith(area_prefix(one.area_code))
        and one.organisation_id == held.organisation_id
        for one in covering
    )
    if successor.person_id == holder.person_id or not fits:
        raise Conflict("handover_successor", _UNFIT)


def require_fit_for_pairing(session: Session, pairing: Pairing, successor: Account) -> None:
    """Conflict (`handover_successor`) unless the account handles oversight over the helped area, whose tasks remain."""
    held = session.scalars(select(Grant).where(Grant.account_id == successor.id, Grant.ended_at.is_(None)))
    fits = any(
        permissions.is_role(one.role)
        and TAKES_PAIRINGS in permissions.role(one.role).permissions
        and area_prefix(pairing.helped).startswith(area_prefix(one.area_code))
        for one in held
    )
    if not fits:
        raise Conflict("handover_successor", "接收人须在被帮扶地负责监督处理")


def require_manages(actor: Actor, handover: Handover) -> None:
    """NotFound unless the actor may ask for this handover: its holder, or who grants roles or keeps pairings over the area."""
    if handover.grant_id is not None:
        if actor.person_id == handover.holder_person_id:
            return
        actor.require_visible(MANAGE_ROLES, area=handover.area_code)
        return
    if not actor.may_on(MANAGE_PAIRINGS, area=handover.helper_area):
        actor.require_visible(MANAGE_PAIRINGS, area=handover.area_code)


def require_keeps(actor: Actor, helper: str, helped: str) -> None:
    """Forbidden unless the actor keeps pairings over one of the two areas."""
    if not actor.may_on(MANAGE_PAIRINGS, area=helper):
        actor.require(MANAGE_PAIRINGS, area=helped)


def require_may_end(actor: Actor, held: Grant, holder: Account) -> None:
    """NotFound unless the actor is the holder or grants roles over the area."""
    if actor.person_id != holder.person_id:
        actor.require_visible(MANAGE_ROLES, area=held.area_code)


def require_successor(actor: Actor, handover: Handover) -> None:
    """Only the named successor decides: NotFound for who may not know of it, Forbidden (`not_successor`) for the others."""
    if actor.account_id == handover.successor_account_id:
        return
    if actor.person_id not in (handover.holder_person_id, handover.asked_by_person):
        try:
            require_manages(actor, handover)
        except NotFound:
            actor.require_visible("oversight.read", area=handover.area_code)
    raise Forbidden("not_successor", "只能由指定的接收人办理")
