"""Own sales beside what lower instances fed, by anything both have, never added twice: each feeds only what it is the source of.

Until a source has sealed the month its figures are 监测快报. Nothing here is for publication.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Text, and_, cast, false, func, literal_column, or_, select
from sqlalchemy.orm import Session

from marketplace.attribution.models import Entry, Period
from marketplace.catalogue.models import Channel
from marketplace.core.actor import Actor, area_prefix
from marketplace.core.errors import BadRequest, NotFound
from marketplace.core.scope import within_area
from marketplace.intake.models import Device, UpwardEntry, UpwardSource
from marketplace.intake.service.upward_standing import Held, held_of
from marketplace.statistics import dimension_titles as titles
from marketplace.statistics.conditions import within_place
from marketplace.statistics.dimensions import GOODS_CLASSES, LEVELS, area_title, leading
from marketplace.statistics.measures import COUNTING_SCHEMES

OWN: Final = "own"
OWN_TITLE: Final = "本级直接取得"
MOST_DIMENSIONS: Final = 2
SUMS: Final = ("entries", "sale_fen", "aid_fen", "benefit_fen")
Cell = tuple[str | None, ...]
Figures = dict[str, int]


def _table(words: Mapping[str, str]) -> Callable[[str | None], str]:
    return lambda value: "—" if value is None else words.get(value, value)


def _itself(value: str | None) -> str:
    return "—" if value is None else value


@dataclass(frozen=True)
class UpwardDimension:
    """By what both sides can be broken down: a column that entries and fed entries have under one name."""

    code: str
    title_zh: str
    column: str
    title_of: Callable[[str | None], str] = _itself
    is_area: bool = False


DIMENSIONS: Final = (
    UpwardDimension(
        "source", "上报方", "source", lambda value: OWN_TITLE if value == OWN else _itself(value)
    ),
    UpwardDimension("period", "入账期", "period"),
    UpwardDimension("adjusts_period", "调整所属期", "adjusts_period"),
    UpwardDimension("sold_period", "发生期", "sold_period"),
    UpwardDimension("origin", "产地", "origin_area", area_title, is_area=True),
    UpwardDimension("channel_area", "销售点所在地", "channel_area", area_title, is_area=True),
    UpwardDimension("buyer_area", "采购地", "buyer_area", area_title, is_area=True),
    UpwardDimension("channel_kind", "渠道类型", "channel_kind", _table(titles.CHANNELS)),
    UpwardDimension("participation_mode", "参与方式", "participation_mode", _table(titles.MODES)),
    UpwardDimension("purchase_kind", "采购方式", "purchase_kind", _table(titles.PURCHASE_KINDS)),
    UpwardDimension("goods_class", "商品类别", "goods_class", _table(GOODS_CLASSES)),
    UpwardDimension("category", "品类", "category_code", titles.category_title),
    UpwardDimension("buyer_kind", "采购主体类型", "buyer_kind", _table(titles.BUYER_KINDS)),
    UpwardDimension("buyer_sector", "条线", "buyer_sector", _table(titles.SECTORS)),
    UpwardDimension("scheme", "认定体系", "scheme", _table(titles.SCHEMES)),
    UpwardDimension("producer_kind", "主体类型", "producer_kind", _table(titles.PRODUCER_KINDS)),
)
_BY_CODE: Final = {one.code: one for one in DIMENSIONS}


@dataclass(frozen=True)
class Asked:
    """Months (inclusive), dimensions, the level of their areas, the area and what of it the asker may see (by origin)."""

    from_period: str
    to_period: str
    by: tuple[str, ...]
    level: str
    area: str
    areas: tuple[str, ...]


@dataclass(frozen=True)
class UpwardRow:
    """A cell on both sides; their sum is the whole, for none is in both."""

    key: Cell
    titles: tuple[str, ...]
    own: Figures
    fed: Figures

    @property
    def total(self) -> Figures:
        """Both sides together."""
        return {name: self.own[name] + self.fed[name] for name in SUMS}


def upward_rows(session: Session, asked: Asked) -> list[UpwardRow]:
    """The cells by key, the whole under the empty key. BadRequest (``unknown_dimension``, ``too_many_dimensions``)."""
    dimensions = [_dimension(code) for code in asked.by]
    if len(dimensions) > MOST_DIMENSIONS or len(set(asked.by)) != len(asked.by):
        raise BadRequest("too_many_dimensions", f"最多 {MOST_DIMENSIONS} 个不同的维度")
    own = _own_cells(session, asked, dimensions)
    fed = _fed_cells(session, asked, dimensions)
    none = dict.fromkeys(SUMS, 0)
    return [
        UpwardRow(
            cell,
            tuple(one.title_of(value) for one, value in zip(dimensions, cell, strict=True)) if cell else (),
            own.get(cell, none),
            fed.get(cell, none),
        )
        for cell in sorted({*own, *fed, ()}, key=lambda one: [part or "" for part in one])
    ]


def held_by_source(session: Session, asked: Asked) -> list[Held]:
    """What is held of the last month asked about, of every source, by its code."""
    sources = session.scalars(
        select(UpwardSource).where(UpwardSource.retired_at.is_(None)).order_by(UpwardSource.source)
    ).all()
    return [held_of(session, source, asked.to_period) for source in sources]


def sources_as_held(session: Session, asked: Asked, held: Sequence[Held]) -> list[dict[str, Any]]:
    """The sources in the asker's areas: how far each is held, since when, and whether the month is sealed."""
    found = []
    for one in held:
        area = area_prefix(one.source.area_code)
        if not any(area.startswith(area_prefix(mine)) for mine in asked.areas):
            continue
        found.append(
            {
                "source": one.source.source,
                "name": session.get_one(Channel, one.source.channel_id).name,
                "position": one.source.position,
                "heard_at": session.get_one(Device, one.source.device_id).last_seen_at,
                "state": one.state,
                "version": None if one.sealed is None else one.sealed.head["version"],
                "differences": 0 if one.sealed is None else len(one.differences),
                "own_fen_inside": _own_inside(session, one.source.area_code, asked),
            }
        )
    return found


