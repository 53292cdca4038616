"""Every payment method can be paid by some gateway, and no gateway serves a method that does not exist."""

import ast
from pathlib import Path

from marketplace.orders.terms import METHODS
from marketplace.payments.gateways import GATEWAYS


def test_gateways_and_methods_match() -> None:
    served = {method for gateway in GATEWAYS for method in gateway.serves}
    assert served == {method.code for method in METHODS}


def test_every_gateway_has_its_own_code_and_a_title() -> None:
    assert len({gateway.code for gateway in GATEWAYS}) == len(GATEWAYS)
    assert all(gateway.title for gateway in GATEWAYS)


def test_one_module_speaks_to_stripe_and_nothing_takes_an_unsigned_message() -> None:
    importing, trusting = set(), set()
    root = Path(__file__).parents[2]
    for path in [
        p
        for folder in ("marketplace", "search", "admin", "benchmarks")
        for p in (root / folder).rglob("*.py")
    ]:
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(name.split(".")[0] == "stripe" for name in names):
                importing.add(str(path.relative_to(root)))
        if "construct_event" in text:
            trusting.add(str(path.relative_to(root)))
    assert (importing, trusting) == ({"marketplace/payments/gateways/stripe.py"}, set())
