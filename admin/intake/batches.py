"""Batches of reported sales: each with its receipt, and what became of every row that was not simply accepted."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from admin.intake.places import tabs
from marketplace.catalogue.models import Channel
from marketplace.core.actor import Actor
from marketplace.core.http import needs, page_of
from marketplace.core.http.fields import Line
from marketplace.intake.models import Batch, Device, RowOutcome
from marketplace.intake.rules.adapters import adapter_of
from marketplace.intake.rules.rows import REASONS
from marketplace.intake.schemas.batches import BatchListArgs, RowListArgs
from marketplace.intake.service import reading
from marketplace.intake.service.receipts import OUTCOME_TITLES
from marketplace.web.kit import Listing, Pages, choices, note, render

pages: Final = Pages("admin_batches", __name__, url_prefix="/admin/intake/batches")

STATES: Final = {"received": note("待处理"), "done": note("已处理"), "refused": note("整批未收")}
TONES: Final = {"received": "info", "done": "good", "refused": "bad"}
ROW_TONES: Final = {
    "duplicate": "quiet",
    "corrected": "info",
    "quarantined": "warn",
    "passed_over": "quiet",
}
SETTLED: Final = {"retried": note("重试入账"), "mended": note("更正入账"), "dropped": note("已剔除")}
#: Why nothing of a batch was taken; other codes are those of docs/errors.md.
REFUSALS: Final = {
    "batch_total": note("金额合计与清单不符"),
    "batch_rows": note("行数与清单不符"),
    "row_shape": note("有行不是一条记录,或列标题重复"),
    "personal_columns": note("含有个人信息列"),
    "encoding": note("文字编码有误"),
}
#: Points of sale that a list of them names; more are typed.
MOST_CHANNELS: Final = 200


class BatchesSeenArgs(BatchListArgs):
    """The API's filters; without a channel those of all channels for which one reports."""

    channel = Line(40, load_default=None)


@pages.show("", needs("intake.submit"))
def listing(session: Session, actor: Actor) -> Response:
    """Batches of my channels, newest first."""
    asked = Listing(BatchesSeenArgs)
    page = page_of(
        session,
        reading.batches_seen(actor, asked.args["channel"], asked.args["state"]),
        keys=[Batch.id],
        key_of=lambda row: [row.Batch.id],
        args=asked.args,
        descending=True,
        scalars=False,
    )
    return render(
        "admin/intake/batches.html",
        fragment="results",
        listing=asked,
        page=page,
        tabs=tabs(actor),
        states=STATES,
        tones=TONES,
        refusals=REFUSALS,
        channels=channel_choices(session, actor),
        adapter=lambda code: adapter_of(code).title,
    )


@pages.show("/<number>", needs("intake.submit"))
def one(session: Session, actor: Actor, number: str) -> Response:
    """One batch: its receipt, and its rows by what became of them."""
    asked = Listing(RowListArgs)
    batch = reading.batch_of(session, actor, number)
    page = page_of(
        session,
        reading.rows_of(batch.id, asked.args["outcome"], is_open=asked.args["open"]),
        keys=[RowOutcome.row_no, RowOutcome.attempt],
        key_of=lambda row: [row.row_no, row.attempt],
        args=asked.args,
    )
    return render(
        "admin/intake/batch.html",
        fragment="results",
        listing=asked,
        page=page,
        batch=batch,
        channel=session.get_one(Channel, batch.channel_id),
        device=session.get_one(Device, batch.device_id),
        ahead=reading.ahead_of(session, batch),
        adapter=adapter_of(batch.adapter).title,
        states=STATES,
        tones=TONES,
        refusals=REFUSALS,
        row_tones=ROW_TONES,
        outcomes=OUTCOME_TITLES,
        reasons=REASONS,
        settled=SETTLED,
    )


def channel_choices(session: Session, actor: Actor) -> list[tuple[str, str]] | None:
    """The channels for which the actor reports, as options; None when there are too many for a list."""
    found = reading.channels_reported(session, actor, MOST_CHANNELS + 1)
    return None if len(found) > MOST_CHANNELS else [(row.code, f"{row.name} · {row.code}") for row in found]


def shown_reasons() -> list[tuple[str, str]]:
    """Why rows are kept apart, as options."""
    return choices(REASONS)


def told(record: dict[str, Any] | None) -> list[tuple[str, str]]:
    """What a row said, column by column, blanks left out."""
    return [(name, str(text)) for name, text in (record or {}).items() if text]
