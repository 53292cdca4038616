"""The tables of payments, one file per subject."""

from marketplace.payments.models.balances import BuyerBalance, Repayment
from marketplace.payments.models.books import Transfer
from marketplace.payments.models.receipts import BankStatement, CollectingAccount, DeclaredPayer, Receipt
from marketplace.payments.models.received import Payment
from marketplace.payments.models.refunds import Refund

__all__ = [
    "BankStatement",
    "BuyerBalance",
    "CollectingAccount",
    "DeclaredPayer",
    "Payment",
    "Receipt",
    "Refund",
    "Repayment",
    "Transfer",
]