def is_own_closed(session: Session, period: str) -> bool:
    """Whether our own figures of the month stand: it is closed."""
    row = session.get(Period, period)
    return row is not None and row.state == "closed"


def source_seen(session: Session, actor: Actor, source: str) -> UpwardSource:
    """The source of that code. NotFound (``upward_source_not_found``) unless ``statistics.read`` reaches its area."""
    found = session.scalars(select(UpwardSource).where(UpwardSource.source == source)).one_or_none()
    if found is None or not actor.may_on("statistics.read", area=found.area_code):
        raise NotFound("upward_source_not_found", "没有登记该上报方")
    return found


def _own_inside(session: Session, area: str, asked: Asked) -> int:
    """Fen that points of sale in the source's area reported to us directly: the source must not feed them too."""
    return int(
        session.scalar(
            select(func.coalesce(func.sum(Entry.sale_fen), 0)).where(
                within_area(Entry.channel_area, area),
                Entry.period >= asked.from_period,
                Entry.period <= asked.to_period,
            )
        )
        or 0
    )


def _own_cells(session: Session, asked: Asked, dimensions: Sequence[UpwardDimension]) -> dict[Cell, Figures]:
    columns = Entry.__table__.c
    keys = [_key(columns, one, asked.level) for one in dimensions]
    return _cells(session, Entry.__table__, columns, keys, _conditions(columns, asked))


def _fed_cells(session: Session, asked: Asked, dimensions: Sequence[UpwardDimension]) -> dict[Cell, Figures]:
    columns = UpwardEntry.__table__.c
    keys = [
        UpwardSource.__table__.c.source if one.column == "source" else _key(columns, one, asked.level)
        for one in dimensions
    ]
    table = UpwardEntry.__table__.join(
        UpwardSource.__table__, UpwardSource.__table__.c.id == columns.source_id
    )
    in_use = UpwardSource.__table__.c.retired_at.is_(None)
    where = [*_conditions(columns, asked), columns.withheld.is_(None), in_use]
    return _cells(session, table, columns, keys, where)


def _cells(
    session: Session, table: Any, columns: Any, keys: list[Any], where: list[ColumnElement[bool]]
) -> dict[Cell, Figures]:
    is_aid = and_(
        columns.goods_class == "certified_aid", columns.schemes.bool_op("&&")(list(COUNTING_SCHEMES))
    )
    sums = (
        func.count(),
        func.sum(columns.sale_fen),
        func.coalesce(func.sum(columns.sale_fen).filter(is_aid), 0),
        func.sum(columns.benefit_fen),
    )
    found: dict[Cell, Figures] = {}
    whole: Figures = defaultdict(int)
    for row in session.execute(select(*keys, *sums).select_from(table).where(*where).group_by(*keys)):
        figures = {name: int(value or 0) for name, value in zip(SUMS, row[len(keys) :], strict=True)}
        for name, value in figures.items():
            whole[name] += value
        if keys:
            found[tuple(row[: len(keys)])] = figures
    found[()] = {name: whole[name] for name in SUMS}
    return found


def _conditions(columns: Any, asked: Asked) -> list[ColumnElement[bool]]:
    return [
        columns.period >= asked.from_period,
        columns.period <= asked.to_period,
        within_place(columns.origin_area, asked.area),
        or_(false(), *(within_place(columns.origin_area, one) for one in asked.areas)),
    ]


def _key(columns: Any, dimension: UpwardDimension, level: str) -> ColumnElement[Any]:
    if dimension.column == "source":
        own: ColumnElement[Any] = cast(literal_column(f"'{OWN}'"), Text)
        return own
    column: ColumnElement[Any] = columns[dimension.column]
    return leading(column, LEVELS[level]) if dimension.is_area else column


def _dimension(code: str) -> UpwardDimension:
    if code not in _BY_CODE:
        raise BadRequest("unknown_dimension", f"没有维度 {code[:40]}", known=list(_BY_CODE))
    return _BY_CODE[code]
