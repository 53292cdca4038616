"""Exports: asked for with a reason, written by a job with its progress, handed over within a day, all in the audit trail.

Two sorts. What may name a household or a person (`ExportKind`) needs a second person's approval, is sealed at rest and handed
over once. What names none (`OpenKind`: figures, entries of the ledger) needs no second person; its link works until it expires.
What can be exported is a tuple of kinds that the composition root names, since most of it lies above this slice.
"""

from marketplace.accounts.service.exports.asking import ACTION, ask, begin
from marketplace.accounts.service.exports.kinds import (
    ExportKind,
    Kind,
    OpenKind,
    Order,
    Parameters,
    Progress,
    Rows,
    compose,
    kinds,
)
from marketplace.accounts.service.exports.making import JOB, make
from marketplace.accounts.service.exports.models import Export
from marketplace.accounts.service.exports.taking import (
    Standing,
    TakenFile,
    find,
    is_handed_over_once,
    listing,
    take,
)
from marketplace.accounts.service.exports.writing import OPEN_JOB, write

__all__ = [
    "ACTION",
    "JOB",
    "OPEN_JOB",
    "Export",
    "ExportKind",
    "Kind",
    "OpenKind",
    "Order",
    "Parameters",
    "Progress",
    "Rows",
    "Standing",
    "TakenFile",
    "ask",
    "begin",
    "compose",
    "find",
    "is_handed_over_once",
    "kinds",
    "listing",
    "make",
    "take",
    "write",
]
