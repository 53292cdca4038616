"""Tables of buying, in the schema of orders."""

from marketplace.orders.buying.models.approval import (
    ApprovalDelegation,
    ApprovalRule,
    PurchaseDecision,
    PurchaseRequest,
)
from marketplace.orders.buying.models.cart import CartLine, Favourite
from marketplace.orders.buying.models.places import DeliveryAddress
from marketplace.orders.buying.models.plan import PurchasePlan, PurchasePlanLine

__all__ = [
    "ApprovalDelegation",
    "ApprovalRule",
    "CartLine",
    "DeliveryAddress",
    "Favourite",
    "PurchaseDecision",
    "PurchasePlan",
    "PurchasePlanLine",
    "PurchaseRequest",
]
