"""Contracts of the deals: drafted and sent by the producer, signed by both sides as files, each checked by the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from sqlalchemy.orm import Session

from marketplace.core import files
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.demo import papers
from marketplace.demo.context import Demo
from marketplace.demo.invented.draw import MARK
from marketplace.demo.world.sales import PlannedOrder
from marketplace.orders.service import contracts

_CLAUSES: Final = (f"货物以食品级纸箱包装,随车附检验合格证明({MARK})。",)
_CHANGE: Final = f"乙方应在送货前一日以电话通知甲方收货人({MARK})。"
#: Days to pay and to inspect that an order paid after delivery agrees on.
_DAYS: Final = (20, 7)


def _draft(demo: Demo, session: Session, order: PlannedOrder, *, is_supplement: bool = False) -> None:
    """Draft the contract, or a supplement to the signed one, and set its paper: no worker runs on the demo."""
    contract_days, inspection_days = (None, None) if order.pays_first else _DAYS
    row = contracts.draft(
        session,
        _actor(demo, order, "seller"),
        demo.orders[order.serial],
        contracts.Agreed(
            contract_days=contract_days,
            inspection_days=inspection_days,
            clauses=(*_CLAUSES, _CHANGE) if is_supplement else _CLAUSES,
            reason=f"补充送货通知的约定({MARK})" if is_supplement else None,
        ),
    )
    contracts.make_document(session, {"contract": row.number})
    demo.contracts[order.serial] = row.number


def _send(demo: Demo, session: Session, order: PlannedOrder) -> None:
    contracts.send(session, _actor(demo, order, "seller"), demo.contracts[order.serial])


def _void(demo: Demo, session: Session, order: PlannedOrder) -> None:
    reason = f"采购计划有变,双方协商不再订立书面合同({MARK})"
    contracts.void(session, _actor(demo, order, "buyer"), demo.contracts[order.serial], reason)


def _sign(side: str, form: str, demo: Demo, session: Session, order: PlannedOrder) -> None:
    """A side brings its file: our paper with a signature at its end, or a scan of the page with its stamp."""
    actor, number = _actor(demo, order, side), demo.contracts[order.serial]
    name = _name(demo, order, side)
    if form == "ca_signature":
        _, made = contracts.document_of(session, actor, number)
        content = papers.signed(made, utcnow())
    else:
        content = papers.scan(number, name, utcnow())
    file = files.store(session, actor, name=f"{number}.pdf", content=content, owner_id=actor.organisation_id)
    row = contracts.sign(session, actor, number, contracts.Signed(side, form, file.id, name))
    demo.signatures[order.serial] = row.id


def _check(side: str, demo: Demo, session: Session, order: PlannedOrder, *, approve: bool = True) -> None:
    """A side looks at what the other brought last."""
    opinion = f"与已发出的合同一致({MARK})" if approve else f"印章不清,请重新扫描({MARK})"
    contracts.check_signature(
        session, _actor(demo, order, side), demo.signatures[order.serial], approve=approve, opinion=opinion
    )


def _actor(demo: Demo, order: PlannedOrder, side: str) -> Actor:
    return demo.actors[order.buyer_key if side == "buyer" else f"producer|{order.producer_key}"]


def _name(demo: Demo, order: PlannedOrder, side: str) -> str:
    if side == "buyer":
        return next(one.name for one in demo.world.buyers if one.key == order.buyer_key)
    return next(one.name for one in demo.world.producers if one.key == order.producer_key)


#: What the steps of `world/papers.py` do.
ACTIONS: Final[Mapping[str, Callable[[Demo, Session, PlannedOrder], None]]] = {
    "contract_draft": _draft,
    "contract_supplement": partial(_draft, is_supplement=True),
    "contract_send": _send,
    "contract_void": _void,
    "seller_scan": partial(_sign, "seller", "stamped_scan"),
    "buyer_scan": partial(_sign, "buyer", "stamped_scan"),
    "seller_ca": partial(_sign, "seller", "ca_signature"),
    "buyer_ca": partial(_sign, "buyer", "ca_signature"),
    "seller_checks": partial(_check, "seller"),
    "buyer_checks": partial(_check, "buyer"),
    "seller_refuses": partial(_check, "seller", approve=False),
}
