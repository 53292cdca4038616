"""What producers publish: each change once, with exactly its ids, and nothing when it is refused."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.core.actor import system_actor
from marketplace.core.errors import AlreadyExists, InvalidMany, PreconditionFailed
from marketplace.core.sheets.export import write_csv
from marketplace.producers.facts import ProducerChanged, ProductRenamed, ProductsChanged
from marketplace.producers.models import Producer, Product
from marketplace.producers.rules import ProductDraft
from marketplace.producers.service import imports, producers, products
from marketplace.producers.service.contacts import Contacts
from marketplace.producers.service.imports import ImportOptions
from tests.support.ear import listening_to, taken

SYSTEM = system_actor()
POMELO = ProductDraft(name="金柚", category_code="010101", spec="5斤装", unit="箱", origin_area="441403")
HEADINGS = ("统一社会信用代码", "产品名称", "品类", "规格", "计量单位", "产地")


@pytest.fixture
def heard() -> Iterator[list[Any]]:
    with listening_to(ProductsChanged, ProductRenamed, ProducerChanged) as facts_heard:
        yield facts_heard


def test_a_product_that_is_registered_amended_or_withdrawn_is_told_of(
    session: Session, producer: Producer, heard: list[Any]
) -> None:
    product = products.register(session, SYSTEM, producer, POMELO)
    products.amend(session, SYSTEM, product.id, {"description": "果大皮薄"}, 1)
    products.withdraw(session, SYSTEM, product.id, 2)
    assert heard == [ProductsChanged((product.id,))] * 3


def test_a_product_that_is_renamed_is_told_of_with_its_former_name(
    session: Session, producer: Producer, heard: list[Any]
) -> None:
    product = products.register(session, SYSTEM, producer, POMELO)
    taken(heard)
    products.amend(session, SYSTEM, product.id, {"name": "梅县金柚"}, 1)
    assert taken(heard) == [
        ProductsChanged((product.id,)),
        ProductRenamed(product.id, "金柚", "梅县金柚"),
    ]
    products.amend(session, SYSTEM, product.id, {"name": "梅县金柚", "brand": "众信"}, 2)
    assert heard == [ProductsChanged((product.id,))]


def test_a_change_of_a_product_that_is_refused_is_not_told_of(
    session: Session, producer: Producer, heard: list[Any]
) -> None:
    product = products.register(session, SYSTEM, producer, POMELO)
    taken(heard)
    with pytest.raises(AlreadyExists), session.begin_nested():
        products.register(session, SYSTEM, producer, POMELO)
    with pytest.raises(InvalidMany):
        products.amend(session, SYSTEM, product.id, {"description": "\x07"}, 1)
    with pytest.raises(PreconditionFailed):
        products.amend(session, SYSTEM, product.id, {"brand": "众信"}, 7)
    with pytest.raises(PreconditionFailed):
        products.withdraw(session, SYSTEM, product.id, 7)
    assert heard == []


def test_an_import_tells_once_of_what_it_added_and_not_of_what_was_known_or_refused(
    session: Session, producer: Producer, heard: list[Any]
) -> None:
    def run(names: list[str], category: str = "柚", **options: bool) -> None:
        rows = [[producer.uscc, name, category, "5斤装", "箱", "441403"] for name in names]
        imports.run(session, SYSTEM, imports.read(write_csv(HEADINGS, rows)), ImportOptions(**options))

    run(["金柚", "蜜柚"], dry_run=True)
    run(["金柚", "蜜柚"], category="火车")
    assert heard == []
    run(["金柚", "蜜柚"])
    both = tuple(session.scalars(select(Product.id).order_by(Product.id)))
    assert len(both) == 2
    assert taken(heard) == [ProductsChanged(both)]
    run(["金柚", "蜜柚"])
    assert heard == []
    run(["金柚", "沙田柚"])
    new = session.scalars(select(Product.id).where(Product.name == "沙田柚")).one()
    assert heard == [ProductsChanged((new,))]


def test_a_dossier_is_told_of_when_what_it_shows_changes_and_not_for_its_contacts(
    session: Session, producer: Producer, heard: list[Any]
) -> None:
    producers.amend(session, SYSTEM, producer.id, {}, 1, Contacts(contact_name="李四"))
    assert heard == []
    producers.amend(session, SYSTEM, producer.id, {"is_832_supplier": True}, 2)
    assert taken(heard) == [ProducerChanged(producer.id)]
    session.get_one(Organisation, producer.organisation_id).name = "梅县区众信果业专业合作社"
    producers.amend(session, SYSTEM, producer.id, {}, 3)
    assert taken(heard) == [ProducerChanged(producer.id)]
    with pytest.raises(PreconditionFailed):
        producers.amend(session, SYSTEM, producer.id, {"is_832_supplier": False}, 3)
    assert heard == []


def test_products_of_other_producers_are_not_told_of(
    session: Session, producer: Producer, make_producer: Callable[..., Producer], heard: list[Any]
) -> None:
    other = make_producer(session, "大埔县柚之香农场合作社", 2, "441422")
    products.register(session, SYSTEM, other, replace(POMELO, origin_area="441422"))
    mine: uuid.UUID = products.register(session, SYSTEM, producer, POMELO).id
    assert heard[1:] == [ProductsChanged((mine,))]
