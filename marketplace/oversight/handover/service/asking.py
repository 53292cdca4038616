"""Asking for a handover: the list is computed and frozen now, for a named successor. After a removal at once it has none yet."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.facts import RoleRemoved
from marketplace.accounts.models import Account, Grant
from marketplace.accounts.service.grants import lock_grant
from marketplace.core import divisions, pairings
from marketplace.core.actor import Actor
from marketplace.core.clock import today, utcnow
from marketplace.core.db import refusing
from marketplace.core.errors import AlreadyExists, Conflict, NotFound
from marketplace.core.ids import readable_number
from marketplace.core.pairing_ends import keep_ends, require_last_day
from marketplace.core.pairings import Pairing
from marketplace.oversight.handover.listing import digest, is_empty, list_of
from marketplace.oversight.handover.models import Handover
from marketplace.oversight.handover.rules import MACHINE, OPEN_STATES, PAIRING, ROLE
from marketplace.oversight.handover.scope import Scope, scope_of_grant
from marketplace.oversight.handover.service import successors
from marketplace.oversight.handover.service.steps import go, lock_subject, locked, note

_OPEN: Final = AlreadyExists("handover_open", "该事项已有一份尚未办结的交接清单")
_REFUSED: Final = {"uq_handover_open_grant": _OPEN, "uq_handover_open_pairing": _OPEN}


@dataclass(frozen=True)
class PairingAsked:
    """Which pairing shall end after which day (the last, inclusive)."""

    helper: str
    helped: str
    kind: str
    last_day: date


def ask_for_role(
    session: Session, actor: Actor, grant_id: uuid.UUID, successor_account_id: uuid.UUID, reason: str
) -> Handover:
    """Ask, as the holder or who grants roles over the area, that a role end when its successor accepts the list.

    Raises NotFound, Conflict (`role_ended`, `handover_successor`), Invalid (`handover_successor`), AlreadyExists
    (`handover_open`).
    """
    lock_grant(session, grant_id)
    held = session.get(Grant, grant_id, populate_existing=True)
    if held is None:
        raise NotFound
    holder = session.get_one(Account, held.account_id)
    successors.require_may_end(actor, held, holder)
    if held.ended_at is not None:
        raise Conflict("role_ended", "该角色已收回")
    _refuse_second(session, Handover.grant_id == grant_id)
    successor = successors.account_of(session, successor_account_id)
    successors.require_fit_for_role(session, held, holder, successor)
    content = list_of(session, scope_of_grant(held, holder))
    handover = _make(session, actor, content, reason, _of_role(held, holder))
    _open_for(session, actor, handover, successor, "asked", reason)
    return handover


def ask_for_pairing(
    session: Session, actor: Actor, asked: PairingAsked, successor_account_id: uuid.UUID, reason: str
) -> Handover:
    """Ask, as who keeps pairings over either area, that a pairing end after a day when the successor accepts the list.

    Raises NotFound for no such pairing today, Forbidden, Invalid (`pairing_last_day`, `handover_successor`), Conflict
    (`handover_successor`), AlreadyExists (`handover_open`).
    """
    pairing = find_pairing(session, asked)
    successors.require_keeps(actor, pairing.helper, pairing.helped)
    require_last_day(pairing, asked.last_day)
    lock_subject(session, None, name_of(pairing))
    _refuse_second(session, Handover.pairing == name_of(pairing))
    if pairing.key in dict(pairings.ends()):
        raise AlreadyExists("pairing_ended", "该结对关系已结束")
    successor = successors.account_of(session, successor_account_id)
    successors.require_fit_for_pairing(session, pairing, successor)
    values = {
        "subject": PAIRING,
        "pairing": name_of(pairing),
        "helper_area": pairing.helper,
        "last_day": asked.last_day,
        "area_code": pairing.helped,
    }
    handover = _make(session, actor, list_of(session, Scope(pairing=pairing)), reason, values)
    _open_for(session, actor, handover, successor, "asked", reason)
    return handover


def assign_successor(
    session: Session, actor: Actor, number: str, successor_account_id: uuid.UUID
) -> Handover:
    """Name who takes over a list that was left open. IllegalTransition unless it waits for a name."""
    handover = locked(session, number)
    successors.require_manages(actor, handover)
    MACHINE.require(handover.state, "open")
    successor = successors.account_of(session, successor_account_id)
    held = session.get_one(Grant, handover.grant_id)
    successors.require_fit_for_role(session, held, session.get_one(Account, held.account_id), successor)
    _open_for(session, actor, handover, successor, "assigned", None)
    return handover


def open_after_removal(session: Session, fact: RoleRemoved) -> None:
    """Keep the list of a role that was taken away at once open (subscriber of RoleRemoved); where there is none, make it.

    Nothing is kept where nothing is left behind.
    """
    handover = session.scalar(
        select(Handover)
        .where(Handover.grant_id == fact.grant_id, Handover.state.in_(OPEN_STATES))
        .with_for_update()
    )
    if handover is None:
        held = session.get_one(Grant, fact.grant_id)
        holder = session.get_one(Account, held.account_id)
        content = list_of(session, scope_of_grant(held, holder))
        if is_empty(content):
            return
        handover = _make(session, fact.removed_by, content, fact.reason, _of_role(held, holder))
    handover.is_emergency = True
    note(session, fact.removed_by, handover, "role_removed", fact.reason)


def find_pairing(session: Session, asked: PairingAsked) -> Pairing:
    """The pairing of two areas that runs today. NotFound for none."""
    keep_ends(session, again=True)
    helper, helped = divisions.get(asked.helper).code, divisions.get(asked.helped).code
    for one in pairings.running(pairings.ends()):
        if (one.helper, one.helped, one.kind) == (helper, helped, asked.kind) and one.valid_on(today()):
            return one
    raise NotFound


def name_of(pairing: Pairing) -> str:
    """What a pairing is called in a handover: 440100-441400-省内对口帮扶-2013-01-01."""
    return f"{pairing.helper}-{pairing.helped}-{pairing.kind}-{pairing.valid_from.isoformat()}"


def _of_role(held: Grant, holder: Account) -> dict[str, Any]:
    return {
        "subject": ROLE,
        "grant_id": held.id,
        "role": held.role,
        "holder_account_id": holder.id,
        "holder_person_id": holder.person_id,
        "area_code": held.area_code,
    }


def _make(
    session: Session, actor: Actor, content: dict[str, Any], reason: str, values: dict[str, Any]
) -> Handover:
    handover = Handover(
        number=readable_number("J"),
        state=MACHINE.initial,
        reason=reason,
        content=content,
        content_sha256=digest(content),
        asked_by=actor.account_id,
        asked_by_person=actor.person_id,
        asked_at=utcnow(),
        **values,
    )
    session.add(handover)
    with refusing(_REFUSED):
        session.flush()
    return handover


def _open_for(
    session: Session, actor: Actor, handover: Handover, successor: Account, step: str, opinion: str | None
) -> None:
    handover.successor_account_id, handover.successor_person_id = successor.id, successor.person_id
    go(session, actor, handover, "open", step, opinion)


def _refuse_second(session: Session, subject: Any) -> None:
    if session.scalar(select(Handover.id).where(subject, Handover.state.in_(OPEN_STATES))) is not None:
        raise _OPEN
