"""A contract's content in the words that its paper prints (templates/contract.typ). Pure: the same content, the same words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from marketplace.core import divisions
from marketplace.core.clock import in_chinese
from marketplace.core.money import format_yuan as yuan
from marketplace.core.money import tax_treatment
from marketplace.core.rmb import capital_figures
from marketplace.orders.service.contracts.content import digest

_IN_FORCE: Final = "自双方均已签署（加盖公章，或附可靠的电子签名）之日起生效，双方各执一份，效力相同。"


def fields_of(content: Mapping[str, Any], private: Mapping[str, Any]) -> dict[str, Any]:
    """What templates/contract.typ prints, from the frozen content and the sealed address and account."""
    supplements = content["supplements"]
    return {
        "title": "购销合同" if supplements is None else "购销合同补充协议",
        "label": "合同编号" if supplements is None else "协议编号",
        "number": content["number"],
        "digest": digest(content).hex()[:16],  # enough to see by eye that a print is of this content
        "order_number": content["order_number"],
        "drafted_on": in_chinese(date.fromisoformat(content["drafted_on"])),
        "buyer": _party(content["buyer"]),
        "seller": _party(content["seller"]),
        "opening": _opening(supplements),
        # A supplement changes terms, never goods or freight: it names the order and repeats no table.
        "goods": [_line(line) for line in content["lines"]] if supplements is None else [],
        "freight": yuan(content["freight_fen"]),
        "total": yuan(content["total_fen"]),
        "capital": "人民币" + capital_figures(content["total_fen"]),
        "tax": yuan(content["tax_fen"]),
        "sections": _sections(content, private),
    }


def _party(party: Mapping[str, str]) -> dict[str, str]:
    return {"name": party["name"], "uscc": party["uscc"], "area": divisions.full_name(party["area"])}


def _opening(supplements: Mapping[str, Any] | None) -> str:
    if supplements is None:
        return "甲乙双方就下列商品的购销，经协商一致，订立本合同。"
    signed_on = in_chinese(date.fromisoformat(supplements["signed_on"]))
    return (
        f"甲乙双方于{signed_on}签订第{supplements['number']}号购销合同（以下称原合同）。"
        f"因{supplements['reason']}，经协商一致，订立本补充协议；原合同的付款、验收约定以本协议为准，其余条款不变。"
    )


def _line(line: Mapping[str, Any]) -> list[str]:
    return [
        str(line["line_no"]),
        line["product_name"],
        line["spec"],
        line["unit"],
        str(line["quantity"]),
        yuan(line["unit_price_fen"]),
        yuan(line["amount_fen"]),
        tax_treatment(line["tax_treatment"]).title_zh,
    ]


def _sections(content: Mapping[str, Any], private: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Headed paragraphs after the table of goods."""
    terms = content["terms"]
    supplement = content["supplements"] is not None
    place = divisions.full_name(content["delivery_area"]) + (private.get("address") or "")
    account = _account(content["seller"]["name"], terms["collection"], private)
    sections = [("验收", _inspection(terms)), ("付款", [*_payment(terms), account])]
    if not supplement:
        delivery = "乙方负责送达，运费以本合同所列为准；本合同发出后，运费不再调整。"
        sections = [
            ("交货", [f"交货地点：{place}。", delivery]),
            *sections,
            ("发票", ["乙方按本合同金额向甲方开具发票；收款方、开票方与乙方一致。"]),
            ("逾期付款", [_interest(terms)]),
        ]
    if content["clauses"]:
        sections.append(("其他约定", list(content["clauses"])))
    sections.append(
        (
            "生效与变更",
            [
                ("本协议" if supplement else "本合同") + _IN_FORCE,
                "签署后的变更以双方签署的补充协议为准。",
            ],
        )
    )
    return [{"title": title, "paragraphs": paragraphs} for title, paragraphs in sections]


def _inspection(terms: Mapping[str, Any]) -> list[str]:
    days = terms["inspection_days"]
    if days is None:
        return ["甲方收货后及时验收；验收不合格的商品，甲方可以拒收，相应货款不再支付。"]
    return [
        f"甲方应自送达之日起{days}日内完成验收；验收不合格的商品，甲方可以拒收，相应货款不再支付。",
        "本合同以验收合格为付款条件；甲方逾期未验收的，付款期限自验收期限届满之日起算。",
    ]


def _payment(terms: Mapping[str, Any]) -> list[str]:
    if terms["days"] is None:
        paragraph = f"先款后货：甲方应自下单之日起{terms['pay_within_days']}日内付清全部货款"
        paragraph += (
            f"（可延长一次，{terms['extension_days']}日），乙方收到全部货款后发货；期满未付的，订单取消。"
        )
        return [paragraph]
    start = "送达之日" if terms["inspection_days"] is None else "验收合格之日"
    paragraph = f"先货后款：甲方应自{start}起{terms['days']}日内付清全部货款。"
    agreed = terms["contract_days"]
    if agreed is not None and agreed > terms["days"]:
        paragraph += f"（双方原拟{agreed}日，依《保障中小企业款项支付条例》以{terms['days']}日为限。）"
    return [paragraph]


def _account(seller: str, collection: str, private: Mapping[str, Any]) -> str:
    if collection == "supervised":
        return "货款付至本订单的银行监管账户，户名、账号以付款通知所列为准；货款到达该账户，即为甲方已向乙方付款。"
    if not private.get("bank_account"):
        return f"货款付至乙方以其本单位名义（{seller}）开立的银行账户，账号以乙方书面通知为准。"
    bank = f"，开户银行：{private['bank_name']}" if private.get("bank_name") else ""
    return f"货款付至乙方账户。户名：{seller}{bank}，账号：{private['bank_account']}。"


def _interest(terms: Mapping[str, Any]) -> str:
    percent = "{}.{:02d}".format(*divmod(terms["late_interest_bp_per_day"], 100))
    return f"甲方逾期付款的，自付款期限届满次日起，就未付款项按每日{percent}%支付逾期利息。"
