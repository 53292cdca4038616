"""A stateful stand-in for Stripe on loopback: what the real one promises, and knobs for what goes wrong on the way.

Kept as it is documented: the first result of a key is stored once execution began, errors of the server too, and replayed; the
same key with other parameters is an error; validation errors and conflicts are not stored; keys are forgotten after a day.
Messages are signed. No more goes back of a charge than was taken. What our adapter sends is also accepted by the official
stripe-mock (tests/faults/test_stripe_mock.py).
"""

from tests.support.fake_stripe.faults import FAULTS, Dice
from tests.support.fake_stripe.server import serving
from tests.support.fake_stripe.store import SECRET, FakeStripe

__all__ = ["FAULTS", "SECRET", "Dice", "FakeStripe", "serving"]
