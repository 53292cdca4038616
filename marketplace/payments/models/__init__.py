"""The tables of payments, one file per subject."""

from marketplace.payments.models.books import Transfer
from marketplace.payments.models.online import GatewayAccount, GatewayEvent, OnlinePayment
from marketplace.payments.models.received import Payment
from marketplace.payments.models.refunds import Refund

__all__ = ["GatewayAccount", "GatewayEvent", "OnlinePayment", "Payment", "Refund", "Transfer"]
