"""What a version covers: products with the share of their sales, and terms that the mode understands."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from marshmallow import ValidationError
from sqlalchemy.orm import Session

from marketplace.beneficiaries.linkage import LinkageMode, linkage_mode
from marketplace.beneficiaries.models import Agreement
from marketplace.beneficiaries.rules import LINKED_BASES
from marketplace.core.errors import FieldProblem, Invalid, InvalidMany
from marketplace.producers.models import Product


@dataclass(frozen=True)
class Coverage:
    """A product under an agreement: `linked_bp` is the share of its sales that the linkage stands for,
    with evidence.

    `linked_bp` None takes the mode's default weight (默认权重), where its rule gives one.
    """

    product_id: uuid.UUID
    linked_bp: int | None
    basis: str = "default"
    evidence: str = ""


def covered_products(
    session: Session, agreement: Agreement, mode: LinkageMode, given: Sequence[Coverage]
) -> list[Coverage]:
    """The products as the version will say them; InvalidMany with each that breaks a rule.

    A declared share needs its basis and evidence (docs/rules.md, "Agreements").
    """
    own = set(session.scalars(sa.select(Product.id).where(Product.producer_id == agreement.producer_id)))
    problems: list[FieldProblem] = []
    covered: list[Coverage] = []
    seen: set[uuid.UUID] = set()
    for index, one in enumerate(given):
        pointer = f"/products/{index}"
        if one.product_id not in own:
            problems.append(FieldProblem(f"{pointer}/product_id", "product", "不是该主体的产品"))
        elif one.product_id in seen:
            problems.append(FieldProblem(f"{pointer}/product_id", "product_twice", "产品重复"))
        elif one.linked_bp is None:
            if mode.default_linked_bp is None:
                problems.append(
                    FieldProblem(f"{pointer}/linked_bp", "linked_bp_undeclared", "须申报联结份额及佐证")
                )
            else:
                covered.append(
                    Coverage(one.product_id, mode.default_linked_bp, "default", LINKED_BASES["default"])
                )
        elif not 0 <= one.linked_bp <= 10_000:
            problems.append(FieldProblem(f"{pointer}/linked_bp", "linked_bp", "联结份额应为0至10000"))
        elif one.basis not in LINKED_BASES or one.basis == "default":
            problems.append(FieldProblem(f"{pointer}/basis", "basis", "申报份额须说明依据"))
        elif not one.evidence.strip():
            problems.append(FieldProblem(f"{pointer}/evidence", "evidence", "申报份额须有佐证"))
        else:
            covered.append(one)
        seen.add(one.product_id)
    if problems:
        raise InvalidMany("products", "产品覆盖有误", fields=problems)
    return covered


def mode_of(code: str) -> LinkageMode:
    """The linkage mode; Invalid (`mode`) for an unknown code."""
    try:
        return linkage_mode(code)
    except KeyError:
        raise Invalid("mode", "没有这种利益联结模式", pointer="mode") from None


def parse_terms(mode: LinkageMode, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Terms as stored; InvalidMany with a pointer ``/terms/...`` for each that breaks the mode's schema."""
    try:
        return mode.parse_terms(raw)
    except ValidationError as error:
        found = [
            FieldProblem(f"/terms/{path}", "terms", message)
            for path, message in _messages(error.messages_dict)
        ]
        raise InvalidMany("terms", "协议条款不符合该模式", fields=found) from error


def _messages(messages: Mapping[Any, Any], prefix: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in messages.items():
        path = f"{prefix}{key}"
        if isinstance(value, Mapping):
            found += _messages(value, f"{path}/")
        else:
            found += [(path, str(text)) for text in value]
    return found
