"""What of an open bulletin everybody reads: held against all that is public, and kept for the next ones."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.attribution.periods import last_closed
from marketplace.core.clock import utcnow
from marketplace.core.db import lock_exclusive
from marketplace.core.errors import Conflict, TooLarge
from marketplace.statistics.bulletins.building import subject_of
from marketplace.statistics.bulletins.canonical import content_of, read
from marketplace.statistics.bulletins.cells import Cells, cells_of, nested_equation, withhold
from marketplace.statistics.bulletins.models import Bulletin, PublishedCells
from marketplace.statistics.bulletins.service.dominance import dominated_lines
from marketplace.statistics.disclosure import published_months
from marketplace.statistics.rules.suppression import (
    Computable,
    Equation,
    Publication,
    TooManyCells,
    protect,
)

_LOCK = ("statistics.publication", "all")


def publish_cells(session: Session, bulletin: Bulletin) -> bytes:
    """The bytes that everybody reads; the cells are kept. One at a time, so that no two complete each other.

    Conflict (``publication_computable``) when a small cell would follow from what is public whatever else is withheld; TooLarge
    (``publication_too_large``) for more cells than are looked at together.
    """
    lock_exclusive(session, *_LOCK)
    sealed = read(bytes(bulletin.content))
    subject = subject_of(bulletin)
    cells = cells_of(
        subject, sealed.table, dominated_lines(session, subject, sealed.table, bulletin.known_at)
    )
    # A report that counts no households gives none away.
    earlier = _earlier(session, bulletin.period[:4]) if cells.values else []
    cells.equations += [*_between_vintages(cells, earlier), *_between_areas(cells, earlier)]
    new = cells.publication
    try:
        withheld = protect(new, earlier)
    except Computable as error:
        raise Conflict(
            "publication_computable",
            "结合已公开的数据可推算出少于3户的数据,不能公开发布",
            cell=error.cell,
        ) from error
    except TooManyCells as error:
        raise TooLarge("publication_too_large", "数据单元过多,不能公开发布") from error
    session.add(
        PublishedCells(
            bulletin_id=bulletin.id,
            cells={key: None if key in withheld else value for key, value in new.values.items()},
            small=sorted(new.small),
            equations=[[one.total, list(one.parts)] for one in new.equations],
            published_at=utcnow(),
        )
    )
    return content_of(sealed.head, withhold(sealed.table, cells, withheld))


def _earlier(session: Session, year: str) -> list[Publication]:
    """All that is public of the months of a year: public statistics of its closed months, and the open bulletins."""
    closed = last_closed(session) or ""
    months = published_months(session, f"{year}-01", min(f"{year}-12", closed))
    rows = session.scalars(
        select(PublishedCells)
        .join(Bulletin, Bulletin.id == PublishedCells.bulletin_id)
        .where(Bulletin.period >= f"{year}-01", Bulletin.period <= f"{year}-12")
        .order_by(PublishedCells.published_at, PublishedCells.id)
    )
    bulletins = [
        Publication(
            row.cells,
            frozenset(row.small),
            tuple(Equation(total, tuple(parts)) for total, parts in row.equations),
        )
        for row in rows
    ]
    return [*(months[period] for period in sorted(months)), *bulletins]


def _between_vintages(cells: Cells, earlier: list[Publication]) -> list[Equation]:
    """A figure published again with later adjustments: beside the earlier one it tells how many households came or went."""
    bases = {key.partition("~")[0]: key for key in cells.values}
    found = [
        (key, bases[base])
        for one in earlier
        for key in one.values
        if (base := key.partition("~")[0]) in bases and bases[base] != key
    ]
    return [Equation(old, (new, f"went since {old}|{new}")) for old, new in dict.fromkeys(found)]


def _between_areas(cells: Cells, earlier: list[Publication]) -> list[Equation]:
    """The same producer, or the same two areas, in the reports of a larger and a smaller area."""
    by_name: dict[str, list[str]] = defaultdict(list)
    for key in cells.values:
        by_name[key.split("|", 2)[2]].append(key)
    found = [
        nested_equation(key, cells.values[key] or 0, other, shown)
        for one in earlier
        for other, shown in one.values.items()
        for key in by_name.get(other.split("|", 2)[2], ())
        if ":" in key.split("|")[1]
    ]
    return list(dict.fromkeys(equation for equation in found if equation is not None))
