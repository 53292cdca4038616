"""The tables of payments, one file per subject."""

from marketplace.payments.models.books import Transfer
from marketplace.payments.models.interest import InterestClaim
from marketplace.payments.models.received import Payment
from marketplace.payments.models.refunds import Refund

__all__ = ["InterestClaim", "Payment", "Refund", "Transfer"]
