"""A statement over the ledger's table, as the engine of the columns understands it: the same measures and dimensions.

SQLAlchemy says it in PostgreSQL's words, sqlglot in the engine's. What is different in a segment (`layout`) is changed in
between: the table's name, and the list of schemes that is a text there.
"""

from __future__ import annotations

import uuid
from typing import Any, Final

import sqlglot
from sqlalchemy import Select
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlglot import exp

from marketplace.statistics.segments.layout import SCHEMES_MARK

RELATION: Final = "entry"
_POSTGRESQL: Final = PGDialect(paramstyle="named")  # type: ignore[no-untyped-call]


def translated(statement: Select[Any], engine: str = "duckdb") -> tuple[str, dict[str, Any]]:
    """Its text in the dialect of `engine` (a name that sqlglot knows), asking the relation ``entry``, and its parameters."""
    compiled = statement.compile(dialect=_POSTGRESQL, compile_kwargs={"render_postcompile": True})
    given: dict[str, Any] = dict(compiled.params)
    tree = sqlglot.parse_one(str(compiled), read="postgres").transform(_as_in_segments, given)
    if engine == "spark":
        tree = tree.transform(_as_on_spark)
    used = {one.name for one in tree.find_all(exp.Placeholder)}
    return tree.sql(dialect=engine), {name: _plain(given[name]) for name in used}


def _as_in_segments(node: exp.Expression, given: dict[str, Any]) -> exp.Expression:
    if isinstance(node, exp.Table):
        return exp.to_table(RELATION)
    if isinstance(node, exp.Column):
        return exp.column(node.name)
    if isinstance(node, exp.ArrayOverlaps):
        return _any_scheme(node, given)
    return node


def _as_on_spark(node: exp.Expression) -> exp.Expression:
    """Spark's GROUPING takes one column: the whole mask is as good, for nobody asks but whether it is 0."""
    if isinstance(node, exp.Func) and node.sql_name() == "GROUPING":
        return exp.Anonymous(this="GROUPING_ID", expressions=[])
    return node


def _any_scheme(node: exp.ArrayOverlaps, given: dict[str, Any]) -> exp.Expression:
    """``schemes && :list`` as: the text holds ``|a|``, or ``|b|``. Schemes are codes of ours, never what somebody typed."""
    codes = given[node.expression.find(exp.Placeholder).name]
    marked = [exp.Literal.string(f"{SCHEMES_MARK}{code}{SCHEMES_MARK}") for code in codes]
    found = [exp.Contains(this=exp.column("schemes"), expression=one) for one in marked]
    return exp.paren(exp.or_(*found)) if found else exp.false()


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, uuid.UUID) else value
