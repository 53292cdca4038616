"""A decision and what follows from it, in one transaction: an approved thing is never left undone."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Final

from sqlalchemy.orm import Session

from marketplace.accounts.models import Approval
from marketplace.accounts.service import approvals, bank_accounts, exports
from marketplace.core.actor import Actor

# What an approval sets going; actions that are not here are spent by the slice that asked (`approvals.use`).
_FOLLOWING: Final[dict[str, Callable[[Session, Actor, Approval], None]]] = {
    bank_accounts.ACTION: bank_accounts.apply_change,
    exports.ACTION: exports.begin,
}


def decide(
    session: Session, actor: Actor, approval_id: uuid.UUID, *, approve: bool, opinion: str
) -> Approval:
    """`approvals.decide`, then what follows from an approval. Raises what that raises."""
    approval = approvals.decide(session, actor, approval_id, approve=approve, opinion=opinion)
    follow = _FOLLOWING.get(approval.action)
    if approve and follow is not None:
        follow(session, actor, approval)
    return approval
