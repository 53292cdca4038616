"""What is printed where there is no figure: not known, not comparable, not reported. Never 0."""

from __future__ import annotations

from typing import Final

UNKNOWN: Final = "—"
NOT_COMPARABLE: Final = "不可比"
NOT_REPORTED: Final = "未报"
