"""专柜任务: what is to be brought or taken out at cabinets; the operator gives it to somebody and says what was done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from flask import Response
from marshmallow import fields, pre_load, validate
from sqlalchemy.orm import Session

from admin.cabinets.typed import SlotUnits, at_their_rows, by_slot, filled_in
from admin.intake.places import tabs
from marketplace.accounts.models import Account
from marketplace.catalogue.models import Channel
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import NotFound
from marketplace.core.http import needs, page_of
from marketplace.intake.cabinets.models import CabinetTask
from marketplace.intake.cabinets.rules.work import CAUSES
from marketplace.intake.cabinets.service import plans, reading, tasks
from marketplace.intake.cabinets.service.acting import Brought
from marketplace.intake.cabinets.service.list_files import TASK_KINDS, TASK_STATES
from marketplace.intake.cabinets.service.making import OPEN
from marketplace.intake.schemas.cabinet_work import AssignmentIn, CabinetTaskListArgs, CompletionIn
from marketplace.web.kit import Form, Listing, Pages, choices, done, file_links, render
from marketplace.web.kit import say as _

pages: Final = Pages("admin_cabinet_tasks", __name__, url_prefix="/admin/intake/tasks")

TONES: Final = {"open": "warn", "assigned": "info", "done": "good", "lapsed": "quiet"}
#: Lots that one visit brings to a slot; more are a second restocking.
LOTS: Final = 3


class CompletionForm(CompletionIn):
    """What was done, slots counted as rows; rows without a number were not filled in."""

    counted = fields.List(fields.Nested(SlotUnits), load_default=list, validate=validate.Length(max=500))

    @pre_load
    def _meant(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return filled_in(data, "lines", "counted")


@pages.show("", needs("intake.read"))
def listing(session: Session, actor: Actor) -> Response:
    """Tasks at the cabinets that I may see, newest first."""
    asked = Listing(CabinetTaskListArgs)
    args = asked.args
    page = page_of(
        session,
        reading.tasks_seen(actor, channel=args["channel"], state=args["state"], kind=args["kind"]),
        keys=[CabinetTask.id],
        key_of=lambda row: [row.CabinetTask.id],
        args=args,
        descending=True,
        scalars=False,
    )
    return render(
        "admin/cabinets/tasks.html",
        fragment="results",
        listing=asked,
        page=page,
        tabs=tabs(actor),
        kinds=TASK_KINDS,
        states=TASK_STATES,
        causes=CAUSES,
        tones=TONES,
        kind_choices=choices(TASK_KINDS),
        state_choices=choices(TASK_STATES),
        files=file_links(
            "/api/v1/intake/cabinet-tasks/file",
            channel=args["channel"],
            state=args["state"],
            kind=args["kind"],
        ),
    )


@pages.show("/<number>", needs("intake.read"))
def one(session: Session, actor: Actor, number: str) -> Response:
    """One task: what is to be done where, and for the operator whom it is given to and what was done."""
    return _show(session, actor, number)


@pages.form("/<number>/assignment", needs("intake.submit"), AssignmentIn)
def assignment(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """The same page, after an assignment that was refused."""
    return _show(session, actor, number, assigning=form)


@assignment.submit
def assign(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """Give it to an account of the operator."""
    tasks.assign(session, actor, number, body["account_id"])
    return done(f"/admin/intake/tasks/{number}", _("任务已派"))


@pages.form("/<number>/completion", needs("intake.submit"), CompletionForm)
def completion(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """The same page, after a completion that was refused."""
    return _show(session, actor, number, completing=form)


@completion.submit
def complete(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """Say what was done: it is booked, and the task is over."""
    body["counts"] = by_slot(body.pop("counted"))
    lines = [Brought(**line) for line in body.pop("lines")]
    tasks.complete(session, actor, number, tasks.Done(lines=lines, **body))
    return done(f"/admin/intake/tasks/{number}", _("任务已办结,库存已记账"))


def _show(
    session: Session,
    actor: Actor,
    number: str,
    *,
    assigning: Form | None = None,
    completing: Form | None = None,
) -> Response:
    seen = reading.tasks_seen(actor, channel=None, state=None, kind=None)
    row = session.execute(seen.where(CabinetTask.number == number)).one_or_none()
    if row is None:
        raise NotFound("task_not_found", "没有这个任务")
    task: CabinetTask = row.CabinetTask
    channel = session.get_one(Channel, task.channel_id)
    is_mine = actor.may_on("intake.submit", area=channel.area_code, owners=(channel.operator_id,))
    may_work = is_mine and task.state in OPEN
    assigning = assigning or Form(AssignmentIn)
    assigning.prefix = "a"  # two forms stand on this page
    return render(
        "admin/cabinets/task.html",
        assigning=assigning.fill(account_id=task.assigned_to),
        completing=at_their_rows(completing or Form(CompletionForm), "lines", "counted"),
        task=task,
        channel=channel,
        device=row.device_code,
        kinds=TASK_KINDS,
        states=TASK_STATES,
        causes=CAUSES,
        tones=TONES,
        holder=session.get(Account, task.assigned_to) if task.assigned_to else None,
        is_mine=is_mine,
        may_work=may_work,
        may_read_cabinets=actor.may_on(reading.READ, area=channel.area_code, owners=(channel.operator_id,)),
        people=_people(session, actor, channel) if may_work else [],
        slots=_slots_of(session, task) if may_work else [],
        lots=range(LOTS),
    )


def _people(session: Session, actor: Actor, channel: Channel) -> Sequence[tuple[str, str]]:
    """To whom it can be given: accounts of the operator, and oneself."""
    found = [(str(one.id), one.login) for one in tasks.assignees(session, channel)]
    if str(actor.account_id) not in dict(found):
        found.insert(0, (str(actor.account_id), _("本人")))
    return found


def _slots_of(session: Session, task: CabinetTask) -> list[str]:
    """The slots in which its goods are planned now: they are counted together."""
    planned = plans.slots_at(session, task.device_id, utcnow())
    return sorted(code for code, slot in planned.items() if slot.goods_key == task.goods_key)
