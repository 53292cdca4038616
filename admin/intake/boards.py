"""月度上报情况: what became of everything a point of sale reported for a month, beside what the ledger has of it."""

from __future__ import annotations

from typing import Final

from flask import Response, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin.asked import asked_from, chosen_or
from admin.intake.batches import channel_choices
from admin.intake.places import tabs
from marketplace.catalogue.models import Channel
from marketplace.core.actor import Actor
from marketplace.core.http import needs
from marketplace.core.http.fields import Line
from marketplace.core.money import yuan
from marketplace.core.sheets.export import Value
from marketplace.intake.schemas.board import BoardArgs
from marketplace.intake.service.board import Board, board_of
from marketplace.statistics.newest import newest_of_channels
from marketplace.web.kit import Pages, label, list_file, render, wanted_format
from marketplace.web.kit import say as _

pages: Final = Pages("admin_boards", __name__, url_prefix="/admin/intake/boards")


class BoardSeenArgs(BoardArgs):
    """The API's month, and of which point of sale; without one only the form is shown."""

    channel = Line(40, load_default=None)


@pages.show("", needs("intake.read"), snapshot=True)
def board(session: Session, actor: Actor) -> Response:
    """The board of a month by day of sale: counted, waiting, told twice (memo), transfers, raw material, kept apart."""
    asked = asked_from(BoardSeenArgs, period=chosen_or(lambda: _newest(session)))
    code, period = asked.args["channel"], asked.args["period"]
    found = board_of(session, actor, code, period) if code else None
    if found is not None and wanted_format():
        return _file(found)
    return render(
        "admin/intake/board.html",
        fragment="results",
        listing=asked,
        tabs=tabs(actor),
        channels=channel_choices(session, actor) or None,
        channel=session.scalars(select(Channel).where(Channel.code == code)).one() if found else None,
        board=found,
    )


def _newest(session: Session) -> str:
    """Of the point of sale that was chosen; who may see it is asked by the board."""
    chosen = select(Channel.id).where(Channel.code == request.args.get("channel", ""))
    return newest_of_channels(session, session.scalars(chosen).all())


def _file(found: Board) -> Response:
    """The lines, their sum and the ledger's, in yuan."""
    rows: list[list[Value]] = [
        [label(line.title), _yes(line.in_sum), line.count, yuan(line.fen)] for line in found.lines
    ]
    sums = {
        _("计入合计"): found.sum_fen,
        _("账本发生额"): found.ledger_fen,
        _("相差"): found.difference_fen,
        _("本月入账额"): found.booked_fen,
    }
    headings = [_("项目"), _("是否计入合计"), _("笔数"), _("金额(元)")]
    rows += [[title, None, None, yuan(fen)] for title, fen in sums.items()]
    return list_file(f"{found.channel}-{found.period}", headings, rows)


def _yes(told: bool) -> str:
    return _("是") if told else _("否")
