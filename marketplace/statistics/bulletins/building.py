"""A report of closed months made from the ledger, again and again to the same bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from marketplace.attribution.models import Period
from marketplace.core.divisions import get
from marketplace.core.errors import Conflict, Invalid
from marketplace.statistics.bulletins.canonical import content_of
from marketplace.statistics.bulletins.models import Bulletin
from marketplace.statistics.bulletins.rules import SEALED
from marketplace.statistics.forms import form_of
from marketplace.statistics.reports import ReportRequest, ReportTable, report
from marketplace.statistics.standpoint import Standpoint, seen_from


@dataclass(frozen=True)
class Subject:
    """Which report of which closed month. `adjusted_to`: with the adjustments booked up to that closed month."""

    report: str
    period: str
    area_code: str
    view: str = "seller"
    level: str = "city"
    adjusted_to: str | None = None

    @property
    def request(self) -> ReportRequest:
        """What the report is asked for: the whole area, whoever asks, so that every re-run sees the same; without a memo."""
        return ReportRequest(
            self.period, self.area_code, (self.area_code,), self.view, self.level, memo=False
        )


def subject_of(bulletin: Bulletin) -> Subject:
    """What a bulletin is about."""
    return Subject(
        bulletin.report_code,
        bulletin.period,
        bulletin.area_code,
        bulletin.view,
        bulletin.level,
        bulletin.adjusted_to,
    )


def checked(session: Session, subject: Subject) -> Subject:
    """The subject with its codes in their shortest form.

    NotFound for an unknown report, Invalid (``report_not_sealed``) for one that does not rest on closed months, Conflict
    (``bulletin_period_open``) unless the months are closed, Invalid (``adjusted_to``) for a month that is not later.
    """
    code = report(subject.report).code
    if code not in SEALED:
        raise Invalid(
            "report_not_sealed",
            "该报表不以已关账月份为限,不能发布工作动态",
            pointer="/report",
            known=list(SEALED),
        )
    if subject.adjusted_to is not None and subject.adjusted_to <= subject.period:
        raise Invalid("adjusted_to", "调整截止月应晚于统计期", pointer="/adjusted_to")
    for month in (subject.period, *filter(None, (subject.adjusted_to,))):
        closed = session.get(Period, month)
        if closed is None or closed.state != "closed":
            raise Conflict("bulletin_period_open", f"{month} 尚未关账", period=month)
    return Subject(
        code, subject.period, get(subject.area_code).code, subject.view, subject.level, subject.adjusted_to
    )


def standpoint_of(subject: Subject, known_at: datetime) -> Standpoint:
    """From where the books are looked at: as booked, or with later adjustments; beside them what was known at `known_at`."""
    if subject.adjusted_to is None:
        return Standpoint(as_of=known_at)
    return Standpoint(subject.period, subject.adjusted_to, known_at)


def build(session: Session, subject: Subject, known_at: datetime) -> ReportTable:
    """The report from the ledger, as at the close of its months, and of what stands beside it as known at `known_at`."""
    with seen_from(standpoint_of(subject, known_at)):
        return report(subject.report).build(session, subject.request)


def build_with_later(session: Session, subject: Subject) -> ReportTable:
    """The same report as known today: with every adjustment booked since, and all that is known beside the ledger."""
    with seen_from(Standpoint(adjusted_after=subject.period)):
        return report(subject.report).build(session, subject.request)


def head_of(subject: Subject, known_at: datetime, form: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What the frozen bytes say of the report beside its table; the form of this installation unless one is given."""
    return {
        "report": subject.report,
        "title": report(subject.report).title_zh,
        "request": asdict(subject) | {"known_at": known_at.isoformat(timespec="microseconds")},
        "form": dict(form) if form is not None else asdict(form_of(subject.report)),
    }


def sealed_bytes(
    session: Session, subject: Subject, known_at: datetime, form: Mapping[str, str] | None = None
) -> bytes:
    """The canonical bytes of the report, built now."""
    return content_of(head_of(subject, known_at, form), build(session, subject, known_at))
