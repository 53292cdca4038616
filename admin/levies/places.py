"""The two parts of 帮扶金 as tabs: what is owed, as both sides sign it, and what was paid of it."""

from __future__ import annotations

from typing import Final

from marketplace.accounts.models import Organisation
from marketplace.core.actor import Actor
from marketplace.payments.service.levy_signing import CHECK, CONFIRM
from marketplace.web.kit import note
from marketplace.web.kit import say as _

_PLACES: Final = (
    ("statements", note("对账"), "/admin/levies"),
    ("dues", note("缴纳"), "/admin/levies/dues"),
)


def tabs() -> list[tuple[str, str, str, None]]:
    """Code, title and address of each part, for `parts.tabs`."""
    return [(code, _(title), path, None) for code, title, path in _PLACES]


def acts_for_a_side(actor: Actor, operator: Organisation | None = None) -> bool:
    """Whether buttons of a side are shown: of this operator's statements, or without one of any."""
    if operator is None:
        return actor.may(CONFIRM) or actor.may(CHECK)
    return actor.may_on(CHECK, area=operator.area_code) or actor.may_on(
        CONFIRM, area=operator.area_code, owners=(operator.id,)
    )
