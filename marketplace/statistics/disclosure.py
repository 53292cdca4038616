"""What anybody may see: closed months, by city, with small household counts withheld so that they cannot be computed back.

Source: docs/rules.md, "Small counts in publications". A count under 3 is withheld; if only one cell of a table was withheld, the
smallest other one is too (complementary suppression), else the total would give it away. Only fixed tables are published, so
that no two questions differ by a small group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from marketplace.attribution.models import Period
from marketplace.core.clock import period_days
from marketplace.core.errors import NotFound
from marketplace.core.privacy import PUBLIC_MIN
from marketplace.statistics.dimensions import area_title
from marketplace.statistics.query import Question, ask


@dataclass(frozen=True)
class PublicRow:
    """An area's published figures: fen, and heads or None where withheld."""

    area: str
    title: str
    sales_fen: int
    aid_sales_fen: int
    consumption_aid_fen: int
    households: int | None
    persons: int | None


@dataclass(frozen=True)
class PublicTable:
    """A closed month of a province, by city, with its digest: the same month gives the same table for ever."""

    period: str
    area: str
    rows: list[PublicRow]
    total: PublicRow
    digest: str


def withheld(counts: Sequence[int]) -> list[bool]:
    """Which cells of a published table are withheld: those of 1 or 2, and one more if that leaves a single unknown."""
    hidden = [0 < count < PUBLIC_MIN for count in counts]
    if sum(hidden) == 1:
        others = [i for i, count in enumerate(counts) if not hidden[i] and count > 0]
        if others:
            hidden[min(others, key=lambda i: (counts[i], i))] = True
    return hidden


def public_table(session: Session, period: str, area: str) -> PublicTable:
    """Published statistics of a closed month, seller's view, by city. NotFound (``period_open``) while the month is open."""
    closed = session.get(Period, period)
    if closed is None or closed.state != "closed":
        raise NotFound("period_open", "该统计期尚未关账,关账后公布")
    answer = ask(
        session,
        Question(
            measures=(
                "sales",
                "aid_sales",
                "consumption_aid_amount",
                "households_covered",
                "persons_covered",
            ),
            by=("origin",),
            from_period=period,
            to_period=period,
            area=area,
            on=period_days(period)[1] - timedelta(days=1),
        ),
    )
    hidden = withheld([row.figures["households_covered"] or 0 for row in answer.rows])
    rows = [
        _row(str(row.key[0]), row.figures, hide=hide) for row, hide in zip(answer.rows, hidden, strict=True)
    ]
    few = 0 < (answer.total["households_covered"] or 0) < PUBLIC_MIN
    return PublicTable(period, area, rows, _row(area, answer.total, hide=few), (closed.digest or b"").hex())


def _row(area: str, figures: dict[str, int | None], *, hide: bool) -> PublicRow:
    return PublicRow(
        area,
        area_title(area),
        figures["sales"] or 0,
        figures["aid_sales"] or 0,
        figures["consumption_aid_amount"] or 0,
        None if hide else figures["households_covered"],
        None if hide else figures["persons_covered"],
    )
