"""Lists of tasks and findings as files for people, oldest first."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Select
from sqlalchemy.orm import Session

from marketplace.core.clock import SHANGHAI
from marketplace.core.errors import Conflict
from marketplace.core.sheets.export import Value, write_csv, write_xlsx
from marketplace.intake.cabinets.models import CabinetFinding, CabinetTask
from marketplace.intake.cabinets.rules.work import CAUSES
from marketplace.intake.cabinets.service.findings import KINDS

MOST_ROWS: Final = 50_000
TASK_KINDS: Final = {"restock": "补货", "recall": "下架"}
TASK_STATES: Final = {"open": "待办", "assigned": "已派", "done": "已办", "lapsed": "已失效"}
FINDING_STATES: Final = {"open": "待查", "explained": "已由后到数据解释", "closed": "已办结"}
_TASKS: Final = (
    "任务编号", "销售点", "设备", "货道", "商品", "种类", "原因", "批次", "数量", "期限", "状态", "完成数量", "备注",
)  # fmt: skip
_FINDINGS: Final = (
    "线索编号", "销售点", "设备", "商品", "种类", "起始时间", "在柜数量", "售出或已订数量", "相差", "货道", "批次",
    "保质期至", "状态", "处理意见",
)  # fmt: skip


def task_file(session: Session, statement: Select[*tuple[Any, ...]], file_format: str) -> bytes:
    """The tasks of a `reading.tasks_seen` as csv or xlsx. Conflict (``too_many_rows``) above 50,000."""
    found = _rows(session, statement.order_by(CabinetTask.id))
    return _written(file_format, _TASKS, [_task(row) for row in found], "任务")


def finding_file(session: Session, statement: Select[*tuple[Any, ...]], file_format: str) -> bytes:
    """The findings of a `reading.findings_seen` as csv or xlsx; quantities in units. Conflict as `task_file`."""
    found = _rows(session, statement.order_by(CabinetFinding.id))
    return _written(file_format, _FINDINGS, [_finding(row) for row in found], "线索")


def _rows(session: Session, statement: Select[*tuple[Any, ...]]) -> Sequence[Any]:
    found = session.execute(statement.limit(MOST_ROWS + 1)).all()
    if len(found) > MOST_ROWS:
        raise Conflict("too_many_rows", "行数过多,请缩小范围")
    return found


def _written(file_format: str, headings: Sequence[str], rows: list[list[Value]], name: str) -> bytes:
    return write_csv(headings, rows) if file_format == "csv" else write_xlsx(headings, rows, sheet_name=name)


def _task(row: Any) -> list[Value]:
    one: CabinetTask = row.CabinetTask
    return [
        one.number,
        row.channel_code,
        row.device_code,
        one.slot_code,
        one.goods_name,
        TASK_KINDS[one.kind],
        CAUSES[one.cause],
        one.lot_no,
        one.units,
        one.due_on,
        TASK_STATES[one.state],
        one.done_units,
        one.note,
    ]


def _finding(row: Any) -> list[Value]:
    one: CabinetFinding = row.CabinetFinding
    return [
        one.number,
        row.channel_code,
        row.device_code,
        one.goods_name,
        KINDS[one.kind],
        one.since.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S"),
        _units(one.there_milli),
        _units(one.sold_milli),
        _units(one.sold_milli - one.there_milli),
        one.slot_code,
        one.lot_no,
        one.expires_on,
        FINDING_STATES[one.state],
        one.opinion,
    ]


def _units(milli: int) -> int | Decimal:
    whole, rest = divmod(milli, 1_000)
    return Decimal(milli).scaleb(-3).normalize() if rest else whole
