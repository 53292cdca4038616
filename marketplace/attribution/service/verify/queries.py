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
    SELECT coalesce(l.id, e.line_id) AS id, l.counted_fen, e.sale_fen
    FROM orders.order_line l
    FULL JOIN (SELECT line_id, sum(sale_fen)::bigint AS sale_fen, sum(quantity_milli)::bigint AS quantity_milli
               FROM attribution.entry WHERE source = 'order' AND kind = 'sale' GROUP BY line_id) e ON e.line_id = l.id
    WHERE (l.counted_at IS NOT NULL OR e.line_id IS NOT NULL)
      AND (l.counted_fen, l.counted_quantity * 1000) IS DISTINCT FROM (e.sale_fen, e.quantity_milli)
"""

REFUNDS: Final = """
    SELECT coalesce(r.line_id, e.line_id) AS id, r.amount_fen, -e.sale_fen AS sale_fen
    FROM (SELECT b.line_id, sum(b.amount_fen)::bigint AS amount_fen, sum(b.quantity)::bigint * 1000 AS quantity_milli
          FROM orders.order_return_line b JOIN orders.order_return o ON o.id = b.return_id
          WHERE b.was_counted AND o.state IN ('refunded', 'settled') GROUP BY b.line_id) r
    FULL JOIN (SELECT line_id, sum(sale_fen)::bigint AS sale_fen, sum(quantity_milli)::bigint AS quantity_milli
               FROM attribution.entry WHERE source = 'order' AND kind = 'refund' GROUP BY line_id) e USING (line_id)
    WHERE (r.amount_fen, r.quantity_milli) IS DISTINCT FROM (-e.sale_fen, -e.quantity_milli)
"""

# What an order moved to another unit leaves and what arrives are two events of one instant and reason. A report that was
# wrong, or of another's sale, is taken back whole: its line is compared with what stands of the report (FOREIGN).
CORRECTIONS: Final = """
    SELECT line_id, sum(sale_fen)::bigint AS fen FROM attribution.entry
    WHERE kind = 'correction' AND NOT (reason = 'duplicate' OR source = 'intake' AND reason = 'correction')
    GROUP BY source, line_id, counted_at, reason
    HAVING sum(sale_fen) <> 0 OR sum(quantity_milli) <> 0 OR sum(benefit_fen) <> 0
"""

FOREIGN: Final = """
    SELECT coalesce(f.id, e.line_id) AS id, f.sale_fen AS stands_fen, e.sale_fen
    FROM (SELECT id, CASE state WHEN 'counted' THEN sale_fen - refunded_fen
                                WHEN 'internal' THEN booked_fen * (role = 'transfer')::int ELSE 0 END AS sale_fen,
                 CASE state WHEN 'counted' THEN quantity_milli - refunded_milli
                            WHEN 'internal' THEN booked_milli * (role = 'transfer')::int ELSE 0 END AS quantity_milli
          FROM intake.foreign_sale) f
    FULL JOIN (SELECT line_id, sum(sale_fen)::bigint AS sale_fen, sum(quantity_milli)::bigint AS quantity_milli
               FROM attribution.entry WHERE source = 'intake' GROUP BY line_id) e ON e.line_id = f.id
    WHERE f.id IS NULL OR (f.sale_fen, f.quantity_milli) <> (coalesce(e.sale_fen, 0), coalesce(e.quantity_milli, 0))
"""

POOLS: Final = """
    SELECT coalesce(a.period, h.period) AS period, coalesce(a.version_no, h.version_no) AS version_no,
           coalesce(a.earned_period, h.earned_period) AS earned_period, a.pool_fen,
           coalesce(a.village_fen, 0) + coalesce(h.fen, 0) AS split_fen
    FROM attribution.agreement_statement a
    FULL JOIN (SELECT period, version_no, earned_period, sum(benefit_fen)::bigint AS fen, count(*) AS households
               FROM attribution.household_statement GROUP BY period, version_no, earned_period) h
      USING (period, version_no, earned_period)
    WHERE (a.pool_fen, a.households) IS DISTINCT FROM (a.village_fen + coalesce(h.fen, 0), coalesce(h.households, 0))
"""

TOTALS: Final = """
    SELECT period, version_no, earned_period, pool_total_fen, known_fen
    FROM (SELECT *, sum(pool_fen) OVER (PARTITION BY version_no, earned_period ORDER BY period) AS known_fen
          FROM attribution.agreement_statement) a
    WHERE pool_total_fen <> known_fen OR pool_total_fen < 0
