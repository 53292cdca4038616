"""Wire shapes of declared purchases. Amounts are fen, quantities thousandths of a unit."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from marketplace.core.http import PageArgs
from marketplace.core.http.fields import Day, Fen, Instant, Line, OneOf, StrictInteger
from marketplace.core.identifiers import parse_uscc
from marketplace.intake.rules.purchases import PAPERS, PURCHASE_KINDS, STATES
from marketplace.intake.service.purchase_review import DECISIONS

FUND_SOURCES = ("canteen", "union", "staff", "other")
_GRAMS = 10**13


class PurchaseLineIn(Schema):
    """Goods as the paper names them."""

    goods_name = Line(120, required=True, metadata={"example": "百香果5斤装"})
    spec = Line(60, load_default=None, allow_none=True)
    catalogue_no = Line(40, load_default=None, allow_none=True)
    gtin = Line(14, load_default=None, allow_none=True)
    quantity_milli = StrictInteger(
        minimum=1,
        maximum=10**13,
        required=True,
        metadata={"description": "数量(千分之一件)", "example": 100_000},
    )
    weight_g = StrictInteger(minimum=1, maximum=_GRAMS, load_default=None, allow_none=True)
    amount_fen = Fen(minimum=1, required=True)


class PaperIn(Schema):
    """The invoice or contract. 数电票 have 20 digits and no code, older invoices a code; a contract its own number."""

    kind = OneOf(tuple(PAPERS), required=True)
    code = fields.String(load_default="", validate=validate.Length(max=20))
    number = Line(60, required=True, metadata={"example": "20442000000012345678"})
    issued_on = Day(required=True)
    total_fen = Fen(minimum=1, required=True, metadata={"description": "价税合计或合同金额,单位:分"})


class PurchaseSaidIn(Schema):
    """What was bought: at what fair or register of direct supply, when, the goods, the evidence."""

    kind = OneOf(tuple(PURCHASE_KINDS), required=True)
    channel = Line(40, required=True, metadata={"description": "展销活动、直供登记等销售点的编号"})
    bought_on = Day(required=True)
    buyer_uscc = Line(18, load_default=None, allow_none=True, metadata={"description": "帮助销售的采购方"})
    fund_source = OneOf(FUND_SOURCES, load_default=None, allow_none=True)
    lines = fields.List(fields.Nested(PurchaseLineIn), required=True, validate=validate.Length(1, 200))
    file_ids = fields.List(fields.UUID(), required=True, validate=validate.Length(1, 10))

    @post_load
    def numbers(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Credit codes in their one form. Invalid (``uscc…``)."""
        for name in ("buyer_uscc", "seller_uscc"):
            if data.get(name) is not None:
                data[name] = parse_uscc(data[name], pointer=f"/{name}")
        return data


class PurchaseIn(PurchaseSaidIn):
    """A declaration: who declares, by which paper of which seller."""

    organisation_id = fields.UUID(required=True)
    paper = fields.Nested(PaperIn, required=True)
    seller_uscc = Line(18, required=True)
    seller_name = Line(120, required=True)


class PurchaseReviewIn(Schema):
    """A decision with its reason."""

    decision = OneOf(DECISIONS, required=True)
    opinion = Line(200, required=True)


class PurchaseRevocationIn(Schema):
    """Why what was verified is taken back."""

    opinion = Line(200, required=True)


class PurchaseStepOut(Schema):
    """What was done with a declaration."""

    state = fields.String()
    version = fields.Integer()
    opinion = fields.String(allow_none=True)
    at = Instant()


class PurchaseListItemOut(Schema):
    """A declaration in a list."""

    number = fields.String(metadata={"example": "G7K2M9QX4RTB"})
    declarant_id = fields.UUID()
    kind = fields.String()
    state = OneOf(STATES.states)
    bought_on = Day()
    amount_fen = Fen()
    version = fields.Integer()
    declared_at = Instant()


class PurchaseOut(PurchaseListItemOut):
    """A declaration with its paper, lines, evidence and steps. `left_fen`: what of the paper nobody has declared."""

    buyer_uscc = fields.String(allow_none=True)
    fund_source = fields.String(allow_none=True)
    paper = fields.Nested(PaperIn)
    seller_uscc = fields.String()
    seller_name = fields.String()
    left_fen = Fen()
    lines = fields.List(fields.Nested(PurchaseLineIn))
    file_ids = fields.List(fields.UUID())
    batch = fields.String(allow_none=True, metadata={"description": "入账批次编号"})
    steps = fields.List(fields.Nested(PurchaseStepOut))


class PurchaseListArgs(PageArgs):
    """In one state, of one organisation."""

    state = OneOf(STATES.states, load_default=None)
    organisation_id = fields.UUID(load_default=None)
