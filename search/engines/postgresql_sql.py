"""The statement of a question, with everything that varies as a parameter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from marketplace.catalogue.rules.shown_class import IS_AID, IS_NOT_AID
from search.engines.facets import OF_LISTINGS
from search.engines.postgresql_facets import facet
from search.engines.protocol import (
    NEVER,
    STRICT_POINTS,
    UNPRICED,
    AllOf,
    Expression,
    FacetAsk,
    ListingFilter,
    Question,
    Token,
    all_of,
    any_of,
    simplify,
)

_PRICE_KEY: Final = f"COALESCE(l.price_per_500g_fen, {UNPRICED} + l.price_fen)"
# Sort → the columns of its key, each as (expression, descending). The last is always the number.
_KEYS: Final[dict[str, tuple[tuple[str, bool], ...]]] = {
    "relevance": (("score", True), ("popularity", True), ("length", False)),
    "sales": (("sales_fen", True),),
    "price": (("price_key", False),),
    "-price": (("price_key", True),),
    "newest": (("newest_ms", True),),
    "households": (("households", True),),
}


@dataclass
class Statement:
    """SQL with its values."""

    text: str = ""
    values: dict[str, Any] = field(default_factory=dict)

    def value(self, value: object) -> str:
        """A parameter for a value: its name."""
        name = f"v{len(self.values)}"
        self.values[name] = value
        return f":{name}"


def tsquery(expression: Expression) -> str:
    """The expression in PostgreSQL's own words, every token quoted: nothing a user types is an operator."""
    if isinstance(expression, Token):
        return "'" + expression.text.replace("\\", "\\\\").replace("'", "''") + "'"
    sign = " & " if isinstance(expression, AllOf) else " | "
    return "(" + sign.join(tsquery(part) for part in expression.parts) + ")"


def page_statement(question: Question, facets: Sequence[FacetAsk], without: str | None = None) -> Statement:
    """The page, the totals and `facets`; with `without` the facets alone, counted without the filter of that name."""
    made = Statement()
    made.values["today"] = question.today
    filters = [e for name, e in question.filters.items() if name != without]
    listing = _listing_condition(made, question.listing, without)
    matching = _candidates(question, filters)
    conditions = ["d.digest <> ''"]
    if matching is not None:
        conditions = (
            ["false"]
            if matching == NEVER
            else [f"d.tokens @@ CAST({made.value(tsquery(matching))} AS tsquery)"]
        )
    if listing:
        conditions.append(
            f"EXISTS (SELECT 1 FROM search.document_listing l WHERE l.product_no = d.product_no AND {listing})"
        )
    parts = [
        (
            "m AS MATERIALIZED (SELECT d.product_no, d.product_id, d.producer_id, d.category_code, d.province, d.city,"
            " d.county, d.marks, d.schemes, d.modes, d.channel_kinds, d.classes, d.classes_until, d.price_bands,"
            " d.stocks, d.households, d.sales_fen, d.popularity, d.length, d.newest_ms,"
            f" {_score(made, question) if without is None else '0'} AS score"
            f" FROM search.document d WHERE {' AND '.join(conditions)})"
        )
    ]
    shown = ["NULL AS page", "NULL AS total", "NULL AS strict_total"]
    if without is None:
        parts.append(_best(question, listing))
        parts.append(_page(made, question))
        shown = [
            "(SELECT json_agg(p.row ORDER BY p.place) FROM page p) AS page",
            "(SELECT count(*) FROM m) AS total",
            f"(SELECT count(*) FROM m WHERE score >= {STRICT_POINTS}) AS strict_total",
        ]
    counted = [facet(ask, made.value(ask.name), listing) for ask in facets]
    counts = (
        f"(SELECT json_agg(json_build_array(f.name, f.value, f.n)) FROM ({' UNION ALL '.join(counted)}) f)"
    )
    shown.append(f"{counts if counted else 'NULL'} AS facets")
    made.text = f"WITH {', '.join(parts)} SELECT {', '.join(shown)}"
    return made


