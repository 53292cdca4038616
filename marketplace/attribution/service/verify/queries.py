"""Invariants of the books as queries for rows that break them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sqlalchemy import text as sql
from sqlalchemy.orm import Session


def first_row(session: Session, statement: str, message: str) -> str | None:
    """`message` filled with the first row that `statement` finds, None when it finds none."""
    row = session.execute(sql(statement + " LIMIT 1")).mappings().first()
    return message.format(**row) if row is not None else None


def query(statement: str, message: str) -> Callable[[Session], str | None]:
    """A check that runs `statement`."""
    return lambda session: first_row(session, statement, message)


LINES: Final = """
        SELECT l.id, l.counted_fen, e.sale_fen
        FROM orders.order_line l
        FULL JOIN (SELECT line_id, sum(sale_fen)::bigint AS sale_fen, sum(quantity_milli)::bigint AS quantity_milli
                   FROM attribution.entry WHERE source = 'order' AND kind = 'sale' GROUP BY line_id) e ON e.line_id = l.id
        WHERE (l.counted_at IS NOT NULL OR e.line_id IS NOT NULL)
          AND (l.counted_fen, l.counted_quantity * 1000) IS DISTINCT FROM (e.sale_fen, e.quantity_milli)
"""


POOLS: Final = """
        SELECT a.period, a.version_no, a.earned_period, a.pool_fen, a.village_fen + coalesce(h.fen, 0) AS split_fen
        FROM attribution.agreement_statement a
        LEFT JOIN (SELECT period, version_no, earned_period, sum(benefit_fen)::bigint AS fen
                   FROM attribution.household_statement GROUP BY period, version_no, earned_period) h
          USING (period, version_no, earned_period)
        WHERE a.pool_fen <> a.village_fen + coalesce(h.fen, 0)
"""


OWED: Final = """
        SELECT version_no, earned_period, household_no, sum(benefit_fen) AS fen FROM attribution.household_statement
        GROUP BY version_no, earned_period, household_no HAVING sum(benefit_fen) < 0
"""


TRIGGERS: Final = """
    SELECT t.name FROM (VALUES ('entry'), ('link'), ('accrual'), ('agreement_statement'), ('household_statement'), ('period'))
        AS t(name)
    WHERE (SELECT count(*) FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE n.nspname = 'attribution' AND c.relname = t.name AND g.tgname IN ('refuse_change', 'refuse_truncate')
             AND g.tgenabled = 'O') <> 2
"""

REVERSALS: Final = """
    SELECT line_id, version_no, goods_class, sum(sale_fen) AS fen, sum(benefit_fen) AS benefit FROM attribution.entry
    GROUP BY source, line_id, version_no, goods_class HAVING sum(sale_fen) < 0 OR sum(benefit_fen) < 0 OR sum(quantity_milli) < 0
"""

TWICE: Final = """
    SELECT min(entry_no) AS entry_no, count(*) AS times FROM attribution.entry
    GROUP BY source, event_id, line_id, kind, version_no, goods_class, reverses_id IS NULL HAVING count(*) > 1
"""

FOLDS: Final = """
    SELECT p.period, p.entries, p.sale_fen, f.entries AS found, f.sale_fen AS found_fen
    FROM attribution.period p
    CROSS JOIN LATERAL (SELECT count(*) AS entries, coalesce(sum(sale_fen), 0)::bigint AS sale_fen
                        FROM attribution.entry e WHERE e.period = p.period) f
    WHERE p.state = 'closed' AND (p.entries, p.sale_fen) IS DISTINCT FROM (f.entries, f.sale_fen)
