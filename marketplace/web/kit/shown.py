"""How figures, days and personal data are written on pages: the filters of the templates. No rule of the trade lives here."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from typing import Any, Final

from flask import Flask

from marketplace.core import divisions
from marketplace.core.clock import SHANGHAI, day_of
from marketplace.core.errors import Invalid
from marketplace.core.money import BP, format_wan, format_yuan, round_half_up
from marketplace.core.privacy import mask_bank_account, mask_name, mask_phone, mask_resident_id, public_number
from marketplace.web.kit.words import say as _

_NOTHING: Final = "—"
_FEN_OF_YI: Final = 10**10


def yuan(amount_fen: int | None) -> str:
    """1234500 → ¥12,345.00; a dash for None."""
    return _NOTHING if amount_fen is None else f"¥{format_yuan(amount_fen)}".replace("¥-", "-¥")


def wan(amount_fen: int | None) -> str:
    """A sum for reports, with its unit: 1.23万元; from 1亿元 on in 亿元. Half up to two decimals."""
    if amount_fen is None:
        return _NOTHING
    if abs(amount_fen) >= _FEN_OF_YI:
        return _("{figure}亿元", figure=format_yuan(round_half_up(amount_fen, 10**8)))
    return _("{figure}万元", figure=format_wan(amount_fen))


def percent(rate_bp: int | None) -> str:
    """A rate of basis points: 1234 → 12.34%, 1000 → 10%."""
    if rate_bp is None:
        return _NOTHING
    whole, rest = divmod(abs(rate_bp), 100)
    sign = "-" if rate_bp < 0 else ""
    return f"{sign}{whole}.{rest:02d}".rstrip("0").rstrip(".") + "%"


def share(part: int, whole: int) -> int:
    """What `part` is of `whole` in basis points, half up, 0 … 10000 as a bar shows it; 0 of nothing."""
    return 0 if whole <= 0 else max(0, min(BP, round_half_up(part * BP, whole)))


def number(value: int | None) -> str:
    """1234567 → 1,234,567; a dash for None."""
    return _NOTHING if value is None else f"{value:,}"


def households(count: int | None) -> str:
    """A number of households as anything public prints it: 少于3户 under 3."""
    if count is None:
        return _NOTHING
    shown = public_number(count)
    return _("少于3户") if shown is None else _("{count}户", count=f"{shown:,}")


def day(value: date | datetime | None) -> str:
    """2020-08-18; of an instant its Shanghai day; a dash for None."""
    if value is None:
        return _NOTHING
    return (day_of(value) if isinstance(value, datetime) else value).isoformat()


def moment(value: datetime | None) -> str:
    """2020-08-18 09:30 in Shanghai; a dash for None."""
    return _NOTHING if value is None else value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def area(code: str | None) -> str:
    """The names of an area from the province down; the code itself where nobody knows it."""
    if not code:
        return _NOTHING
    if not code.strip("0"):
        return _("全国")
    try:
        return divisions.full_name(code)
    except Invalid:
        return code


def area_name(code: str | None) -> str:
    """The name of an area alone: 梅县区."""
    if not code:
        return _NOTHING
    if not code.strip("0"):
        return _("全国")
    try:
        return divisions.name(code)
    except Invalid:
        return code


def as_column(title: str) -> dict[str, str]:
    """A column of figures under that title."""
    return {"title": title, "class": "num"}


def fingerprint(text: str) -> str:
    """A short name for a text, for ids on a page."""
    return hashlib.sha256(text.encode()).hexdigest()[:10]


FILTERS: Final[dict[str, Any]] = {
    "yuan": yuan,
    "wan": wan,
    "percent": percent,
    "number": number,
    "households": households,
    "day": day,
    "moment": moment,
    "area": area,
    "area_name": area_name,
    "mask_name": mask_name,
    "mask_phone": mask_phone,
    "mask_resident_id": mask_resident_id,
    "mask_bank_account": mask_bank_account,
    "as_column": as_column,
    "fingerprint": fingerprint,
}


def install(app: Flask) -> None:
    """Give the templates of `app` these filters."""
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.globals["share"] = share
