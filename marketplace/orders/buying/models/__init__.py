"""Tables of buying, in the schema of orders."""

from marketplace.orders.buying.models.approval import (
    ApprovalDelegation,
    ApprovalRule,
    PurchaseDecision,
    PurchaseRequest,
)
from marketplace.orders.buying.models.cart import CartLine, Favourite
from marketplace.orders.buying.models.gift import Parcel, ParcelLine
from marketplace.orders.buying.models.inquiry import (
    PriceInquiry,
    PriceInquiryItem,
    PriceInquirySupplier,
    PriceQuote,
)
from marketplace.orders.buying.models.places import DeliveryAddress
from marketplace.orders.buying.models.plan import PurchasePlan, PurchasePlanLine

__all__ = [
    "ApprovalDelegation",
    "ApprovalRule",
    "CartLine",
    "DeliveryAddress",
    "Favourite",
    "Parcel",
    "ParcelLine",
    "PriceInquiry",
    "PriceInquiryItem",
    "PriceInquirySupplier",
    "PriceQuote",
    "PurchaseDecision",
    "PurchasePlan",
    "PurchasePlanLine",
    "PurchaseRequest",
]
