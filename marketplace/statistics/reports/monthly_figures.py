"""The figures of R1: its questions to the ledger, by area."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from marketplace.catalogue.channels import CHANNEL_KINDS
from marketplace.core.clock import period_days, previous_period
from marketplace.statistics.position import first_period
from marketplace.statistics.query import Answer, Question, ask, ask_households
from marketplace.statistics.reports.catalogue_counts import Counts, catalogue_counts
from marketplace.statistics.reports.protocol import ReportRequest, aid_measure
from marketplace.statistics.standpoint import standpoint
from marketplace.statistics.targets import relative_targets_of, targets_of

TARGET_MEASURE: Final = "consumption_aid_amount"
HEADS: Final = ("households_covered", "persons_covered")
ByArea = Mapping[Any, Mapping[str, int | None]]
_GROUP_OF: Final = {kind.code: kind.group for kind in CHANNEL_KINDS}


@dataclass(frozen=True)
class Figures:
    """Answers by area key (the total under None).

    `before` and `last_year` are the sales of the month before and of the same month a year before, empty where the books do not
    reach back. `relative` are the words of targets without an amount (不低于去年) by area code; `year_before` what all of last
    year came to, empty unless the books hold it and such a target asks for it.
    """

    month: ByArea
    year: ByArea
    modes: Mapping[Any, Mapping[str, int]]
    channels: Mapping[Any, Mapping[str, int]]
    before: ByArea
    last_year: ByArea
    catalogue: Mapping[Any, Counts]
    targets: Mapping[str, int]
    relative: Mapping[str, str]
    year_before: ByArea


def gather(session: Session, request: ReportRequest, without: tuple[str, ...] = ()) -> tuple[Figures, Answer]:
    """Ask all of the report's questions in the one snapshot; the answer of the month carries definitions and position.

    Sums are asked for as finely as the report needs them and added up here, so that each pass over the entries serves several of
    its columns; households, which do not add up, have a question of their own.
    """
    side = "origin" if request.view == "seller" else "buyer_area"
    period, year = request.period, request.period[:4]
    base = Question(
        measures=("sales", aid_measure(request), TARGET_MEASURE),
        by=(side,),
        level=request.level,
        from_period=period,
        to_period=period,
        area=request.area,
        areas=request.areas,
        view=request.view,
        without=without,
        on=period_days(period)[1] - timedelta(days=1),
    )
    since_january = replace(base, from_period=f"{year}-01")
    answer, month, before = _two_months(session, base)
    parts = ask(
        session,
        replace(
            since_january,
            by=(side, "participation_mode", "channel_kind"),
            measures=("sales", TARGET_MEASURE),
        ),
    )
    heads = ask_households(session, replace(since_january, measures=HEADS))
    relative = relative_targets_of(session, int(year), TARGET_MEASURE)
    figures = Figures(
        month,
        _with_heads(_added_up(parts), heads),
        _spread(parts, lambda mode, _kind: mode),
        _spread(parts, lambda _mode, kind: _GROUP_OF.get(kind, "other")),
        before,
        _sales_of(session, base, f"{int(year) - 1}{period[4:]}"),
        catalogue_counts(session, request) if not without else {},
        targets_of(session, int(year), TARGET_MEASURE),
        relative,
        _whole_year_before(session, base) if relative else {},
    )
    return figures, answer


def _two_months(session: Session, base: Question) -> tuple[Answer, ByArea, ByArea]:
    """The answer of the month, its figures by area, and the sales of the month before.

    Both come from one pass over their entries, which know the month they are booked in. Seen with what was booked later, an
    entry is of the month that it adjusts: then each month is asked for.
    """
    period = str(base.to_period)
    before = previous_period(period)
    if standpoint().adjusted_after is not None:
        answer = ask(session, base)
        return answer, _by_area(answer), _sales_of(session, base, before)
    answer = ask(session, replace(base, by=(*base.by, "period"), from_period=before))
    return answer, _added_up(answer, period), _added_up(answer, before)


def _sales_of(session: Session, base: Question, month: str) -> ByArea:
    """The sales of another month by area; nothing where the books do not reach back to it."""
    first = first_period(session)
    if first is None or month < first:
        return {}
    return _by_area(ask(session, replace(base, measures=("sales",), from_period=month, to_period=month)))


def _whole_year_before(session: Session, base: Question) -> ByArea:
    """The year before by area; nothing unless the books hold all of it."""
    year, first = int(str(base.to_period)[:4]) - 1, first_period(session)
    if first is None or first > f"{year}-01":
        return {}
    asked = replace(base, measures=(TARGET_MEASURE,), from_period=f"{year}-01", to_period=f"{year}-12")
    return _by_area(ask(session, asked))


def _by_area(answer: Answer) -> ByArea:
    found: dict[Any, dict[str, int | None]] = {row.key[0]: row.figures for row in answer.rows}
    found[None] = answer.total
    return found


def _added_up(answer: Answer, month: str | None = None) -> dict[Any, dict[str, int | None]]:
    """Sums by area out of an answer by area and more; of one `month` where the second key is one."""
    found: dict[Any, dict[str, int | None]] = {None: dict.fromkeys(answer.total, 0)}
    for row in answer.rows:
        if month is None or row.key[1] == month:
            for key in {row.key[0], None}:
                held = found.setdefault(key, dict.fromkeys(answer.total, 0))
                for code, figure in row.figures.items():
                    held[code] = (held[code] or 0) + (figure or 0)
    return found


def _with_heads(sums: dict[Any, dict[str, int | None]], heads: Mapping[Any, Mapping[str, int]]) -> ByArea:
    """The sums with the households beside them, whose cells have a key of one part, or none for the total."""
    for key, held in sums.items():
        counted = heads.get(() if key is None else (key,), {})
        held.update({code: counted.get(code, 0) for code in HEADS})
    return sums


def _spread(answer: Answer, group: Any) -> dict[Any, dict[str, int]]:
    """Sales by area and group; additive, so the total is the sum of the rows of this one answer."""
    found: dict[Any, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in answer.rows:
        for key in {row.key[0], None}:
            found[key][group(*row.key[1:])] += row.figures["sales"] or 0
    return found
