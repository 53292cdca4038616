"""Who stands behind a product on a day: distinct households over agreements, and the days on which that turns."""

from __future__ import annotations

import uuid
from datetime import date

from sqlalchemy import event

from marketplace.beneficiaries.service import Coverage, end_version
from marketplace.beneficiaries.service.active import Helped, agreements_turning, households_behind
from tests.support.county import World, make_producer

DAY = date(2020, 9, 15)


def other_product(world: World, name: str) -> uuid.UUID:
    """A second product of the same producer."""
    product = make_producer(world.session, f"{name}合作社(演示)", product=name)[1]
    product.producer_id = world.producer.id
    world.session.flush()
    return product.id


def test_a_household_of_two_agreements_counts_once_and_both_modes_are_named(world: World) -> None:
    numbers = world.households(6)
    tea = other_product(world, "茶")
    bare = other_product(world, "米")
    both = [Coverage(one, 1_000, "raw_material", "收购台账") for one in (world.product.id, tea)]
    world.approved(world.agreement(), world.version([(n, 1) for n in numbers[:4]], products=both))
    taught = [Coverage(world.product.id, None)]
    training = {"terms": {"sessions_per_year": 4}, "products": taught}
    world.approved(
        world.agreement("technical_support"), world.version([(n, 1) for n in numbers[2:]], **training)
    )
    sent: list[str] = []
    connection = world.session.connection()

    def write_down(_c: object, _u: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(connection, "before_cursor_execute", write_down)
    found = households_behind(world.session, [world.product.id, tea, bare, uuid.uuid4()], DAY)
    event.remove(connection, "before_cursor_execute", write_down)
    assert len(sent) == 1
    assert found == {
        world.product.id: Helped(("sales_rebate", "technical_support"), 6),
        tea: Helped(("sales_rebate",), 4),
    }


def test_only_approved_versions_in_force_on_the_day_stand_behind_a_product(world: World) -> None:
    numbers = world.households(3)
    agreement = world.agreement()
    product = world.product.id

    def on(day: date) -> Helped | None:
        return households_behind(world.session, [product], day).get(product)

    world.approved(agreement, world.version([(n, 1) for n in numbers[:2]]))
    world.approved(agreement, world.version([(n, 1) for n in numbers], from_day=date(2020, 10, 1)))
    end_version(world.session, world.officer, agreement.number, 2, to_day=date(2020, 12, 1), document_no="文")
    assert on(date(2020, 8, 31)) is None
    assert on(date(2020, 9, 1)) == on(date(2020, 9, 30)) == Helped(("sales_rebate",), 2)
    assert on(date(2020, 10, 1)) == on(date(2020, 11, 30)) == Helped(("sales_rebate",), 3)
    assert on(date(2020, 12, 1)) is None
    assert households_behind(world.session, [], DAY) == {}


def test_a_product_turns_on_the_first_day_of_a_version_and_on_the_day_after_its_last(world: World) -> None:
    product = world.product.id
    tea = other_product(world, "茶")
    roster = [(world.households(1)[0], 1)]
    world.approved(world.agreement(), world.version(roster, to_day=date(2020, 11, 1)))
    later = [Coverage(tea, 1_000, "raw_material", "收购台账")]
    world.approved(world.agreement(), world.version(roster, from_day=date(2020, 10, 1), products=later))

    def turning(after: date, until: date) -> list[uuid.UUID]:
        return agreements_turning(world.session, after, until)

    assert turning(date(2020, 8, 30), date(2020, 8, 31)) == []
    assert turning(date(2020, 8, 31), date(2020, 9, 1)) == [product]
    assert turning(date(2020, 9, 1), date(2020, 9, 30)) == []
    assert turning(date(2020, 9, 30), date(2020, 10, 1)) == [tea]
    assert turning(date(2020, 10, 31), date(2020, 11, 1)) == [product]
    assert turning(date(2020, 8, 31), date(2020, 12, 31)) == sorted([product, tea])
