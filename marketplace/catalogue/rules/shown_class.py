"""What a listing is called on a day: a certificate that has ended by then is left out, whatever a row still says.

Once for rows in hand and once for statements, in which the listing is `l` and the Shanghai day `:today`. Source: docs/rules.md,
"Goods class".
"""

from __future__ import annotations

from datetime import date
from typing import Final, Protocol

_LAPSED: Final = "l.goods_class = 'certified_aid' AND l.aid_until < :today"

GOODS_CLASS: Final = f"CASE WHEN {_LAPSED} THEN l.uncertified_class ELSE l.goods_class END"
REASON: Final = f"CASE WHEN {_LAPSED} THEN 'certificate_expired' ELSE l.goods_class_reason END"
IS_AID: Final = "(l.goods_class = 'certified_aid' AND l.aid_until >= :today)"
IS_NOT_AID: Final = "(l.goods_class <> 'certified_aid' OR l.aid_until < :today)"


class Classed(Protocol):
    """What the class depends on; the table class has these columns."""

    goods_class: str
    goods_class_reason: str | None
    uncertified_class: str
    aid_until: date | None


def class_on(listing: Classed, day: date) -> tuple[str, str | None]:
    """(class, reason) of a listing on a Shanghai day."""
    if listing.goods_class == "certified_aid" and listing.aid_until is not None and listing.aid_until < day:
        return listing.uncertified_class, "certificate_expired"
    return listing.goods_class, listing.goods_class_reason
