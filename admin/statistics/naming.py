"""Names for dimensions whose values are ids: producers, products and points of sale, which are public; buyers keep their ids."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.catalogue.models import Channel
from marketplace.producers.models import Producer, Product
from marketplace.statistics.query import Row

_NAMED: Final[Mapping[str, Any]] = {"producer": Producer, "product": Product, "channel": Channel}


def names_of(session: Session, by: Sequence[str], rows: Sequence[Row]) -> dict[str, str]:
    """The title of a row as it was answered → the name of what it is, for those dimensions; one statement for each."""
    found: dict[str, str] = {}
    for place, code in enumerate(by):
        model = _NAMED.get(code)
        ids = (
            {uuid.UUID(str(row.key[place])) for row in rows if row.key[place] is not None} if model else set()
        )
        if model is not None and ids:
            named = session.execute(select(model.id, model.name).where(model.id.in_(ids)))
            found |= {str(one): name for one, name in named}
    return found
