"""Published producers (带贫主体): 150 rows of lists and reports, and the producers that product lists name.

Names stay as published, traditional characters included; what was published about a body under two spellings or in
two lists is joined.  Not every row is a producer: a project is none, and a second name of a body is not a second body.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from marketplace.core import divisions
from marketplace.demo.published import figures, names, places
from marketplace.demo.published.bodies import BodyKey, body_key, kind_of_body, same_body
from marketplace.demo.published.places import Place
from marketplace.demo.published.products import PublishedProduct
from marketplace.demo.published.rows import Remark, Row, read, remark

ENTITIES = "producers_aid_entities.csv"
_NAME, _PLACE, _FIGURES, _KIND = "主体名称", "地市/县", "带贫或经营数据(原文)", "主体类型(按名称或原文)"
_BRANCH = re.compile(r"公司([^公司]+)分公司$")
_QUOTED = re.compile(r"“([^”]+)”")


@dataclass(frozen=True, slots=True)
class Title:
    """A list or title under which a body was published, its batch as printed, and where the row stands."""

    title: str
    batch: str
    file: str
    row: int
    source: str


@dataclass(frozen=True, slots=True)
class PublishedProducer:
    """A really published body; `name` as published (brackets mended), `spellings` the other published forms.

    `figures_text` is what was printed about its work and `helped` the households and persons read from it, None
    where none can be read.  `province_doubtful` marks a name that speaks of another province than its list.
    """

    name: str
    spellings: tuple[str, ...]
    kind: str
    area_code: str
    area_basis: str
    place: str
    figures_text: str
    helped: figures.Helped | None
    province_doubtful: bool
    titles: tuple[Title, ...]

    @property
    def has_county(self) -> bool:
        """Say whether a county (or 东莞, 中山, which have none) is known."""
        return Place(self.area_code, self.area_basis).level == "county"

    @property
    def is_leading_enterprise(self) -> bool:
        """Say whether a list gave it the title 龙头企业."""
        return any("龙头企业" in title.title for title in self.titles)


@dataclass(slots=True)
class _Draft:
    """A body while its rows are still being met."""

    name: str
    key: BodyKey
    kind: str
    place: Place
    printed: str
    figures_text: str
    helped: figures.Helped | None
    doubtful: bool
    spellings: set[str] = field(default_factory=set)
    titles: list[Title] = field(default_factory=list)


def read_producers(
    products: tuple[PublishedProduct, ...],
) -> tuple[tuple[PublishedProducer, ...], tuple[Remark, ...]]:
    """Read the producers' list and add the bodies that only `products` name; return them and all remarks."""
    remarks: list[Remark] = []
    drafts: list[_Draft] = []
    rows_read = _resolve_ditto(list(read(ENTITIES)), remarks)
    quoted = {names.simplified(word) for row in rows_read for word in _QUOTED.findall(row[_FIGURES])}
    for row in rows_read:
        draft = _read_row(row, quoted, remarks)
        if draft is not None:
            _merge(drafts, draft, remarks, row)
    for product in products:
        if product.producer:
            _merge(drafts, _from_product(product), remarks, None)
    producers = tuple(
        PublishedProducer(
            draft.name, tuple(sorted(draft.spellings)), draft.kind, draft.place.code, draft.place.basis,
            draft.printed, draft.figures_text, draft.helped, draft.doubtful, tuple(draft.titles),
        )
        for draft in drafts
    )  # fmt: skip
    return producers, tuple(remarks)


def _resolve_ditto(table: list[Row], remarks: list[Remark]) -> list[Row]:
    """Follow "同上" to the cell above it of the same list and place, or empty it when there is none."""
    resolved: list[Row] = []
    for row in table:
        cells = dict(row.cells)
        for column, text in row.cells.items():
            if text != "同上":
                continue
            above = resolved[-1] if resolved else None
            if above is not None and above["source"] == row["source"] and above[_PLACE] == row[_PLACE]:
                cells[column] = above[column]
                remarks.append(remark("resolved", row, column, f"同第 {above.number} 行:{above[column]}"))
            else:
                cells[column] = ""
                remarks.append(remark("rejected", row, column, "“同上”之上没有同一名录同一地区的行"))
        resolved.append(Row(row.file, row.number, cells))
    return resolved


