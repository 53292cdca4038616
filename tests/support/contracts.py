"""Contracts for tests: both sides with their codes, papers made as the worker makes them, files as clients upload them."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.core import files
from marketplace.core.actor import Actor
from marketplace.core.identifiers import build_uscc
from marketplace.orders.models import Contract, ContractSignature, SalesOrder
from marketplace.orders.service import contracts
from tests.orders_world import Shop

PNG = b"\x89PNG\r\n\x1a\n" + b"scan"


def register(shop: Shop) -> None:
    """Give both sides their 统一社会信用代码 and names as registered."""
    session = shop.session
    seller = session.get_one(Organisation, shop.seller_actor.organisation_id)
    seller.uscc, seller.name = build_uscc("93469025MA5T0001"), "白沙演示种养专业合作社"
    shop.buyer.uscc = build_uscc("11440104MA5T0002")
    session.flush()


def upload(session: Session, actor: Actor, content: bytes = PNG, name: str = "盖章.png") -> uuid.UUID:
    """A file of the actor's organisation."""
    return files.store(session, actor, name=name, content=content, owner_id=actor.organisation_id).id


def drafted(shop: Shop, order: SalesOrder, **agreed: Any) -> Contract:
    """A draft with its paper made."""
    row = contracts.draft(shop.session, shop.seller_actor, order.number, contracts.Agreed(**agreed))
    contracts.make_document(shop.session, {"contract": row.number})
    return row


def sent(shop: Shop, order: SalesOrder, **agreed: Any) -> Contract:
    """A contract that the buyer has."""
    return contracts.send(shop.session, shop.seller_actor, drafted(shop, order, **agreed).number)


def side_actor(shop: Shop, side: str) -> Actor:
    return shop.seller_actor if side == "seller" else shop.buyer_actor


def brought(shop: Shop, contract: Contract, side: str, content: bytes = PNG) -> ContractSignature:
    """A side's stamped scan, not looked at yet."""
    actor = side_actor(shop, side)
    signed = contracts.Signed(side, "stamped_scan", upload(shop.session, actor, content), f"{side} 公章")
    return contracts.sign(shop.session, actor, contract.number, signed)


def signed(shop: Shop, order: SalesOrder, **agreed: Any) -> Contract:
    """Signed by both sides, each signature checked by the other."""
    contract = sent(shop, order, **agreed)
    for side, checker in (("seller", shop.buyer_actor), ("buyer", shop.seller_actor)):
        row = brought(shop, contract, side, PNG + side.encode())
        contracts.check_signature(shop.session, checker, row.id, approve=True, opinion=None)
    return contract
