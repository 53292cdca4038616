"""Wire shapes of orders: what is sent, what is answered. Amounts are fen, quantities whole sale units."""

from marketplace.orders.schemas.answers import (
    AttributionOut,
    CheckoutOut,
    DeliveryOut,
    OrderOut,
    OrderRowOut,
    ReturnOut,
    UncountedOut,
)
from marketplace.orders.schemas.requests import (
    AcceptanceIn,
    CancellationIn,
    CheckoutIn,
    DecisionIn,
    DeliveryArgs,
    EvaluationIn,
    OrderListArgs,
    ReturnIn,
    ReturnListArgs,
    ShipmentIn,
    UncountedArgs,
)

__all__ = [
    "AcceptanceIn",
    "AttributionOut",
    "CancellationIn",
    "CheckoutIn",
    "CheckoutOut",
    "DecisionIn",
    "DeliveryArgs",
    "DeliveryOut",
    "EvaluationIn",
    "OrderListArgs",
    "OrderOut",
    "OrderRowOut",
    "ReturnIn",
    "ReturnListArgs",
    "ReturnOut",
    "ShipmentIn",
    "UncountedArgs",
    "UncountedOut",
]
