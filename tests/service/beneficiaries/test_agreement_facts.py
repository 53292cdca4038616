"""What is published of agreements: exactly the products that a decision concerns, and nothing before or without one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from marketplace.beneficiaries.facts import AgreementsChanged
from marketplace.beneficiaries.service import (
    Coverage,
    draft_version,
    end_version,
    refuse_version,
    submit_version,
)
from marketplace.core.errors import Conflict, DomainError
from tests.support.county import World, make_producer
from tests.support.ear import listening_to, taken


@pytest.fixture
def heard() -> Iterator[list[Any]]:
    with listening_to(AgreementsChanged) as facts_heard:
        yield facts_heard


def test_an_approval_tells_of_the_products_of_the_new_version_and_of_the_one_it_ends(
    world: World, heard: list[Any]
) -> None:
    agreement = world.agreement()
    roster = [(number, 1) for number in world.households(2)]
    second = make_producer(world.session, "另一合作社(演示)", product="茶")[1]
    second.producer_id = world.producer.id
    world.session.flush()
    world.approved(agreement, world.version(roster))
    assert taken(heard) == [AgreementsChanged(product_ids=(world.product.id,))]
    only_second = [Coverage(second.id, 1_000, "raw_material", "收购台账")]
    world.approved(agreement, world.version(roster, from_day=date(2020, 10, 1), products=only_second))
    assert heard == [AgreementsChanged(product_ids=tuple(sorted([world.product.id, second.id])))]


def test_an_end_is_told_of_and_a_refused_one_is_not(world: World, heard: list[Any]) -> None:
    agreement = world.agreement()
    version = world.approved(agreement, world.version([(world.households(1)[0], 1)], to_day=date(2021, 1, 1)))
    taken(heard)
    with pytest.raises(DomainError):
        end_version(
            world.session, world.officer, agreement.number, 1, to_day=date(2021, 6, 1), document_no="文"
        )
    assert heard == []
    end_version(world.session, world.officer, agreement.number, 1, to_day=date(2020, 12, 1), document_no="文")
    assert heard == [AgreementsChanged(product_ids=(world.product.id,))]
    assert version.valid.upper == date(2020, 12, 1)


def test_a_draft_its_submission_and_its_refusal_are_not_told_of(world: World, heard: list[Any]) -> None:
    agreement = world.agreement()
    new = world.version([(world.households(1)[0], 1)])
    draft_version(world.session, world.clerk, agreement.number, new)
    submit_version(world.session, world.clerk, agreement.number, 1)
    refuse_version(world.session, world.officer, agreement.number, 1, opinion="佐证不足")
    assert heard == []


def test_an_approval_that_overlaps_is_not_told_of(world: World, heard: list[Any]) -> None:
    agreement = world.agreement()
    roster = [(world.households(1)[0], 1)]
    world.approved(agreement, world.version(roster, from_day=date(2020, 10, 1)))
    taken(heard)
    with pytest.raises(Conflict), world.session.begin_nested():
        world.approved(agreement, world.version(roster, from_day=date(2020, 9, 15)))
    assert heard == []
