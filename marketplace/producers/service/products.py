"""Products: registered once under their producer, amended under If-Match, withdrawn and never deleted."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ARRAY, Select, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.core import audit, divisions, facts
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.db import refusing
from marketplace.core.errors import AlreadyExists, Conflict, Invalid, NotFound, PreconditionFailed
from marketplace.core.ids import uuid7
from marketplace.core.scope import visible, within_area
from marketplace.producers.categories import all_categories
from marketplace.producers.codes import PRODUCT_STATUSES
from marketplace.producers.facts import ProductRenamed, ProductsChanged
from marketplace.producers.models import Producer, Product
from marketplace.producers.rules import FIELD_NAMES, ProductDraft, settle

FIXED: Final = ("category_code", "origin_area")
"""A change of producer, origin or category makes another product (docs/rules.md, "Producers and products")."""
AMENDABLE: Final = tuple(name for name in FIELD_NAMES if name not in FIXED)
NATURAL_KEY: Final = "uq_product_producer_id_name_spec"
_TAKEN: Final = {NATURAL_KEY: AlreadyExists("product_exists", "该主体已有同名同规格的产品")}


def register(session: Session, actor: Actor, producer: Producer, draft: ProductDraft) -> Product:
    """Add a product to a producer's dossier.

    Raises InvalidMany with every field that breaks a rule, AlreadyExists ``product_exists``, Forbidden.
    """
    _require_edit(actor, producer)
    product = Product(**row_of(producer, settle(draft)))
    with refusing(_TAKEN):
        session.add(product)
        session.flush()
    _record(session, actor, "registered", product, producer, {"category_code": product.category_code})
    return product


def add_all(session: Session, drafts: Sequence[tuple[Producer, ProductDraft]]) -> list[uuid.UUID]:
    """Insert settled drafts in one statement and give the ids of those that were new, in no order.

    A row whose producer, name and size exist, even through a concurrent import, is left alone. Rows go in by natural key, so
    that two imports wait for each other and never deadlock. The caller has checked authority and writes the audit record.
    """
    rows = sorted(
        (row_of(producer, draft) for producer, draft in drafts),
        key=lambda row: (row["producer_id"], row["name"], row["spec"]),
    )
    if not rows:
        return []
    columns = [Product.__table__.c[name] for name in rows[0]]
    # Arrays, one a column: VALUES with 24 parameters a row spends most of its time in counting parameters.
    arrays = [
        literal([row[column.name] for row in rows], ARRAY(column.type, dimensions=1)) for column in columns
    ]
    names = [column.name for column in columns]
    told = func.unnest(*arrays).table_valued(*names, name="told").render_derived()
    statement = (
        insert(Product)
        .from_select(names, select(*(told.c[name] for name in names)))
        .on_conflict_do_nothing(constraint=NATURAL_KEY)
        .returning(Product.id)
    )
    added = list(session.scalars(statement))
    if added:
        facts.publish(session, ProductsChanged(tuple(sorted(added))))
    return added


def row_of(producer: Producer, draft: ProductDraft) -> dict[str, Any]:
    """The columns of a new product; ``draft`` must be settled."""
    values = {name: getattr(draft, name) for name in FIELD_NAMES}
    return values | {
        "id": uuid7(),
        "producer_id": producer.id,
        "quality_marks": list(draft.quality_marks),
        "status": "active",
        "is_demo": producer.is_demo,
        "row_version": 1,
        "created_at": utcnow(),
    }


def amend(
    session: Session, actor: Actor, product_id: uuid.UUID, changes: dict[str, Any], row_version: int
) -> Product:
    """Change fields of AMENDABLE on the version the caller read.

    Raises Conflict ``product_withdrawn``, Invalid ``another_product`` for a field of FIXED, PreconditionFailed when somebody else
    was faster, InvalidMany, AlreadyExists, Forbidden, NotFound.
    """
    product, producer = get(session, actor, product_id)
    _require_edit(actor, producer)
    if product.status != "active":
        raise Conflict("product_withdrawn", "产品已停产")
    for name in FIXED:
        if name in changes and changes[name] != getattr(product, name):
            raise Invalid("another_product", "改变产地或品类应另行登记为新产品", pointer=f"/{name}")
    before = {name: getattr(product, name) for name in FIELD_NAMES}
    settled = settle(ProductDraft(**before | changes | _as_tuples(before | changes)))
    values = {name: getattr(settled, name) for name in AMENDABLE}
    values["quality_marks"] = list(settled.quality_marks)
    changed = sorted(name for name in AMENDABLE if values[name] != before[name])
    with refusing(_TAKEN):
        rows = session.execute(
            update(Product)
            .where(Product.id == product_id, Product.row_version == row_version)
            .values(**values, row_version=row_version + 1)
            .returning(Product.id)
        ).all()
    if not rows:
        raise PreconditionFailed
    session.refresh(product)
    _record(session, actor, "amended", product, producer, {"fields": changed})
    if "name" in changed:
        facts.publish(session, ProductRenamed(product.id, before["name"], product.name))
    return product


def withdraw(session: Session, actor: Actor, product_id: uuid.UUID, row_version: int) -> Product:
    """Stop a product (停产): it stays in all history and enters nothing new.

    Raises PreconditionFailed when somebody else was faster or it is withdrawn already, Forbidden, NotFound.
    """
    product, producer = get(session, actor, product_id)
    _require_edit(actor, producer)
    rows = session.execute(
        update(Product)
        .where(Product.id == product_id, Product.row_version == row_version, Product.status == "active")
        .values(status="withdrawn", row_version=row_version + 1)
        .returning(Product.id)
    ).all()
    if not rows:
        raise PreconditionFailed
    session.refresh(product)
    _record(session, actor, "withdrawn", product, producer, {})
    return product


def get(session: Session, actor: Actor, product_id: uuid.UUID) -> tuple[Product, Producer]:
    """The product with its producer, if the actor may see it; NotFound otherwise."""
    row = session.execute(
        select(Product, Producer)
        .join(Producer, Product.producer_id == Producer.id)
        .where(Product.id == product_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    product, producer = row
    actor.require_visible("producers.read", area=producer.production_area, owners=(producer.organisation_id,))
    return product, producer


def listing(
    actor: Actor,
    *,
    producer_id: uuid.UUID | None = None,
    area: str | None = None,
    category: str | None = None,
    status: str | None = None,
) -> Select[Any]:
    """The products that the actor may see, filtered; the caller sorts by ``product_no`` and pages.

    ``area`` is that of origin; ``category`` a code of any level.
    """
    statement = (
        select(Product)
        .join(Producer, Product.producer_id == Producer.id)
        .where(
            visible(
                actor, "producers.read", area=Producer.production_area, owners=(Producer.organisation_id,)
            )
        )
    )
    if producer_id is not None:
        statement = statement.where(Product.producer_id == producer_id)
    if area is not None:
        statement = statement.where(within_area(Product.origin_area, divisions.get(area).code))
    if category is not None:
        if category not in all_categories():
            raise Invalid("unknown_category", "没有这个品类", pointer="/category")
        statement = statement.where(Product.category_code >= category, Product.category_code < f"{category}:")
    if status is not None:
        if status not in PRODUCT_STATUSES:
            raise Invalid("status", "没有这种状态", pointer="/status")
        statement = statement.where(Product.status == status)
    return statement


def _as_tuples(values: dict[str, Any]) -> dict[str, Any]:
    return {"quality_marks": tuple(values["quality_marks"])}


def _require_edit(actor: Actor, producer: Producer) -> None:
    actor.require("producers.edit", area=producer.production_area, owners=(producer.organisation_id,))


def _record(
    session: Session, actor: Actor, verb: str, product: Product, producer: Producer, detail: dict[str, Any]
) -> None:
    """Leave the audit record of a change and tell the slices above of it, always together."""
    audit.record(
        session,
        actor,
        f"producers.product.{verb}",
        "product",
        product.id,
        area_code=producer.production_area,
        detail=detail,
    )
    facts.publish(session, ProductsChanged((product.id,)))
