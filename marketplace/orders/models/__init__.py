"""Checkouts, orders (one producer each), lines with everything frozen, and what happened to them."""

from marketplace.orders.models.contract import Contract, ContractSignature
from marketplace.orders.models.fulfilment import (
    Evaluation,
    OrderPhoto,
    OrderReturn,
    OrderReturnLine,
    Shipment,
    ShipmentLine,
)
from marketplace.orders.models.reattribution import Reattribution, ReattributionConsent
from marketplace.orders.models.sale import Checkout, OrderEvent, OrderLine, SalesOrder

__all__ = [
    "Checkout",
    "Contract",
    "ContractSignature",
    "Evaluation",
    "OrderEvent",
    "OrderLine",
    "OrderPhoto",
    "OrderReturn",
    "OrderReturnLine",
    "Reattribution",
    "ReattributionConsent",
    "SalesOrder",
    "Shipment",
    "ShipmentLine",
]