def _candidates(question: Question, filters: Sequence[Expression]) -> Expression | None:
    wanted = simplify(question.strict)
    related = simplify(question.related)
    if wanted is not None and related is not None and question.sort == "relevance":
        wanted = any_of((wanted, related))
    return simplify(all_of([*filters, *([wanted] if wanted is not None else [])]))


def _score(made: Statement, question: Question) -> str:
    """The relevance of a matching row, a sum over its own tokens: each match is read once, whatever is asked of it."""
    strict = simplify(question.strict)
    base = STRICT_POINTS if strict is None or question.related is None else 0
    scored = [] if question.sort != "relevance" else list(question.points)
    if base == 0 and strict is not None:
        scored.append((strict, STRICT_POINTS))
    terms = []
    for expression, points in scored:
        narrowed = simplify(expression)
        if narrowed is None:
            base += points
        elif narrowed != NEVER:
            query = made.value(tsquery(narrowed))
            terms.append(f"CASE WHEN d.tokens @@ CAST({query} AS tsquery) THEN {int(points)} ELSE 0 END")
    return " + ".join([f"{base}::bigint", *terms])


def _best(question: Question, listing: str) -> str:
    """`b`: matches with the cheapest matching listing's key, where the order needs it."""
    if question.sort not in ("price", "-price"):
        return "b AS (SELECT m.*, 0::bigint AS price_key FROM m)"
    return (
        "b AS (SELECT m.*, l.price_key FROM m JOIN (SELECT l.product_no,"
        f" min({_PRICE_KEY}) AS price_key FROM search.document_listing l JOIN m USING (product_no)"
        f"{f' WHERE {listing}' if listing else ''} GROUP BY l.product_no) l USING (product_no))"
    )


def _page(made: Statement, question: Question) -> str:
    columns = _KEYS[question.sort]
    order = ", ".join(f"b.{name} {'DESC' if down else 'ASC'}" for name, down in columns) + ", b.product_no"
    condition = ""
    if question.after is not None:
        signed = [f"-b.{name}" if down else f"b.{name}" for name, down in columns]
        values = [
            -value if down else value for value, (_, down) in zip(question.after, columns, strict=False)
        ]
        marks = ", ".join(f"CAST({made.value(v)} AS bigint)" for v in (*values, question.after[-1]))
        condition = f" WHERE ({', '.join(signed)}, b.product_no) > ({marks})"
    best_order = f"l.in_stock DESC, {IS_AID} DESC, {_PRICE_KEY}, l.listing_id"
    if question.sort in ("price", "-price"):
        best_order = f"{_PRICE_KEY}, l.listing_id"
    listing = _listing_condition(made, question.listing, None)
    key = ", ".join(f"t.{name}" for name, _ in columns)
    return (
        f"page AS (SELECT row_number() OVER (ORDER BY {order.replace('b.', 't.')}) AS place,"
        f" json_build_array(t.product_no, t.product_id, x.listing_id, t.score, {key}, t.product_no) AS row"
        f" FROM (SELECT * FROM b{condition} ORDER BY {order} LIMIT {int(question.size)}) t"
        " CROSS JOIN LATERAL (SELECT l.listing_id FROM search.document_listing l WHERE l.product_no = t.product_no"
        f"{f' AND {listing}' if listing else ''} ORDER BY {best_order} LIMIT 1) x)"
    )


def _listing_condition(made: Statement, asked: ListingFilter, without: str | None) -> str:
    left_out = OF_LISTINGS.get(without or "", ())
    columns: Mapping[str, str] = {
        "channel_id": "l.channel_id = {}",
        "channel_kind": "l.channel_kind = {}",
        "price_per_500g_from_fen": "l.price_per_500g_fen >= {}",
        "price_per_500g_to_fen": "l.price_per_500g_fen <= {}",
        "in_stock": "l.in_stock = {}",
    }
    found = [
        template.format(made.value(value))
        for name, template in columns.items()
        if name not in left_out and (value := getattr(asked, name)) is not None
    ]
    if asked.is_aid is not None and "is_aid" not in left_out:
        found.append(IS_AID if asked.is_aid else IS_NOT_AID)
    return " AND ".join(found)
