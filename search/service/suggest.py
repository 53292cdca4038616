"""Words to choose from while somebody types: by their beginning, in characters, pinyin or initials."""

from __future__ import annotations

from typing import Final

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.core.db import reading
from search.analysis.text import normalise
from search.models import Term
from search.query.plan import check
from search.vocabulary import still_had

MOST: Final = 10
LONGEST: Final = 40
_TRIED: Final = 5


def suggest(text: str, most: int = MOST) -> list[str]:
    """Up to `most` words that begin like `text`; names before other words, then the more frequent, then the shorter.

    Only words that something on sale has: the table keeps a word until the next rebuild.
    """
    typed = "".join(normalise(check(text))[:LONGEST].split())
    if not typed:
        return []
    starts = _starts(Term.term, typed)
    if typed.isascii() and typed.isalpha():
        starts = or_(_starts(Term.pinyin, typed), _starts(Term.initials, typed))
    statement = (
        select(Term.term)
        .where(starts)
        .order_by(
            case((Term.kind == "producer", 1), else_=0),
            Term.documents.desc(),
            func.length(Term.term),
            Term.term,
        )
        .limit(_TRIED * most)
    )
    with reading() as connection:
        words = list(connection.scalars(statement))
    return still_had(words, most) if words else []


def _starts(column: InstrumentedAttribute[str], typed: str) -> ColumnElement[bool]:
    """Begins with: a range, so that the index answers and nothing typed is a pattern."""
    return and_(column >= typed, column < typed + "\U0010ffff")
