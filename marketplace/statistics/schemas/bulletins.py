"""Wire shapes of bulletins."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load
from marshmallow.validate import Length

from marketplace.core.http import PageArgs, page_schema
from marketplace.core.http.fields import AreaCode, Line, OneOf, Period, Prose, StrictInteger
from marketplace.statistics.bulletins.building import Subject
from marketplace.statistics.bulletins.rules import DISCLOSURES, STATES, VERDICTS
from marketplace.statistics.bulletins.service import NewBulletin
from marketplace.statistics.schemas.questions import FORMATS

_HEX = {"description": "十六进制", "example": "9f86d081884c7d659a2feaa0c55ad015"}
_OFFICES = {"example": ["各地级以上市乡村振兴局"]}


class BulletinIn(Schema):
    """A report of a closed month as a bulletin; a new version names the one it replaces and says why."""

    report = Line(10, required=True, metadata={"example": "R1"})
    period = Period(required=True)
    area_code = AreaCode(required=True)
    view = OneOf(("seller", "buyer"), load_default="seller")
    level = OneOf(("province", "city", "county"), load_default="city")
    adjusted_to = Period(
        load_default=None,
        allow_none=True,
        metadata={"description": "计入该已关账月份为止的后续调整;不填为按入账期", "example": "2020-12"},
    )
    title = Line(200, required=True, metadata={"example": "2020年9月消费扶贫统计工作动态"})
    supplied_by = Line(200, required=True, metadata={"description": "供稿", "example": "省乡村振兴局统计处"})
    main_to = fields.List(
        Line(100), load_default=list, validate=Length(max=50), metadata={"description": "主送", **_OFFICES}
    )
    copy_to = fields.List(
        Line(100), load_default=list, validate=Length(max=50), metadata={"description": "抄送", **_OFFICES}
    )
    disclosure = OneOf(tuple(DISCLOSURES), required=True, metadata={"example": "open"})
    supersedes = Line(
        20,
        load_default=None,
        allow_none=True,
        metadata={"description": "所替代的工作动态", "example": "T7K2M9QX4RTBA"},
    )
    reason = Line(
        500, load_default=None, allow_none=True, metadata={"description": "替代原因", "example": "目标数更正"}
    )

    @post_load
    def _made(self, data: dict[str, Any], **_: object) -> NewBulletin:
        subject = Subject(
            data.pop("report"),
            data.pop("period"),
            data.pop("area_code"),
            data.pop("view"),
            data.pop("level"),
            data.pop("adjusted_to"),
        )
        return NewBulletin(subject, **data)


class BulletinDecisionIn(Schema):
    """Approve or return; returning needs an opinion."""

    verdict = OneOf(tuple(VERDICTS), required=True, metadata={"example": "approve"})
    opinion = Prose(1_000, load_default="", metadata={"example": "同意"})


class BulletinListArgs(PageArgs):
    """Which bulletins."""

    report = Line(10, load_default=None, metadata={"example": "R1"})
    period = Period(load_default=None)
    area = AreaCode(load_default=None)
    state = OneOf(tuple(STATES), load_default=None, metadata={"example": "issued"})
    disclosure = OneOf(tuple(DISCLOSURES), load_default=None, metadata={"example": "open"})


class OpenBulletinListArgs(PageArgs):
    """Which open bulletins."""

    report = Line(10, load_default=None, metadata={"example": "R1"})
    period = Period(load_default=None)
    area = AreaCode(load_default=None)


class DocumentArgs(Schema):
    """In which format."""

    format = OneOf((*FORMATS, "pdf"), load_default="json")


class OpenBulletinOut(Schema):
    """A bulletin as everybody sees it. `imprint` is the text that was signed and holds the digest of the document as JSON."""

    number = fields.String(required=True)
    issue_title = fields.String(required=True, metadata={"example": "2020年第1期(总第1期)"})
    year = StrictInteger(required=True, allow_none=True, metadata={"example": 2020})
    issue_no = StrictInteger(required=True, allow_none=True, metadata={"description": "期号", "example": 1})
    total_no = StrictInteger(required=True, allow_none=True, metadata={"description": "总期号", "example": 1})
    version = StrictInteger(required=True, metadata={"example": 1})
    title = fields.String(required=True)
    supplied_by = fields.String(required=True)
    main_to = fields.List(fields.String(), required=True)
    copy_to = fields.List(fields.String(), required=True)
    disclosure = OneOf(tuple(DISCLOSURES), required=True)
    disclosure_title = fields.String(required=True, metadata={"example": "主动公开"})
    report = fields.String(required=True, metadata={"example": "R1"})
    period = fields.String(required=True)
    area_code = fields.String(required=True)
    view = fields.String(required=True, metadata={"example": "seller"})
    level = fields.String(required=True)
    adjusted_to = fields.String(required=True, allow_none=True, metadata={"example": None})
    supersedes = fields.String(required=True, allow_none=True, metadata={"example": None})
    superseded_by = fields.String(required=True, allow_none=True, metadata={"example": None})
    reason = fields.String(required=True, allow_none=True)
    issued_at = fields.AwareDateTime(required=True, allow_none=True)
    sha256 = fields.String(required=True, metadata=_HEX)
    imprint = fields.String(required=True, allow_none=True, metadata={"example": '{"content_sha256":"…"}'})
    signature = fields.String(required=True, allow_none=True, metadata=_HEX)
    public_key = fields.String(required=True, allow_none=True, metadata=_HEX)
    key_version = StrictInteger(required=True, allow_none=True, metadata={"example": 1})


class BulletinStepOut(Schema):
    """A step: when, by which account, with which opinion."""

    step = OneOf(tuple(STATES), required=True)
    title = fields.String(required=True, metadata={"example": "已审核"})
    at = fields.AwareDateTime(required=True)
    actor_id = fields.UUID(required=True, allow_none=True)
    opinion = fields.String(required=True)


class BulletinOut(OpenBulletinOut):
    """A bulletin as officials see it: every state, digest and signature of the whole content."""

    state = OneOf(tuple(STATES), required=True)
    state_title = fields.String(required=True, metadata={"example": "已签发"})
    known_at = fields.AwareDateTime(required=True)
    drafted_at = fields.AwareDateTime(required=True)
    reviewed_at = fields.AwareDateTime(required=True, allow_none=True)


class BulletinDetailOut(BulletinOut):
    """The same with its steps."""

    steps = fields.List(fields.Nested(BulletinStepOut), required=True)


class BulletinPage(page_schema(BulletinOut)):  # type: ignore[misc]
    """A page of bulletins."""


class OpenBulletinPage(page_schema(OpenBulletinOut)):  # type: ignore[misc]
    """A page of open bulletins."""


class PublicKeyOut(Schema):
    """A key that checks signatures: Ed25519, raw, hexadecimal."""

    version = StrictInteger(required=True, metadata={"example": 1})
    algorithm = fields.String(required=True, metadata={"example": "Ed25519"})
    public_key = fields.String(required=True, metadata=_HEX)


class PublicKeyList(Schema):
    """All keys that signed or sign bulletins."""

    items = fields.List(fields.Nested(PublicKeyOut), required=True)


class DifferenceOut(Schema):
    """The first row that came out otherwise."""

    row = fields.String(required=True, metadata={"example": "梅州市"})
    column = fields.String(required=True, metadata={"example": "target"})
    published = fields.String(required=True, metadata={"example": "1000000"})
    again = fields.String(required=True, metadata={"example": "2000000"})


class VerificationOut(Schema):
    """Whether the bytes have their digest, the signatures are right, and the ledger gives the same bytes again."""

    holds = fields.Boolean(required=True)
    has_digest = fields.Boolean(required=True)
    is_signed = fields.Boolean(required=True, allow_none=True)
    is_same = fields.Boolean(required=True)
    difference = fields.Nested(DifferenceOut, required=True, allow_none=True)


class AdjustmentOut(Schema):
    """A later entry that adjusts a month of the bulletin, in fen."""

    source = fields.String(required=True, metadata={"example": "entry"})
    entry_no = StrictInteger(required=True, allow_none=True, metadata={"example": 4711})
    kind = fields.String(required=True, metadata={"example": "refund"})
    reason = fields.String(required=True, allow_none=True)
    adjusts_period = fields.String(required=True)
    period = fields.String(required=True)
    sale_fen = StrictInteger(required=True, metadata={"example": -9_800})
    benefit_fen = StrictInteger(required=True, metadata={"example": -980})
    row = fields.String(required=True, metadata={"description": "所在行", "example": "梅州市"})
    is_comparison = fields.Boolean(required=True, metadata={"description": "仅影响环比、同比的月份"})


class AdjustmentList(Schema):
    """All later adjustments, `more` when there are more than listed."""

    items = fields.List(fields.Nested(AdjustmentOut), required=True)
    more = fields.Boolean(required=True)


class ChangedFigureOut(Schema):
    """A figure that is not what was published: fen, counts, basis points, or a text."""

    column = fields.String(required=True, metadata={"example": "sales"})
    title = fields.String(required=True, metadata={"example": "本月销售额"})
    kind = fields.String(required=True, metadata={"example": "fen"})
    published = fields.Raw(required=True, allow_none=True, metadata={"example": 9_800})
    today = fields.Raw(required=True, allow_none=True, metadata={"example": 0})
    difference = StrictInteger(required=True, allow_none=True, metadata={"example": -9_800})


class ChangedRowOut(Schema):
    """A row with changed figures and the numbers of the entries behind them."""

    row = fields.String(required=True, metadata={"example": "梅州市"})
    state = OneOf(("changed", "added", "gone"), required=True)
    figures = fields.List(fields.Nested(ChangedFigureOut), required=True)
    entries = fields.List(fields.Integer(), required=True)


class ComparisonOut(Schema):
    """As published beside as known today: positions of the ledger, the rows that differ, the adjustments."""

    published_position = StrictInteger(required=True, metadata={"example": 17})
    today_position = StrictInteger(required=True, metadata={"example": 25})
    rows = fields.List(fields.Nested(ChangedRowOut), required=True)
    adjustments = fields.List(fields.Nested(AdjustmentOut), required=True)
    more = fields.Boolean(required=True)
