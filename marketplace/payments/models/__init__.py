"""The tables of payments, one file per subject."""

from marketplace.payments.models.agreements import (
    CommissionAgreement,
    SupervisedAgreement,
)
from marketplace.payments.models.balances import (
    BuyerBalance,
    Repayment,
)
from marketplace.payments.models.books import (
    Transfer,
)
from marketplace.payments.models.collection import (
    Collection,
    LineCharge,
    LineCommission,
)
from marketplace.payments.models.commission_bills import (
    CommissionBill,
    CommissionBillLine,
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
from marketplace.payments.models.levy_payments import (
    LevyPayment,
)
from marketplace.payments.models.levy_statements import (
    LevyStatement,
    LevyStatementLine,
)
from marketplace.payments.models.online import (
    GatewayAccount,
    GatewayEvent,
    OnlinePayment,
)
from marketplace.payments.models.receipts import (
    BankStatement,
    CollectingAccount,
    DeclaredPayer,
    Receipt,
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
    PayoutLine,
    SettlementItem,
    SettlementRun,
)

__all__ = [
    "BankStatement",
    "BuyerBalance",
    "CollectingAccount",
    "Collection",
    "CommissionAgreement",
    "CommissionBill",
    "CommissionBillLine",
    "DeclaredPayer",
    "GatewayAccount",
    "GatewayEvent",
    "InterestClaim",
    "Invoice",
    "InvoiceDeclaration",
    "InvoiceFile",
    "InvoiceLine",
    "InvoiceRequest",
    "InvoiceRequestOrder",
    "LevyPayment",
    "LevyStatement",
    "LevyStatementLine",
    "LineCharge",
    "LineCommission",
    "OnlinePayment",
    "Payment",
    "Payout",
    "PayoutFile",
    "PayoutInstruction",
    "PayoutLine",
    "Receipt",
    "Refund",
    "Repayment",
    "SettlementItem",
    "SettlementRun",
    "SupervisedAgreement",
    "Transfer",
]
