"""Distinct households of a question's cells, in each of the three meanings, exactly: sets first, counted last.

A cell's set can be split by where its households themselves live (`household_area`): the parts are disjoint, so they do sum to
the cell, while cells of other dimensions overlap and do not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from pyroaring import BitMap
from sqlalchemy import Select, func, literal_column, select, tuple_
from sqlalchemy.orm import Session

from marketplace.attribution.models import Entry
from marketplace.beneficiaries.models import Agreement, AgreementVersion, PaymentList, PaymentListRow
from marketplace.core.errors import BadRequest
from marketplace.statistics.additive import KEPT
from marketplace.statistics.benefit import agreement_names, check_dimensions, conditions_of, keys_of
from marketplace.statistics.conditions import conditions, grouped, values_of
from marketplace.statistics.dimensions import LEVELS, Dimension, dimension
from marketplace.statistics.household_measures import HOUSEHOLD_MEASURES
from marketplace.statistics.measure import Measure
from marketplace.statistics.rosters import Rosters
from marketplace.statistics.segments.books import Books
from marketplace.statistics.standpoint import Standpoint, known_then, standpoint

if TYPE_CHECKING:
    from marketplace.statistics.question import Question

Cell = tuple[Any, ...]
OWN_AREA: Final = "household_area"


class Sets:
    """A set of households per cell, and the whole: a union, not what the cells add up to."""

    def __init__(self) -> None:
        self.cells: dict[Cell, BitMap] = defaultdict(BitMap)
        self.whole = BitMap()


def check_own_area(question: Question, dimensions: Sequence[Dimension], measures: Sequence[Measure]) -> None:
    """BadRequest (``dimension_of_households_only``) when sales or money are asked for by where households live.

    A sale has no household: only through a roster, which holds many of them.
    """
    if OWN_AREA not in question.filters and not any(one.of_households for one in dimensions):
        return
    if any(measure.kind != "households" for measure in measures):
        raise BadRequest(
            "dimension_of_households_only",
            "农户所在地只能用于户数和人数类指标",
            known=[measure.code for measure in HOUSEHOLD_MEASURES],
        )


@dataclass(frozen=True)
class Sources:
    """What sets are made from: the database, the ledger, the rosters on the statistical date."""

    session: Session
    books: Books
    rosters: Rosters


def household_cells(
    sources: Sources, question: Question, dimensions: Sequence[Dimension], measures: Sequence[Measure]
) -> dict[Cell, dict[str, int]]:
    """The household measures by cell, the total under the empty cell.

    BadRequest (``measure_not_by_dimension``) for a dimension or view that agreements or payment lists do not have.
    """
    own_area = question.filters.get(OWN_AREA)
    others = {code: value for code, value in question.filters.items() if code != OWN_AREA}
    plain = replace(question, filters=others)
    of_entries = [one for one in dimensions if not one.of_households]
    found: dict[Cell, dict[str, int]] = defaultdict(dict)
    _ = found[()]
    for meaning in dict.fromkeys(m.meaning for m in measures if m.kind == "households"):
        sets = _SETS[meaning](sources, plain, of_entries)
        wanted = [m for m in measures if m.meaning == meaning]
        for cell, households in _split(sets, dimensions, question.level, own_area, sources.rosters):
            heads = sources.rosters.heads(households)
            found[cell].update({m.code: getattr(heads, m.head) for m in wanted})
    return found


def _split(
    sets: Sets, dimensions: Sequence[Dimension], level: str, own_area: str | None, rosters: Rosters
) -> Iterator[tuple[Cell, BitMap]]:
    """The sets under the cells of the question: within an area, and parted at the place of `household_area`."""
    place = next((i for i, one in enumerate(dimensions) if one.of_households), None)
    if place is None and not own_area:
        yield (), sets.whole
        yield from ((cell, households) for cell, households in sets.cells.items() if cell)
        return
    anybody = BitMap.union(sets.whole, *sets.cells.values())
    if own_area:
        anybody = BitMap.union(*(rosters.within(anybody, one) for one in values_of(own_area)))
    yield (), sets.whole & anybody
    if place is None:
        for cell, households in sets.cells.items():
            if cell:
                yield cell, households & anybody
        return
    parts = rosters.by_own_area(anybody, LEVELS[level])
    for cell, households in sets.cells.items():
        for code, living_there in parts.items():
            here = households & living_there
            if here:
                yield (*cell[:place], code, *cell[place:]), here


def _covered(sources: Sources, question: Question, dimensions: Sequence[Dimension]) -> Sets:
    """Rosters of agreement versions with net counted sales above zero in the cell: a fully refunded one covers nobody."""
    statement = _versions_with_sales(question, tuple(one.code for one in dimensions), standpoint())
    versions: dict[Cell, set[int]] = {}
    whole: set[int] = set()
    for is_whole, *cell, numbers in sources.books.rows(statement):
        if is_whole:
            whole = set(numbers)
        if not is_whole or not dimensions:
            versions[tuple(cell)] = whole if is_whole else set(numbers)
    return _of_versions(versions, whole, sources.rosters)


@lru_cache(maxsize=KEPT)
def _versions_with_sales(question: Question, by: tuple[str, ...], _seen: Standpoint) -> Select[Any]:
    """Rows of: whether it is the whole (not 0), the values of the dimensions `by`, the versions."""
    dimensions = [dimension(code) for code in by]
    version_no = Entry.__table__.c.version_no
    keys = [one.column(question.level) for one in dimensions]
    inner = select(
        (func.grouping(*keys) if keys else literal_column("1")).label("is_whole"),
        *grouped(question, dimensions),
        version_no,
    ).where(*conditions(question), version_no != 0)
    if keys:
        inner = inner.group_by(func.grouping_sets(tuple_(*keys, version_no), tuple_(version_no)))
    else:
        inner = inner.group_by(version_no)
    net = inner.having(func.sum(Entry.__table__.c.sale_fen) > 0).subquery("net")
    names = [net.c[f"d{number}"] for number in range(len(dimensions))]
    return select(net.c.is_whole, *names, func.array_agg(net.c.version_no)).group_by(net.c.is_whole, *names)


def _rostered(sources: Sources, question: Question, dimensions: Sequence[Dimension]) -> Sets:
    """Rosters of the agreements in force on the statistical date, sold or not."""
    names = agreement_names()
    check_dimensions(question, dimensions, tuple(names), "在册户数只能按下列维度、以产地视角查询")
    in_force = replace(question, from_period=None, to_period=None)
    rows = sources.session.execute(
        select(*keys_of(question, dimensions, names), AgreementVersion.version_no)
        .join(Agreement, Agreement.id == AgreementVersion.agreement_id)
        .where(AgreementVersion.state == "approved", AgreementVersion.valid.contains(question.on))
        .where(*conditions_of(in_force, names))
    )
    versions: dict[Cell, set[int]] = defaultdict(set)
    for *cell, number in rows:
        versions[tuple(cell)].add(number)
    return _of_versions(versions, set().union(*versions.values()), sources.rosters)


def _benefited(sources: Sources, question: Question, dimensions: Sequence[Dimension]) -> Sets:
    """Households with a proven payment."""
    names = agreement_names() | {"period": PaymentList.period}
    check_dimensions(question, dimensions)
    rows = sources.session.execute(
        select(*keys_of(question, dimensions, names), PaymentListRow.household_no)
        .distinct()
        .join(PaymentList, PaymentList.id == PaymentListRow.list_id)
        .join(Agreement, Agreement.id == PaymentList.agreement_id)
        .where(known_then(PaymentList.created_at), *conditions_of(question, names))
    )
    sets = Sets()
    for *cell, household_no in rows:
        sets.cells[tuple(cell)].add(household_no)
        sets.whole.add(household_no)
    return sets


def _of_versions(versions: Mapping[Cell, set[int]], whole: set[int], rosters: Rosters) -> Sets:
    rosters.load(whole.union(*versions.values()))
    sets = Sets()
    sets.whole = rosters.union(whole)
    for cell, numbers in versions.items():
        sets.cells[cell] = sets.whole if numbers is whole else rosters.union(numbers)
    return sets


_SETS: Final[Mapping[str, Callable[[Sources, Question, Sequence[Dimension]], Sets]]] = {
    "rostered": _rostered,
    "covered": _covered,
    "benefited": _benefited,
}
