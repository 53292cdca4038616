"""What every way of paying has."""

from __future__ import annotations

from typing import Protocol


class Gateway(Protocol):
    """A way in which money arrives, and the payment methods of `orders.terms` that it can serve."""

    @property
    def code(self) -> str:
        """Its word in the database and on the wire."""

    @property
    def title(self) -> str:
        """What people call it."""

    @property
    def serves(self) -> tuple[str, ...]:
        """Codes of `orders.terms.METHODS`."""
