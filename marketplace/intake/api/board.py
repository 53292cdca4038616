"""A reporter's board of a month."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import endpoint, localised, needs
from marketplace.intake.api.blueprint import blueprint
from marketplace.intake.schemas import board as schemas
from marketplace.intake.service.board import board_of


@blueprint.route("/intake/channels/<code>/board")
@endpoint(needs("intake.read"), snapshot=True)
@blueprint.arguments(schemas.BoardArgs, location="query")
@blueprint.response(200, schemas.ReporterBoardOut)
def board(session: Session, actor: Actor, args: dict[str, Any], code: str) -> dict[str, Any]:
    """What became of a month's reports: counted, waiting, repeated (memo), transfers, raw material; and the ledger's sum."""
    found = board_of(session, actor, code, args["period"])
    names = [name for name in schemas.ReporterBoardOut().fields if name != "lines"]
    lines = [
        {
            "code": one.code,
            "title": localised(one.title),
            "in_sum": one.in_sum,
            "count": one.count,
            "fen": one.fen,
        }
        for one in found.lines
    ]
    return {name: getattr(found, name) for name in names} | {"lines": lines}