def _read_row(row: Row, quoted: set[str], remarks: list[Remark]) -> _Draft | None:
    """Read one row, or return None with the remark that says why it is no body of its own."""
    if row[_KIND] == "项目":
        remarks.append(remark("rejected", row, _KIND, "项目不是主体"))
        return None
    raw = row[_NAME]
    try:
        name = names.mended(raw)
    except names.MismatchedBrackets as error:
        remarks.append(remark("rejected", row, _NAME, str(error)))
        return None
    if name != raw:
        remarks.append(remark("mended", row, _NAME, f"括号不配对,读作 {name}"))
    name, note = names.split_note(name)
    if note:
        remarks.append(remark("mended", row, _NAME, f"名称后的说明“{note}”不是名称的一部分"))
    if names.simplified(name) in quoted and kind_of_body(name) == "unnamed_form":
        remarks.append(remark("rejected", row, _NAME, "另一行的备注以此为该主体的别名"))
        return None
    province = places.province_of(row["省份"])
    if province is None:
        remarks.append(remark("rejected", row, "省份", "没有这个省级行政区划"))
        return None
    place = places.place_of(province, row[_PLACE], (name, *_BRANCH.findall(name)))
    if "/" in row[_PLACE]:
        remarks.append(remark("flagged", row, _PLACE, f"印有两个地区,取第一个 {place.code}"))
    doubtful = _speaks_of_another_province(province, name)
    if doubtful:
        remarks.append(remark("flagged", row, "省份", "名称以另一省开头,名录所属省份存疑"))
    return _Draft(
        name=name,
        key=body_key(province, name),
        kind=kind_of_body(name),
        place=place,
        printed=row[_PLACE],
        figures_text=row[_FIGURES],
        helped=figures.helped(row, _FIGURES, remarks),
        doubtful=doubtful,
        titles=[Title(row["资格/名录"], row["年度/批次"], row.file, row.number, row["source"])],
    )


def _speaks_of_another_province(province: str, name: str) -> bool:
    """Say whether a name opens with another province than its list's; a branch (分公司) may, its owner sits there."""
    if "分公司" in name:
        return False
    plain = names.simplified(name)
    return any(
        plain != places.without_opening(plain, (other.code,))
        for other in divisions.children(divisions.NATION)
        if other.code != province
    )


def _from_product(product: PublishedProduct) -> _Draft:
    """Make a body of the producer that a product row names: its place is the product's."""
    province = product.area_code[:2] + "0000"
    listing = product.listings[0]
    return _Draft(
        name=product.producer,
        key=body_key(province, product.producer),
        kind=kind_of_body(product.producer),
        place=Place(product.area_code, product.area_basis),
        printed=product.place,
        figures_text="",
        helped=product.helped,
        doubtful=False,
        spellings=set(product.producer_spellings),
        titles=[Title(listing.catalogue, listing.batch, listing.file, listing.row, listing.source)],
    )


def _merge(drafts: list[_Draft], draft: _Draft, remarks: list[Remark], row: Row | None) -> None:
    """Join `draft` to the body it repeats, or keep it as a new one."""
    for known in drafts:
        if known.place.code[:2] != draft.place.code[:2] or not same_body(known.key, draft.key):
            continue
        first = known.titles[0]
        if row is not None:
            remarks.append(remark("merged", row, _NAME, f"与 {first.file} 第 {first.row} 行是同一主体"))
        if draft.name != known.name:
            known.spellings.add(draft.name)
        known.spellings |= draft.spellings - {known.name}
        known.titles += [title for title in draft.titles if title not in known.titles]
        known.figures_text = known.figures_text or draft.figures_text
        known.helped = known.helped or draft.helped
        if known.place.code != draft.place.code and divisions.covers(known.place.code, draft.place.code):
            known.place, known.printed = draft.place, draft.printed
        return
    drafts.append(draft)
