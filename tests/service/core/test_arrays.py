"""Many values as one parameter arrive as the values that were given."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Date, Text, Uuid, bindparam, func, select
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from marketplace.core.arrays import Many
from marketplace.core.ids import uuid7


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (Text(), ["", "NULL", '"', "\\", "a,b", "{x}", " 前后 ", "行\n\t", "it's", "%s", "𠮷"]),
        (Uuid(), [uuid7(), uuid7()]),
        (Date(), [date(2020, 2, 29), date(1, 1, 1), date(9999, 12, 31)]),
        (Text(), []),
    ],
)
def test_the_values_come_back_one_by_one(
    session: Session, kind: TypeEngine[object], values: list[object]
) -> None:
    given = func.unnest(bindparam("given", type_=Many(kind)), type_=kind)
    assert list(session.scalars(select(given), {"given": values})) == values


def test_a_set_is_taken_as_well(session: Session) -> None:
    given = func.unnest(bindparam("given", type_=Many(Text())), type_=Text())
    assert set(session.scalars(select(given), {"given": {"a", "b"}})) == {"a", "b"}
