"""The use cases of payments, one file each. Session first, then the actor; they flush, and raising rolls everything back."""

from marketplace.payments.service import (
    bank_statements,
    matching,
    payout_lines,
    supervised,
)
from marketplace.payments.service.charges import (
    charge_counted,
    charge_reversed,
)
from marketplace.payments.service.checkout_receipts import (
    receive_for_checkout,
)
from marketplace.payments.service.commission_bills import (
    draw_up_all as draw_up_commission_bills,
)
from marketplace.payments.service.invoice_files import (
    invoice_files_of,
)
from marketplace.payments.service.invoices.differences import (
    invoice_differences,
)
from marketplace.payments.service.invoices.red import (
    ask_red_letter,
)
from marketplace.payments.service.levy_statements import (
    draw_up_all as draw_up_levies,
)
from marketplace.payments.service.receipts import (
    payments_of,
    record_transfer,
)
from marketplace.payments.service.refunds import (
    confirm_refund,
    owe_refund,
    refunds_seen,
)
from marketplace.payments.service.settlement import (
    settle_due,
)
from marketplace.payments.service.settlement_items import (
    settle_counted,
    settle_revalued,
)
from marketplace.payments.service.verify import (
    report_differences,
)
from marketplace.payments.service.waiting_ages import (
    waiting_ages,
)
from marketplace.payments.service.worth import (
    book_orders,
    book_revaluation,
)

__all__ = [
    "ask_red_letter",
    "bank_statements",
    "book_orders",
    "book_revaluation",
    "charge_counted",
    "charge_reversed",
    "confirm_refund",
    "draw_up_commission_bills",
    "draw_up_levies",
    "invoice_differences",
    "invoice_files_of",
    "matching",
    "owe_refund",
    "payments_of",
    "payout_lines",
    "receive_for_checkout",
    "record_transfer",
    "refunds_seen",
    "report_differences",
    "settle_counted",
    "settle_due",
    "settle_revalued",
    "supervised",
    "waiting_ages",
]
