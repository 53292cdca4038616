"""What the forms of an agreement's first and of its later versions show alike, and the roster that comes as a file."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any, Final

from sqlalchemy.orm import Session

from marketplace.beneficiaries.rules import LINKED_BASES, SHARE_UNITS
from marketplace.beneficiaries.service import NewVersion, read_roster_file
from marketplace.beneficiaries.service.lists import VersionView
from marketplace.core.actor import Actor
from marketplace.core.errors import Invalid
from marketplace.producers.models import Product
from marketplace.producers.service import products
from marketplace.web.agreements_shown import terms_of_mode
from marketplace.web.kit import Form, choices, label
from marketplace.web.kit import say as _
from marketplace.web.kit.rows import listed, put_in_place, said_of_rows
from marketplace.web.kit.uploads import sent_file
from marketplace.web.producers.agreement_forms import MOST_PRODUCTS, PRODUCT

#: Rows beyond those there are, and where there are none yet; classes of shares and goods in the choices, at most.
SPARE: Final = 3
FIRST_ROWS: Final = 6
MOST_CLASSES: Final = 20
MOST_GOODS: Final = 300


def fields_of(
    session: Session,
    actor: Actor,
    form: Form,
    mode: str,
    producer_id: uuid.UUID | None,
    begun: VersionView | None = None,
) -> dict[str, Any]:
    """What `producers/agreement_fields.html` reads: terms of the mode, choices, rows, and what is wrong with the roster.

    `producer_id`: whose goods can be chosen (None: those of all own dossiers); `begun`: the version that it begins from.
    """
    put_in_place(form, "products", PRODUCT, MOST_PRODUCTS)
    bad, more = listed(_said_of_roster(form))
    rows = len(begun.products) + SPARE if begun else FIRST_ROWS
    return {
        "terms": terms_of_mode(mode),
        "classes": range(_classes(begun)),
        "rows": range(min(rows, MOST_PRODUCTS)),
        "goods": _goods(session, actor, producer_id),
        "bases": choices(LINKED_BASES),
        "units": [(one, label(one)) for one in SHARE_UNITS],
        "bad": bad,
        "more": more,
    }


def with_file(new: NewVersion) -> NewVersion:
    """The roster of the file, where one was sent: the whole of it, so nothing may be typed besides (Invalid)."""
    sent = sent_file()
    if sent is None:
        return new
    if new.roster or new.left:
        raise Invalid("roster_twice", "文件已是整份花名册,不要再填加入和退出", pointer="/file")
    roster, rows = read_roster_file(sent.content)
    return replace(new, roster=roster, rows=rows, roster_of=None)


def _said_of_roster(form: Form) -> list[tuple[str, str]]:
    """What is wrong with the roster, by row of the file, by line typed, or by place among those who leave."""
    of_file = [(where[0], text) for where, text in said_of_rows(form, "rows")]
    typed = [(str(int(where[0]) + 1), text) for where, text in said_of_rows(form, "roster")]
    gone = [
        (_("退出的第 {count} 户", count=int(where[0]) + 1), text)
        for where, text in said_of_rows(form, "left")
    ]
    return [*of_file, *typed, *gone]


def _classes(begun: VersionView | None) -> int:
    """Rows for classes of shares: those there are, and some more."""
    rows = len(begun.version.terms.get("classes", ())) + SPARE if begun else FIRST_ROWS
    return min(rows, MOST_CLASSES)


def _goods(session: Session, actor: Actor, producer_id: uuid.UUID | None) -> list[tuple[uuid.UUID, str]]:
    statement = products.listing(actor)
    if producer_id is not None:
        statement = statement.where(Product.producer_id == producer_id)
    found = session.scalars(statement.order_by(Product.product_no).limit(MOST_GOODS))
    return [(one.id, f"{one.name} {one.spec}") for one in found]
