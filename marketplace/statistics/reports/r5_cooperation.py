"""R5 东西部协作消费协作表: helper × helped area, from what each sale froze; never derived from origin alone.

农畜牧产品 and 特色手工艺产品 apart, services left out of every column (docs/rules.md, "Consumption cooperation").
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar, Final

from sqlalchemy.orm import Session

from marketplace.core.actor import area_prefix
from marketplace.core.clock import period_days
from marketplace.core.money import ratio_bp
from marketplace.statistics.dimensions import LEVELS, area_title
from marketplace.statistics.query import Question, ask
from marketplace.statistics.reports.protocol import UNKNOWN, Column, ReportRequest, ReportTable, Value
from marketplace.statistics.targets import pair_targets_of

COLUMNS: Final = (
    Column("helper", "帮扶方", "text"),
    Column("helped", "被帮扶方", "text"),
    Column("target", "协议目标", "fen"),
    Column("produce", "农畜牧产品金额", "fen"),
    Column("crafts", "特色手工艺产品金额", "fen"),
    Column("total", "合计", "fen"),
    Column("platform_832", "其中:832平台", "fen"),
    Column("brokered", "其中:帮助销售", "fen"),
    Column("households", "带动户数", "count"),
    Column("on_file", "其中:建档立卡及脱贫户", "count"),
    Column("persons_file", "带动脱贫人口", "count"),
    Column("completion", "完成率(%)", "bp"),
)
CRAFTS: Final = "16"  # first level of data/categories.csv: 农村手工艺品
SERVICES: Final = "17"  # 乡村旅游, left out


class CooperationReport:
    """R5."""

    code: ClassVar[str] = "R5"
    title_zh: ClassVar[str] = "东西部协作消费协作表"

    def build(self, session: Session, request: ReportRequest) -> ReportTable:
        """One row per helper city and helped city with sales this year, in the buyer's view of the helper."""
        base = Question(
            measures=("consumption_aid_amount",),
            by=("helper_area", "origin"),
            level=request.level,
            from_period=f"{request.period[:4]}-01",
            to_period=request.period,
            area=request.area,
            areas=request.areas,
            view=request.view,
            without_goods=(SERVICES,),
            on=period_days(request.period)[1] - timedelta(days=1),
        )
        whole = ask(
            session,
            replace(
                base,
                measures=(
                    "consumption_aid_amount",
                    "brokered_sale",
                    "households_covered",
                    "households_covered_file",
                    "persons_covered_file",
                ),
            ),
        )
        by_goods = ask(session, replace(base, by=("helper_area", "origin", "category")))
        platform = ask(session, replace(base, filters={"channel_kind": "platform_832"}))
        crafts = _crafts(by_goods.rows)
        on_platform = {row.key: row.figures["consumption_aid_amount"] or 0 for row in platform.rows}
        agreed = pair_targets_of(session, int(request.period[:4]), "cooperation_amount")
        # A helper above the level (广东省 among cities) keeps its own code, cut to the length of the rows' keys.
        length = LEVELS[request.level]
        targets = {
            (helper[:length], helped[:length]): fen
            for (helper, helped), fen in agreed.items()
            if max(len(area_prefix(helper)), len(area_prefix(helped))) <= length
        }
        rows: list[list[Value]] = []
        keys: list[str] = []
        for row in whole.rows:
            if row.key[0] is None:
                continue
            total = row.figures["consumption_aid_amount"] or 0
            target = targets.get(row.key)
            keys.append(f"{row.key[0]}>{row.key[1]}")
            rows.append(
                [
                    area_title(row.key[0]),
                    area_title(row.key[1]),
                    UNKNOWN if target is None else target,
                    total - crafts[row.key],
                    crafts[row.key],
                    total,
                    on_platform.get(row.key, 0),
                    row.figures["brokered_sale"],
                    row.figures["households_covered"],
                    row.figures["households_covered_file"],
                    row.figures["persons_covered_file"],
                    UNKNOWN if target is None else ratio_bp(total, target),
                ]
            )
        notes = ["帮扶方为下单时冻结的结对关系;不含旅游等服务。各行户数不可相加。"]
        return ReportTable(COLUMNS, rows, None, notes, whole.position, whole.last_entry, keys=keys)


def _crafts(rows: list[Any]) -> dict[Any, int]:
    found: dict[Any, int] = defaultdict(int)
    for row in rows:
        helper, origin, category = row.key
        if str(category).startswith(CRAFTS):
            found[helper, origin] += row.figures["consumption_aid_amount"] or 0
    return found
