"""Orders and lines that somebody else reported too: what is left of them is nothing, so they are not counted.

An order is left out of a cell in which its sales stand and, with what was taken back of it there, come to nothing, a part of it
because it was told twice. What buyers gave back leaves an order counted, as it always did. A closed month, asked alone, keeps its
count: the correction stands in a later one. Source: docs/rules.md, "Measures".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, func, literal_column, select, tuple_

from marketplace.attribution.models import Entry
from marketplace.attribution.service.reverse import DUPLICATE
from marketplace.statistics.conditions import conditions, grouped
from marketplace.statistics.dimensions import Dimension
from marketplace.statistics.measure import Measure
from marketplace.statistics.question import Question

_E: Final = Entry.__table__.c


def _told_twice() -> ColumnElement[bool]:
    return and_(_E.kind == "correction", _E.reason == DUPLICATE)


def counted(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """How many different ones sales have."""
    return func.count(column.distinct()).filter(_E.kind == "sale")


SOLD: Final = (
    Measure(
        "orders",
        "订单数",
        "",
        "count",
        lambda: counted(_E.order_id),
        definition_zh="有销售入账的订单;因重复申报冲减后净额为零的不计,退货退款的仍计",
        subject=lambda: _E.order_id,
    ),
    Measure(
        "lines",
        "订单行数",
        "",
        "count",
        lambda: counted(_E.line_id),
        definition_zh="有销售入账的订单行;因重复申报冲减后净额为零的不计,退货退款的仍计",
        subject=lambda: _E.line_id,
    ),
)
#: Asked beside the counts: whether there is anything to leave out at all.
FALLEN: Final = Measure("_fallen", "", "", "count", lambda: func.count().filter(_told_twice()))


def undone(question: Question, dimensions: Sequence[Dimension], subject: ColumnElement[Any]) -> Select[Any]:
    """Rows of: whether it is the total (not 0), the dimensions' values, how many of `subject` are to be left out of the cell."""
    columns = [one.column(question.level) for one in dimensions]
    fallen = select(subject).where(*conditions(question), _told_twice()).correlate(None)
    net = (
        select(
            (func.grouping(*columns) if columns else literal_column("1")).label("is_total"),
            *grouped(question, dimensions),
            subject.label("subject"),
        )
        .where(*conditions(question), subject.in_(fallen))
        .having(
            func.sum(_E.sale_fen) == 0,
            func.count().filter(_E.kind == "sale") > 0,
            func.count().filter(_told_twice()) > 0,
        )
    )
    sets = func.grouping_sets(tuple_(*columns, subject), tuple_(subject)) if columns else subject
    cells = net.group_by(sets).subquery("net")
    keys = [cells.c.is_total, *(cells.c[f"d{number}"] for number in range(len(columns)))]
    return select(*keys, func.count().label("count")).group_by(*keys)
