"""合同 of an order: how far it is signed, its paper, the unit's stamped copy, and the check of the seller's signature."""

from __future__ import annotations

import uuid
from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.errors import NotFound
from marketplace.orders import service
from marketplace.orders.models import Contract, ContractSignature
from marketplace.orders.rules import SIDES, SIGNATURE_FORMS
from marketplace.orders.schemas.contracts import SignatureCheckIn, SignatureIn, VoidIn
from marketplace.orders.service import contracts
from marketplace.web.buyers.states import CONTRACTS, SIGNATURES, titled
from marketplace.web.kit import Form, Pages, choices, done, needs, render
from marketplace.web.kit import say as _

pages: Final = Pages("buyers_contracts", __name__)
_WAITING: Final = ("sent", "signed_by_one")


@pages.show("/orders/<number>/contracts", needs("orders.read"))
def of_order(session: Session, actor: Actor, number: str) -> Response:
    """The contracts of an order, the newest first."""
    return _show(session, actor, number)


@pages.form("/contracts/<number>/signatures", needs("orders.contract"), SignatureIn)
def signing(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """The contracts, after a signature that was refused."""
    order, _contract = contracts.read_contract(session, actor, number)
    return _show(session, actor, order.number, sign=form)


@signing.submit
def sign(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """Bring the stamped copy; somebody of the other side looks at it."""
    contracts.sign(session, actor, number, contracts.Signed(**body))
    order, _contract = contracts.read_contract(session, actor, number)
    return done(f"/orders/{order.number}/contracts", _("签署文件已提交,由对方核对"))


@pages.form(
    "/contract-signatures/<uuid:signature_id>/check", needs("orders.contract_check"), SignatureCheckIn
)
def checking(session: Session, actor: Actor, form: Form, signature_id: uuid.UUID) -> Response:
    """The contracts, after a check that was refused."""
    return _show(session, actor, _order_of(session, actor, signature_id), check=form)


@checking.submit
def check(session: Session, actor: Actor, body: dict[str, Any], signature_id: uuid.UUID) -> Response:
    """Say whether the other side's signature stands."""
    contract = contracts.check_signature(session, actor, signature_id, **body)
    order, _contract = contracts.read_contract(session, actor, contract.number)
    said = _("双方均已签署,合同生效") if contract.state == "signed" else _("已记录核对结果")
    return done(f"/orders/{order.number}/contracts", said)


@pages.form("/contracts/<number>/voiding", needs("orders.contract"), VoidIn)
def voiding(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """The contracts, after a calling-off that was refused."""
    order, _contract = contracts.read_contract(session, actor, number)
    return _show(session, actor, order.number, void=form)


@voiding.submit
def void(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """Call it off before both sides have signed."""
    contract = contracts.void(session, actor, number, body["reason"])
    order, _contract = contracts.read_contract(session, actor, contract.number)
    return done(f"/orders/{order.number}/contracts", _("合同已作废"))


def _order_of(session: Session, actor: Actor, signature_id: uuid.UUID) -> str:
    row = session.get(ContractSignature, signature_id)
    if row is None:
        raise NotFound("signature_not_found", "没有这份签署文件")
    contract = session.get_one(Contract, row.contract_id)
    order, _contract = contracts.read_contract(session, actor, contract.number)
    return order.number


def _show(session: Session, actor: Actor, number: str, **refused: Form) -> Response:
    order = service.read_order(session, actor, number)
    rows = contracts.contracts_of(session, actor, number)
    signatures = contracts.signatures_of(session, [row.id for row in rows])
    forms = {
        name: refused.get(name) or Form(schema)
        for name, schema in (("sign", SignatureIn), ("check", SignatureCheckIn), ("void", VoidIn))
    }
    for name, form in forms.items():
        form.prefix = f"f-{name}"
    forms["sign"].fill(side="buyer", form="stamped_scan", signer=order.buyer_name)
    is_buyer = actor.may_on("orders.contract", area=order.buyer_area, owners=(order.buyer_id,))
    brought = {row.contract_id for row in signatures if row.side == "buyer" and row.state != "refused"}
    return render(
        "buyers/contracts.html",
        order=order,
        rows=[(row, [one for one in signatures if one.contract_id == row.id]) for row in reversed(rows)],
        forms_of=forms,
        states=titled(CONTRACTS),
        signature_states=titled(SIGNATURES),
        sides=SIDES,
        signature_forms=choices(SIGNATURE_FORMS),
        form_titles=SIGNATURE_FORMS,
        may_sign={row.id for row in rows if is_buyer and row.state in _WAITING and row.id not in brought},
        may_void={row.id for row in rows if is_buyer and row.state in _WAITING},
        may_check=actor.may_on("orders.contract_check", area=order.buyer_area, owners=(order.buyer_id,)),
        verdicts=[("on", _("印章与对方名称一致")), ("0", _("有问题,退回"))],
    )
