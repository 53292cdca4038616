"""What beneficiaries tell the slices above them, in the transaction that makes it true (`core.facts`)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryChanging:
    """Something that is valid by days is about to be written from `from_day` on.

    Whoever has frozen a month that reaches beyond that day refuses (PeriodClosed): closed books, and the
    reports that were drawn from them, must come out the same for ever. `subject` is a stable word:
    ``agreement`` or ``household_status``.
    """

    subject: str
    from_day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementsChanged:
    """Which approved versions stand behind these products, or until when, has changed: one was approved or ended.

    Published at the decision; the day on which it takes effect may be another (`active.agreements_turning`). Ids ascend.
    """

    product_ids: tuple[uuid.UUID, ...]
