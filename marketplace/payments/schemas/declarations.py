"""Wire shapes of declarations: who counts how much of an invoice. Amounts are fen."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from marketplace.core.http.fields import Fen, Instant, Line


class InvoiceDeclarationIn(Schema):
    """How much of an invoice, named by its official number, an organisation counts as its own purchase."""

    organisation_id = fields.UUID(required=True)
    code = fields.String(load_default="", validate=validate.Length(max=20))
    invoice_no = Line(20, required=True, metadata={"example": "12345678"})
    amount_fen = Fen(minimum=1, required=True)


class InvoiceDeclarationOut(Schema):
    """Who counts how much of an invoice."""

    id = fields.UUID()
    organisation_id = fields.UUID()
    amount_fen = Fen()
    declared_at = Instant()
    withdrawn_at = Instant(allow_none=True)
