"""The checks of the books of money that are one statement each: a row with a text for what is wrong, none when nothing is."""

from __future__ import annotations

from typing import Final

#: What a transfer adds to money held under supervision for somebody: what arrived there less what nobody has explained yet.
_HELD: Final = """(
    CASE WHEN debit_account IN ('bank', 'stripe_clearing', 'unallocated') AND debit_party IS NULL THEN amount_fen ELSE 0 END
  - CASE WHEN credit_account IN ('bank', 'stripe_clearing', 'unallocated') AND credit_party IS NULL
         THEN amount_fen ELSE 0 END)"""
#: What came to an order out of a balance of its buyer: held before, and now for the order.
_OF_BALANCE: Final = """(
    CASE WHEN debit_account = 'buyer_balance' AND credit_account = 'buyer_receivable' THEN amount_fen
         WHEN credit_account = 'buyer_balance' AND debit_account = 'buyer_receivable' THEN -amount_fen ELSE 0 END)"""

#: Statements that give one row with a text for each thing that is wrong. (code, title, statement)
STATEMENTS: Final = (
    (
        "M2",
        "every transfer is of money: above zero, between two accounts, and a reversal is the exact opposite of what it undoes",
        """
        SELECT 'transfer ' || r.transfer_no FROM payments.transfer r JOIN payments.transfer t ON t.transfer_no = r.reverses_no
        WHERE (r.amount_fen, r.debit_account, r.credit_account) <> (t.amount_fen, t.credit_account, t.debit_account)
           OR r.debit_party IS DISTINCT FROM t.credit_party OR r.credit_party IS DISTINCT FROM t.debit_party
        ORDER BY r.transfer_no LIMIT 1
        """,
    ),
    (
        "M4",
        "what was collected under supervision for an order is what the order says it kept",
        f"""
        SELECT 'order ' || o.number || ': books ' || coalesce(b.fen, 0) || ', order ' || (o.paid_fen - o.refunded_fen)
        FROM payments.collection c JOIN orders.sales_order o ON o.id = c.order_id
        LEFT JOIN (SELECT order_id, sum({_HELD} + {_OF_BALANCE}) AS fen FROM payments.transfer
                   WHERE order_id IS NOT NULL GROUP BY order_id) b ON b.order_id = o.id
        WHERE coalesce(b.fen, 0) <> o.paid_fen - o.refunded_fen
        ORDER BY o.order_no LIMIT 1
        """,  # noqa: S608 - a constant of this file
    ),
    (
        "M5",
        "what is held under supervision is what it is owed for: kept for orders, less payouts, and what is of no order",
        f"""
        SELECT 'books ' || held || ', explained ' || explained FROM (
            SELECT coalesce((SELECT sum({_HELD}) FROM payments.transfer), 0) AS held,
                   coalesce((SELECT sum(o.paid_fen - o.refunded_fen) FROM payments.collection c
                             JOIN orders.sales_order o ON o.id = c.order_id), 0)
                 - coalesce((SELECT sum(amount_fen) FROM payments.payout WHERE state = 'confirmed'), 0)
                 + coalesce((SELECT sum({_HELD}) FROM payments.transfer
                             WHERE order_id IS NULL AND event NOT LIKE 'payout:%'), 0)
                 - coalesce((SELECT sum({_OF_BALANCE}) FROM payments.transfer t
                             JOIN payments.collection c ON c.order_id = t.order_id), 0) AS explained) x
        WHERE held <> explained
        """,  # noqa: S608 - a constant of this file
    ),
    (
        "M6",
        "a run is the sum of what it took",
        """
        SELECT 'settlement ' || r.number || ': ' || r.amount_fen || ', items ' || coalesce(sum(i.amount_fen), 0)
        FROM payments.settlement_run r LEFT JOIN payments.settlement_item i ON i.run_id = r.id
        GROUP BY r.id, r.number, r.amount_fen HAVING coalesce(sum(i.amount_fen), 0) <> r.amount_fen
        ORDER BY r.number LIMIT 1
        """,
    ),
    (
        "M7",
        "a payout is its run, and what the books moved for it is what its state says",
        """
        SELECT 'payout ' || p.number || ' (' || p.state || '): on the way or paid ' || coalesce(t.fen, 0)
        FROM payments.payout p JOIN payments.settlement_run r ON r.id = p.run_id
        LEFT JOIN (
            SELECT split_part(event, ':', 2) AS payout,
                   sum(CASE WHEN credit_account = 'payout_clearing' THEN amount_fen
                            WHEN debit_account = 'payout_clearing' THEN -amount_fen ELSE 0 END) AS fen,
                   sum(CASE WHEN credit_account = 'bank' THEN amount_fen
                            WHEN debit_account = 'bank' THEN -amount_fen ELSE 0 END) AS paid
            FROM payments.transfer WHERE event LIKE 'payout:%' GROUP BY 1) t ON t.payout = p.id::text
        WHERE p.amount_fen <> r.amount_fen
           OR coalesce(t.fen, 0) <> CASE WHEN p.state = 'sent' THEN p.amount_fen ELSE 0 END
           OR coalesce(t.paid, 0) <> CASE WHEN p.state = 'confirmed' THEN p.amount_fen ELSE 0 END
        ORDER BY p.number LIMIT 1
        """,
    ),
    (
        "M8",
        "nothing is settled that did not count: each sale once, as counted; what went back of it comes off",
        """
        SELECT 'order ' || o.number || ': items ' || i.fen || ', counted ' || coalesce(l.fen, 0) FROM (
            SELECT order_id, sum(amount_fen) FILTER (WHERE kind IN ('sale', 'claim')) AS fen
            FROM payments.settlement_item WHERE event NOT LIKE 'again:%' GROUP BY order_id) i
        JOIN orders.sales_order o ON o.id = i.order_id
        LEFT JOIN (SELECT order_id, sum(amount_fen - refunded_fen) AS fen
                   FROM orders.order_line WHERE counted_at IS NOT NULL GROUP BY order_id) l ON l.order_id = o.id
        WHERE i.fen IS NOT NULL AND i.fen <> coalesce(l.fen, 0)
        ORDER BY o.order_no LIMIT 1
        """,
    ),
    (
        "M9",
        "every item is open once, or in one living run",
        """
        SELECT 'item ' || i.event FROM payments.settlement_item i
        JOIN payments.settlement_run r ON r.id = i.run_id AND r.state IN ('refused', 'failed')
        WHERE NOT EXISTS (SELECT FROM payments.settlement_item a WHERE a.event = 'again:' || r.id || ':' || i.id)
        ORDER BY i.event LIMIT 1
        """,
    ),
    (
        "M10",
        "levy and commission are booked as they were charged",
        """
        SELECT c.kind || ': charged ' || c.fen || ', booked ' || coalesce(t.fen, 0) FROM (
            SELECT kind, sum(charge_fen) AS fen FROM payments.line_charge GROUP BY kind) c
        LEFT JOIN (
            SELECT replace(kind, '_back', '') AS kind,
                   sum(CASE WHEN kind LIKE '%\\_back' THEN -amount_fen ELSE amount_fen END) AS fen
            FROM payments.transfer WHERE kind IN ('levy', 'levy_back', 'commission', 'commission_back')
            GROUP BY 1) t ON t.kind = c.kind
        WHERE coalesce(t.fen, 0) <> c.fen
        ORDER BY c.kind LIMIT 1
        """,
    ),
    (
        "M11",
        "a producer is owed what its orders are worth, less what it has directly (or shall give back), commission due, payouts",
        """
        SELECT 'producer ' || producer || ': books ' || sum(booked) || ', orders ' || sum(owed) FROM (
            SELECT credit_party AS producer, amount_fen AS booked, 0 AS owed
            FROM payments.transfer WHERE credit_account = 'producer_payable'
            UNION ALL SELECT debit_party, -amount_fen, 0 FROM payments.transfer WHERE debit_account = 'producer_payable'
            UNION ALL SELECT o.producer_organisation_id, 0, o.total_fen - o.deducted_fen
                - CASE WHEN c.order_id IS NULL THEN o.paid_fen - o.refunded_fen ELSE 0 END
            FROM orders.sales_order o LEFT JOIN payments.collection c ON c.order_id = o.id
            UNION ALL SELECT o.producer_organisation_id, 0, -r.amount_fen
            FROM payments.refund r JOIN orders.sales_order o ON o.id = r.order_id
            WHERE (r.kind = 'surplus' AND r.state NOT IN ('confirmed', 'replaced'))
               OR (r.bounced_at IS NOT NULL AND NOT EXISTS (
                   SELECT FROM payments.refund again WHERE again.replaces_id = r.id))
            UNION ALL SELECT party, 0, -charge_fen FROM payments.line_charge WHERE kind = 'commission'
            UNION ALL SELECT producer_organisation_id, 0, total_fen FROM payments.commission_bill WHERE state = 'paid'
            UNION ALL SELECT producer_organisation_id, 0, -amount_fen
            FROM payments.payout WHERE state IN ('sent', 'confirmed')) x
        GROUP BY producer HAVING sum(booked) <> sum(owed) ORDER BY producer LIMIT 1
        """,
    ),
    (
        "M15",
        "the gateway's fees are booked as they were told, and nothing else of a producer stays with the gateway",
        """
        SELECT what || ' ' || key || ': told ' || sum(told) || ', booked ' || sum(booked) FROM (
            SELECT 'order' AS what, order_id::text AS key, fee_fen AS told, 0::bigint AS booked FROM payments.online_payment
            UNION ALL SELECT 'order', order_id::text, 0, amount_fen FROM payments.transfer WHERE debit_account = 'gateway_fees'
            UNION ALL SELECT 'order', order_id::text, 0, -amount_fen FROM payments.transfer WHERE credit_account = 'gateway_fees'
            UNION ALL SELECT 'producer', debit_party::text, amount_fen, 0 FROM payments.transfer
                WHERE debit_account = 'gateway_fees'
            UNION ALL SELECT 'producer', credit_party::text, -amount_fen, 0 FROM payments.transfer
                WHERE credit_account = 'gateway_fees'
            UNION ALL SELECT 'producer', debit_party::text, 0, -amount_fen FROM payments.transfer
                WHERE debit_account = 'stripe_clearing'
            UNION ALL SELECT 'producer', credit_party::text, 0, amount_fen FROM payments.transfer
                WHERE credit_account = 'stripe_clearing') x
        GROUP BY what, key HAVING sum(told) <> sum(booked) ORDER BY what, key LIMIT 1
        """,
    ),
    (
        "M17",
        "what was paid of the levy is booked as it was checked, and never more than the statement owes",
        """
        SELECT 'levy payment ' || p.number || ' (' || p.state || '): booked ' || coalesce(sum(
                   CASE WHEN t.credit_account = 'levy_receivable' THEN t.amount_fen ELSE -t.amount_fen END), 0)
        FROM payments.levy_payment p
        LEFT JOIN payments.transfer t ON t.event IN ('levy_payment:' || p.id, 'levy_payment_reversed:' || p.id)
        GROUP BY p.id, p.number, p.state, p.amount_fen
        HAVING coalesce(sum(CASE WHEN t.credit_account = 'levy_receivable' THEN t.amount_fen ELSE -t.amount_fen END), 0)
               <> CASE WHEN p.state = 'checked' THEN p.amount_fen ELSE 0 END
        UNION ALL
        SELECT 'levy statement ' || s.number || ': ' || s.total_fen || ', paid or recorded ' || sum(p.amount_fen)
        FROM payments.levy_statement s JOIN payments.levy_payment p ON p.statement_id = s.id
        WHERE p.state IN ('recorded', 'checked')
        GROUP BY s.id, s.number, s.total_fen HAVING sum(p.amount_fen) > greatest(s.total_fen, 0)
        ORDER BY 1 LIMIT 1
        """,
    ),
    (
        "M18",
        "a bill of commission is the sum of its charges, no settlement has one of them, and what was paid is booked",
        """
        SELECT 'bill ' || b.number || ': ' || b.total_fen || ', charges ' || coalesce(sum(c.charge_fen), 0)
        FROM payments.commission_bill b
        LEFT JOIN payments.commission_bill_line l ON l.bill_id = b.id
        LEFT JOIN payments.line_charge c ON c.charge_no = l.charge_no
             AND c.kind = 'commission' AND c.party = b.producer_organisation_id AND c.period <= b.period
        GROUP BY b.id, b.number, b.total_fen HAVING coalesce(sum(c.charge_fen), 0) <> b.total_fen
        UNION ALL SELECT 'charge ' || c.charge_no || ' is billed and settled'
        FROM payments.commission_bill_line l JOIN payments.line_charge c ON c.charge_no = l.charge_no
        JOIN payments.settlement_item i ON i.event = 'commission:' || c.event_id || ':' || c.line_id
        UNION ALL SELECT 'own bank: paid ' || paid || ', booked ' || booked FROM (
            SELECT (SELECT coalesce(sum(total_fen), 0) FROM payments.commission_bill WHERE state = 'paid') AS paid,
                   (SELECT coalesce(sum(amount_fen), 0) FROM payments.transfer WHERE kind = 'commission_paid') AS booked) x
        WHERE paid <> booked
        ORDER BY 1 LIMIT 1
        """,
    ),
)
