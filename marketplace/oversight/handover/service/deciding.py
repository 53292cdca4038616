"""What becomes of a handover: the successor accepts, and role or pairing end in the same transaction; or refuses, saying why."""

from __future__ import annotations

from datetime import date
from typing import cast

from sqlalchemy.orm import Session

from marketplace.accounts.models import Account, Grant
from marketplace.accounts.service.grants import end_handed_over
from marketplace.core import pairings
from marketplace.core.actor import Actor
from marketplace.core.errors import Conflict, NotFound
from marketplace.core.pairing_ends import end_pairing
from marketplace.core.pairings import Pairing
from marketplace.oversight.handover.models import Handover
from marketplace.oversight.handover.rules import MACHINE
from marketplace.oversight.handover.service import successors
from marketplace.oversight.handover.service.asking import name_of
from marketplace.oversight.handover.service.steps import go, locked


def accept(session: Session, actor: Actor, number: str, opinion: str) -> Handover:
    """Take over what is listed; now the role ends, or the pairing after its day. A role that is gone already stays gone.

    Only the named successor, who must still be fit. Raises NotFound, Forbidden (`not_successor`), IllegalTransition, Conflict
    (`handover_successor`), Invalid (`pairing_last_day`) when the day has come meanwhile: then it is asked for anew.
    """
    handover = locked(session, number)
    successors.require_successor(actor, handover)
    MACHINE.require(handover.state, "accepted")
    successor = session.get_one(Account, actor.account_id)
    if handover.grant_id is not None:
        held = session.get_one(Grant, handover.grant_id, populate_existing=True)
        holder = session.get_one(Account, held.account_id)
        successors.require_fit_for_role(session, held, holder, successor)
        if held.ended_at is None:
            end_handed_over(session, actor, held, handover.number)
    else:
        pairing = pairing_named(str(handover.pairing))
        successors.require_fit_for_pairing(session, pairing, successor)
        end_pairing(session, actor, pairing, cast("date", handover.last_day), handover.number)
    go(session, actor, handover, "accepted", "accepted", opinion)
    return handover


def decline(session: Session, actor: Actor, number: str, reason: str) -> Handover:
    """Send the list back with the reason; nothing ends. Where the role is gone already the list waits for another successor."""
    handover = locked(session, number)
    successors.require_successor(actor, handover)
    if handover.is_emergency:
        MACHINE.require(handover.state, "unassigned")
        handover.successor_account_id = handover.successor_person_id = None
        go(session, actor, handover, "unassigned", "refused", reason)
        return handover
    go(session, actor, handover, "refused", "refused", reason)
    return handover


def withdraw(session: Session, actor: Actor, number: str, reason: str) -> Handover:
    """Take the request back; nothing ends. Conflict (`handover_must_be_accepted`) for a role that is gone already."""
    handover = locked(session, number)
    successors.require_manages(actor, handover)
    if handover.is_emergency:
        raise Conflict("handover_must_be_accepted", "角色已紧急收回,交接清单须由接收人接收,不能撤回")
    go(session, actor, handover, "withdrawn", "withdrawn", reason)
    return handover


def pairing_named(name: str) -> Pairing:
    """The pairing as its list has it. NotFound for a name that is on no list."""
    for one in pairings.all_pairings():
        if name_of(one) == name:
            return one
    raise NotFound
