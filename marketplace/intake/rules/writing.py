"""How a reporter writes: full-width figures, money signs, thousands, texts wrapped so that Excel leaves them alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from marketplace.intake.rules.rows import RowRefused

_NARROW: Final = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0x2212: 0x2D}
_WRAPPED: Final = re.compile(r'="?(?P<inside>[^"]*)"?\Z')


@dataclass(frozen=True, slots=True)
class Writing:
    """Of one shape, as its file says; as it stands here, nothing but plain text is read."""

    full_width: bool = False
    wrapped: bool = False
    money_signs: tuple[str, ...] = ()
    thousands: str = ""

    def plain(self, text: str) -> str:
        """Without wrapping (``="001"``, ``'001``), full-width letters and figures as plain ones."""
        if not self.wrapped and not self.full_width:
            return text
        if self.wrapped:
            found = _WRAPPED.match(text)
            text = found["inside"] if found else text.removeprefix("'")
        return (text.translate(_NARROW) if self.full_width else text).strip()

    def after_minus(self, text: str) -> str | None:
        """What follows a minus, which may stand behind the money's sign; None where there is none."""
        for sign in ("", *self.money_signs):
            if text.startswith(f"{sign}-"):
                return text[len(sign) + 1 :]
        return None

    def amount(self, text: str) -> str:
        """The bare decimal. RowRefused (``not_an_amount``) for thousands that are set off in the wrong places."""
        for sign in self.money_signs:
            text = text.removeprefix(sign).removesuffix(sign).strip()
        if self.thousands and self.thousands in text:
            whole, dot, rest = text.partition(".")
            first, *groups = whole.split(self.thousands)
            if not 1 <= len(first) <= 3 or any(len(group) != 3 for group in groups):
                raise RowRefused("not_an_amount")
            text = first + "".join(groups) + dot + rest
        return text


PLAIN: Final = Writing()
