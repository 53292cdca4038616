"""R6 带贫成效表: producer × linkage mode, what households were owed and what they demonstrably received.

Accrued and proven stand beside each other with the gap; what a village collective keeps is not in the household average.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import ClassVar, Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from marketplace.attribution.models import Entry
from marketplace.core.clock import period_days
from marketplace.core.history import held_at
from marketplace.core.money import ratio_bp, round_half_up
from marketplace.statistics.dimensions import dimension
from marketplace.statistics.query import Question, ask
from marketplace.statistics.reports.as_of import last_moment_of, producers_over_time
from marketplace.statistics.reports.protocol import UNKNOWN, Column, ReportRequest, ReportTable, Value

COLUMNS: Final = (
    Column("producer", "带贫主体", "text"),
    Column("mode", "利益联结模式", "text"),
    Column("households", "覆盖户数", "count"),
    Column("persons", "覆盖人数", "count"),
    Column("accrued", "应计收益", "fen"),
    Column("proven", "实证收益", "fen"),
    Column("gap", "应计未证", "fen"),
    Column("benefited", "受益户数(实证)", "count"),
    Column("per_household", "户均实证收益", "fen"),
    Column("per_person", "人均实证收益", "fen"),
    Column("evidence", "实证覆盖率(%)", "bp"),
    Column("village", "村集体留存", "fen"),
)


class BenefitReport:
    """R6."""

    code: ClassVar[str] = "R6"
    title_zh: ClassVar[str] = "带贫成效表"

    def build(self, session: Session, request: ReportRequest) -> ReportTable:
        """One row per producer and mode with benefit or coverage this year; the total counts each household once."""
        base = Question(
            measures=(
                "benefit_accrued",
                "benefit_proven",
                "benefit_gap",
                "benefit_village",
                "households_benefited",
                "persons_benefited",
            ),
            by=("producer", "linkage_mode"),
            level=request.level,
            from_period=f"{request.period[:4]}-01",
            to_period=request.period,
            area=request.area,
            areas=request.areas,
            on=period_days(request.period)[1] - timedelta(days=1),
        )
        benefit = ask(session, base)
        covered = ask(session, replace(base, measures=("households_covered", "persons_covered")))
        names = names_of_producers(session, request.period)
        heads = {row.key: row.figures for row in covered.rows}
        rows = [
            _row(
                names.get(str(row.key[0]), UNKNOWN),
                dimension("linkage_mode").title_of(row.key[1]),
                row.figures,
                heads.get(row.key, {}),
            )
            for row in benefit.rows
            if row.key[1] is not None
        ]
        rows.sort(key=lambda row: (str(row[0]), str(row[1])))
        total = _row("合计", "", benefit.total, covered.total)
        notes = [
            "应计按协议公式;实证以发放清单为准,两者不混用。合计户数同一户只计一次。",
            "户均、人均按受益户及其人口;村集体留存为已关账月份,不计入户均。",
        ]
        return ReportTable(COLUMNS, rows, total, notes, benefit.position, benefit.last_entry)


def names_of_producers(session: Session, period: str) -> dict[str, str]:
    """What producers were called in the last entry up to the month: frozen, so that a renamed one changes no closed month.

    A producer without entries by then has the name that its dossier had at the month's end.
    """
    dossiers = producers_over_time()
    held = select(dossiers.c.producer_id, dossiers.c.name).where(held_at(dossiers, last_moment_of(period)))
    names = {str(one): name for one, name in session.execute(held)}
    frozen = (
        select(Entry.producer_id, Entry.producer_name)
        .ext(distinct_on(Entry.producer_id))
        .where(Entry.period <= period)
        .order_by(Entry.producer_id, Entry.entry_no.desc())
    )
    return names | {str(one): name for one, name in session.execute(frozen)}


def _row(
    producer: str, mode: str, benefit: dict[str, int | None], heads: dict[str, int | None]
) -> list[Value]:
    proven, households = benefit["benefit_proven"] or 0, benefit["households_benefited"] or 0
    persons, evidence = benefit["persons_benefited"] or 0, ratio_bp(proven, benefit["benefit_accrued"])
    return [
        producer,
        mode,
        heads.get("households_covered", 0),
        heads.get("persons_covered", 0),
        benefit["benefit_accrued"],
        proven,
        benefit["benefit_gap"],
        households,
        round_half_up(proven, households) if households else UNKNOWN,
        round_half_up(proven, persons) if persons else UNKNOWN,
        UNKNOWN if evidence is None else evidence,
        benefit["benefit_village"],
    ]
