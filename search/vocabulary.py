"""The words that documents have, in a table: for pinyin, initials, slips of the pen, and suggestions as one types."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Hashable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

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
from search.engines.protocol import NEVER, Expression, any_of
from search.models import Term
from search.query.wanted import contains

_MOST: Final = 8
BATCH: Final = 5_000
MOST_LOOKUPS: Final = 48
"""Statements that one question may cost in looking up words; beyond them it is read with what is known."""
_STILL_HAD: Final = sql(
    "SELECT w.word FROM unnest(CAST(:words AS text[]), CAST(:asked AS text[])) WITH ORDINALITY AS w (word, asked, place)"
    " WHERE EXISTS (SELECT 1 FROM search.document d WHERE d.tokens @@ CAST(w.asked AS tsquery))"
    " ORDER BY w.place LIMIT :most"
)
Answer = TypeVar("Answer")
_HAS: Final = sql("SELECT EXISTS (SELECT 1 FROM search.document d WHERE d.tokens @@ CAST(:asked AS tsquery))")


def learn(
    session: Session, sources: Iterable[ProductSource], seen: Container[str] = frozenset()
) -> Counter[str]:
    """Add the words of products that the table lacks; how many of the products have each word.

    A word that a rebuild has set to nothing counts as lacking, or the end of the rebuild would forget it. Words of `seen` were
    learnt by the same rebuild and are not looked up again.

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
    wanted = sorted(word for word in counts if word not in seen)
    known = {
        row.term: row.documents
        for row in session.execute(select(Term.term, Term.documents).where(Term.term.in_(wanted)))
    }
    new = [_row(word, kinds[word], counts[word]) for word in wanted if word not in known]
    if new:
        _insert(session, new)
    nothing = [word for word in wanted if known.get(word) == 0]
    if nothing:
        held = select(Term.term).where(Term.term.in_(nothing)).order_by(Term.term).with_for_update()
        again = list(session.scalars(held))
        session.execute(update(Term).where(Term.term.in_(again), Term.documents == 0).values(documents=1))
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


def still_had(words: Sequence[str], most: int) -> list[str]:
    """The first `most` of the words that some document has in its name or its producer's: what was withdrawn is not offered."""
    asked = [tsquery(any_of((contains("n", word), contains("p", word)))) for word in words if len(word) > 1]
    with reading() as connection:
        return list(
            connection.scalars(
                _STILL_HAD, {"words": [w for w in words if len(w) > 1], "asked": asked, "most": most}
            )
        )


class TermTable:
    """The lexicon of one question, asked on a connection of its own: nothing twice, and no more than `MOST_LOOKUPS` things."""

    def __init__(self) -> None:
        self._answers: dict[Hashable, Any] = {}

    def read_as(self, letters: str) -> Sequence[str]:
        """Terms whose syllables run together are `letters`."""
        return self._once(("pinyin", letters), lambda: _terms(Term.pinyin == letters), [])

    def sounding(self, sound: str) -> Sequence[str]:
        """Terms with that sound."""
        return self._once(("sound", sound), lambda: _terms(Term.sound == sound), [])

    def with_initials(self, letters: str) -> Sequence[str]:
        """Terms with those initials."""
        return self._once(("initials", letters), lambda: _terms(Term.initials == letters), [])

    def has(self, expression: Expression) -> bool:
        """Whether any document satisfies the expression."""
        if expression == NEVER:
            return False
        return self._once(expression, lambda: _has(expression), False)

    def _once(self, asked: Hashable, ask: Callable[[], Answer], unknown: Answer) -> Answer:
        if asked not in self._answers:
            if len(self._answers) >= MOST_LOOKUPS:
                return unknown
            self._answers[asked] = ask()
        found: Answer = self._answers[asked]
        return found


def _has(expression: Expression) -> bool:
    with reading() as connection:
        return bool(connection.scalar(_HAS, {"asked": tsquery(expression)}))


def _terms(condition: ColumnElement[bool]) -> Sequence[str]:
    statement = (
        select(Term.term)
        .where(condition)
        .order_by(Term.documents.desc(), func.length(Term.term), Term.term)
        .limit(_MOST)
    )
    with reading() as connection:
        return list(connection.scalars(statement))
