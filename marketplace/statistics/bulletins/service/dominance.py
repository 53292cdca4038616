"""Lines of a report on benefit in which one or two households receive most of an amount (`rules.dominance`)."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, literal_column, select
from sqlalchemy.orm import Session

from marketplace.attribution.models import HouseholdStatement
from marketplace.beneficiaries.models import Agreement, AgreementVersion, PaymentList, PaymentListRow
from marketplace.core.scope import within_area
from marketplace.statistics.bulletins.building import Subject, standpoint_of
from marketplace.statistics.bulletins.cells import Line, lines_of
from marketplace.statistics.dimensions import dimension
from marketplace.statistics.reports.protocol import ReportTable
from marketplace.statistics.reports.r6_benefit import names_of_producers
from marketplace.statistics.rules.dominance import is_dominated
from marketplace.statistics.standpoint import in_months, known_then, seen_from

Amounts = dict[
    tuple[Any, ...], tuple[int, list[int]]
]  # whole and the largest, fen, by (producer, mode) or ()


def dominated_lines(
    session: Session, subject: Subject, table: ReportTable, known_at: datetime
) -> frozenset[Line]:
    """Lines of R6 of which accrued or proven benefit is dominated; none of other reports, which show no benefit."""
    if subject.report != "R6":
        return frozenset()
    names = names_of_producers(session, subject.period)
    titles = dimension("linkage_mode")
    known: set[tuple[str, str]] = set()
    whole = False
    with seen_from(standpoint_of(subject, known_at)):
        for contributions in (_accrued(subject), _proven(subject)):
            for key, (total_fen, largest) in _largest(session, contributions).items():
                if not is_dominated(total_fen, largest):
                    continue
                if key:
                    known.add((names.get(str(key[0]), ""), titles.title_of(key[1])))
                else:
                    whole = True
    return frozenset(
        line
        for line, row in lines_of(table)
        if (whole if line[0] == "total" else (str(row[0]), str(row[1])) in known)
    )


def _largest(session: Session, contributions: Select[*tuple[Any, ...]]) -> Amounts:
    """Whole and two largest contributions by producer and mode, and over all of them."""
    found: Amounts = {}
    each = contributions.subquery()
    for keys in ((each.c.producer_id, each.c.mode), ()):
        one = select(*keys, each.c.household_no, func.sum(each.c.fen).label("fen")).group_by(
            *keys, each.c.household_no
        )
        households = one.subquery()
        parts = [households.c[key.name] for key in keys]
        ranked = select(
            *parts,
            households.c.fen,
            func.sum(households.c.fen).over(partition_by=parts or None).label("whole"),
            func.row_number()
            .over(partition_by=parts or None, order_by=households.c.fen.desc())
            .label("rank"),
        ).subquery()
        largest: dict[tuple[Any, ...], list[int]] = defaultdict(list)
        for *key, fen, whole, _rank in session.execute(
            select(ranked).where(ranked.c.rank <= literal_column("2")).order_by(ranked.c.rank)
        ):
            largest[tuple(key)].append(int(fen))
            found[tuple(key)] = (int(whole), largest[tuple(key)])
    return found


def _accrued(subject: Subject) -> Select[*tuple[Any, ...]]:
    """What the statements of the closed months say that each household is owed."""
    return (
        select(
            Agreement.producer_id,
            Agreement.mode,
            HouseholdStatement.household_no,
            HouseholdStatement.benefit_fen.label("fen"),
        )
        .join(AgreementVersion, AgreementVersion.version_no == HouseholdStatement.version_no)
        .join(Agreement, Agreement.id == AgreementVersion.agreement_id)
        .where(within_area(Agreement.area_code, subject.area_code))
        .where(
            *in_months(
                HouseholdStatement.period, HouseholdStatement.earned_period, _january(subject), subject.period
            )
        )
    )


def _proven(subject: Subject) -> Select[*tuple[Any, ...]]:
    """What payment lists say that each household received."""
    return (
        select(
            Agreement.producer_id,
            Agreement.mode,
            PaymentListRow.household_no,
            PaymentListRow.amount_fen.label("fen"),
        )
        .join(PaymentList, PaymentList.id == PaymentListRow.list_id)
        .join(Agreement, Agreement.id == PaymentList.agreement_id)
        .where(known_then(PaymentList.created_at), within_area(Agreement.area_code, subject.area_code))
        .where(*in_months(PaymentList.period, None, _january(subject), subject.period))
    )


def _january(subject: Subject) -> str:
    return f"{subject.period[:4]}-01"
