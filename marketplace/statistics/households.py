"""Distinct households of a question's cells, in each of the three meanings, exactly: sets first, counted last.

A cell's set can be split by where its households themselves live (`household_area`): the parts are disjoint, so they do sum to
the cell, while cells of other dimensions overlap and do not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from pyroaring import BitMap
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.attribution.models import Entry
from marketplace.beneficiaries.models import Agreement, AgreementVersion, PaymentList, PaymentListRow
from marketplace.core.errors import BadRequest
from marketplace.statistics.benefit import agreement_names, check_dimensions, conditions_of, keys_of
from marketplace.statistics.conditions import conditions, grouped, values_of
from marketplace.statistics.dimensions import LEVELS, Dimension
from marketplace.statistics.household_measures import HOUSEHOLD_MEASURES
from marketplace.statistics.measure import Measure
from marketplace.statistics.rosters import Rosters

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


def household_cells(
    session: Session,
    question: Question,
    dimensions: Sequence[Dimension],
    measures: Sequence[Measure],
    rosters: Rosters,
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
        sets = _SETS[meaning](session, plain, of_entries, rosters)
        wanted = [m for m in measures if m.meaning == meaning]
        for cell, households in _split(sets, dimensions, question.level, own_area, rosters):
            heads = rosters.heads(households)
            found[cell].update({m.code: getattr(heads, m.head) for m in wanted})
    return found


def _split(
    sets: Sets, dimensions: Sequence[Dimension], level: str, own_area: str | None, rosters: Rosters
) -> Iterator[tuple[Cell, BitMap]]:
    """The sets under the cells of the question: within an area, and parted at the place of `household_area`."""
    anybody = BitMap.union(sets.whole, *sets.cells.values())
    if own_area:
        anybody = BitMap.union(*(rosters.within(anybody, one) for one in values_of(own_area)))
    yield (), sets.whole & anybody
    place = next((i for i, one in enumerate(dimensions) if one.of_households), None)
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


def _covered(session: Session, question: Question, dimensions: Sequence[Dimension], rosters: Rosters) -> Sets:
    """Rosters of agreement versions with net counted sales above zero in the cell: a fully refunded one covers nobody."""
    version_no = Entry.__table__.c.version_no
    statement = (
        select(*grouped(question, dimensions), version_no, func.sum(Entry.__table__.c.sale_fen))
        .where(*conditions(question), version_no != 0)
        .group_by(*[one.column(question.level) for one in dimensions], version_no)
    )
    versions: dict[Cell, set[int]] = defaultdict(set)
    net: dict[int, int] = defaultdict(int)
    for *cell, number, sale_fen in session.execute(statement):
        net[number] += int(sale_fen)
        if sale_fen > 0:
            versions[tuple(cell)].add(number)
    return _of_versions(versions, {number for number, fen in net.items() if fen > 0}, rosters)


def _rostered(
    session: Session, question: Question, dimensions: Sequence[Dimension], rosters: Rosters
) -> Sets:
    """Rosters of the agreements in force on the statistical date, sold or not."""
    names = agreement_names()
    check_dimensions(question, dimensions, tuple(names), "在册户数只能按下列维度、以产地视角查询")
    in_force = replace(question, from_period=None, to_period=None)
    rows = session.execute(
        select(*keys_of(question, dimensions, names), AgreementVersion.version_no)
        .join(Agreement, Agreement.id == AgreementVersion.agreement_id)
        .where(AgreementVersion.state == "approved", AgreementVersion.valid.contains(question.on))
        .where(*conditions_of(in_force, names))
    )
    versions: dict[Cell, set[int]] = defaultdict(set)
    for *cell, number in rows:
        versions[tuple(cell)].add(number)
    return _of_versions(versions, set().union(*versions.values()), rosters)


def _benefited(
    session: Session, question: Question, dimensions: Sequence[Dimension], _rosters: Rosters
) -> Sets:
    """Households with a proven payment."""
    names = agreement_names() | {"period": PaymentList.period}
    check_dimensions(question, dimensions)
    rows = session.execute(
        select(*keys_of(question, dimensions, names), PaymentListRow.household_no)
        .distinct()
        .join(PaymentList, PaymentList.id == PaymentListRow.list_id)
        .join(Agreement, Agreement.id == PaymentList.agreement_id)
        .where(*conditions_of(question, names))
    )
    sets = Sets()
    for *cell, household_no in rows:
        sets.cells[tuple(cell)].add(household_no)
        sets.whole.add(household_no)
    return sets


def _of_versions(versions: Mapping[Cell, set[int]], whole: set[int], rosters: Rosters) -> Sets:
    rosters.load(whole.union(*versions.values()))
    sets = Sets()
    for cell, numbers in versions.items():
        sets.cells[cell] = rosters.union(numbers)
    sets.whole = rosters.union(whole)
    return sets


_SETS: Final[Mapping[str, Callable[[Session, Question, Sequence[Dimension], Rosters], Sets]]] = {
    "rostered": _rostered,
    "covered": _covered,
    "benefited": _benefited,
}
