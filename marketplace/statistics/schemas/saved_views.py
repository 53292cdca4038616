"""Wire shapes of saved views: a name for the query of a question."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate

from marketplace.core.http import PageArgs
from marketplace.core.http.fields import Instant, Line
from marketplace.statistics.schemas.questions import StatisticsArgs

_NOT_SAVED = ("cursor", "format", "page_size")
_LONGEST = 2_000


class SavedViewIn(Schema):
    """A name and the query of `GET /statistics`; each parameter is one that the route knows, with a value that it takes."""

    name = Line(60, required=True, metadata={"example": "各县扶贫产品销售"})
    query = fields.String(
        required=True,
        validate=validate.Length(1, _LONGEST),
        metadata={"description": "统计查询的参数", "example": "measures=sales&by=origin&level=county"},
    )
    is_shared = fields.Boolean(load_default=False, metadata={"description": "与本单位共享"})

    @post_load
    def checked(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The query as parameters. ValidationError at ``query`` for one that the route does not know or take."""
        parameters = dict(parse_qsl(data.pop("query"), keep_blank_values=False))
        try:
            StatisticsArgs(exclude=_NOT_SAVED).load(parameters, unknown=RAISE)
        except ValidationError as error:
            raise ValidationError("不能保存这样的参数", "query") from error
        return data | {"parameters": parameters}


class SavedViewShareIn(Schema):
    """Whether it is shared with one's office."""

    is_shared = fields.Boolean(required=True)


class SavedViewOut(Schema):
    """A saved view; `is_own`: saved by who asks."""

    id = fields.UUID()
    name = fields.String()
    query = fields.String()
    is_shared = fields.Boolean()
    is_own = fields.Boolean()
    saved_at = Instant()


class SavedViewListArgs(PageArgs):
    """A page of views."""
