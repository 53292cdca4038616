"""待办: where officials start: every list that waits for them, how long its oldest has waited, and the way to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from flask import Response
from sqlalchemy import Select, func
from sqlalchemy.orm import Session

from admin.menu import SECTION
from admin.waiting import MOST, piles
from marketplace.accounts.models import Approval, ReserveFiling
from marketplace.accounts.service import approvals, filings
from marketplace.beneficiaries.models import AgreementVersion
from marketplace.beneficiaries.service import lists
from marketplace.certification.models import Application, Certificate, Objection
from marketplace.certification.service import queues, reading
from marketplace.core.actor import Actor
from marketplace.core.clock import today
from marketplace.orders.models import Reattribution
from marketplace.orders.service.consenting import moves_waiting
from marketplace.payments.models import LevyPayment, LevyStatement
from marketplace.payments.rules.levy_payments import DAYS_TO_PAY
from marketplace.payments.service import levy_dues
from marketplace.payments.service.levy_signing import CHECK, CONFIRM
from marketplace.web.kit import Pages, note, render, signed_in

# The first `Pages` of the console brings its folder of templates: admin/templates/admin.
pages: Final = Pages("admin", __name__, url_prefix="/admin", template_folder="templates")

SOON: Final = timedelta(days=30)


@dataclass(frozen=True)
class Task:
    """A list that waits: who sees it, what is in it, since when, in how many days it should be dealt with (None: no limit)."""

    code: str
    title: str
    path: str
    permission: str
    rows: Callable[[Actor], Select[*tuple[Any, ...]]]
    since: Any
    days: int | None = None


TASKS: Final[Sequence[Task]] = (
    Task(
        "reviews", note("待我审核的申报"), "/admin/reviews", "certification.decide",
        lambda actor: queues.due_for(actor, kinds=("review", "decision", "filing")), Application.submitted_at, 5,
    ),
    Task(
        "notices", note("待发布公示"), "/admin/notices/new", "certification.notice",
        lambda actor: queues.due_for(actor, kinds=("notice",)), Application.submitted_at, 5,
    ),
    Task(
        "issue", note("待签发证书"), "/admin/certificates/issue", "certification.issue",
        lambda actor: queues.due_for(actor, kinds=("issue",)), Application.submitted_at, 5,
    ),
    Task(
        "objections", note("待答复的异议"), "/admin/objections", "certification.objection_decide",
        lambda actor: reading.objections_seen_by(actor, state="open"), Objection.raised_at, 15,
    ),
    Task(
        "ending", note("30天内到期的证书"), "/admin/certificates?ending=1", "certification.suspend",
        lambda actor: queues.certificates_ending(actor, today(), today() + SOON), Certificate.valid_to,
    ),
    Task(
        "agreements", note("待审定的协议"), "/admin/agreements?state=submitted", "agreements.approve",
        lists.waiting_versions, AgreementVersion.created_at, 5,
    ),
    Task(
        "filings", note("待审核的预留份额"), "/admin/reserve-filings?state=filed", "accounts.filing_review",
        lambda actor: filings.listing(actor, state="filed"), ReserveFiling.filed_at, 10,
    ),
    Task(
        "reattributions", note("待同意的订单归属更正"), "/admin/reattributions?mine=to_consent", "orders.reattribute_supervise",
        moves_waiting, Reattribution.requested_at, 5,
    ),
    Task(
        "approvals", note("待审批事项"), "/admin/approvals", "accounts.approve",
        lambda actor: approvals.listing(actor, state="pending"), Approval.asked_at, 3,
    ),
    Task(
        "levy_payments", note("待核对的帮扶金缴款"), "/admin/levies/dues", CHECK,
        levy_dues.payments_waiting, LevyPayment.recorded_at, 5,
    ),
    Task(
        "levies_to_pay", note("待缴的帮扶金"), "/admin/levies/dues?which=open", CONFIRM,
        lambda actor: levy_dues.dues_seen(actor, which="open", permission=CONFIRM),
        func.greatest(LevyStatement.operator_signed_at, LevyStatement.authority_signed_at), DAYS_TO_PAY,
    ),
    Task(
        "levies_overdue", note("逾期未缴的帮扶金"), "/admin/levies/dues?which=overdue", CHECK,
        lambda actor: levy_dues.dues_seen(actor, which="overdue", permission=CHECK), LevyStatement.due_on,
    ),
)  # fmt: skip


@pages.show("", signed_in())
def start(session: Session, actor: Actor) -> Response:
    """What waits for the official. Raises Forbidden for who is none."""
    SECTION.require(actor)
    mine = [task for task in TASKS if actor.may(task.permission)]
    found = piles(session, [(task.code, task.rows(actor), task.since) for task in mine])
    return render("admin/start.html", most=MOST, tasks=[(task, found[task.code]) for task in mine])
