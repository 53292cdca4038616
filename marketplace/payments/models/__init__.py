"""The tables of payments, one file per subject."""

from marketplace.payments.models.agreements import (
    CommissionAgreement,
    SupervisedAgreement,
)
from marketplace.payments.models.books import (
    Transfer,
)
from marketplace.payments.models.collection import (
    Collection,
    LineCharge,
    LineCommission,
)
from marketplace.payments.models.interest import (
    InterestClaim,
)
from marketplace.payments.models.invoices import (
    Invoice,
    InvoiceDeclaration,
    InvoiceFile,
    InvoiceLine,
    InvoiceRequest,
    InvoiceRequestOrder,
)
from marketplace.payments.models.received import (
    Payment,
)
from marketplace.payments.models.refunds import (
    Refund,
)
from marketplace.payments.models.settlement import (
    Payout,
    PayoutFile,
    PayoutInstruction,
    SettlementItem,
    SettlementRun,
)

__all__ = [
    "Collection",
    "CommissionAgreement",
    "InterestClaim",
    "Invoice",
    "InvoiceDeclaration",
    "InvoiceFile",
    "InvoiceLine",
    "InvoiceRequest",
    "InvoiceRequestOrder",
    "LineCharge",
    "LineCommission",
    "Payment",
    "Payout",
    "PayoutFile",
    "PayoutInstruction",
    "Refund",
    "SettlementItem",
    "SettlementRun",
    "SupervisedAgreement",
    "Transfer",
]