"""


OWED: Final = """
    SELECT version_no, earned_period, household_no, sum(benefit_fen) AS fen FROM attribution.household_statement
    GROUP BY version_no, earned_period, household_no HAVING sum(benefit_fen) < 0
"""


TRIGGERS: Final = """
    SELECT t.name FROM (VALUES ('attribution.entry'), ('attribution.link'), ('attribution.accrual'), ('attribution.period'),
        ('attribution.input_line'),
        ('attribution.agreement_statement'), ('attribution.household_statement'), ('beneficiaries.roster_share'),
        ('catalogue.stock_movement'), ('core.audit_record'), ('intake.report')) AS t(name)
    WHERE (SELECT count(*) FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE n.nspname || '.' || c.relname = t.name AND g.tgname IN ('refuse_change', 'refuse_truncate')
             AND g.tgenabled IN ('O', 'A')) <> 2
"""

#: What stands for foreign keys where thousands of rows are written at once (docs/adr/0033).
REFERENCES: Final = """
    SELECT t.name, t.trigger FROM (VALUES ('attribution.link', 'fk_link_entry_no'), ('intake.report', 'fk_report_sale_id'),
        ('intake.report', 'fk_report_batch_id_channel_id'), ('intake.foreign_sale', 'fk_foreign_sale_batch_id_channel_id'),
        ('intake.foreign_sale', 'refuse_loss'), ('intake.batch', 'refuse_loss')) AS t(name, trigger)
    WHERE NOT EXISTS (SELECT 1 FROM pg_trigger g WHERE g.tgrelid = t.name::regclass AND g.tgname = t.trigger
                      AND g.tgenabled IN ('O', 'A'))
    ORDER BY t.name, t.trigger
"""

REVERSALS: Final = """
    SELECT line_id, version_no, goods_class, sum(sale_fen) AS fen, sum(benefit_fen) AS benefit FROM attribution.entry
    GROUP BY source, line_id, version_no, goods_class HAVING sum(sale_fen) < 0 OR sum(benefit_fen) < 0 OR sum(quantity_milli) < 0
"""

ORIGINALS: Final = """
    SELECT e.entry_no FROM attribution.entry e LEFT JOIN attribution.entry r ON r.id = e.reverses_id
    WHERE e.reverses_id IS NOT NULL AND ((e.source, e.line_id, e.version_no, e.goods_class)
          IS DISTINCT FROM (r.source, r.line_id, r.version_no, r.goods_class) OR r.entry_no > e.entry_no)
"""

TWICE: Final = """
    SELECT min(entry_no) AS entry_no, count(*) AS times FROM attribution.entry
    GROUP BY source, event_id, line_id, kind, version_no, goods_class HAVING count(*) > 1
"""

KEYS: Final = """
    SELECT t.name FROM (VALUES ('uq_entry_event'), ('uq_entry_entry_no'), ('uq_link_position')) AS t(name)
    WHERE NOT EXISTS (SELECT 1 FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace
                      WHERE n.nspname = 'attribution' AND c.conname = t.name AND c.convalidated)
"""

FOLDS: Final = """
    SELECT p.period, p.entries, p.sale_fen, p.benefit_fen, f.entries AS found, f.sale_fen AS found_fen,
           s.pool_fen AS found_benefit
    FROM attribution.period p
    CROSS JOIN LATERAL (SELECT count(*) AS entries, coalesce(sum(sale_fen), 0)::bigint AS sale_fen
                        FROM attribution.entry e WHERE e.period = p.period) f
    CROSS JOIN LATERAL (SELECT coalesce(sum(pool_fen), 0)::bigint AS pool_fen
                        FROM attribution.agreement_statement a WHERE a.period = p.period) s
    WHERE p.state = 'closed'
      AND (p.entries, p.sale_fen, p.benefit_fen) IS DISTINCT FROM (f.entries, f.sale_fen, s.pool_fen)
