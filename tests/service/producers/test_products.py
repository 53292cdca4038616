"""Products of a dossier."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor, system_actor
from marketplace.core.errors import (
    AlreadyExists,
    Conflict,
    Forbidden,
    Invalid,
    InvalidMany,
    NotFound,
    PreconditionFailed,
)
from marketplace.producers.models import Producer, Product
from marketplace.producers.rules import ProductDraft
from marketplace.producers.service import products

RoleActor = Callable[..., Actor]
MakeProducer = Callable[..., Producer]
POMELO = ProductDraft(
    name="梅县 金柚",
    category_code="010101",
    spec="5斤装",
    unit="箱",
    origin_area="441403",
    gtin="6901234567892",
)


def count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Product)) or 0


def test_a_product_gets_what_follows_from_its_category_and_size(session: Session, producer: Producer) -> None:
    product = products.register(session, system_actor(), producer, POMELO)
    assert (
        product.name,
        product.net_weight_g,
        product.is_perishable,
        product.tax_treatment,
        product.status,
    ) == (
        "梅县 金柚",
        2_500,
        True,
        "rate_9",
        "active",
    )


def test_what_the_producer_declares_stands_before_what_follows(session: Session, producer: Producer) -> None:
    told = replace(POMELO, tax_treatment="exempt_self_produced", is_perishable=False, net_weight_g=2_600)
    product = products.register(session, system_actor(), producer, told)
    assert (product.net_weight_g, product.is_perishable, product.tax_treatment) == (
        2_600,
        False,
        "exempt_self_produced",
    )


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"category_code": "0101"}, "/category_code", "category_not_third_level"),
        ({"category_code": "999999"}, "/category_code", "unknown_category"),
        ({"origin_area": "999999"}, "/origin_area", "unknown_division"),
        ({"gtin": "6901234567891"}, "/gtin", "gtin_check"),
        ({"unit": "火车"}, "/unit", "unknown_unit"),
        ({"spec": "  "}, "/spec", "length"),
        ({"name": "柚" * 101}, "/name", "length"),
        ({"season_from": 13, "season_to": 1}, "/season_from", "out_of_range"),
        ({"season_from": 11}, "/season_to", "season_incomplete"),
        ({"tax_treatment": "exempt_vegetable"}, "/tax_treatment", "tax_treatment_category"),
        ({"tax_treatment": "rate_99"}, "/tax_treatment", "unknown_tax_treatment"),
        ({"net_weight_g": 0}, "/net_weight_g", "out_of_range"),
        ({"commodity_value_fen": -1}, "/commodity_value_fen", "out_of_range"),
        ({"quality_marks": ("best",)}, "/quality_marks", "unknown_mark"),
        ({"description": "柚" * 2_001}, "/description", "length"),
        ({"description": "果大\t皮薄"}, "/description", "forbidden_character"),
        ({"description": "果大\x00皮薄"}, "/description", "forbidden_character"),
        ({"description": "果大\u202e皮薄"}, "/description", "forbidden_character"),
    ],
)
def test_a_product_that_breaks_a_rule_is_refused_at_its_field(
    session: Session, producer: Producer, changes: dict[str, Any], pointer: str, code: str
) -> None:
    with pytest.raises(InvalidMany) as caught:
        products.register(session, system_actor(), producer, replace(POMELO, **changes))
    assert [(problem.pointer, problem.code) for problem in caught.value.fields] == [(pointer, code)]
    assert count(session) == 0


def test_all_broken_rules_are_told_at_once(session: Session, producer: Producer) -> None:
    with pytest.raises(InvalidMany) as caught:
        products.register(
            session, system_actor(), producer, replace(POMELO, unit="?", category_code="1", season_to=2)
        )
    assert [problem.pointer for problem in caught.value.fields] == ["/unit", "/category_code", "/season_to"]


def test_a_producer_has_a_product_of_one_size_once(session: Session, producer: Producer) -> None:
    products.register(session, system_actor(), producer, POMELO)
    products.register(session, system_actor(), producer, replace(POMELO, spec="10斤装"))
    with pytest.raises(AlreadyExists, match="product_exists"), session.begin_nested():
        products.register(session, system_actor(), producer, replace(POMELO, name=" 梅县  金柚 "))


def test_origin_and_category_make_another_product(session: Session, producer: Producer) -> None:
    product = products.register(session, system_actor(), producer, POMELO)
    for changes in ({"origin_area": "441422"}, {"category_code": "010102"}):
        with pytest.raises(Invalid, match="another_product"):
            products.amend(session, system_actor(), product.id, changes, 1)
    same = {"origin_area": "441403", "brand": "众信", "shelf_life_days": 90}
    amended = products.amend(session, system_actor(), product.id, same, 1)
    assert (amended.brand, amended.shelf_life_days, amended.row_version) == ("众信", 90, 2)
    with pytest.raises(PreconditionFailed):
        products.amend(session, system_actor(), product.id, {"brand": "别家"}, 1)


def test_a_withdrawn_product_stays_and_is_not_amended(session: Session, producer: Producer) -> None:
    product = products.register(session, system_actor(), producer, POMELO)
    assert products.withdraw(session, system_actor(), product.id, 1).status == "withdrawn"
    with pytest.raises(PreconditionFailed):
        products.withdraw(session, system_actor(), product.id, 2)
    with pytest.raises(Conflict, match="product_withdrawn"):
        products.amend(session, system_actor(), product.id, {"brand": "众信"}, 2)
    assert count(session) == 1


def test_products_are_seen_and_edited_within_area_and_ownership(
    session: Session, producer: Producer, make_producer: MakeProducer, role_actor: RoleActor
) -> None:
    other = make_producer(session, "大埔县柚之香农场合作社", 2, "441422")
    mine = products.register(session, system_actor(), producer, POMELO)
    theirs = products.register(session, system_actor(), other, replace(POMELO, origin_area="441422"))
    owner = role_actor("producer", organisation_id=producer.organisation_id)
    with pytest.raises(Forbidden):
        products.register(session, owner, other, POMELO)
    with pytest.raises(NotFound):
        products.get(session, owner, theirs.id)
    with pytest.raises(NotFound):
        products.amend(session, owner, theirs.id, {"brand": "我的"}, 1)
    with pytest.raises(NotFound):
        products.get(session, owner, uuid.UUID(int=7))
    assert list(session.scalars(products.listing(owner))) == [mine]
    city = role_actor("city_officer", "441400")
    assert set(session.scalars(products.listing(city))) == {mine, theirs}
    assert list(session.scalars(products.listing(city, area="441422"))) == [theirs]
    assert list(session.scalars(products.listing(city, category="0101", producer_id=producer.id))) == [mine]
    assert list(session.scalars(products.listing(city, category="02"))) == []
    assert list(session.scalars(products.listing(city, status="withdrawn"))) == []
    with pytest.raises(Forbidden):
        products.withdraw(session, city, mine.id, 1)


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        (" 果大皮薄, \r\n\n 国家地理标志保护产品\n", "果大皮薄,\n\n国家地理标志保护产品"),
        ("柚" * 2_000, "柚" * 2_000),
        ("𠮷田金柚", "𠮷田金柚"),
        (" \n ", None),
        ("", None),
        (None, None),
    ],
)
def test_a_description_keeps_its_lines_and_loses_the_blanks_around_them(
    session: Session, producer: Producer, told: str | None, kept: str | None
) -> None:
    product = products.register(session, system_actor(), producer, replace(POMELO, description=told))
    session.refresh(product)
    assert product.description == kept


def test_a_description_is_amended_and_taken_away(session: Session, producer: Producer) -> None:
    product = products.register(session, system_actor(), producer, POMELO)
    assert product.description is None
    amended = products.amend(session, system_actor(), product.id, {"description": "金奖\n名牌"}, 1)
    assert (amended.description, amended.name, amended.row_version) == ("金奖\n名牌", "梅县 金柚", 2)
    assert (
        products.amend(session, system_actor(), product.id, {"brand": "众信"}, 2).description == "金奖\n名牌"
    )
    assert products.amend(session, system_actor(), product.id, {"description": None}, 3).description is None
