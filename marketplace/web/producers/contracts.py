"""合同 of an order: drafted and sent by the producer, signed by a file, the buyer's signature checked, called off."""

from __future__ import annotations

import uuid
from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.errors import NotFound
from marketplace.orders import service
from marketplace.orders.models import Contract, ContractSignature, SalesOrder
from marketplace.orders.rules import CONTRACT, OPEN_CONTRACT, SIDES, SIGNATURE, SIGNATURE_FORMS
from marketplace.orders.schemas.contracts import ContractIn, SignatureCheckIn, SignatureIn, VoidIn
from marketplace.orders.service import contracts
from marketplace.orders.terms import METHOD_BY_CODE
from marketplace.web.kit import Form, Pages, choices, done, needs, render
from marketplace.web.kit import say as _

pages: Final = Pages("producers_contracts", __name__, url_prefix="/producer")

TONES: Final = {"drafted": "warn", "signed": "good", "void": "quiet"}
MOST_CLAUSES: Final = 3  # on the page; the API takes more
_OUT: Final = ("sent", "signed_by_one")


@pages.form("/orders/<number>/contract", needs("orders.contract"), ContractIn)
def drafting(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """What the contract, or a supplement to a signed one, settles."""
    order = service.read_order(session, actor, number)
    earlier = contracts.contracts_of(session, actor, number)
    return render(
        "producers/contract_form.html",
        form=form,
        order=order,
        method=METHOD_BY_CODE[order.payment_method],
        is_supplement=any(one.kind == "contract" and one.state == "signed" for one in earlier),
        clauses=range(MOST_CLAUSES),
    )


@drafting.submit
def draft(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """Freeze it; its paper is made within seconds."""
    row = contracts.draft(session, actor, number, contracts.Agreed(**body))
    return done(_page(row.number), _("合同已起草,核对文件后发给采购单位"))


@pages.show("/contracts/<number>", needs("orders.read"))
def one(session: Session, actor: Actor, number: str) -> Response:
    """A contract: how far it is signed, by what, and what can be done now."""
    order, row = contracts.read_contract(session, actor, number)
    signatures = contracts.signatures_of(session, [row.id])
    return render(
        "producers/contract.html",
        order=order,
        row=row,
        method=METHOD_BY_CODE[order.payment_method],
        signatures=signatures,
        may=_steps(actor, order, row, signatures),
        states=CONTRACT.titles,
        signature_states=SIGNATURE.titles,
        sides=SIDES,
        ways=SIGNATURE_FORMS,
        tones=TONES,
    )


@pages.action("/contracts/<number>/dispatch", needs("orders.contract"))
def send(session: Session, actor: Actor, number: str) -> Response:
    """Send it to the buyer; it does not change any more."""
    contracts.send(session, actor, number)
    return done(_page(number), _("合同已发给采购单位,双方各自签署"))


@pages.form("/contracts/<number>/voiding", needs("orders.contract"), VoidIn)
def voiding(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """Call it off, with the reason."""
    return _step(session, actor, form, number, "void")


@voiding.submit
def void(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """It holds no more; another may be drafted."""
    contracts.void(session, actor, number, body["reason"])
    return done(_page(number), _("合同已作废,可以重新起草"))


@pages.form("/contracts/<number>/signature", needs("orders.contract"), SignatureIn)
def signing(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """The scan of the stamped paper, or the file with a CA signature."""
    return _step(session, actor, form.fill(side="seller", form="stamped_scan"), number, "sign")


@signing.submit
def sign(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """Bring it; the buyer looks at it."""
    contracts.sign(session, actor, number, contracts.Signed(**body))
    return done(_page(number), _("签署文件已上传,等采购单位核对"))


@pages.form(
    "/contracts/<number>/signatures/<uuid:signature_id>/check",
    needs("orders.contract_check"),
    SignatureCheckIn,
)
def checking(session: Session, actor: Actor, form: Form, number: str, signature_id: uuid.UUID) -> Response:
    """Whether the other side's signature stands."""
    _order, row = contracts.read_contract(session, actor, number)
    found = [one for one in contracts.signatures_of(session, [row.id]) if one.id == signature_id]
    if not found:
        raise NotFound
    return _step(session, actor, form, number, "check", signature=found[0])


@checking.submit
def check(
    session: Session, actor: Actor, body: dict[str, Any], number: str, signature_id: uuid.UUID
) -> Response:
    """Say so; the second signature that stands makes the contract signed."""
    contracts.check_signature(session, actor, signature_id, **body)
    return done(_page(number), _("核对结果已记录"))


def _page(number: str) -> str:
    return f"/producer/contracts/{number}"


def _step(session: Session, actor: Actor, form: Form, number: str, step: str, **context: Any) -> Response:
    order, row = contracts.read_contract(session, actor, number)
    return render(
        "producers/contract_step.html",
        form=form,
        order=order,
        row=row,
        step=step,
        ways=choices(SIGNATURE_FORMS),
        way_titles=SIGNATURE_FORMS,
        **context,
    )


def _steps(
    actor: Actor, order: SalesOrder, row: Contract, signatures: list[ContractSignature]
) -> dict[str, Any]:
    """What can be pressed; the service asks again. `check`: the buyer's signature that waits."""
    owner, area = (order.producer_organisation_id,), order.producer_area
    found: dict[str, Any] = {}
    standing = {one.side for one in signatures if one.state != "refused"}
    if actor.may_on("orders.contract", area=area, owners=owner):
        found["send"] = row.state == "drafted" and row.document_sha256 is not None
        found["void"] = row.state in OPEN_CONTRACT
        found["redraft"] = row.state in ("drafted", "void", "signed")
        found["sign"] = row.state in _OUT and "seller" not in standing
    if actor.may_on("orders.contract_check", area=area, owners=owner):
        found["check"] = next(
            (one for one in signatures if one.side == "buyer" and one.state == "uploaded"), None
        )
    return found
