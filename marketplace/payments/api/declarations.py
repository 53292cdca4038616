"""Who counts how much of an invoice as its purchase."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import endpoint, needs
from marketplace.payments.api.blueprint import blueprint
from marketplace.payments.models import InvoiceDeclaration
from marketplace.payments.schemas import declarations as schemas
from marketplace.payments.service.invoices import declarations


@blueprint.route("/invoice-declarations", methods=["POST"])
@endpoint(needs("payments.invoice_check"), idempotent=True)
@blueprint.arguments(schemas.InvoiceDeclarationIn)
@blueprint.response(201, schemas.InvoiceDeclarationOut)
def declare(session: Session, actor: Actor, body: dict[str, Any]) -> InvoiceDeclaration:
    """A unit or its union counts a part of an invoice; all parts together are never more than it says, less red letters."""
    return declarations.declare(session, actor, body.pop("organisation_id"), **body)


@blueprint.route("/invoice-declarations/<uuid:declaration_id>/withdrawal", methods=["POST"])
@endpoint(needs("payments.invoice_check"), idempotent=True)
@blueprint.response(200, schemas.InvoiceDeclarationOut)
def withdraw(session: Session, actor: Actor, declaration_id: uuid.UUID) -> InvoiceDeclaration:
    """It no longer counts it."""
    return declarations.withdraw(session, actor, declaration_id)
