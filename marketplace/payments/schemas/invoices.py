"""Wire shapes of invoices. Amounts are fen; those of a red letter are positive too, `color` says which way."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from marketplace.core.http import PageArgs
from marketplace.core.http.fields import Fen, Instant, Line, OneOf, Prose, StrictInteger
from marketplace.payments.rules.invoices import CHECK, KIND_BY_CODE, REQUEST
from marketplace.payments.schemas.declarations import InvoiceDeclarationOut

MOST_ORDERS = 100
_KINDS = tuple(KIND_BY_CODE)
_NUMBERS: dict[str, Any] = {
    "required": True,
    "validate": validate.Length(min=1, max=MOST_ORDERS),
    "metadata": {"example": ["D7K2M9QX4RTB"]},
}


def _title(**options: Any) -> Line:
    return Line(100, metadata={"description": "抬头", "example": "演示预算单位"}, **options)


def _tax_number(**options: Any) -> Line:
    return Line(
        40, metadata={"description": "税号(统一社会信用代码)", "example": "91350100M000100Y43"}, **options
    )


class InvoiceAskIn(Schema):
    """One invoice over what is bought and not invoiced of these orders, of one buyer and one seller."""

    order_numbers = fields.List(Line(40), **_NUMBERS)
    kind = OneOf(_KINDS, required=True, metadata={"example": "digital_normal"})
    title = _title(required=True)
    tax_number = _tax_number(load_default=None, allow_none=True)


class InvoiceRefusalIn(Schema):
    """Why a request is refused."""

    reason = Line(200, required=True, metadata={"example": "税号有误"})


class InvoiceRequestListArgs(PageArgs):
    """Filter of the list of requests: `requested` is the work list of sellers."""

    state = OneOf(REQUEST.states, load_default=None)


class InvoiceRequestOut(Schema):
    """A request for an invoice."""

    number = fields.String(metadata={"example": "K7K2M9QX4RTB"})
    state = fields.String(metadata={"enum": list(REQUEST.states)})
    kind = fields.String(metadata={"enum": list(_KINDS)})
    title = fields.String()
    tax_number = fields.String(allow_none=True)
    buyer_id = fields.UUID()
    seller_id = fields.UUID()
    order_numbers = fields.List(fields.String())
    reason = fields.String(allow_none=True)
    requested_at = Instant()
    closed_at = Instant(allow_none=True)


class PrintedIn(Schema):
    """What stands on the invoice; its sums must be what the orders make."""

    code = fields.String(
        load_default="",
        validate=validate.Length(max=20),
        metadata={"description": "发票代码,数电票不填", "example": "044002000111"},
    )
    invoice_no = fields.String(
        required=True,
        validate=validate.Length(max=40),
        metadata={"description": "发票号码,数电票20位", "example": "12345678"},
    )
    issued_at = Instant(required=True)
    seller_tax_number = _tax_number(required=True)
    total_fen = Fen(minimum=1, required=True, metadata={"description": "价税合计,单位:分", "example": 9800})
    tax_fen = Fen(required=True, metadata={"description": "税额,单位:分", "example": 809})


class InvoiceIn(PrintedIn):
    """A blue invoice: for a request, or for orders that no request covers."""

    request_number = Line(40, load_default=None, allow_none=True)
    order_numbers = fields.List(Line(40), load_default=None, validate=validate.Length(min=1, max=MOST_ORDERS))
    kind = OneOf(_KINDS, load_default=None, metadata={"description": "无申请时必填"})
    title = _title(load_default=None, allow_none=True)
    tax_number = _tax_number(load_default=None, allow_none=True)

    @validates_schema
    def _one_way(self, data: dict[str, Any], **_: Any) -> None:
        if (data.get("request_number") is None) == (data.get("order_numbers") is None):
            raise ValidationError("request_number 与 order_numbers 应填且只填一个", "order_numbers")
        if data.get("order_numbers") is not None and data.get("kind") is None:
            raise ValidationError("应填写发票种类", "kind")


class RedPartIn(Schema):
    """So much of one line of the blue invoice."""

    line_no = StrictInteger(minimum=1, maximum=32_767, required=True, metadata={"example": 1})
    gross_fen = Fen(minimum=1, required=True)


class RedLetterIn(PrintedIn):
    """A red letter: of what is owed, of named parts, or of all that is left."""

    reason = Line(200, required=True, metadata={"example": "退货"})
    confirmation_no = Line(
        40, load_default=None, allow_none=True, metadata={"description": "红字信息表或确认单编号"}
    )
    lines = fields.List(
        fields.Nested(RedPartIn),
        load_default=None,
        allow_none=True,
        validate=validate.Length(min=1, max=2_000),
    )
    whole = fields.Boolean(load_default=False, truthy={True}, falsy={False}, metadata={"example": False})

    @validates_schema
    def _each_line_once(self, data: dict[str, Any], **_: Any) -> None:
        numbers = [part["line_no"] for part in data.get("lines") or []]
        if len(set(numbers)) != len(numbers):
            raise ValidationError("同一行只能出现一次", "lines")


class InvoiceCheckIn(Schema):
    """What the buyer says to an invoice."""

    accept = fields.Boolean(required=True, truthy={True}, falsy={False}, metadata={"example": True})
    opinion = Prose(500, load_default=None, allow_none=True, metadata={"example": "抬头有误"})


class InvoiceListArgs(PageArgs):
    """Filters of the list of invoices: `check_state=unchecked` is the work list of buyers."""

    color = OneOf(("blue", "red"), load_default=None)
    check_state = OneOf(CHECK.states, load_default=None)
    order_number = Line(40, load_default=None)
    code = Line(20, shortest=0, load_default=None)
    invoice_no = Line(20, load_default=None)


class InvoiceRowOut(Schema):
    """An invoice in a list."""

    number = fields.String(metadata={"example": "V7K2M9QX4RTB"})
    color = fields.String(metadata={"enum": ["blue", "red"]})
    kind = fields.String(metadata={"enum": list(_KINDS)})
    kind_title = fields.String(metadata={"example": "增值税普通发票"})
    code = fields.String()
    invoice_no = fields.String()
    seller_id = fields.UUID()
    seller_name = fields.String()
    seller_tax_number = fields.String()
    buyer_id = fields.UUID()
    title = fields.String()
    tax_number = fields.String(allow_none=True)
    total_fen = Fen()
    tax_fen = Fen()
    red_fen = Fen(metadata={"description": "已红冲,单位:分", "example": 0})
    declared_fen = Fen(metadata={"description": "已申报,单位:分", "example": 0})
    confirmation_no = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)
    issued_at = Instant()
    check_state = fields.String(metadata={"enum": list(CHECK.states)})
    check_opinion = fields.String(allow_none=True)
    checked_at = Instant(allow_none=True)


class InvoiceLineOut(Schema):
    """A line as it is printed. `net_fen` is without tax; exempt goods have the rate 免税, and why in `remark`."""

    line_no = fields.Integer()
    order_number = fields.String()
    description = fields.String(metadata={"example": "*水果*百香果"})
    spec = fields.String(allow_none=True)
    unit = fields.String(allow_none=True)
    quantity = fields.Integer(allow_none=True)
    net_fen = Fen()
    rate = fields.String(metadata={"example": "9%"})
    remark = fields.String(metadata={"example": "免税(自产农产品)"})
    tax_fen = Fen()
    gross_fen = Fen()
    red_fen = Fen()


class InvoiceFileOut(Schema):
    """A file of an invoice."""

    id = fields.UUID()
    name = fields.String(attribute="original_name", metadata={"example": "发票.ofd"})
    media_type = fields.String(metadata={"example": "application/ofd"})
    size_bytes = fields.Integer()


class InvoiceOut(InvoiceRowOut):
    """An invoice with its lines, its files, and the blue or red ones it belongs to."""

    capital = fields.String(metadata={"description": "价税合计大写", "example": "玖拾捌元整"})
    blue_number = fields.String(allow_none=True)
    red_numbers = fields.List(fields.String())
    lines = fields.List(fields.Nested(InvoiceLineOut))
    files = fields.List(fields.Nested(InvoiceFileOut))
    declarations = fields.List(fields.Nested(InvoiceDeclarationOut))


class RedOwedOut(Schema):
    """An order for which a red letter is owed."""

    order_number = fields.String(metadata={"example": "D7K2M9QX4RTB"})
    buyer_name = fields.String()
    producer_name = fields.String()
    owed_fen = Fen()
    reasons = fields.List(fields.String(metadata={"enum": ["returned", "refused"]}))
    invoice_numbers = fields.List(fields.String())
