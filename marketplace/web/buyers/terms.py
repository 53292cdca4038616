"""The terms of a checkout as pages offer them: addresses, budget units, sources of money, ways to pay."""

from __future__ import annotations

import uuid
from typing import Any, Final

from marshmallow import pre_load
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.orders.buying.models import DeliveryAddress
from marketplace.orders.buying.rules.plan import FUND_TITLES
from marketplace.orders.buying.schemas.places import AddressTermsIn
from marketplace.orders.buying.service import addresses, approval_rules
from marketplace.orders.service.basket import WAITABLE
from marketplace.orders.terms import METHODS
from marketplace.web.kit import choices, label, note
from marketplace.web.kit import say as _

_WAITS: Final = {"goods": note("验货后付款"), "invoice": note("验票后付款")}


class TermsForm(AddressTermsIn):
    """The API's terms as a page sends them."""

    @pre_load
    def one_of_two(self, data: dict[str, Any], **_more: Any) -> dict[str, Any]:
        """The fields of a written address that stay empty beside a kept one are none."""
        written = data.get("deliver_to")
        if data.get("delivery_address_id") and isinstance(written, dict) and not any(written.values()):
            return {name: value for name, value in data.items() if name != "deliver_to"}
        return data


def offered(session: Session, actor: Actor, buyer_id: uuid.UUID | None) -> dict[str, Any]:
    """What the macro of `buyers/terms.html` offers; `kept` are the addresses (masked), the default first."""
    kept = session.scalars(
        addresses.listing(actor, buyer_id).order_by(DeliveryAddress.is_default.desc(), DeliveryAddress.id)
    ).all()
    rule = approval_rules.rule_for(session, buyer_id, utcnow()) if buyer_id else None
    shown = [addresses.masked(row) for row in kept]
    return {
        "direct_up_to_fen": rule.direct_up_to_fen if rule is not None else None,
        "units": approval_rules.budget_units_of(session, buyer_id) if buyer_id else [],
        "addresses": [(row["id"], f"{row['label']} · {row['name']} {row['telephone']}") for row in shown],
        "methods": [
            (one.code, label(one.title)) for one in METHODS if actor.opened_by_unit or not one.opened_by_unit
        ],
        "funds": choices(FUND_TITLES),
        "waits": [(code, _(_WAITS[code])) for code in WAITABLE],
    }
