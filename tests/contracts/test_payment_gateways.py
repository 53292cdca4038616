"""Every payment method can be paid by some gateway, and no gateway serves a method that does not exist."""

from marketplace.orders.terms import METHODS
from marketplace.payments.gateways import GATEWAYS


def test_gateways_and_methods_match() -> None:
    served = {method for gateway in GATEWAYS for method in gateway.serves}
    assert served == {method.code for method in METHODS}


def test_every_gateway_has_its_own_code_and_a_title() -> None:
    assert len({gateway.code for gateway in GATEWAYS}) == len(GATEWAYS)
    assert all(gateway.title for gateway in GATEWAYS)
