"""到账 of the own account, for the producer's finance: what waits, for which order it is, what is none of ours or goes back."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from marshmallow import pre_load
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import page_of
from marketplace.payments.models import Receipt
from marketplace.payments.rules.kinds import KINDS
from marketplace.payments.rules.matching import PARKED, RECEIPT_TITLES
from marketplace.payments.schemas.waiting import (
    AllocationIn,
    AsideIn,
    ReceiptArgs,
    RepaymentIn,
    VoucherIn,
)
from marketplace.payments.service import allocation, repayments, suggestions
from marketplace.payments.service.allocation import ASIDE
from marketplace.payments.service.suggestions import AGAINST, FOR
from marketplace.web.kit import Form, Listing, Pages, choices, done, label, needs, render
from marketplace.web.kit import say as _
from marketplace.web.producers.recording import PAPERS, with_papers

pages: Final = Pages("producers_receipts", __name__, url_prefix="/producer")
TONES: Final = {"parked": "warn", "settled": "good", "set_aside": "quiet"}
TABS: Final = ("parked", "settled", "set_aside")


class VoucherForm(VoucherIn):
    """The API's papers; the page has a field for each that any means of payment may have, and most stay blank."""

    @pre_load
    def leave_out(self, data: dict[str, Any], **options: Any) -> dict[str, Any]:
        """Keep the papers that were filled in."""
        return with_papers(data)


@pages.show("/receipts", needs("payments.record"))
def list_receipts(session: Session, actor: Actor) -> Response:
    """Receipts, oldest first; those that wait for a person are a tab."""
    listing = Listing(ReceiptArgs)
    state = listing.args.get("state")
    wanted = allocation.receipts_seen(actor)
    if state is not None:
        wanted = wanted.where(Receipt.state == state)
    if listing.args.get("statement_id") is not None:
        wanted = wanted.where(Receipt.statement_id == listing.args["statement_id"])
    page = page_of(
        session, wanted, keys=[Receipt.id], key_of=lambda row: [row.id], args=listing.args, descending=True
    )
    return render(
        "producers/receipts.html",
        fragment="results",
        listing=listing,
        page=page,
        state=state or "",
        tabs=[("", _("全部"), listing.address(state=None), None)]
        + [(code, label(RECEIPT_TITLES[code]), listing.address(state=code), None) for code in TABS],
        states=RECEIPT_TITLES,
        tones=TONES,
        parked=PARKED,
    )


@pages.show("/receipts/<number>", needs("payments.record"))
def one(session: Session, actor: Actor, number: str) -> Response:
    """One receipt, and the orders that it may be for, best first."""
    receipt = allocation.receipt_of(session, actor, number)
    return render(
        "producers/receipt.html",
        receipt=receipt,
        suggested=suggestions.suggest(session, actor, number),
        reasons={code: words for code, (words, _weight) in FOR.items()},
        against=AGAINST,
        states=RECEIPT_TITLES,
        tones=TONES,
        parked=PARKED,
        aside=ASIDE,
        kinds={kind.code: kind for kind in KINDS},
    )


@pages.action("/receipts/<number>/allocations", needs("payments.record"), AllocationIn)
def allocate(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """Give so much of it to an order."""
    return _allocate(session, actor, body, number)


@pages.form("/receipts/<number>/allocation", needs("payments.record"), AllocationIn)
def allocating(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """For an order that was not suggested."""
    return _step(session, actor, form, number, "allocation")


@allocating.submit
def allocate_other(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """Give so much of it to that order."""
    return _allocate(session, actor, body, number)


def _allocate(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    allocation.allocate(session, actor, number, body["order_number"], body["amount_fen"])
    return done(_page(number), _("已认领到订单 {number}", number=body["order_number"]))


@pages.form("/receipts/<number>/set-aside", needs("payments.record"), AsideIn)
def setting_aside(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """What is open is for none of our orders."""
    return _step(session, actor, form, number, "aside")


@setting_aside.submit
def set_aside(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """Put it aside."""
    allocation.set_aside(session, actor, number, body["reason"])
    return done(_page(number), _("已搁置,不再提醒"))


@pages.action("/receipts/<number>/taking-up", needs("payments.record"))
def take_up(session: Session, actor: Actor, number: str) -> Response:
    """It is ours after all."""
    allocation.take_up_again(session, actor, number)
    return done(_page(number), _("已恢复,待认领"))


@pages.form("/receipts/<number>/repayment", needs("payments.record"), RepaymentIn)
def repaying(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """So much goes back to who paid it."""
    return _step(session, actor, form, number, "repayment")


@repaying.submit
def repay(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """Asked for; another person confirms it."""
    repayments.ask_from_receipt(session, actor, number, body["amount_fen"], body["reason"])
    return done("/producer/refunds", _("已申请退回,由另一人经银行办理后登记"))


@pages.form("/receipts/<number>/voucher", needs("payments.record"), VoucherForm)
def papering(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """By what means it came, with the papers of that means."""
    receipt = allocation.receipt_of(session, actor, number)
    form.fill(kind=receipt.kind, **{f"voucher.{code}": text for code, text in receipt.voucher.items()})
    return _step(session, actor, form, number, "voucher", kinds=KINDS, papers=PAPERS)


@papering.submit
def paper(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """Keep them with it."""
    allocation.add_voucher(session, actor, number, body["kind"], body["voucher"])
    return done(_page(number), _("凭证已登记"))


def _page(number: str) -> str:
    return f"/producer/receipts/{number}"


def _step(session: Session, actor: Actor, form: Form, number: str, step: str, **context: Any) -> Response:
    receipt = allocation.receipt_of(session, actor, number)
    if step in ("allocation", "repayment"):
        form.fill(amount_fen=receipt.open_fen)
    reasons = choices(ASIDE)
    return render(
        "producers/receipt_step.html", form=form, receipt=receipt, step=step, reasons=reasons, **context
    )
