"""Wire shapes of handovers and pairings. Amounts in fen."""

from __future__ import annotations

from marshmallow import Schema, fields

from marketplace.core.http import PageArgs, page_schema
from marketplace.core.http.fields import AreaCode, Day, Line, OneOf, StrictInteger
from marketplace.core.pairings import KINDS
from marketplace.oversight.handover.rules import STATES, SUBJECTS

_REASON = {"example": "轮岗交接"}
_HEX = {"description": "十六进制", "example": "9f86d081884c7d659a2feaa0c55ad015"}


class _Asked(Schema):
    successor_account_id = fields.UUID(required=True, metadata={"description": "接收人的账号"})
    reason = Line(500, required=True, metadata=_REASON)


class RoleHandoverIn(_Asked):
    """Who shall take over a role, and why it ends."""


class PairingHandoverIn(_Asked):
    """Which pairing shall end after which day, and who takes over what remains."""

    helper = AreaCode(required=True, metadata={"description": "帮扶方", "example": "440100"})
    helped = AreaCode(required=True, metadata={"description": "被帮扶方", "example": "441400"})
    kind = OneOf(KINDS, required=True, metadata={"example": "省内对口帮扶"})
    last_day = Day(required=True, metadata={"description": "最后一日(含)", "example": "2020-12-31"})


class SuccessorIn(Schema):
    """Who takes over a list that was left open."""

    successor_account_id = fields.UUID(required=True, metadata={"description": "接收人的账号"})


class HandoverAcceptanceIn(Schema):
    """What the successor says."""

    opinion = Line(500, required=True, metadata={"example": "已逐项核对,同意接收"})


class HandoverReasonIn(Schema):
    """Why it is refused or taken back."""

    reason = Line(500, required=True, metadata={"example": "待退货款尚未核对"})


class HandoverListArgs(PageArgs):
    """Which handovers."""

    subject = OneOf(tuple(SUBJECTS), load_default=None)
    state = OneOf(tuple(STATES), load_default=None, metadata={"example": "open"})


class HandoverItemOut(Schema):
    """One thing left behind."""

    kind = fields.String(required=True, metadata={"example": "待退货款"})
    reference = fields.String(required=True, metadata={"example": "R7K2M9QX4RTBA"})
    title = fields.String(required=True)
    amount_fen = StrictInteger(required=True, allow_none=True)
    since = fields.String(required=True, allow_none=True, metadata={"example": "2020-11-09"})
    sha256 = fields.String(required=True, allow_none=True, metadata=_HEX)


class HandoverSectionOut(Schema):
    """A part of the list: all are counted and summed, `more` when not all are named."""

    code = fields.String(required=True, metadata={"example": "unpaid_returns"})
    title = fields.String(required=True, metadata={"example": "未退货款"})
    count = StrictInteger(required=True)
    amount_fen = StrictInteger(required=True, allow_none=True)
    items = fields.List(fields.Nested(HandoverItemOut), required=True)
    more = fields.Boolean(required=True)


class HandoverOut(Schema):
    """A handover without its list."""

    number = fields.String(required=True, metadata={"example": "J7K2M9QX4RTBA"})
    subject = OneOf(tuple(SUBJECTS), required=True)
    subject_title = fields.String(required=True, metadata={"example": "角色"})
    title = fields.String(required=True, metadata={"example": "县级帮扶部门经办(梅县区)"})
    state = OneOf(tuple(STATES), required=True)
    state_title = fields.String(required=True, metadata={"example": "待接收"})
    is_emergency = fields.Boolean(required=True, metadata={"description": "角色已紧急收回"})
    area_code = fields.String(required=True)
    grant_id = fields.UUID(required=True, allow_none=True)
    role = fields.String(required=True, allow_none=True)
    holder_account_id = fields.UUID(required=True, allow_none=True)
    pairing = fields.String(required=True, allow_none=True)
    last_day = Day(required=True, allow_none=True)
    successor_account_id = fields.UUID(required=True, allow_none=True)
    reason = fields.String(required=True)
    content_sha256 = fields.String(required=True, metadata=_HEX)
    asked_at = fields.AwareDateTime(required=True)
    decided_at = fields.AwareDateTime(required=True, allow_none=True)
    opinion = fields.String(required=True, allow_none=True)


class HandoverStepOut(Schema):
    """A step: what, when, by which account, with which words."""

    step = fields.String(required=True, metadata={"example": "accepted"})
    title = fields.String(required=True, metadata={"example": "接收"})
    at = fields.AwareDateTime(required=True)
    account_id = fields.UUID(required=True, allow_none=True)
    opinion = fields.String(required=True, allow_none=True)


class HandoverDetailOut(HandoverOut):
    """A handover with its frozen list and its steps."""

    sections = fields.List(fields.Nested(HandoverSectionOut), required=True)
    steps = fields.List(fields.Nested(HandoverStepOut), required=True)


class HandoverPage(page_schema(HandoverOut)):  # type: ignore[misc]
    """A page of handovers."""


class PairingArgs(Schema):
    """Pairings in which an area helps or is helped, on a day."""

    area = AreaCode(load_default=None, allow_none=True)
    on = Day(
        load_default=None, allow_none=True, metadata={"description": "缺省为今天", "example": "2020-09-01"}
    )


class PairingOut(Schema):
    """A pairing; both days are inclusive."""

    helper = fields.String(required=True, metadata={"example": "440100"})
    helper_name = fields.String(required=True, metadata={"example": "广州市"})
    helped = fields.String(required=True, metadata={"example": "441400"})
    helped_name = fields.String(required=True, metadata={"example": "梅州市"})
    kind = OneOf(KINDS, required=True)
    valid_from = Day(required=True)
    valid_to = Day(required=True, allow_none=True)
    basis = fields.String(required=True)


class PairingList(Schema):
    """All of them."""

    items = fields.List(fields.Nested(PairingOut), required=True)
