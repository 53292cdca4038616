"""Payment lists prove what households received; twice is once."""

import uuid
from datetime import date
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from marketplace.beneficiaries.models import PaymentList, PaymentListRow
from marketplace.beneficiaries.service import NewPaymentList, import_list, proven
from marketplace.core.errors import Invalid, InvalidMany, NotFound


@pytest.fixture
def linked(world: Any) -> tuple[Any, list[int], str]:
    numbers = world.households(3)
    agreement = world.agreement()
    world.approved(agreement, world.version([(n, 1) for n in numbers]))
    return world, numbers, agreement.number


def wages(rows: list[tuple[int, int]], **changes: Any) -> NewPaymentList:
    values: dict[str, Any] = {
        "kind": "wages",
        "paid_on": date(2020, 9, 10),
        "document_no": "工资表9月",
        "rows": rows,
    }
    return NewPaymentList(**values | changes)


def test_a_list_is_stored_once_and_counts_by_agreement_and_month(linked: Any, count: Any) -> None:
    world, numbers, agreement = linked
    rows = [(numbers[0], 2_000_00), (numbers[1], 1_500_00)]
    first, new = import_list(world.session, world.officer, agreement, wages(rows))
    again, repeated = import_list(world.session, world.clerk, agreement, wages(rows[::-1]))
    assert (new, repeated, again.id) == (True, False, first.id)
    assert (first.total_fen, first.households, first.period) == (3_500_00, 2, "2020-09")
    import_list(world.session, world.officer, agreement, wages([(numbers[0], 1)], document_no="补发"))
    found = proven(world.session, ["2020-09", "2020-10"])
    assert [(p.period, p.total_fen, list(p.household_nos)) for p in found] == [
        ("2020-09", 3_500_01, numbers[:2])
    ]
    assert count(PaymentList) == 2


def test_each_bad_row_is_named_and_none_is_imported(linked: Any, count: Any) -> None:
    world, numbers, agreement = linked
    rows = [(numbers[0], 100), (numbers[0], 100), (10**9, 100), (numbers[1], 0)]
    with pytest.raises(InvalidMany) as caught:
        import_list(world.session, world.officer, agreement, wages(rows))
    assert [(f.pointer, f.code) for f in caught.value.fields] == [
        ("/rows/1", "household_twice"),
        ("/rows/2", "household"),
        ("/rows/3/amount_fen", "amount"),
    ]
    assert count(PaymentList) == count(PaymentListRow) == 0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"kind": "gift"}, "kind"),
        ({"paid_on": date(2020, 9, 16)}, "paid_on"),
        ({"evidence_file_id": uuid.UUID(int=1)}, "evidence_file"),
    ],
)
def test_a_list_needs_a_known_kind_a_past_day_and_a_real_file(
    linked: Any, count: Any, change: dict[str, Any], code: str
) -> None:
    world, numbers, agreement = linked
    with pytest.raises(Invalid, match=code):
        import_list(world.session, world.officer, agreement, wages([(numbers[0], 1)], **change))
    assert count(PaymentList) == 0


def test_an_empty_list_proves_nothing_and_a_stranger_imports_none(linked: Any) -> None:
    world, numbers, agreement = linked
    with pytest.raises(InvalidMany):
        import_list(world.session, world.officer, agreement, wages([]))
    with pytest.raises(NotFound):
        import_list(
            world.session, world.actor("county_officer", "441422"), agreement, wages([(numbers[0], 1)])
        )


def test_a_stored_list_is_never_edited(linked: Any) -> None:
    world, numbers, agreement = linked
    stored, _ = import_list(world.session, world.officer, agreement, wages([(numbers[0], 1)]))
    stored.total_fen = 2
    with pytest.raises(DBAPIError, match="permission denied"):
        world.session.flush()
    world.session.rollback()
