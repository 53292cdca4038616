"""未办事项: what waits for whoever holds the role, in the slices below oversight."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from marketplace.accounts.codes import APPROVAL_ACTIONS
from marketplace.accounts.models import Approval, Organisation, ReserveFiling
from marketplace.beneficiaries.models import Agreement, AgreementVersion
from marketplace.certification.models import Application, Certificate, Objection, RevocationProposal
from marketplace.certification.rules.schemes import STATE_TITLES
from marketplace.certification.service.transitions import step_due
from marketplace.core.clock import day_of
from marketplace.orders.models import OrderLine, OrderReturn, SalesOrder
from marketplace.orders.service.conditions import LINE_WAITS, ORDER_IS_OPEN
from marketplace.orders.titles import ORDER_TITLES
from marketplace.oversight.handover.listing import Item
from marketplace.oversight.handover.scope import Scope
from marketplace.payments.models import LevyPayment, LevyStatement
from marketplace.payments.service.levy_dues import due_of, overdue_statements
from marketplace.payments.service.levy_signing import CHECK
from marketplace.producers.models import Producer

_ENDED: Final = ("published", "rejected", "withdrawn")
_OWN_PARTS: Final = ("orders.fulfil", "orders.accept", "orders.place")


def applications(session: Session, scope: Scope) -> Iterator[Item]:
    """Applications whose next step is the role's; of an applicant its own drafts and what was returned to it."""
    rows = session.scalars(
        select(Application)
        .where(Application.state.not_in(_ENDED))
        .where(
            scope.reaches(
                "certification.read",
                area=Application.area_code,
                owners=(Application.applicant_organisation_id,),
            )
        )
        .order_by(Application.number)
    )
    for one in rows:
        step = step_due(one)[1]
        if one.state in ("draft", "returned"):
            is_mine = scope.may("certification.apply")
        else:
            is_mine = step is not None and scope.may(step.permission)
        if is_mine:
            yield Item("认定申请", one.number, STATE_TITLES[one.state], since=day_of(one.created_at))


def objections(session: Session, scope: Scope) -> Iterator[Item]:
    """Objections without an answer, and proposals to revoke without a decision."""
    raised = session.execute(
        select(Objection.receipt_no, Application.number, Objection.raised_at)
        .join(Application, Application.id == Objection.application_id)
        .where(Objection.state == "open")
        .where(scope.reaches("certification.objection_decide", area=Application.area_code))
    )
    for receipt_no, number, raised_at in raised:
        yield Item("公示异议", receipt_no, f"认定申请 {number}", since=day_of(raised_at))
    proposed = session.execute(
        select(RevocationProposal.number, Certificate.catalogue_no, RevocationProposal.proposed_at)
        .join(Certificate, Certificate.id == RevocationProposal.certificate_id)
        .where(RevocationProposal.state == "open")
        .where(scope.reaches("certification.revoke", area=Certificate.area_code))
    )
    for number, catalogue_no, proposed_at in proposed:
        yield Item("撤销提请", number, f"证书 {catalogue_no}", since=day_of(proposed_at))


def agreements(session: Session, scope: Scope) -> Iterator[Item]:
    """Versions of agreements that wait for approval; of a producer its drafts too."""
    states = ["submitted"] if scope.may("agreements.approve") else []
    states += ["draft", "submitted"] if scope.may("agreements.draft") else []
    rows = session.execute(
        select(Agreement.number, AgreementVersion.version, AgreementVersion.created_at, Agreement.title)
        .join(AgreementVersion, AgreementVersion.agreement_id == Agreement.id)
        .join(Producer, Producer.id == Agreement.producer_id)
        .where(AgreementVersion.state.in_(states))
        .where(scope.reaches("agreements.read", area=Agreement.area_code, owners=(Producer.organisation_id,)))
    )
    for number, version, created_at, title in rows:
        yield Item("利益联结协议", f"{number}/{version}", title, since=day_of(created_at))


def approvals(session: Session, scope: Scope) -> Iterator[Item]:
    """Requests for a second person: to be decided, or asked by the holder and not decided."""
    mine = Approval.asked_by == (None if scope.actor is None else scope.actor.account_id)
    rows = session.scalars(
        select(Approval)
        .where(Approval.state == "pending")
        .where(scope.reaches("accounts.approve", area=Approval.area_code) | mine)
    )
    for one in rows:
        yield Item("审批", str(one.id), APPROVAL_ACTIONS[one.action], since=day_of(one.asked_at))


def filings(session: Session, scope: Scope) -> Iterator[Item]:
    """Reserve filings that wait for their review."""
    rows = session.execute(
        select(ReserveFiling.year, ReserveFiling.version, ReserveFiling.filed_at, Organisation.name)
        .join(Organisation, Organisation.id == ReserveFiling.organisation_id)
        .where(ReserveFiling.state == "filed")
        .where(scope.reaches("accounts.filing_review", area=Organisation.fiscal_area))
    )
    for year, version, filed_at, name in rows:
        yield Item("预留份额填报", f"{year}/{version}", name, since=day_of(filed_at))


def orders(session: Session, scope: Scope) -> Iterator[Item]:
    """Orders that have not counted, of who fulfils, accepts or places them, and of a pairing; an officer has none to do."""
    if scope.pairing is None and not scope.may(*_OWN_PARTS):
        return
    rows = session.execute(
        select(SalesOrder.number, SalesOrder.state, SalesOrder.total_fen, SalesOrder.placed_at)
        .where(*ORDER_IS_OPEN, scope.orders())
        .where(exists().where(OrderLine.order_id == SalesOrder.id, *LINE_WAITS))
    )
    for number, state, total_fen, placed_at in rows:
        yield Item("未计入订单", number, ORDER_TITLES[state], total_fen, day_of(placed_at))


def returns(session: Session, scope: Scope) -> Iterator[Item]:
    """Returns without a decision, of who decides or asked for them, and of a pairing."""
    if scope.pairing is None and not scope.may("orders.return_decide", "orders.return"):
        return
    rows = session.execute(
        select(OrderReturn.number, SalesOrder.number, OrderReturn.amount_fen, OrderReturn.requested_at)
        .join(SalesOrder, SalesOrder.id == OrderReturn.order_id)
        .where(OrderReturn.state == "requested", scope.orders())
    )
    for number, order_number, amount_fen, requested_at in rows:
        yield Item("退货申请", number, f"订单 {order_number}", amount_fen, day_of(requested_at))


def levies(session: Session, scope: Scope) -> Iterator[Item]:
    """Payments of the levy that wait to be checked, and statements that are late, of who checks them."""
    if not scope.may(CHECK):
        return
    in_reach = scope.reaches(CHECK, area=Organisation.area_code)
    recorded = session.execute(
        select(LevyPayment.number, LevyPayment.amount_fen, LevyPayment.recorded_at, Organisation.name)
        .join(LevyStatement, LevyStatement.id == LevyPayment.statement_id)
        .join(Organisation, Organisation.id == LevyStatement.operator_id)
        .where(LevyPayment.state == "recorded", in_reach)
    )
    for number, amount_fen, recorded_at, name in recorded:
        yield Item("帮扶金缴款待核对", number, name, amount_fen, day_of(recorded_at))
    for row in session.execute(overdue_statements().where(in_reach)):
        due = due_of(row)
        yield Item(
            "逾期未缴帮扶金", due.statement.number, due.operator_name, due.left_fen, due.statement.due_on
        )


TASKS: Final = (applications, objections, agreements, approvals, filings, orders, returns, levies)
