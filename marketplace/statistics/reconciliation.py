"""The proof that the books foot, to the fen, and the bridge from money received to sales counted.

Σ counted lines = Σ ledger entries = Σ by region = Σ by channel = Σ statements' base (closed months) + Σ unlinked + Σ linked
entries of the open months. All figures from one snapshot.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from marketplace.statistics.query import Question, ask


@dataclass(frozen=True)
class Line:
    """One line of the reconciliation: a label and fen; `is_part` lines explain the one above."""

    title_zh: str
    amount_fen: int
    is_part: bool = False


@dataclass(frozen=True)
class Reconciliation:
    """Totals that must be equal, the parts of the statements' side, and the bridge from money to sales."""

    totals: list[Line]
    parts: list[Line]
    bridge: list[Line]

    @property
    def foots(self) -> bool:
        """Whether every total is the same and the bridge ends at it."""
        amounts = {line.amount_fen for line in self.totals}
        return len(amounts) == 1 and self.bridge[-1].amount_fen in amounts


_BOOKS: Final = sql("""
    SELECT
      (SELECT coalesce(sum(counted_fen), 0) FROM orders.order_line) AS counted,
      (SELECT coalesce(sum(sale_fen), 0) FROM attribution.entry WHERE source = 'order' AND kind = 'refund') AS reversed,
      (SELECT coalesce(sum(sale_fen), 0) FROM attribution.entry WHERE source <> 'order') AS elsewhere,
      (SELECT coalesce(sum(sale_fen), 0) FROM attribution.entry) AS entries,
      (SELECT coalesce(sum(sale_fen), 0) FROM attribution.agreement_statement) AS statements,
      (SELECT coalesce(sum(sale_fen), 0) FROM attribution.entry WHERE version_no = 0) AS unlinked,
      (SELECT coalesce(sum(e.sale_fen), 0) FROM attribution.entry e
        LEFT JOIN attribution.period p ON p.period = e.period AND p.state = 'closed'
        WHERE e.version_no <> 0 AND p.period IS NULL) AS open_months
""")

# Received: captured less returned. Each order's money is either behind counted goods or explained by why it is not.
_MONEY: Final = sql("""
    WITH line AS (
        SELECT order_id,
               coalesce(sum(counted_fen), 0) AS counted,
               coalesce(sum(refunded_fen) FILTER (WHERE counted_at IS NOT NULL), 0) AS refunded_counted
        FROM orders.order_line GROUP BY order_id
    ), booked AS (
        SELECT order_id, sum(sale_fen) AS net FROM attribution.entry WHERE source = 'order' GROUP BY order_id
    ), state AS (
        SELECT o.id, o.paid_fen - o.refunded_fen AS received, coalesce(b.net, 0) AS counted_net, o.accepted_at, o.evaluated_at,
               o.state, o.counted_at
        FROM orders.sales_order o LEFT JOIN booked b ON b.order_id = o.id
    )
    SELECT
      coalesce(sum(received), 0) AS received,
      coalesce(sum(received) FILTER (WHERE counted_at IS NULL AND state = 'cancelled'), 0) AS cancelled,
      coalesce(sum(received) FILTER (WHERE counted_at IS NULL AND state <> 'cancelled' AND accepted_at IS NULL), 0)
        AS not_accepted,
      coalesce(sum(received) FILTER (WHERE counted_at IS NULL AND state <> 'cancelled' AND accepted_at IS NOT NULL), 0)
        AS not_evaluated,
      coalesce(sum(received - counted_net) FILTER (WHERE counted_at IS NOT NULL AND received > counted_net), 0) AS beyond,
      coalesce(sum(counted_net - received) FILTER (WHERE counted_at IS NOT NULL AND received < counted_net), 0) AS receivable
    FROM state
""")


def reconcile(session: Session) -> Reconciliation:
    """Build the reconciliation over everything in the books; the session should be a snapshot."""
    books = session.execute(_BOOKS).one()
    whole = Question(measures=("sales",), by=("origin",), level="province")
    by_region = sum(row.figures["sales"] or 0 for row in ask(session, whole).rows)
    by_channel = sum(
        row.figures["sales"] or 0
        for row in ask(session, Question(measures=("sales",), by=("channel_kind",))).rows
    )
    parts = [
        Line("已关账月份结算单基数", int(books.statements), True),
        Line("未联结部分", int(books.unlinked), True),
        Line("未关账月份的已联结分录", int(books.open_months), True),
    ]
    totals = [
        Line("计入的订单行(扣除退款)", int(books.counted + books.reversed + books.elsewhere)),
        Line("账本分录", int(books.entries)),
        Line("分地区合计", by_region),
        Line("分渠道合计", by_channel),
        Line("结算单 + 未联结 + 未关账", sum(part.amount_fen for part in parts)),
    ]
    return Reconciliation(totals, parts, _bridge(session, int(books.elsewhere)))


def _bridge(session: Session, elsewhere_fen: int) -> list[Line]:
    money = session.execute(_MONEY).one()
    steps = [
        Line("收到货款(已扣除退回)", int(money.received)),
        Line("减:已取消订单尚未退回", -int(money.cancelled), True),
        Line("减:已付款未验收", -int(money.not_accepted), True),
        Line("减:已付款未满足其他计入条件(未评价等)", -int(money.not_evaluated), True),
        Line("减:已计入订单中未计入的款项(拒收待退、运费)", -int(money.beyond), True),
        Line("加:已计入未付款(先货后款)", int(money.receivable), True),
        Line("加:站外销售", elsewhere_fen, True),
    ]
    return [*steps, Line("计入销售额", sum(step.amount_fen for step in steps))]