"""

STATEMENT_FOLDS: Final = """
    SELECT coalesce(a.period, f.period) AS period, coalesce(a.version_no, f.version_no) AS version_no,
           coalesce(a.earned_period, f.earned_period) AS earned_period, a.sale_fen, a.pool_fen,
           f.sale_fen AS found_fen, f.benefit_fen AS found_pool
    FROM attribution.agreement_statement a
    FULL JOIN (
        SELECT b.period, b.version_no, b.earned_period, sum(b.sale_fen)::bigint AS sale_fen,
               sum(b.benefit_fen)::bigint AS benefit_fen
        FROM (SELECT period, version_no, coalesce(adjusts_period, period) AS earned_period, sale_fen, benefit_fen
              FROM attribution.entry WHERE version_no <> 0
              UNION ALL
              SELECT period, version_no, earned_period, 0, benefit_fen FROM attribution.accrual) b
        JOIN attribution.period p ON p.period = b.period AND p.state = 'closed'
        GROUP BY 1, 2, 3) f USING (period, version_no, earned_period)
    WHERE (a.sale_fen, a.pool_fen) IS DISTINCT FROM (f.sale_fen, f.benefit_fen)
"""

# A version may be cut short later within the open month (its successor was approved, or it was ended): what had been sold
# under it stays. Both leave the instant at which they were decided.
VERSIONS: Final = """
    SELECT e.entry_no, e.version_no, e.sold_at FROM attribution.entry e
    LEFT JOIN beneficiaries.agreement_version v USING (version_no)
    WHERE e.version_no <> 0 AND e.kind = 'sale'
      AND (v.id IS NULL OR v.state <> 'approved' OR v.agreement_no <> e.agreement_no
        OR NOT v.valid @> (e.sold_at AT TIME ZONE 'Asia/Shanghai')::date
           AND NOT ((e.sold_at AT TIME ZONE 'Asia/Shanghai')::date >= upper(v.valid) AND (
               EXISTS (SELECT 1 FROM beneficiaries.agreement_version n
                       WHERE n.agreement_id = v.agreement_id AND n.state = 'approved'
                         AND lower(n.valid) = upper(v.valid) AND n.approved_at >= e.written_at)
               OR EXISTS (SELECT 1 FROM core.audit_record r JOIN beneficiaries.agreement a ON a.number = r.subject_id
                          WHERE a.id = v.agreement_id AND r.subject_kind = 'agreement'
                            AND r.action = 'beneficiaries.agreement.end'
                            AND r.detail ->> 'version' = v.version::text AND r.at >= e.written_at))))
"""

FOLLOWERS: Final = """
    SELECT e.entry_no, e.version_no FROM attribution.entry e
    WHERE e.kind <> 'sale' AND NOT EXISTS (
        SELECT 1 FROM attribution.entry s
        WHERE s.source = e.source AND s.line_id = e.line_id AND s.version_no = e.version_no AND s.kind = 'sale'
          AND s.sold_at = e.sold_at AND s.agreement_no IS NOT DISTINCT FROM e.agreement_no)
"""

CERTIFICATES: Final = """
    SELECT e.entry_no, e.certificate_id FROM attribution.entry e
    LEFT JOIN certification.certificate c ON c.id = e.certificate_id
    WHERE e.goods_class = 'certified_aid' AND e.kind = 'sale'
      AND (c.id IS NULL OR c.product_id <> e.product_id OR c.suspensions @> e.sold_at
           OR NOT (e.sold_at AT TIME ZONE 'Asia/Shanghai')::date BETWEEN c.valid_from AND c.valid_to)
"""

REVOKED: Final = """
    SELECT e.line_id, e.certificate_id, sum(e.sale_fen) AS fen FROM attribution.entry e
    JOIN certification.certificate c ON c.id = e.certificate_id
    WHERE e.goods_class = 'certified_aid' AND c.revoked_at IS NOT NULL AND e.sold_at >= c.void_from
    GROUP BY e.line_id, e.certificate_id HAVING sum(e.sale_fen) <> 0
"""

# By position, not by the clocks of several machines: the close chains everything that the month has.
LATE: Final = """
    SELECT e.entry_no, e.period FROM attribution.entry e
    JOIN attribution.period p ON p.period = e.period AND p.state = 'closed'
    JOIN attribution.link l ON l.entry_no = e.entry_no WHERE l.position > p.last_position
"""

BEFORE: Final = """
    SELECT min(e.entry_no) AS entry_no, e.period FROM attribution.entry e
    WHERE e.period < (SELECT max(period) FROM attribution.period WHERE state = 'closed')
      AND NOT EXISTS (SELECT 1 FROM attribution.period p WHERE p.period = e.period AND p.state = 'closed')
    GROUP BY e.period
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
