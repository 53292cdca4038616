"""What accounts tell the slices above."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from marketplace.core.actor import Actor


@dataclass(frozen=True)
class RoleRemoved:
    """A role that a security administrator took away at once, without a handover; `removed_by` did it for `reason`."""

    grant_id: uuid.UUID
    account_id: uuid.UUID
    removed_by: Actor
    reason: str
