"""What beneficiaries tell the slices above them, in the transaction that makes it true (`core.facts`)."""

from __future__ import annotations

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
