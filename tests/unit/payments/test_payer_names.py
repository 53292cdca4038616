"""Names and codes as banks and people write them."""

import pytest

from marketplace.payments.rules.matching import Decision, Incoming, decide
from marketplace.payments.rules.payers import codes_in, nearly_in, payer_key, payer_variants

CODE = "D7K2M9QX4RTBA"


@pytest.mark.parametrize(
    "name", ["广州市（演示）中学", "广州市(演示)中学", " 广州市 （演示） 中学 ", "广州市\u3000(演示)中学"]
)
def test_width_and_spaces_make_no_other_name(name: str) -> None:
    assert payer_key(name) == "广州市(演示)中学"
    assert "广州市（演示）中学" in payer_variants(name)


def test_letters_of_either_case_are_one_name() -> None:
    assert payer_key("Demo Ｃo.") == "DEMOCO."


@pytest.mark.parametrize(
    ("memo", "codes"),
    [
        (f"货款{CODE}", (CODE,)),
        (f"{CODE}{CODE}", (CODE,)),
        (f"D{CODE}", (f"D{CODE}"[:13], CODE)),
        ("d7k2-m9qx-4rtb-a", (CODE,)),
        (CODE.replace("7", "7 "), (CODE,)),
        ("D7K2M9QX4RTB", ()),
        ("DUK2M9QX4RTBA", ()),
        ("货款", ()),
        ("", ()),
    ],
)
def test_codes_are_found_wherever_they_stand(memo: str, codes: tuple[str, ...]) -> None:
    assert codes_in(memo) == codes


def test_a_memo_of_nothing_but_codes_has_a_limit() -> None:
    assert len(codes_in("D" * 500)) == 1
    assert len(codes_in("".join(f"D{number:012d}" for number in range(100)))) == 20


def test_a_code_with_one_or_two_slips_is_nearly_there() -> None:
    assert nearly_in("货款 D7K2M9QX4RTBB", CODE)
    assert nearly_in("D7K2M9QX4RT00", CODE)
    assert not nearly_in("D7K2M9QX4R000", CODE)
    assert not nearly_in("D7K2", CODE)


def test_nothing_is_decided_of_nothing() -> None:
    from marketplace.core.clock import shanghai

    receipt = Incoming("", 100, shanghai(2020, 10, 1), has_code=True)
    assert decide(receipt, [], []) == Decision(parked="code_unknown")
