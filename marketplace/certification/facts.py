"""What certification tells the slices above, in the transaction in which it happens."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class CertificateRevoked:
    """A certificate no longer counts from `void_from` on.

    certificate_id, product_id, producer_id, scheme: which one. revoked_at: the instant of the decision, taken while the
    certificate's row was locked, so no order that it covered can still be under way before it. void_from: equal to
    revoked_at, or the beginning of an earlier Shanghai day with retroaction: sales since then are to be restated. cause: a
    code of `rules.standing.REVOCATION_CAUSES`.
    """

    certificate_id: uuid.UUID
    product_id: uuid.UUID
    producer_id: uuid.UUID
    scheme: str
    revoked_at: datetime
    void_from: datetime
    cause: str

    @property
    def is_retroactive(self) -> bool:
        """Whether sales before the decision lose their certificate."""
        return self.void_from < self.revoked_at


@dataclass(frozen=True)
class CertificateChanged:
    """A certificate was issued, suspended, reinstated, revoked, renewed or amended: `kind` is the event's.

    Published where the event is written; the row itself may still wait in the session, so a handler flushes before it reads.
    """

    certificate_id: uuid.UUID
    product_id: uuid.UUID
    kind: str
