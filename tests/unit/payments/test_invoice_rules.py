"""Numbers, titles and the tax inside parts of a line, without a database."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core.errors import Invalid
from marketplace.core.identifiers import parse_tax_number
from marketplace.core.money import TAX_TREATMENTS, split_tax
from marketplace.payments.rules.gates import gates_of, waited_for
from marketplace.payments.rules.invoices import (
    KINDS,
    check_number,
    check_title,
    check_treatments,
    rate_words,
    tax_part,
)

DAY = date(2020, 10, 1)
USCC = "91350100M000100Y43"
OF_2020 = "20442000000012345678"


@pytest.mark.parametrize(
    ("kind", "code", "number"),
    [
        ("normal", "044002000111", "12345678"),
        ("special", "4400201130", "00000001"),
        ("digital_normal", "", OF_2020),
        ("digital_special", "", OF_2020),
    ],
)
def test_numbers_of_both_forms_are_taken(kind: str, code: str, number: str) -> None:
    check_number(kind, code, number, DAY)


@pytest.mark.parametrize(
    ("kind", "code", "number", "refusal"),
    [
        ("normal", "44002011301", "12345678", "invoice_code"),
        ("normal", "", "12345678", "invoice_code"),
        ("normal", "４４００２０１１３０", "12345678", "invoice_code"),
        ("special", "4400201130", "1234567", "invoice_number"),
        ("special", "4400201130", OF_2020, "invoice_number"),
        ("digital_normal", "4400201130", OF_2020, "invoice_code"),
        ("digital_normal", "", OF_2020[:19], "invoice_number"),
        ("digital_normal", "", OF_2020 + "0", "invoice_number"),
        ("digital_normal", "", "21442000000012345678", "invoice_number_year"),
    ],
)
def test_a_number_of_another_form_is_refused(kind: str, code: str, number: str, refusal: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_number(kind, code, number, DAY)
    assert refused.value.code == refusal


def test_an_old_tax_number_has_the_check_of_its_organisation_code() -> None:
    assert parse_tax_number(" 440100 M000100Y4 ") == "440100M000100Y4"
    for wrong, code in (("440100M000100Y5", "tax_number_check"), ("44010012345", "tax_number_shape")):
        with pytest.raises(Invalid) as refused:
            parse_tax_number(wrong)
        assert refused.value.code == code
    assert parse_tax_number(USCC.lower()) == USCC


@pytest.mark.parametrize(
    ("kind", "buyer", "title", "tax_number", "refusal"),
    [
        ("normal", "budget_unit", "演示单位", None, "tax_number_missing"),
        ("special", "individual", "个人", None, "special_individual"),
        ("normal", "individual", "张三", None, "title_personal"),
        ("normal", "enterprise", "演示企业", "91350100M000100Y44", "uscc_check"),
    ],
)
def test_a_title_without_what_its_kind_needs_is_refused(
    kind: str, buyer: str, title: str, tax_number: str | None, refusal: str
) -> None:
    with pytest.raises(Invalid) as refused:
        check_title(kind, buyer, title, tax_number)
    assert refused.value.code == refusal


def test_a_person_gets_an_invoice_for_a_person_or_for_an_organisation_with_its_number() -> None:
    assert check_title("digital_normal", "individual", "个人", None) is None
    assert check_title("special", "individual", "演示企业", USCC) == USCC


def test_exempt_goods_are_never_on_a_special_invoice() -> None:
    for kind in KINDS:
        check_treatments(kind.code, {"rate_9", "small_1"})
        if kind.is_special:
            with pytest.raises(Invalid) as refused:
                check_treatments(kind.code, {"rate_9", "exempt_vegetable"})
            assert refused.value.code == "special_exempt"
        else:
            check_treatments(kind.code, {"exempt_self_produced"})


def test_exempt_goods_are_called_so() -> None:
    assert rate_words("rate_9") == ("9%", "")
    assert rate_words("exempt_self_produced") == ("免税", "免税(自产农产品)")


def test_the_frozen_tax_of_a_line_is_split_to_the_fen() -> None:
    assert split_tax(9800, "rate_9") == (8991, 809)
    assert split_tax(12800, "rate_13") == (11327, 1473)
    assert tax_part(9800, 809, 0, 0, 9800) == 809
    assert tax_part(9800, 809, 0, 0, 4900) == 405
    assert tax_part(9800, 809, 4900, 405, 4900) == 404
    assert tax_part(9800, 0, 0, 0, 4900) == 0
    for part in (0, -1, 9801):
        with pytest.raises(ValueError, match="fen left"):
            tax_part(9800, 809, 0, 0, part)


@given(
    st.integers(1, 10**9),
    st.sampled_from([one.code for one in TAX_TREATMENTS]),
    st.lists(st.integers(1, 10**8)),
)
def test_parts_of_a_line_have_its_tax_together_whatever_they_are(
    whole: int, treatment: str, wishes: list[int]
) -> None:
    net, tax = split_tax(whole, treatment)
    taken = taken_tax = 0
    for wish in wishes:
        part = min(wish, whole - taken - 1)
        if part < 1:
            break
        part_tax = tax_part(whole, tax, taken, taken_tax, part)
        assert 0 <= part_tax <= part
        taken, taken_tax = taken + part, taken_tax + part_tax
    rest = whole - taken
    rest_tax = tax_part(whole, tax, taken, taken_tax, rest)
    assert (taken_tax + rest_tax, 0 <= rest_tax <= rest) == (whole - net, True)


def test_a_payment_waits_only_for_what_the_contract_names() -> None:
    nothing = gates_of({}, goods_checked=False, invoice_checked=False)
    assert [(gate.code, gate.is_passed, gate.may_delay) for gate in nothing] == [
        ("goods", False, False),
        ("invoice", False, False),
    ]
    assert waited_for(nothing) == ()
    agreed = gates_of({"waits_for": ["goods", "invoice"]}, goods_checked=True, invoice_checked=False)
    assert waited_for(agreed) == ("invoice",)
