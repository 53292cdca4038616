"""What becomes of the contracts and invoices of the deals: at every stage, in both forms of signature, blue and red.

Pure: a deal becomes steps with their times; `steps/contracts.py` and `steps/invoices.py` take them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from marketplace.demo.world.deals import DEALS

_DRAFTED_AFTER: Final = timedelta(hours=3)
_BETWEEN: Final = timedelta(minutes=30)
_SENT: Final = ("contract_draft", "contract_send")
_SCANNED: Final = ("seller_scan", "buyer_checks", "buyer_scan", "seller_checks")
_BY_CA: Final = ("seller_ca", "buyer_checks", "buyer_ca", "seller_checks")

#: Deal → the steps of its contract, half an hour after each other, all before the goods are sent.
CONTRACTS: Final[Mapping[str, tuple[str, ...]]] = {
    "spring": (*_SENT, *_SCANNED),
    "refused_scan": (*_SENT, "seller_scan", "buyer_checks", "buyer_scan", "seller_refuses", *_SCANNED[2:]),
    "called_off": (*_SENT, "contract_void"),
    "supplemented": (*_SENT, *_BY_CA, "contract_supplement", "contract_send", *_BY_CA),
    "claimed": (*_SENT, *_BY_CA),
    "asked": (*_SENT, *_BY_CA[:2]),
    "to_be_checked": (*_SENT, "seller_scan"),
    "sent": _SENT,
    "drafted": _SENT[:1],
}


_ISSUED: Final = ("invoice_ask", "invoice_issue")
_ACCEPTED: Final = (*_ISSUED, "invoice_accept")
#: Returned goods are back, and the money, before the red letter is issued.
_FIRST_DAY: Final = 5
_DAY_OF_RED: Final = 26

#: Deal → the steps of its invoices, a day after each other from the fifth day on.
INVOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "spring": _ACCEPTED,
    "refused_scan": ("invoice_ask", "invoice_withdraw"),
    "declined": ("invoice_ask", "invoice_decline"),
    "returned": _ACCEPTED,
    "called_off": (*_ISSUED, "invoice_refuse", "invoice_red", *_ACCEPTED),
    "together": _ACCEPTED,
    "claimed": _ACCEPTED,
    "second_thoughts": (*_ISSUED, "invoice_refuse"),
    "unchecked": _ISSUED,
    "asked": ("invoice_ask",),
}
#: Deals of one invoice; the last of them asks for it.
TOGETHER: Final = ("supplemented", "together")


def steps_of(deal: str, placed: datetime) -> list[tuple[str, datetime]]:
    """Return the steps of a deal's papers with their times, in sequence; none for an order that is no deal."""
    contract = [
        (action, placed + _DRAFTED_AFTER + number * _BETWEEN)
        for number, action in enumerate(CONTRACTS.get(deal, ()))
    ]
    invoice = [
        (action, placed + timedelta(days=day, hours=1))
        for day, action in enumerate(INVOICES.get(deal, ()), _FIRST_DAY)
    ]
    is_returned = deal in DEALS and DEALS[deal].scenario == "partly_returned"
    red = [("invoice_red", placed + timedelta(days=_DAY_OF_RED))] if is_returned else []
    return [*contract, *invoice, *red]
