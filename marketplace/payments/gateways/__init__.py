"""Ways in which money arrives, one file each; the tuple GATEWAYS is the only list of them."""

from typing import Final

from marketplace.payments.gateways.bank_transfer import BANK_TRANSFER
from marketplace.payments.gateways.protocol import Gateway

#: Every gateway; a test matches what they serve with the methods that there are.
GATEWAYS: Final[tuple[Gateway, ...]] = (BANK_TRANSFER,)

__all__ = ["BANK_TRANSFER", "GATEWAYS", "Gateway"]
