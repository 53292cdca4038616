"""The reimbursement pack (报销资料包): contract, invoices, acceptance record and payment voucher of an order in one PDF.

    cover · contract with its signatures · invoices · acceptance record · payment voucher

The cover lists what is in it on which pages, what must be attached apart (OFD, files that cannot be joined), and what is
missing. It is put together whenever it is asked for; who asked is recorded.
"""

from marketplace.payments.service.pack.building import Pack, build_pack

__all__ = ["Pack", "build_pack"]
