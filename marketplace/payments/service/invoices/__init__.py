"""Invoices, one use case a file.

requests      a buyer asks a seller for one
issue         the seller's blue invoice
red           a red letter takes it back, in part or whole
checks        the buyer checks it (验票), and what a payment waits for
declarations  who counts how much of it
attachments   its PDF or OFD
reading       one, lists, and the work list of red letters owed
differences   orders and invoices held against each other
drafts        what an invoice over an order would say
parties       who buys, who sells: one of each
"""
