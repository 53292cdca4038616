"""What can be measured: one line each. Amounts in fen, weights in grams, shares in basis points (two decimals of a percent).

`sum` measures are additive SQL over entries; `count` are distinct counts; `households` are distinct households or persons, never
sums of parts (`household_measures`); `benefit` come from accruals and payment lists as well; `pledge` from the register of
pledges alone (`pledges`); `derived` are computed from the others after rounding nothing. Source: docs/rules.md, "Measures".
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func, or_

from marketplace.attribution.models import Entry
from marketplace.certification.rules.schemes import schemes
from marketplace.core.errors import BadRequest
from marketplace.core.money import BP, ratio_bp, round_half_up
from marketplace.statistics.household_measures import HOUSEHOLD_MEASURES
from marketplace.statistics.measure import Measure
from marketplace.statistics.pledges import PLEDGE_MEASURES
from marketplace.statistics.undone import SOLD, counted

_E: Final = Entry.__table__.c
# Schemes whose certificates make aid sales at all (docs/rules.md, "Schemes per report").
COUNTING_SCHEMES: Final = tuple(one.code for one in schemes().values() if one.counts_as_aid != "none")


def _total(column: Any, *conditions: ColumnElement[bool]) -> ColumnElement[Any]:
    summed = func.sum(column)
    return func.coalesce(summed.filter(and_(*conditions)) if conditions else summed, 0)


def is_aid(schemes: tuple[str, ...] = COUNTING_SCHEMES) -> ColumnElement[bool]:
    """Entries of goods certified, when sold, under one of the schemes."""
    return and_(_E.goods_class == "certified_aid", _E.schemes.bool_op("&&")(list(schemes)))


def is_national_aid() -> ColumnElement[bool]:
    """Entries of goods certified under a scheme that national columns counted in the month of the sale."""
    return or_(
        *(
            and_(is_aid((one.code,)), _E.sold_period >= f"{one.counts_from:%Y-%m}")
            for one in schemes().values()
            if one.counts_as_aid == "national" and one.counts_from is not None
        )
    )


def _average(total: int | None, heads: int | None) -> int | None:
    return None if not heads or total is None else round_half_up(total, heads)


_AID_AMOUNT: Final = ("certified_aid", "area_produce")

MEASURES: Final[tuple[Measure, ...]] = (
    Measure(
        "sales",
        "销售额",
        "fen",
        "sum",
        lambda: _total(_E.sale_fen),
        definition_zh="计入口径的全部商品销售额,扣除退款",
    ),
    Measure(
        "aid_sales",
        "扶贫产品销售额",
        "fen",
        "sum",
        lambda: _total(_E.sale_fen, is_aid()),
        definition_zh="销售时在认定有效期内的产品",
    ),
    Measure(
        "national_aid_sales",
        "其中:国家目录扶贫产品",
        "fen",
        "sum",
        lambda: _total(_E.sale_fen, is_national_aid()),
        definition_zh="国家扶贫产品目录;2024年起含促进会认定",
    ),
    Measure(
        "area_produce_sales",
        "产自帮扶地区未认定",
        "fen",
        "sum",
        lambda: _total(_E.sale_fen, _E.goods_class == "area_produce"),
    ),
    Measure(
        "ordinary_sales",
        "普通商品销售额",
        "fen",
        "sum",
        lambda: _total(_E.sale_fen, _E.goods_class == "ordinary"),
    ),
    Measure(
        "consumption_aid_amount",
        "消费扶贫金额",
        "fen",
        "sum",
        lambda: _total(_E.sale_fen, _E.goods_class.in_(_AID_AMOUNT)),
        definition_zh="已认定产品与产自帮扶地区产品之和;与扶贫产品销售额不同,不相加",
    ),
    Measure(
        "own_purchase",
        "其中:直接采购",
        "fen",
        "sum",
        lambda: _total(_E.sale_fen, _E.goods_class.in_(_AID_AMOUNT), _E.purchase_kind == "own_purchase"),
    ),
    Measure(
        "brokered_sale",
        "其中:帮助销售",
        "fen",
        "sum",
        lambda: _total(_E.sale_fen, _E.goods_class.in_(_AID_AMOUNT), _E.purchase_kind == "brokered_sale"),
    ),
    Measure("linked_sales", "已联结销售额", "fen", "sum", lambda: _total(_E.sale_fen, _E.version_no != 0)),
    Measure("unlinked_sales", "未联结销售额", "fen", "sum", lambda: _total(_E.sale_fen, _E.version_no == 0)),
    Measure(
        "levy",
        "专柜提取",
        "fen",
        "sum",
        lambda: _total(_E.sale_fen * _E.levy_bp, _E.goods_class == "ordinary"),
        definition_zh="普通商品销售额按运营合同比例提取",
        divisor=BP,
    ),
    Measure("benefit_from_sales", "按销售计提收益", "fen", "sum", lambda: _total(_E.benefit_fen)),
    Measure("quantity_milli", "数量(千分之一件)", "", "sum", lambda: _total(_E.quantity_milli)),
    Measure("weight", "重量", "g", "sum", lambda: _total(_E.weight_g)),
    *SOLD,
    Measure("producers", "带贫主体数", "", "count", lambda: counted(_E.producer_id)),
    Measure("products", "产品数", "", "count", lambda: counted(_E.product_id)),
    Measure("buyers", "采购单位数", "", "count", lambda: counted(_E.buyer_id)),
    Measure(
        "benefit_accrued",
        "应计收益",
        "fen",
        "benefit",
        definition_zh="按协议约定公式计提,含无需销售的工资、租金、分红",
    ),
    Measure("benefit_proven", "实证收益", "fen", "benefit", definition_zh="以发放清单为证"),
    Measure(
        "benefit_gap",
        "应计未证差额",
        "fen",
        "derived",
        None,
        ("benefit_accrued", "benefit_proven"),
        lambda row: row["benefit_accrued"] - row["benefit_proven"],
    ),
    *HOUSEHOLD_MEASURES,
    Measure(
        "benefit_village",
        "村集体留存",
        "fen",
        "benefit",
        definition_zh="已关账月份结算单中村集体留存,不计入户均",
    ),
    Measure(
        "aid_share",
        "扶贫产品占比",
        "bp",
        "derived",
        None,
        ("aid_sales", "sales"),
        lambda row: ratio_bp(row["aid_sales"], row["sales"]),
    ),
    Measure(
        "national_aid_share",
        "国家目录扶贫产品占比",
        "bp",
        "derived",
        None,
        ("national_aid_sales", "sales"),
        lambda row: ratio_bp(row["national_aid_sales"], row["sales"]),
    ),
    Measure(
        "benefit_per_household",
        "户均应计收益",
        "fen",
        "derived",
        None,
        ("benefit_from_sales", "households_covered"),
        lambda row: _average(row["benefit_from_sales"], row["households_covered"]),
        definition_zh="按销售计提收益÷覆盖户数",
    ),
    Measure(
        "benefit_per_person",
        "人均应计收益",
        "fen",
        "derived",
        None,
        ("benefit_from_sales", "persons_covered"),
        lambda row: _average(row["benefit_from_sales"], row["persons_covered"]),
        definition_zh="按销售计提收益÷覆盖人数",
    ),
    Measure(
        "benefit_proven_per_household",
        "户均实证收益",
        "fen",
        "derived",
        None,
        ("benefit_proven", "households_benefited"),
        lambda row: _average(row["benefit_proven"], row["households_benefited"]),
        definition_zh="实证收益÷受益户数",
    ),
    Measure(
        "benefit_proven_per_person",
        "人均实证收益",
        "fen",
        "derived",
        None,
        ("benefit_proven", "persons_benefited"),
        lambda row: _average(row["benefit_proven"], row["persons_benefited"]),
        definition_zh="实证收益÷受益人数",
    ),
    Measure(
        "average_order",
        "单均销售额",
        "fen",
        "derived",
        None,
        ("sales", "orders"),
        lambda row: _average(row["sales"], row["orders"]),
        definition_zh="销售额÷订单数",
    ),
    *PLEDGE_MEASURES,
)
_BY_CODE: Final = {measure.code: measure for measure in MEASURES}
NAMES: Final = tuple(sorted(_BY_CODE))


def measure(code: str) -> Measure:
    """The measure of that name; BadRequest (code ``unknown_measure``) that lists the known ones."""
    found = _BY_CODE.get(code)
    if found is None:
        raise unknown(code)
    return found


def unknown(code: str, more: tuple[str, ...] = ()) -> BadRequest:
    """The refusal of a name; `more` are those that can be asked besides (`comparison_measures`)."""
    return BadRequest("unknown_measure", f"没有指标 {code}", known=[*NAMES, *more])
