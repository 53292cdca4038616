"""Published products: the rows of three lists, read into distinct products.

Two rows are one product when they name the same thing of the same place and their producers do not contradict
each other: 百色芒果 stands in six lists and is one product, 丝苗米 of two producers is two.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from marketplace.core import divisions
from marketplace.core.amounts import Amount
from marketplace.demo.published import figures, names, places
from marketplace.demo.published.bodies import BodyKey, body_key, same_body
from marketplace.demo.published.places import Place
from marketplace.demo.published.rows import Remark, Row, read, remark

AID_CATALOGUE = "certified_products_aid_catalogue.csv"
GUANGDONG = "certified_products_guangdong.csv"
GUANGXI = "certified_products_guangxi.csv"


@dataclass(frozen=True, slots=True)
class Listing:
    """One published row that names a product: the list, its batch or date as printed, and where it stands."""

    catalogue: str
    batch: str
    file: str
    row: int
    source: str


@dataclass(frozen=True, slots=True)
class PublishedProduct:
    """A really published product; every text is as published, brackets mended.

    `producer` is empty where none was published; `producer_spellings` are its other published
    forms.  `area_code` has six digits and ends in 00 or 0000 where no
    county was published; `area_basis` says whether the place was printed or opens the row's own names.
    `value` and `helped` are None where nothing readable was published.
    """

    name: str
    brand: str
    producer: str
    producer_spellings: tuple[str, ...]
    area_code: str
    area_basis: str
    place: str
    certificate_no: str
    value: Amount | None
    helped: figures.Helped | None
    listings: tuple[Listing, ...]

    @property
    def title(self) -> str:
        """Return what a buyer reads: the brand before the name where one was published."""
        return f"{self.brand}{self.name}"

    @property
    def has_city(self) -> bool:
        """Say whether at least the prefecture city is known."""
        return Place(self.area_code, self.area_basis).level != "province"

    @property
    def has_county(self) -> bool:
        """Say whether a county (or 东莞, 中山, which have none) is known, without which nobody can certify it."""
        return Place(self.area_code, self.area_basis).level == "county"


@dataclass(slots=True)
class _Draft:
    """A product while its rows are still being met."""

    name: str
    brand: str
    producer: str
    comparable: str
    body: BodyKey
    place: Place
    printed: str
    certificate_no: str
    value: Amount | None
    helped: figures.Helped | None
    spellings: set[str] = field(default_factory=set)
    listings: list[Listing] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Columns:
    """Which column of a list holds what; an empty name means that the list has no such column."""

    province: str
    city: str
    county: str
    catalogue: str
    batch: str
    brand: str
    producer: str
    certificate_no: str
    value: str
    helped: str


_COLUMNS = {
    AID_CATALOGUE: _Columns(
        "省份",
        "地市/县",
        "",
        "认定或目录名称",
        "批次/时间",
        "",
        "供应商/生产主体",
        "",
        "商品价值量(原文)",
        "带动贫困户/人口(原文)",
    ),
    GUANGDONG: _Columns(
        "", "地市", "县(市、区)", "名录/认定名称", "年度/批次", "商标/品牌", "生产主体", "证书/编号", "", ""
    ),
    GUANGXI: _Columns(
        "", "地市/县", "", "名录/认定名称", "年度/批次", "", "登记证书持有者/生产主体", "编号", "", ""
    ),
}
#: The province of the two lists that do not print it.
_PROVINCE = {GUANGDONG: "广东", GUANGXI: "广西"}


def read_products() -> tuple[tuple[PublishedProduct, ...], tuple[Remark, ...]]:
    """Read the three product lists; return distinct products in order of first publication, and all remarks."""
    remarks: list[Remark] = []
    drafts: dict[tuple[str, str], list[_Draft]] = {}
    for file, columns in _COLUMNS.items():
        for row in read(file):
            draft = _read_row(row, columns, remarks)
            if draft is not None:
                _merge(drafts, draft, row, remarks)
    products = [
        PublishedProduct(
            draft.name, draft.brand, draft.producer, tuple(sorted(draft.spellings)),
            draft.place.code, draft.place.basis, draft.printed,
            draft.certificate_no, draft.value, draft.helped, tuple(draft.listings),
        )
        for same in drafts.values()
        for draft in same
    ]  # fmt: skip
    products.sort(key=lambda product: (product.listings[0].file, product.listings[0].row))
    return tuple(products), tuple(remarks)


def _read_row(row: Row, columns: _Columns, remarks: list[Remark]) -> _Draft | None:
    """Read one row, or return None with the remark that says why it names no product."""
    raw = row["产品名称"]
    try:
        name = names.mended(raw)
    except names.MismatchedBrackets as error:
        remarks.append(remark("rejected", row, "产品名称", str(error)))
        return None
    if name != raw:
        remarks.append(remark("mended", row, "产品名称", f"括号统一为 {name}"))
    province = places.province_of(row[columns.province] if columns.province else _PROVINCE[row.file])
    if province is None:
        remarks.append(remark("rejected", row, columns.province, "没有这个省级行政区划"))
        return None
    printed = row[columns.city] + (row[columns.county] if columns.county else "")
    producer, note = names.split_note(row[columns.producer])
    if note:
        remarks.append(remark("mended", row, columns.producer, f"名称后的说明“{note}”不是名称的一部分"))
    bare = names.comparable(name)
    place = places.place_of(province, printed, (bare, producer))
    value = figures.value(row, columns.value, remarks) if columns.value else None
    helped = figures.helped(row, columns.helped, remarks) if columns.helped else None
    return _Draft(
        name=name,
        brand=row[columns.brand] if columns.brand else "",
        producer=producer,
        comparable=names.comparable(row[columns.brand] if columns.brand else "")
        + places.called_shortly(province, bare),
        body=body_key(province, producer),
        place=place,
        printed=printed,
        certificate_no=row[columns.certificate_no] if columns.certificate_no else "",
        value=value,
        helped=helped,
        listings=[Listing(row[columns.catalogue], row[columns.batch], row.file, row.number, row["source"])],
    )


def _merge(
    drafts: dict[tuple[str, str], list[_Draft]], draft: _Draft, row: Row, remarks: list[Remark]
) -> None:
    """Join `draft` to the product it repeats, or keep it as a new one."""
    same = drafts.setdefault((draft.place.code[:2], draft.comparable), [])
    for known in same:
        if _contradict(known, draft):
            continue
        first = known.listings[0]
        remarks.append(remark("merged", row, "产品名称", f"与 {first.file} 第 {first.row} 行是同一产品"))
        known.listings += draft.listings
        if draft.producer and known.producer not in ("", draft.producer):
            known.spellings.add(draft.producer)
        if not known.producer:
            known.producer, known.body = draft.producer, draft.body
        known.certificate_no = known.certificate_no or draft.certificate_no
        known.value = known.value or draft.value
        known.helped = known.helped or draft.helped
        if known.place.code != draft.place.code and divisions.covers(known.place.code, draft.place.code):
            known.place, known.printed = draft.place, draft.printed
        return
    same.append(draft)


def _contradict(known: _Draft, draft: _Draft) -> bool:
    """Say whether two rows of one name cannot be one product: two producers, or two places neither in the other."""
    if known.producer and draft.producer and not same_body(known.body, draft.body):
        return True
    return not (
        divisions.covers(known.place.code, draft.place.code)
        or divisions.covers(draft.place.code, known.place.code)
    )
