"""Products out of a spreadsheet: all rows are checked first, then all, or the good ones, are added; twice adds nothing."""

from marketplace.producers.service.imports.columns import COLUMNS
from marketplace.producers.service.imports.run import (
    ImportOptions,
    bad_rows_file,
    errors_of,
    queue,
    read,
    run,
)
from marketplace.producers.service.imports.validation import Plan, plan_of

__all__ = [
    "COLUMNS",
    "ImportOptions",
    "Plan",
    "bad_rows_file",
    "errors_of",
    "plan_of",
    "queue",
    "read",
    "run",
]
