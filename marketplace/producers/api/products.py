"""Products and their categories."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import (
    Page,
    endpoint,
    needs,
    page_of,
    page_schema,
    public,
    require_version,
    set_version,
)
from marketplace.producers import categories, schemas
from marketplace.producers.api.blueprint import blueprint
from marketplace.producers.models import Product
from marketplace.producers.rules import ProductDraft
from marketplace.producers.service import producers, products


def _versioned(product: Product) -> Product:
    set_version(product.row_version)
    return product


@blueprint.route("/categories")
@endpoint(public(), own_transactions=True)
@blueprint.response(200, schemas.CategoryListOut)
def list_categories(actor: Actor | None) -> dict[str, Any]:
    """The three levels of product categories."""
    return {"items": list(categories.all_categories().values())}


@blueprint.route("/products")
@endpoint(needs("producers.read"))
@blueprint.arguments(schemas.ProductListArgs, location="query")
@blueprint.response(200, page_schema(schemas.ProductOut))
def list_products(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """Products that one may see, by number."""
    filters = {name: args[name] for name in ("producer_id", "area", "category", "status")}
    return page_of(
        session,
        products.listing(actor, **filters),
        keys=[Product.product_no],
        key_of=lambda product: [product.product_no],
        args=args,
    )


@blueprint.route("/products", methods=["POST"])
@endpoint(needs("producers.edit"), idempotent=True)
@blueprint.arguments(schemas.ProductIn)
@blueprint.response(201, schemas.ProductOut)
def register_product(session: Session, actor: Actor, body: dict[str, Any]) -> Product:
    """Add a product to a producer's dossier."""
    producer = producers.get(session, actor, body.pop("producer_id"))
    marks = tuple(body.pop("quality_marks", ()))
    return _versioned(products.register(session, actor, producer, ProductDraft(**body, quality_marks=marks)))


@blueprint.route("/products/<uuid:product_id>")
@endpoint(needs("producers.read"))
@blueprint.response(200, schemas.ProductOut)
def get_product(session: Session, actor: Actor, product_id: uuid.UUID) -> Product:
    """One product."""
    return _versioned(products.get(session, actor, product_id)[0])


@blueprint.route("/products/<uuid:product_id>", methods=["PATCH"])
@endpoint(needs("producers.edit"))
@blueprint.arguments(schemas.ProductChangeIn)
@blueprint.response(200, schemas.ProductOut)
def amend_product(session: Session, actor: Actor, body: dict[str, Any], product_id: uuid.UUID) -> Product:
    """Change a product; needs If-Match. Origin and category make another product."""
    product, _ = products.get(session, actor, product_id)
    require_version(product.row_version)
    return _versioned(products.amend(session, actor, product_id, body, product.row_version))


@blueprint.route("/products/<uuid:product_id>/withdrawal", methods=["POST"])
@endpoint(needs("producers.edit"))
@blueprint.response(200, schemas.ProductOut)
def withdraw_product(session: Session, actor: Actor, product_id: uuid.UUID) -> Product:
    """Stop a product (停产); needs If-Match. It stays in all history."""
    product, _ = products.get(session, actor, product_id)
    require_version(product.row_version)
    return _versioned(products.withdraw(session, actor, product_id, product.row_version))
