"""Wire types of the trade for marshmallow: strict, bounded, with examples that the API documentation shows.

JSON money is an integer of fen. ``true`` is not 1, ``"１２"`` is not 12.
"""

from __future__ import annotations

import re
from datetime import UTC
from typing import Any, Final

from marshmallow import ValidationError, fields, validate

from marketplace.core.money import MAX_FEN

_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
_AREA: Final = re.compile(r"(\d{6}|\d{9}|\d{12})", re.ASCII)
_PERIOD: Final = re.compile(r"(19\d{2}|2[01]\d{2}|2200)-(0[1-9]|1[0-2])", re.ASCII)


class StrictInteger(fields.Integer):
    """An integer between `minimum` and `maximum` (bigint by default), written as a JSON integer (or plain digits in a query)."""

    def __init__(self, *, minimum: int = -(2**63), maximum: int = 2**63 - 1, **kwargs: Any) -> None:
        kwargs["validate"] = validate.Range(min=minimum, max=maximum)
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if isinstance(value, str):
            if re.fullmatch(r"-?[0-9]{1,19}", value, re.ASCII) is None:
                raise ValidationError("应为整数")
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValidationError("应为整数")
        return value


class Fen(StrictInteger):
    """An amount of money in fen, 0 … 10^16 (or from `minimum`)."""

    def __init__(self, *, minimum: int = 0, **kwargs: Any) -> None:
        kwargs.setdefault("metadata", {"description": "金额,单位:分", "example": 9800})
        super().__init__(minimum=minimum, maximum=MAX_FEN, **kwargs)


class BasisPoints(StrictInteger):
    """A rate in basis points, 0 … 10000."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("metadata", {"description": "比例,单位:万分之一", "example": 1000})
        super().__init__(minimum=0, maximum=10_000, **kwargs)


class Line(fields.String):
    """A line of text: trimmed, 1 … `longest` characters, no control characters."""

    def __init__(self, longest: int = 200, *, shortest: int = 1, **kwargs: Any) -> None:
        self.longest, self.shortest = longest, shortest
        kwargs["validate"] = validate.Length(min=shortest, max=longest)
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = str(super()._deserialize(value, attr, data, **kwargs)).strip()
        if _CONTROL.search(text):
            raise ValidationError("含有控制字符")
        return text


class Prose(Line):
    """Several lines of text: trimmed, 0 … `longest` characters, no control characters but the ends of lines."""

    def __init__(self, longest: int, **kwargs: Any) -> None:
        super().__init__(longest, shortest=0, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        # A form sends the end of a line as CR LF.
        told = value.replace("\r\n", "\n") if isinstance(value, str) else value
        return super()._deserialize(told, attr, data, **kwargs)


class AreaCode(fields.String):
    """An administrative division: 6, 9 or 12 ASCII digits."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("metadata", {"description": "行政区划代码(6、9 或 12 位)", "example": "441403"})
        kwargs.setdefault("validate", validate.Regexp(_AREA_FULL, error="应为 6、9 或 12 位数字"))
        super().__init__(**kwargs)


class Period(fields.String):
    """A Shanghai month ``YYYY-MM``; years 1900–2200."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("metadata", {"description": "统计期", "example": "2020-09"})
        kwargs["validate"] = validate.Regexp(_PERIOD_FULL, error="应为 YYYY-MM")
        super().__init__(**kwargs)


class OneOf(fields.String):
    """A code out of a tuple."""

    def __init__(self, codes: tuple[str, ...], **kwargs: Any) -> None:
        kwargs["validate"] = validate.OneOf(codes, error="不是已知的代码")
        super().__init__(**kwargs)


class Instant(fields.AwareDateTime):
    """An instant with an offset, RFC 3339; years 1900–2200. In UTC from here on, as the database answers it."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("metadata", {"example": "2020-09-12T10:30:00+08:00"})
        super().__init__(format="iso", **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            instant = super()._deserialize(value, attr, data, **kwargs)
        except (OverflowError, TypeError) as error:
            raise ValidationError("不是有效的时间") from error
        if not 1900 <= instant.year <= 2200:
            raise ValidationError("年份应在 1900 与 2200 之间")
        return instant.astimezone(UTC)


class Day(fields.Date):
    """A Shanghai day ``YYYY-MM-DD``; years 1900–2200."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str) or re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value, re.ASCII) is None:
            raise ValidationError("应为 YYYY-MM-DD")
        day = super()._deserialize(value, attr, data, **kwargs)
        if not 1900 <= day.year <= 2200:
            raise ValidationError("年份应在 1900 与 2200 之间")
        return day


_AREA_FULL: Final = re.compile(rf"^(?:{_AREA.pattern})\Z", re.ASCII)
_PERIOD_FULL: Final = re.compile(rf"^(?:{_PERIOD.pattern})\Z", re.ASCII)
