"""The words that documents have, in a table: for pinyin, initials, slips of the pen, and suggestions as one types."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    TableValuedAlias,
    delete,
    func,
    literal,
    select,
    update,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from marketplace.core.db import reading, table_of
from search.analysis import names, pinyin
from search.documents.source import ProductSource
from search.documents.tokens import words_of_name
from search.engines.postgresql_sql import tsquery
from search.engines.protocol import NEVER, Expression
from search.models import Term

_MOST: Final = 8
BATCH: Final = 5_000
_HAS: Final = sql("SELECT EXISTS (SELECT 1 FROM search.document d WHERE d.tokens @@ CAST(:asked AS tsquery))")


def learn(session: Session, sources: Iterable[ProductSource]) -> Counter[str]:
    """Add the words of products that the table lacks; how many of the products have each word.

    Rows go in by word, so that two workers with the same new words wait for each other and never deadlock.
    """
    counts: Counter[str] = Counter()
    kinds: dict[str, str] = {}
    for source in sources:
        words = _words_of(source)
        counts.update(words.keys())
        for word, kind in words.items():
            if kind == "name" or word not in kinds:
                kinds[word] = kind
    wanted = sorted(counts)
    known = set(session.scalars(select(Term.term).where(Term.term.in_(wanted))))
    new = [_row(word, kinds[word], counts[word]) for word in wanted if word not in known]
    if new:
        _insert(session, new)
    return counts


def _insert(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add the words in one statement; one that another worker has added meanwhile is left alone."""
    columns = {column.name: column.type for column in table_of(Term).columns}
    told = _arrays("told", **{name: (type_, [row[name] for row in rows]) for name, type_ in columns.items()})
    statement = insert(Term).from_select(list(columns), select(*(told.c[name] for name in columns)))
    session.execute(statement.on_conflict_do_nothing())


def _arrays(name: str, **columns: tuple[TypeEngine[Any], list[Any]]) -> TableValuedAlias:
    """Rows given as one array a column."""
    arrays = [literal(values, ARRAY(type_, dimensions=1)) for type_, values in columns.values()]
    return func.unnest(*arrays).table_valued(*columns, name=name).render_derived()


def _words_of(source: ProductSource) -> dict[str, str]:
    """Word → name, word or producer."""
    found = dict.fromkeys(words_of_name(source), "word")
    found |= {part: "name" for part in names.hanzi_parts(source.name) if 2 <= len(part) <= names.LONGEST_NAME}
    for part in names.hanzi_parts(source.producer_name):
        found.setdefault(part, "producer")
    return found


def _row(word: str, kind: str, documents: int) -> dict[str, Any]:
    return {
        "term": word,
        "kind": kind,
        "pinyin": pinyin.spelled(word),
        "sound": pinyin.sound(word),
        "initials": pinyin.initials(word),
        "documents": documents,
    }


def begin_count(session: Session) -> None:
    """Before a rebuild: every count is nothing. A word that a worker learns meanwhile counts one."""
    session.execute(update(Term).values(documents=0))


def end_count(session: Session, counts: Mapping[str, int]) -> None:
    """After a rebuild: every word has its count, and words that no document has are forgotten."""
    words = sorted(counts)
    for start in range(0, len(words), BATCH):
        some = words[start : start + BATCH]
        told = _arrays("told", word=(Term.term.type, some), n=(BigInteger(), [counts[word] for word in some]))
        session.execute(
            update(Term)
            .where(Term.term == told.c.word)
            .values(documents=told.c.n)
            .execution_options(synchronize_session=False)
        )
    session.execute(delete(Term).where(Term.documents == 0))


class TermTable:
    """The lexicon that questions are read with, asked on a connection of its own."""

    def read_as(self, letters: str) -> Sequence[str]:
        """Terms whose syllables run together are `letters`."""
        return self._terms(Term.pinyin == letters)

    def sounding(self, sound: str) -> Sequence[str]:
        """Terms with that sound."""
        return self._terms(Term.sound == sound)

    def with_initials(self, letters: str) -> Sequence[str]:
        """Terms with those initials."""
        return self._terms(Term.initials == letters)

    def has(self, expression: Expression) -> bool:
        """Whether any document satisfies the expression."""
        if expression == NEVER:
            return False
        with reading() as connection:
            return bool(connection.scalar(_HAS, {"asked": tsquery(expression)}))

    @staticmethod
    def _terms(condition: ColumnElement[bool]) -> Sequence[str]:
        statement = (
            select(Term.term)
            .where(condition)
            .order_by(Term.documents.desc(), func.length(Term.term), Term.term)
            .limit(_MOST)
        )
        with reading() as connection:
            return list(connection.scalars(statement))
