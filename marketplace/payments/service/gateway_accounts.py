"""The producers' own accounts with the gateway: where money goes is proposed by one person and put in force by another."""

from __future__ import annotations

import re
import uuid
from typing import Final

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.db import refusing
from marketplace.core.errors import AlreadyExists, Conflict, Invalid, NotFound
from marketplace.core.ids import uuid7
from marketplace.payments.gateways import Stripe
from marketplace.payments.models import GatewayAccount

_ACCOUNT: Final = re.compile(r"acct_[A-Za-z0-9]{1,64}", re.ASCII)
_TAKEN: Final = {
    "uq_gateway_account_account": AlreadyExists("gateway_account_taken", "该收款账户已登记"),
    "uq_gateway_account_active": AlreadyExists("gateway_account_taken", "该收款账户已登记"),
}


def propose_account(
    session: Session, actor: Actor, organisation_id: uuid.UUID, account: str
) -> GatewayAccount:
    """Say which account a producer has; it is used once another person has confirmed it. An account belongs to one producer."""
    owner = session.get(Organisation, organisation_id)
    if owner is None:
        raise NotFound("organisation_unknown", "没有这个单位")
    actor.require("payments.gateway_accounts", area=owner.area_code, owners=(owner.id,))
    if _ACCOUNT.fullmatch(account) is None:
        raise Invalid("gateway_account", "收款账户应为 acct_ 开头的编号", pointer="/account")
    row = GatewayAccount(
        id=uuid7(),
        gateway=Stripe.code,
        organisation_id=owner.id,
        account=account,
        state="proposed",
        proposed_by=actor.audit_id,
        proposed_by_person=None if actor.is_system else actor.person_id,
        proposed_at=utcnow(),
    )
    with refusing(_TAKEN):
        session.add(row)
        session.flush()
    _note(session, actor, owner, row)
    return row


def decide_account(session: Session, actor: Actor, account_id: uuid.UUID, *, approve: bool) -> GatewayAccount:
    """Another person puts a proposed account in force (the one before it ends), or drops it.

    Forbidden (`same_person`) for who proposed it; Conflict (`gateway_account_decided`) when it is decided already.
    """
    row = session.scalars(
        select(GatewayAccount).where(GatewayAccount.id == account_id).with_for_update()
    ).one_or_none()
    owner = None if row is None else session.get(Organisation, row.organisation_id)
    if row is None or owner is None:
        raise NotFound("gateway_account_not_found", "没有这个收款账户")
    actor.require("payments.gateway_accounts", area=owner.area_code, owners=(owner.id,))
    if row.state != "proposed":
        raise Conflict("gateway_account_decided", "该收款账户已审核")
    actor.require_other_person(row.proposed_by_person, what="收款账户经办人与审核人")
    now = utcnow()
    if approve:
        session.execute(
            update(GatewayAccount)
            .where(
                GatewayAccount.gateway == row.gateway,
                GatewayAccount.organisation_id == row.organisation_id,
                GatewayAccount.state == "active",
            )
            .values(state="ended", decided_at=now)
        )
    row.state = "active" if approve else "ended"
    row.decided_by, row.decided_at = actor.audit_id, now
    with refusing(_TAKEN):
        session.flush()
    _note(session, actor, owner, row)
    return row


def accounts_seen() -> Select[GatewayAccount]:
    """All accounts, unsorted, for a paged list of who may see them."""
    return select(GatewayAccount)


def _note(session: Session, actor: Actor, owner: Organisation, row: GatewayAccount) -> None:
    audit.record(
        session,
        actor,
        f"payments.gateway_account.{row.state}",
        "organisation",
        owner.id,
        area_code=owner.area_code,
        detail={"account": row.account},
    )
