"""Levy statements as both sides read them, by channel and month; as a file; and whether they are the sum of their charges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Select, func, select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.catalogue.models import Channel
from marketplace.core.actor import Actor
from marketplace.core.errors import NotFound
from marketplace.core.money import yuan
from marketplace.core.scope import visible
from marketplace.core.sheets.export import Value, write_csv, write_xlsx
from marketplace.payments.models import LevyStatement, LevyStatementLine, LineCharge
from marketplace.payments.service.book_reading import READ

HEADINGS: Final = (
    "销售点编号",
    "销售点",
    "所属期",
    "类型",
    "笔数",
    "比例(万分比)",
    "普通商品销售额(元)",
    "帮扶金(元)",
)
_DIFFERENCE: Final = sql("""
    SELECT 'levy statement ' || s.number || ': ' || s.total_fen || ', charges ' || coalesce(sum(c.charge_fen), 0)
    FROM payments.levy_statement s
    LEFT JOIN payments.levy_statement_line l ON l.statement_id = s.id
    LEFT JOIN payments.line_charge c ON c.charge_no = l.charge_no
    GROUP BY s.id, s.number, s.total_fen, s.base_fen, s.earlier_base_fen
    HAVING coalesce(sum(c.charge_fen), 0) <> s.total_fen
        OR coalesce(sum(c.base_fen), 0) <> s.base_fen + s.earlier_base_fen
    UNION ALL
    SELECT 'charge ' || l.charge_no || ' is in ' || count(*) || ' agreed statements'
    FROM payments.levy_statement_line l
    JOIN payments.levy_statement s ON s.id = l.statement_id AND s.state = 'agreed'
    GROUP BY l.charge_no HAVING count(*) > 1
    ORDER BY 1 LIMIT 1
""")


@dataclass(frozen=True, slots=True)
class StatementItem:
    """What a statement holds of a channel, month and rate: ordinary sales less refunds, and the levy on them (fen)."""

    channel_code: str | None
    channel_name: str | None
    period: str
    is_adjustment: bool
    lines: int
    rate_bp: int
    base_fen: int
    levy_fen: int


def statements_seen(
    actor: Actor, *, period: str | None = None, state: str | None = None
) -> Select[LevyStatement, str]:
    """Statements with the operator's name that the actor may see, unsorted, for a paged list."""
    statement = (
        select(LevyStatement, Organisation.name)
        .join(Organisation, Organisation.id == LevyStatement.operator_id)
        .where(visible(actor, READ, area=Organisation.area_code, owners=[Organisation.id]))
    )
    if period is not None:
        statement = statement.where(LevyStatement.period == period)
    return statement if state is None else statement.where(LevyStatement.state == state)


def statement_seen(session: Session, actor: Actor, number: str) -> tuple[LevyStatement, str]:
    """A statement with the operator's name. NotFound (``levy_statement_not_found``)."""
    row = session.execute(statements_seen(actor).where(LevyStatement.number == number)).one_or_none()
    if row is None:
        raise NotFound("levy_statement_not_found", "没有这张对账单")
    return row[0], row[1]


def items_of(session: Session, statement: LevyStatement) -> list[StatementItem]:
    """What the statement holds, its own month first; as it was drawn up, whatever has come since."""
    rows = session.execute(
        select(
            Channel.code,
            Channel.name,
            LineCharge.period,
            LineCharge.rate_bp,
            func.count(func.distinct(LineCharge.line_id)),
            func.sum(LineCharge.base_fen),
            func.sum(LineCharge.charge_fen),
        )
        .join(LevyStatementLine, LevyStatementLine.charge_no == LineCharge.charge_no)
        .outerjoin(Channel, Channel.id == LineCharge.channel_id)
        .where(LevyStatementLine.statement_id == statement.id)
        .group_by(Channel.code, Channel.name, LineCharge.period, LineCharge.rate_bp)
        .order_by(LineCharge.period.desc(), Channel.code, LineCharge.rate_bp)
    )
    return [
        StatementItem(code, name, period, period != statement.period, lines, rate, int(base), int(levy))
        for code, name, period, rate, lines, base, levy in rows
    ]


def statement_file(session: Session, statement: LevyStatement, file_format: str) -> bytes:
    """The statement's items and its total as csv or xlsx; amounts in yuan."""
    rows: list[list[Value]] = [
        [
            one.channel_code,
            one.channel_name,
            one.period,
            "以前月份调整" if one.is_adjustment else "本月",
            one.lines,
            one.rate_bp,
            yuan(one.base_fen),
            yuan(one.levy_fen),
        ]
        for one in items_of(session, statement)
    ]
    base = yuan(statement.base_fen + statement.earlier_base_fen)
    rows.append(["合计", None, None, None, statement.lines, None, base, yuan(statement.total_fen)])
    if file_format == "csv":
        return write_csv(HEADINGS, rows)
    return write_xlsx(HEADINGS, rows, sheet_name="帮扶金对账单")


def levy_differences(session: Session) -> str | None:
    """The first statement that is not the sum of its charges, or charge that was agreed twice; None."""
    found = session.scalar(_DIFFERENCE)
    return None if found is None else str(found)
