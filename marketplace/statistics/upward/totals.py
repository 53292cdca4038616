"""A month's total: drawn up from the closed books, confirmed by every county in it, sealed by another person, sent by the worker.

Each county confirms by two persons of its own what is sold of its goods and how many of its households stand behind it; one that
returns its part ends the version. A version that is sealed is never edited: another one, with its reason, supersedes it.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.attribution.models import Period
from marketplace.core import signing
from marketplace.core.actor import Actor, area_prefix
from marketplace.core.clock import parse_period, period_days, utcnow
from marketplace.core.db import refusing
from marketplace.core.errors import AlreadyExists, Conflict, Invalid
from marketplace.core.ids import uuid7
from marketplace.intake.rules.upward_totals import HEADS, NOTE, Total, digest_of, read_total, total_bytes
from marketplace.statistics.query import ask
from marketplace.statistics.question import Question
from marketplace.statistics.upward.confirming import locked, note_step, parts_of
from marketplace.statistics.upward.models import CountyConfirmation, MonthTotal
from marketplace.statistics.upward.rows import own_cells
from marketplace.statistics.upward.states import TOTAL
from marketplace.statistics.upward.views import own_source

DRAFT: Final = "statistics.declare"
SEAL: Final = "statistics.declare_send"
_OPEN: Final = {
    "uq_upward_total_open": AlreadyExists("total_open", "该月已有待确认的月度汇总"),
    "uq_upward_total_source_period_version": AlreadyExists("total_open", "该月已有待确认的月度汇总"),
}
_YEAR: Final = "year_"


def draw_up(session: Session, actor: Actor, *, period: str, reason: str | None) -> MonthTotal:
    """A version of the month's total from the books. Its counties are asked from now on.

    Needs ``statistics.declare`` over the source's area. Conflict ``period_open`` until the month is closed, ``upward_off``;
    AlreadyExists ``total_open``; Invalid ``total_reason`` for a second version without a reason, or a first with one.
    """
    above = own_source(actor, DRAFT)
    closed = session.get(Period, parse_period(period))
    if closed is None or closed.state != "closed" or closed.digest is None:
        raise Conflict("period_open", "该月尚未关账")
    before = session.scalar(
        select(func.max(MonthTotal.version)).where(
            MonthTotal.source == above.source, MonthTotal.period == period
        )
    )
    if (before is None) != (reason is None):
        raise Invalid("total_reason", "首版不写原因,更正版须写明原因", pointer="/reason")
    version = (before or 0) + 1
    head = {
        "source": above.source,
        "period": period,
        "version": version,
        "last_position": closed.last_position or 0,
        "chain_head": bytes(closed.chain_head or b"").hex() or "0" * 64,
        "digest": closed.digest.hex(),
        "note": NOTE,
    }
    cells = own_cells(session, above.area, period)
    content = total_bytes(head, cells, households_by_county(session, period))
    row = MonthTotal(
        id=uuid7(),
        source=above.source,
        period=period,
        version=version,
        state="drafted",
        reason=reason,
        content=content,
        digest=bytes.fromhex(digest_of(content)),
        drafted_by_person=actor.person_id,
        drafted_at=utcnow(),
    )
    with refusing(_OPEN):
        session.add(row)
        session.flush()
    for county in counties_of(read_total(content), above.area):
        session.add(CountyConfirmation(id=uuid7(), total_id=row.id, area_code=county, state="pending"))
    session.flush()
    note_step(session, actor, "drawn_up", row, above.area)
    return row


def seal(session: Session, actor: Actor, total_id: uuid.UUID) -> MonthTotal:
    """Sign it, once every county has confirmed: from now on the worker sends it.

    Needs ``statistics.declare_send`` over the source's area, as another person than who drew it up. Conflict
    ``counties_pending`` (naming them), ``signing_key_missing``.
    """
    above = own_source(actor, SEAL)
    row = locked(session, total_id)
    TOTAL.require(row.state, "sealed")
    actor.require_other_person(row.drafted_by_person, what="拟制人与封存人")
    pending = [one.area_code for one in parts_of(session, row.id) if one.state != "confirmed"]
    if pending:
        raise Conflict("counties_pending", f"尚有 {len(pending)} 个县(市、区)未确认", pending=pending[:20])
    signer = signing.signer()
    if signer is None:
        raise Conflict("signing_key_missing", "未配置签名密钥,不能封存")
    signed = signer.sign(bytes(row.content))
    row.state, row.sealed_by_person, row.sealed_at = "sealed", actor.person_id, utcnow()
    row.key_version, row.public_key, row.signature = signed.key_version, signed.public_key, signed.signature
    session.flush()
    note_step(session, actor, "sealed", row, above.area)
    return row


def give_up(session: Session, actor: Actor, total_id: uuid.UUID) -> MonthTotal:
    """End a version that is not sealed, so that another can be drawn up. Needs ``statistics.declare`` over the source's area."""
    above = own_source(actor, DRAFT)
    row = locked(session, total_id)
    TOTAL.require(row.state, "returned")
    row.state = "returned"
    session.flush()
    note_step(session, actor, "given_up", row, above.area)
    return row


def households_by_county(session: Session, period: str) -> dict[str, dict[str, int]]:
    """Distinct households and persons by the county where they live, of the month and of its year so far."""
    found: dict[str, dict[str, int]] = {}
    for prefix, first in (("", period), (_YEAR, f"{period[:4]}-01")):
        measures = {
            name.removeprefix(_YEAR): name for name in HEADS if name.startswith(_YEAR) == bool(prefix)
        }
        question = Question(
            measures=tuple(measures),
            by=("household_area",),
            level="county",
            from_period=first,
            to_period=period,
            on=period_days(period)[1] - timedelta(days=1),
        )
        for line in ask(session, question).rows:
            county = found.setdefault(str(line.key[0]), dict.fromkeys(HEADS, 0))
            county.update({measures[code]: figure or 0 for code, figure in line.figures.items()})
    return found


def counties_of(total: Total, area: str) -> list[str]:
    """The counties inside the area whose goods or households the total counts: each must confirm."""
    digits = area_prefix(area)
    named = {key[1] for key in total.cells} | set(total.households)
    return sorted(one for one in named if one is not None and one.startswith(digits))