"""

STATEMENT_FOLDS: Final = """
    SELECT a.period, a.version_no, a.earned_period, a.sale_fen, a.pool_fen, coalesce(e.sale_fen, 0) AS found_fen,
           coalesce(e.benefit_fen, 0) + coalesce(c.benefit_fen, 0) AS found_pool
    FROM attribution.agreement_statement a
    LEFT JOIN (SELECT period, version_no, coalesce(adjusts_period, period) AS earned_period, sum(sale_fen)::bigint AS sale_fen,
                      sum(benefit_fen)::bigint AS benefit_fen
               FROM attribution.entry WHERE version_no <> 0 GROUP BY 1, 2, 3) e USING (period, version_no, earned_period)
    LEFT JOIN (SELECT period, version_no, earned_period, sum(benefit_fen)::bigint AS benefit_fen
               FROM attribution.accrual GROUP BY 1, 2, 3) c USING (period, version_no, earned_period)
    WHERE a.sale_fen <> coalesce(e.sale_fen, 0) OR a.pool_fen <> coalesce(e.benefit_fen, 0) + coalesce(c.benefit_fen, 0)
"""

VERSIONS: Final = """
    SELECT e.entry_no, e.version_no, e.sold_at FROM attribution.entry e
    LEFT JOIN beneficiaries.agreement_version v USING (version_no)
    WHERE e.version_no <> 0 AND (v.id IS NULL OR v.state <> 'approved'
        OR NOT v.valid @> (e.sold_at AT TIME ZONE 'Asia/Shanghai')::date)
"""

CERTIFICATES: Final = """
    SELECT e.entry_no, e.certificate_id FROM attribution.entry e
    LEFT JOIN certification.certificate c ON c.id = e.certificate_id
    WHERE e.goods_class = 'certified_aid' AND e.kind = 'sale'
      AND (c.id IS NULL OR c.product_id <> e.product_id
           OR NOT (e.sold_at AT TIME ZONE 'Asia/Shanghai')::date BETWEEN c.valid_from AND c.valid_to)
"""

LATE: Final = """
    SELECT e.entry_no, e.period, e.written_at, p.closed_at FROM attribution.entry e
    JOIN attribution.period p ON p.period = e.period AND p.state = 'closed' WHERE e.written_at > p.closed_at
"""

GAPS: Final = """
    SELECT p.period FROM attribution.period p WHERE p.state = 'closed'
      AND p.period <> (SELECT min(period) FROM attribution.period)
      AND NOT EXISTS (SELECT 1 FROM attribution.period q WHERE q.state = 'closed'
                      AND q.period = to_char(to_date(p.period, 'YYYY-MM') - interval '1 month', 'YYYY-MM'))
"""

STOCK: Final = """
    SELECT s.id, s.on_hand, s.reserved, coalesce(m.on_hand, 0) AS moved, coalesce(m.reserved, 0) AS moved_reserved
    FROM catalogue.stock_item s
    LEFT JOIN (SELECT stock_item_id, sum(on_hand_change) AS on_hand, sum(reserved_change) AS reserved
               FROM catalogue.stock_movement GROUP BY stock_item_id) m ON m.stock_item_id = s.id
    WHERE s.on_hand <> coalesce(m.on_hand, 0) OR s.reserved <> coalesce(m.reserved, 0) OR s.on_hand < 0
"""

ROLL_UPS: Final = """
    WITH whole AS (SELECT coalesce(sum(sale_fen), 0) AS fen FROM attribution.entry),
    parts AS (
        SELECT 'linked and unlinked' AS name, coalesce(sum(sale_fen) FILTER (WHERE version_no <> 0), 0)
             + coalesce(sum(sale_fen) FILTER (WHERE version_no = 0), 0) AS fen FROM attribution.entry
        UNION ALL SELECT 'statements, unlinked and the open months',
            (SELECT coalesce(sum(sale_fen), 0) FROM attribution.agreement_statement)
          + (SELECT coalesce(sum(e.sale_fen), 0) FROM attribution.entry e
             LEFT JOIN attribution.period p ON p.period = e.period AND p.state = 'closed'
             WHERE e.version_no = 0 OR p.period IS NULL)
        UNION ALL SELECT 'counted lines less refunds and corrections',
            (SELECT coalesce(sum(counted_fen), 0) FROM orders.order_line)
          + (SELECT coalesce(sum(sale_fen), 0) FROM attribution.entry WHERE kind <> 'sale' OR source <> 'order')
    )
    SELECT parts.name, parts.fen, whole.fen AS whole_fen FROM parts, whole WHERE parts.fen <> whole.fen
"""
