"""Tasks at cabinets: made by rule, done once, shown on a photo; recalls reach every cabinet in reach."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from marketplace.accounts.models import InboxNotice
from marketplace.accounts.permissions import held
from marketplace.core.actor import Actor, system_actor
from marketplace.core.clock import frozen_at, utcnow
from marketplace.core.errors import Conflict, Forbidden, Invalid
from marketplace.core.ids import uuid7
from marketplace.core.models import StoredFile
from marketplace.intake.cabinets.models import CabinetTask
from marketplace.intake.cabinets.service import making, recalls, tasks
from marketplace.intake.cabinets.service.acting import Brought
from marketplace.intake.cabinets.service.tasks import Done
from tests.catalogue_world import NOON, World
from tests.support.reporting_device import Cabinet, open_cabinet
from tests.support.stocked_cabinet import balance, bring, keep_stock, shrinkage, sold


def made(cabinet: Cabinet) -> list[tuple[str, str, str, int, str]]:
    """(kind, cause, lot, units, state) of every task, by lot and state."""
    making.make_tasks(cabinet.session, cabinet.channel)
    rows = cabinet.session.scalars(
        select(CabinetTask)
        .where(CabinetTask.channel_id == cabinet.channel.id)
        .order_by(CabinetTask.lot_no, CabinetTask.state, CabinetTask.cause)
        .execution_options(populate_existing=True)
    )
    return [(one.kind, one.cause, one.lot_no, one.units, one.state) for one in rows]


def number_of(cabinet: Cabinet, cause: str) -> str:
    return cabinet.session.scalars(
        select(CabinetTask.number).where(
            CabinetTask.cause == cause, CabinetTask.state.in_(["open", "assigned"])
        )
    ).one()


def photo(cabinet: Cabinet, media_type: str = "image/jpeg") -> uuid.UUID:
    row = StoredFile(
        id=uuid7(),
        storage_key=str(uuid7()),
        original_name="下架.jpg",
        media_type=media_type,
        size_bytes=1,
        sha256=b"0" * 32,
        file_class="internal",
        owner_organisation_id=None,
        uploaded_by=None,
        created_at=utcnow(),
    )
    cabinet.session.add(row)
    cabinet.session.flush()
    return row.id


def test_a_slot_below_its_par_level_is_filled_up_once_and_the_task_follows_what_is_sold(
    cabinet: Cabinet,
) -> None:
    keep_stock(cabinet)
    bring(cabinet, 4)
    assert made(cabinet) == []
    with frozen_at(NOON + timedelta(hours=2)):
        cabinet.report(sold(cabinet, "A1", NOON + timedelta(hours=1), 2))
        assert made(cabinet) == made(cabinet) == [("restock", "par", "", 8, "open")]
        cabinet.report(sold(cabinet, "A2", NOON + timedelta(hours=1), 1))
        assert made(cabinet) == [("restock", "par", "", 9, "open")]
        bring(cabinet, 5)
        assert made(cabinet) == [("restock", "par", "", 9, "lapsed")]


def test_a_task_that_is_done_books_what_was_brought_and_what_was_counted_after_it(cabinet: Cabinet) -> None:
    keep_stock(cabinet)
    bring(cabinet, 2)
    made(cabinet)
    number = number_of(cabinet, "par")
    with pytest.raises(Invalid) as refused:
        tasks.complete(cabinet.session, system_actor(), number, Done(lines=[Brought(slot="B1", units=1)]))
    assert (refused.value.code, balance(cabinet)) == ("lines_elsewhere", 2_000)
    done = Done(lines=[Brought(slot="A1", units=8)], counts={"A1": 9})
    task = tasks.complete(cabinet.session, system_actor(), number, done)
    assert (task.state, task.done_units, balance(cabinet)) == ("done", 8, 9_000)
    assert shrinkage(cabinet) == [(-1_000, "count")]
    with pytest.raises(Conflict) as again:
        tasks.complete(cabinet.session, system_actor(), number, done)
    assert (again.value.code, balance(cabinet)) == ("task_over", 9_000)
    assert made(cabinet) == [("restock", "par", "", 8, "done")]


def test_a_lot_in_its_last_three_days_is_taken_out_with_a_photo(cabinet: Cabinet) -> None:
    keep_stock(cabinet)
    bring(cabinet, 3, lot_no="L1", expires_on=date(2020, 10, 3))
    bring(cabinet, 3, lot_no="L2", expires_on=date(2020, 10, 20))
    assert made(cabinet) == [("recall", "expiry", "L1", 3, "open")]
    number = number_of(cabinet, "expiry")
    for file_id, code in ((None, "evidence_missing"), (photo(cabinet, "text/csv"), "evidence_unknown")):
        with pytest.raises(Invalid) as refused:
            tasks.complete(cabinet.session, system_actor(), number, Done(units=3, file_id=file_id))
        assert (refused.value.code, balance(cabinet)) == (code, 6_000)
    tasks.complete(cabinet.session, system_actor(), number, Done(units=3, file_id=photo(cabinet)))
    assert balance(cabinet) == 3_000
    assert made(cabinet) == [("recall", "expiry", "L1", 3, "done")]


def test_goods_in_a_slot_that_is_planned_for_others_are_taken_out(cabinet: Cabinet) -> None:
    keep_stock(cabinet)
    bring(cabinet, 3)
    with frozen_at(NOON + timedelta(hours=1)):
        keep_stock(cabinet, {"A2": 0})
        assert made(cabinet) == [("recall", "unplanned", "", 3, "open")]


def test_a_recalled_lot_leaves_every_cabinet_in_reach_and_is_not_brought_until_it_is_lifted(
    cabinet: Cabinet,
) -> None:
    keep_stock(cabinet)
    bring(cabinet, 3, lot_no="L1")
    bring(cabinet, 3, lot_no="L2")
    session, product = cabinet.session, cabinet.product.id
    recalls.recall(session, system_actor(), product, "L1", reason="检出超标", area="650000")
    assert made(cabinet) == []
    found = recalls.recall(session, system_actor(), product, "L1", reason="检出超标", area="440100")
    assert made(cabinet) == [("recall", "recall", "L1", 3, "open")]
    with pytest.raises(Conflict) as refused:
        bring(cabinet, 1, lot_no="L1")
    assert (refused.value.code, balance(cabinet)) == ("lot_recalled", 6_000)
    bring(cabinet, 1, lot_no="L2")
    recalls.lift(session, system_actor(), found.number)
    with pytest.raises(Conflict):
        recalls.lift(session, system_actor(), found.number)
    assert made(cabinet) == [("recall", "recall", "L1", 3, "lapsed")]


def test_an_operator_recalls_from_its_own_cabinets_only(cabinet: Cabinet) -> None:

    own = World(cabinet.session).organisation("channel_operator")
    mine = open_cabinet(cabinet.session, operator_id=own.id)
    for one in (cabinet, mine):
        one.product, one.catalogue_no, one.supplier_uscc = (
            cabinet.product,
            cabinet.catalogue_no,
            cabinet.supplier_uscc,
        )
        keep_stock(one)
        bring(one, 3, lot_no="L1")
    operator = Actor(
        account_id=uuid7(),
        person_id=uuid7(),
        organisation_id=own.id,
        held=(held("channel_operator", organisation_id=own.id),),
    )
    recalls.recall(cabinet.session, operator, cabinet.product.id, "L1", reason="包装破损")
    assert [made(cabinet), made(mine)] == [[], [("recall", "recall", "L1", 3, "open")]]
    told = cabinet.session.scalars(
        select(InboxNotice.detail).where(InboxNotice.kind == "cabinet_tasks")
    ).all()
    assert told == [{"tasks": 1}]
    with pytest.raises(Forbidden):
        recalls.recall(cabinet.session, operator, cabinet.product.id, "L1", reason="包装破损", area="440100")
