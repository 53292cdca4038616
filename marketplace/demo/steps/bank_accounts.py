"""Every producer that sells names the bank account into which it is paid; the issuer of its city approves it."""

from __future__ import annotations

from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from marketplace.accounts.service import bank_accounts, decisions
from marketplace.demo.context import Demo, chunks, on
from marketplace.demo.invented.draw import MARK
from marketplace.demo.steps.officials import city_of
from marketplace.demo.world import World
from marketplace.demo.world.producers import PlannedProducer

_NAMED_ON: Final = date(2019, 12, 20)
#: Invented: no bank issues a number that goes on with so many zeros.
_PREFIX: Final = "6228000000"


def size(world: World) -> int:
    """How many accounts there are."""
    return len(_sellers(world))


def build(demo: Demo) -> None:
    """One account for each producer with products."""
    for some in chunks(list(enumerate(_sellers(demo.world), 1)), 50):
        with on(_NAMED_ON) as session:
            for serial, planned in some:
                _open_account(demo, session, planned, f"{_PREFIX}{serial:06d}")
        demo.tick(len(some))


def _sellers(world: World) -> list[PlannedProducer]:
    return [one for one in world.producers if one.products]


def _open_account(demo: Demo, session: Session, planned: PlannedProducer, account: str) -> None:
    asked = bank_accounts.ask_change(
        session,
        demo.actors[f"producer|{planned.key}"],
        demo.organisations[planned.key],
        f"银行({MARK})",
        account,
        f"登记收款账户({MARK})",
    )
    issuer = demo.actors[f"issuer|{city_of(planned.county)}"]
    decisions.decide(session, issuer, asked.id, approve=True, opinion=MARK)
