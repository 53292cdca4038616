"""A figure with decimals as people type it (22.5 days), which the API takes in thousandths."""

from __future__ import annotations

import re
import unicodedata
from typing import Any, Final

from marshmallow import ValidationError, fields

_FIGURE: Final = re.compile(r"(\d{1,10})(?:\.(\d{1,3}))?", re.ASCII)


class Thousandths(fields.Field[int]):
    """22.5 → 22500; at most three decimals."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> int:
        plain = unicodedata.normalize("NFKC", str(value)).replace(",", "").strip()
        found = _FIGURE.fullmatch(plain)
        if found is None:
            raise ValidationError("应为数字,至多三位小数")
        whole, rest = found.groups()
        return int(whole) * 1000 + int((rest or "").ljust(3, "0"))
