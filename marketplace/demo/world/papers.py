"""What becomes of the contracts of the deals: at every stage, in both forms of signature.

Pure: a deal becomes steps with their times; `steps/contracts.py` takes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

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


def steps_of(deal: str, placed: datetime) -> list[tuple[str, datetime]]:
    """Return the steps of a deal's contract with their times, in sequence; none for an order that is no deal."""
    return [
        (action, placed + _DRAFTED_AFTER + number * _BETWEEN)
        for number, action in enumerate(CONTRACTS.get(deal, ()))
    ]
