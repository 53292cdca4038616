"""Statements of banks: how each bank lays its file out is data (``banks/*.toml``), how a file is read is one reader for all.

`layout` is the shape of the data, `cells` reads one cell, `read` a whole file: all of its lines, or all that is wrong with it.
"""

from marketplace.payments.layouts.layout import LAYOUT_BY_CODE, LAYOUTS, Layout
from marketplace.payments.layouts.read import BankLine, Refused, Statement, read_statement

__all__ = ["LAYOUTS", "LAYOUT_BY_CODE", "BankLine", "Layout", "Refused", "Statement", "read_statement"]
